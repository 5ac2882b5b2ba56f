"""Who is known: the list, finding and adding somebody, by name, address, invite or contact record; the own record."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from parley.chat.errors import ChatError
from parley.chat.invites.codec import is_link
from parley.messenger.errors import MessengerError, NodesUnreachableError, NoNodeError, WrongNodeChainError
from parley.web import display
from parley.web.beside import beside, beside_part
from parley.web.dependencies import Form, FormDependency, MessengerDependency, RendererDependency
from parley.web.errors import (
    MissingFileError,
    NicknameTooLongError,
    RecordTooLargeError,
    WebError,
    explain,
)
from parley.web.found_view import found_page
from parley.web.language import gettext as _
from parley.web.people_contexts import AddPage, ContactsPage
from parley.web.people_parts import PEOPLE, read_people
from parley.web.ports import Messenger
from parley.web.problems import problem_of
from parley.web.rendering import Renderer

router = APIRouter()

PAGE = "contacts/contacts.html"
ADD = "contacts/new.html"
FOUND = "contacts/found.html"
MAX_RECORD_BYTES = 64 * 1024
MAX_NICKNAME_CHARACTERS = 80
MAX_QUERY_CHARACTERS = 100
_SHOWN_TYPED_CHARACTERS = 4096


@router.get("/contacts")
async def contacts(
    request: Request, messenger: MessengerDependency, renderer: RendererDependency
) -> Response:
    """GET: contacts, who is asked for and who is blocked, as a page."""
    return renderer.respond(request, PAGE, await _contacts_page(messenger))


@router.post("/contacts/search")
async def search(
    request: Request, form: FormDependency, messenger: MessengerDependency, renderer: RendererDependency
) -> Response:
    """POST: the same of whom a text fits. Not by GET: addresses of pages end up in the browser's history."""
    query = " ".join(form.text("query")[:MAX_QUERY_CHARACTERS].split())
    return renderer.respond(request, PAGE, await _contacts_page(messenger, query))


@router.get("/contacts/new")
async def new_contact(
    request: Request, messenger: MessengerDependency, renderer: RendererDependency
) -> Response:
    """GET: the form that finds somebody, as a page."""
    return renderer.respond(request, ADD, await _add_page(messenger))


@router.post("/contacts/find")
async def find(
    request: Request, form: FormDependency, messenger: MessengerDependency, renderer: RendererDependency
) -> Response:
    """POST: who somebody is, before they are added, as a page; nothing is stored, so it may be loaded again.

    If nobody was found: the form again, in the status of the error.
    """
    typed = form.text("who")
    try:
        found = await messenger.find(typed)
    except (ChatError, MessengerError) as error:
        explanation = problem_of(request.app, error)
        shown = display.printable(typed[:_SHOWN_TYPED_CHARACTERS]).strip()
        page = await _add_page(messenger, typed=shown, problem=explanation.text)
        return renderer.respond(request, ADD, page, status=explanation.status)
    who = typed.strip() if found.invite is not None else found.account
    return renderer.respond(request, FOUND, found_page(found, *await beside(messenger), who))


@router.post("/contacts/add")
async def add(
    request: Request, form: FormDependency, messenger: MessengerDependency, renderer: RendererDependency
) -> Response:
    """POST: add who was found. 303 to the conversation, or to how it stands while they are asked for.

    If they cannot be added: who they are again, in the status of the error.
    """
    who, nickname = form.text("who"), form.text("nickname").strip()
    try:
        conversation_id = await _add_found(messenger, who, nickname)
    except (ChatError, WebError) as error:
        return await _refused(request, messenger, renderer, who, nickname, error)
    known = {each.conversation_id for each in await messenger.conversations()}
    if conversation_id in known:
        return RedirectResponse(f"/conversations/{conversation_id}#latest", 303)
    return RedirectResponse(f"/contacts/{conversation_id}", 303)


@router.post("/contacts")
async def add_contact(
    request: Request, form: FormDependency, messenger: MessengerDependency, renderer: RendererDependency
) -> Response:
    """POST: add a contact by their record. 303 to the conversation, or the page in the status of the error."""
    nickname = form.text("nickname").strip()
    try:
        conversation_id = await _add_record(form, nickname, messenger)
    except (ChatError, WebError, NoNodeError, NodesUnreachableError, WrongNodeChainError) as error:
        explanation = explain(error)
        page = await _add_page(messenger, nickname=nickname, problem=explanation.text, about="record")
        return renderer.respond(request, ADD, page, block="form", status=explanation.status)
    return RedirectResponse(f"/conversations/{conversation_id}#latest", 303)


@router.post("/contacts/unblock")
async def unblock(form: FormDependency, messenger: MessengerDependency) -> Response:
    """POST: take what somebody says again. 303 to the list."""
    await messenger.unblock(form.text("account"))
    return RedirectResponse("/contacts", 303)


@router.post("/contacts/forget")
async def forget(form: FormDependency, messenger: MessengerDependency) -> Response:
    """POST: ask for somebody no longer. 303 to the list."""
    await messenger.forget_pending(form.text("account"))
    return RedirectResponse("/contacts", 303)


@router.get("/contact-record")
async def contact_record(messenger: MessengerDependency) -> Response:
    """GET: the own contact record, as a file."""
    name = f"{display.address(messenger.account)[:10]}.parley-contact"
    return Response(
        messenger.contact_record(),
        media_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def checked_nickname(nickname: str) -> str:
    """A nickname as a form brings it. Raises NicknameTooLongError."""
    if len(nickname) > MAX_NICKNAME_CHARACTERS:
        raise NicknameTooLongError(MAX_NICKNAME_CHARACTERS)
    return nickname


async def _add_found(messenger: Messenger, who: str, nickname: str) -> str:
    checked_nickname(nickname)
    if is_link(who):
        return await messenger.take_invite(who, nickname)
    return await messenger.add_by_account(who, nickname)


async def _refused(
    request: Request, messenger: Messenger, renderer: Renderer, who: str, nickname: str, refused: Exception
) -> Response:
    """Who was to be added, with why they were not; the form that finds somebody if that is not known either."""
    explanation = explain(refused)
    try:
        found = await messenger.find(who)
    except (ChatError, MessengerError):
        page = await _add_page(messenger, problem=explanation.text)
        return renderer.respond(request, ADD, page, status=explanation.status)
    shown = found_page(found, *await beside(messenger), who, nickname, explanation.text)
    return renderer.respond(request, FOUND, shown, status=explanation.status)


async def _add_record(form: Form, nickname: str, messenger: Messenger) -> str:
    checked_nickname(nickname)
    record = await form.file("record", MAX_RECORD_BYTES)
    if record is None:
        raise MissingFileError
    if len(record) > MAX_RECORD_BYTES:
        raise RecordTooLargeError(MAX_RECORD_BYTES)
    return await messenger.add_contact(record, nickname)


async def _add_page(
    messenger: Messenger,
    *,
    typed: str = "",
    nickname: str = "",
    problem: str | None = None,
    about: str = "who",
) -> AddPage:
    sidebar, live_url = await beside(messenger)
    return AddPage(_("Add a contact"), sidebar, live_url, typed, nickname, problem, about)


async def _contacts_page(messenger: Messenger, query: str = "") -> ContactsPage:
    if not query:
        return ContactsPage(_("Contacts"), *await beside_part(messenger, PEOPLE))
    # What was searched for stays as it was found: a stream would have to be told of it.
    return ContactsPage(_("Contacts"), *await beside(messenger), await read_people(messenger, query))
