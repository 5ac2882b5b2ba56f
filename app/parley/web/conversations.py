"""The list of conversations, one conversation, and their live updates."""

from __future__ import annotations

import re

from fastapi import APIRouter, Request
from starlette.responses import Response

from parley.web.contexts import Composer, ConversationPage, HomePage
from parley.web.conversation_page import conversation_page, new_composer
from parley.web.dependencies import FormDependency, MessengerDependency, RendererDependency, StreamsDependency
from parley.web.display import isolated
from parley.web.errors import UnknownPageError
from parley.web.language import gettext as _
from parley.web.live import CONVERSATION, LiveResponse
from parley.web.money.overview import money_part
from parley.web.people_parts import people_part
from parley.web.ports import Messenger
from parley.web.signin import session_of
from parley.web.snapshot import Snapshot, View, read_log, take_snapshot, view_of

router = APIRouter()

HOME = "conversations/home.html"
_CURSOR = re.compile(r"([0-9]{1,18})-([0-9a-f]{64})")


@router.get("/")
async def home(
    request: Request,
    messenger: MessengerDependency,
    renderer: RendererDependency,
) -> Response:
    """GET: the list of conversations, as a page."""
    return renderer.respond(request, HOME, await _home_page(messenger, View()))


@router.post("/search")
async def search(
    request: Request, form: FormDependency, messenger: MessengerDependency, renderer: RendererDependency
) -> Response:
    """POST: the same of those conversations in which a text is found.

    Not by GET: addresses of pages end up in the browser's history.
    Guarded by tests/web/test_reading.py::test_what_is_searched_for_is_in_no_address.
    """
    return renderer.respond(request, HOME, await _home_page(messenger, View.read(find=form.text("find"))))


@router.get("/conversations/{conversation_id}")
async def conversation(
    request: Request,
    conversation_id: str,
    messenger: MessengerDependency,
    renderer: RendererDependency,
    before: str | None = None,
) -> Response:
    """GET: one conversation, as a page; with `before` the messages before that one."""
    view = await view_of(messenger, conversation_id)
    snapshot = await take_snapshot(messenger, conversation_id, view)
    if before is not None:
        page = await _earlier_page(messenger, snapshot, before)
    else:
        page = conversation_page(
            snapshot, view, new_composer(conversation_id, await messenger.draft(conversation_id))
        )
    return renderer.respond(request, CONVERSATION, page)


@router.get("/conversations/{conversation_id}/messages/{message_id}")
async def message(
    request: Request,
    conversation_id: str,
    message_id: str,
    messenger: MessengerDependency,
    renderer: RendererDependency,
) -> Response:
    """GET: one conversation with all that is known of one message beside it, as a page."""
    view = await view_of(messenger, conversation_id, message_id)
    if view.details is None:
        raise UnknownPageError
    snapshot = await take_snapshot(messenger, conversation_id, view)
    page = conversation_page(
        snapshot, view, new_composer(conversation_id, await messenger.draft(conversation_id))
    )
    return renderer.respond(request, CONVERSATION, page)


@router.get("/live")
async def live(
    request: Request,
    messenger: MessengerDependency,
    renderer: RendererDependency,
    streams: StreamsDependency,
    shown: str | None = None,
    part: str | None = None,
) -> Response:
    """GET: the stream of changes of the list and the status, and of the main part that is named."""
    shown = request.headers.get("last-event-id", shown)
    return LiveResponse(
        messenger,
        renderer,
        streams,
        conversation_id=None,
        view=View(part=None if part is None else money_part(part) or people_part(part)),
        shown=shown,
        session=session_of(request),
    )


@router.get("/conversations/{conversation_id}/live")
async def live_conversation(
    request: Request,
    conversation_id: str,
    messenger: MessengerDependency,
    renderer: RendererDependency,
    streams: StreamsDependency,
    shown: str | None = None,
    new: str | None = None,
    details: str | None = None,
) -> Response:
    """GET: the stream of changes of one conversation, the list and the status."""
    shown = request.headers.get("last-event-id", shown)
    return LiveResponse(
        messenger,
        renderer,
        streams,
        conversation_id=conversation_id,
        view=View.read(new, details),
        shown=shown,
        session=session_of(request),
    )


async def _home_page(messenger: Messenger, view: View) -> HomePage:
    snapshot = await take_snapshot(messenger, view=view)
    return HomePage(_("Conversations"), snapshot.sidebar, live_url=view.live_url("", snapshot.version))


async def _composer(messenger: Messenger, conversation_id: str) -> Composer:
    """The composer of a page that is opened now, with what was begun in it."""
    return new_composer(conversation_id, await messenger.draft(conversation_id))


async def _earlier_page(messenger: MessengerDependency, snapshot: Snapshot, before: str) -> ConversationPage:
    """The page of the messages before the cursor `before`; it has no stream, since nothing is added there."""
    assert snapshot.log is not None  # noqa: S101  (narrows the type)
    match = _CURSOR.fullmatch(before)
    if not match:
        raise UnknownPageError
    cursor = int(match[1]), bytes.fromhex(match[2])
    log = await read_log(messenger, snapshot.log.conversation_id, cursor)
    return ConversationPage(
        title=isolated(log.person.name),
        sidebar=snapshot.sidebar,
        log=log,
        composer=None,
        latest_url=f"/conversations/{log.conversation_id}",
        live_url=None,
    )
