"""The list of conversations, one conversation, sending, and their live updates."""

from __future__ import annotations

import hashlib
import re
import secrets

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from parley.chat.errors import ChatError, UnknownConversationError
from parley.web.contexts import Composer, ConversationPage, HomePage
from parley.web.dependencies import (
    FormDependency,
    MessengerDependency,
    RendererDependency,
    StreamsDependency,
)
from parley.web.display import isolated
from parley.web.errors import MalformedFormError, UnknownPageError, explain
from parley.web.language import gettext as _
from parley.web.live import LiveResponse
from parley.web.rendering import VARY, wants_block
from parley.web.signin import session_of
from parley.web.snapshot import Snapshot, read_log, take_snapshot

router = APIRouter()

PAGE = "conversations/conversation.html"
_FORM_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")
_CURSOR = re.compile(r"([0-9]{1,18})-([0-9a-f]{64})")


@router.get("/")
async def home(request: Request, messenger: MessengerDependency, renderer: RendererDependency) -> Response:
    """GET: the list of conversations, as a page."""
    snapshot = await take_snapshot(messenger)
    page = HomePage(_("Conversations"), snapshot.sidebar, live_url=f"/live?shown={snapshot.version}")
    return renderer.respond(request, "conversations/home.html", page)


@router.get("/conversations/{conversation_id}")
async def conversation(
    request: Request,
    conversation_id: str,
    messenger: MessengerDependency,
    renderer: RendererDependency,
    before: str | None = None,
) -> Response:
    """GET: one conversation, as a page; with `before` the messages before that one."""
    snapshot = await take_snapshot(messenger, conversation_id)
    page = _page(snapshot, _composer(conversation_id))
    if before is not None:
        page = await _earlier_page(messenger, snapshot, before)
    return renderer.respond(request, PAGE, page)


@router.post("/conversations/{conversation_id}/messages")
async def send(
    request: Request,
    conversation_id: str,
    form: FormDependency,
    messenger: MessengerDependency,
    renderer: RendererDependency,
) -> Response:
    """POST: send a text. 303 to the conversation, or for htmx the composer; the message comes by the stream.

    If it cannot be sent: the composer with the person's text, in the status of the error.
    """
    text = form.text("text")
    try:
        token = form.text("form_token")
        if not _FORM_TOKEN.fullmatch(token):
            raise MalformedFormError
        await messenger.send_text(conversation_id, text, _token_of(token, conversation_id, text))
    except UnknownConversationError:
        raise
    except (ChatError, MalformedFormError) as error:
        explanation = explain(error)
        composer = _composer(conversation_id, text, explanation.text)
        status = explanation.status
    else:
        if not wants_block(request):
            return RedirectResponse(_url(conversation_id, "#latest"), 303, headers={"Vary": VARY})
        composer, status = _composer(conversation_id), 200
    page = _page(await take_snapshot(messenger, conversation_id), composer)
    return renderer.respond(request, PAGE, page, block="composer", status=status)


@router.get("/live")
async def live(
    request: Request,
    messenger: MessengerDependency,
    renderer: RendererDependency,
    streams: StreamsDependency,
    shown: str | None = None,
) -> Response:
    """GET: the stream of changes of the list and the status."""
    shown = request.headers.get("last-event-id", shown)
    return LiveResponse(
        messenger, renderer, streams, conversation_id=None, shown=shown, session=session_of(request)
    )


@router.get("/conversations/{conversation_id}/live")
async def live_conversation(
    request: Request,
    conversation_id: str,
    messenger: MessengerDependency,
    renderer: RendererDependency,
    streams: StreamsDependency,
    shown: str | None = None,
) -> Response:
    """GET: the stream of changes of one conversation, the list and the status."""
    shown = request.headers.get("last-event-id", shown)
    return LiveResponse(
        messenger,
        renderer,
        streams,
        conversation_id=conversation_id,
        shown=shown,
        session=session_of(request),
    )


def _url(conversation_id: str, rest: str = "") -> str:
    return f"/conversations/{conversation_id}{rest}"


def _composer(conversation_id: str, text: str = "", problem: str | None = None) -> Composer:
    return Composer(_url(conversation_id, "/messages"), secrets.token_urlsafe(18), text, problem)


def _token_of(form_token: str, conversation_id: str, text: str) -> str:
    # The text is part of it: a browser may show an old form again, token included, with another text typed into
    # it, and that text must not be taken for one that was sent already.
    # Guarded by tests/web/test_sending.py::test_an_old_form_with_another_text_is_another_message.
    parts = (form_token, conversation_id, text)
    return hashlib.sha256(repr(parts).encode(errors="replace")).hexdigest()


def _page(snapshot: Snapshot, composer: Composer) -> ConversationPage:
    assert snapshot.log is not None  # noqa: S101  (narrows the type; a snapshot of a conversation has its log)
    log = snapshot.log
    return ConversationPage(
        title=isolated(log.person.name),
        sidebar=snapshot.sidebar,
        log=log,
        composer=composer,
        latest_url=None,
        live_url=_url(log.conversation_id, f"/live?shown={snapshot.version}"),
    )


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
        latest_url=_url(log.conversation_id),
        live_url=None,
    )
