"""Adding a contact by their contact record, and handing out one's own."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from parley.chat.errors import ChatError
from parley.messenger.errors import NodesUnreachableError, NoNodeError, WrongNodeChainError
from parley.web.contexts import NewContactPage
from parley.web.dependencies import FormDependency, MessengerDependency, RendererDependency
from parley.web.display import address
from parley.web.errors import (
    MissingFileError,
    NicknameTooLongError,
    RecordTooLargeError,
    WebError,
    explain,
)
from parley.web.language import gettext as _
from parley.web.ports import Messenger
from parley.web.snapshot import take_snapshot

router = APIRouter()

PAGE = "contacts/new.html"
MAX_RECORD_BYTES = 64 * 1024
MAX_NICKNAME_CHARACTERS = 80


@router.get("/contacts/new")
async def new_contact(
    request: Request, messenger: MessengerDependency, renderer: RendererDependency
) -> Response:
    """GET: the form that adds a contact, and the own contact record, as a page."""
    return renderer.respond(request, PAGE, await _page(messenger))


@router.post("/contacts")
async def add_contact(
    request: Request, form: FormDependency, messenger: MessengerDependency, renderer: RendererDependency
) -> Response:
    """POST: add a contact. 303 to the conversation, or the page again in the status of the error."""
    nickname = form.text("nickname").strip()
    try:
        conversation_id = await _add(form, nickname, messenger)
    except (ChatError, WebError, NoNodeError, NodesUnreachableError, WrongNodeChainError) as error:
        explanation = explain(error)
        page = await _page(messenger, nickname, explanation.text)
        return renderer.respond(request, PAGE, page, block="form", status=explanation.status)
    return RedirectResponse(f"/conversations/{conversation_id}#latest", 303)


@router.get("/contact-record")
async def contact_record(messenger: MessengerDependency) -> Response:
    """GET: the own contact record, as a file."""
    name = f"{address(messenger.account)[:10]}.parley-contact"
    return Response(
        messenger.contact_record(),
        media_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


async def _add(form: FormDependency, nickname: str, messenger: Messenger) -> str:
    if len(nickname) > MAX_NICKNAME_CHARACTERS:
        raise NicknameTooLongError(MAX_NICKNAME_CHARACTERS)
    record = await form.file("record", MAX_RECORD_BYTES)
    if record is None:
        raise MissingFileError
    if len(record) > MAX_RECORD_BYTES:
        raise RecordTooLargeError(MAX_RECORD_BYTES)
    return await messenger.add_contact(record, nickname)


async def _page(messenger: Messenger, nickname: str = "", problem: str | None = None) -> NewContactPage:
    snapshot = await take_snapshot(messenger)
    return NewContactPage(
        title=_("Add a contact"),
        sidebar=snapshot.sidebar,
        live_url=f"/live?shown={snapshot.version}",
        nickname=nickname,
        problem=problem,
    )
