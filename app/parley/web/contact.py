"""One contact: what they are called, their safety number and devices, and blocking them."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from parley.chat.contacts.people import PendingContact
from parley.chat.errors import ChatError, UnknownConversationError, WrongSafetyNumberError
from parley.web import display
from parley.web.beside import beside, beside_part
from parley.web.contacts import checked_nickname
from parley.web.dependencies import FormDependency, MessengerDependency, RendererDependency
from parley.web.errors import WebError, explain
from parley.web.language import gettext as _
from parley.web.meeting_ports import Doubts
from parley.web.people_contexts import ContactPage, DeviceLine, chain_text, safety_view
from parley.web.people_parts import standing_part
from parley.web.person import person
from parley.web.ports import Messenger

router = APIRouter()

PAGE = "contacts/contact.html"
MAX_TYPED_CHARACTERS = 200


@router.get("/contacts/{conversation_id}")
async def contact(
    request: Request, conversation_id: str, messenger: MessengerDependency, renderer: RendererDependency
) -> Response:
    """GET: a contact, or somebody who is asked for, as a page."""
    return renderer.respond(request, PAGE, await _page(messenger, conversation_id))


@router.post("/contacts/{conversation_id}/nickname")
async def rename(
    request: Request,
    conversation_id: str,
    form: FormDependency,
    messenger: MessengerDependency,
    renderer: RendererDependency,
) -> Response:
    """POST: call them otherwise. 303 to the contact, or the page in the status of the error."""
    nickname = form.text("nickname").strip()
    try:
        await messenger.rename(conversation_id, checked_nickname(nickname))
    except UnknownConversationError:
        raise
    except (ChatError, WebError) as error:
        explanation = explain(error)
        page = await _page(messenger, conversation_id, problem=explanation.text, about="nickname")
        return renderer.respond(request, PAGE, page, status=explanation.status)
    return RedirectResponse(f"/contacts/{conversation_id}", 303)


@router.post("/contacts/{conversation_id}/compare")
async def compare(
    request: Request,
    conversation_id: str,
    form: FormDependency,
    messenger: MessengerDependency,
    renderer: RendererDependency,
) -> Response:
    """POST: they see the same safety number. 303 to the contact, or the page in the status of the error."""
    typed = form.text("theirs").strip()
    try:
        await messenger.compare(conversation_id, form.text("seen"), typed or None)
    except WrongSafetyNumberError as error:
        explanation = explain(error)
        page = await _page(
            messenger,
            conversation_id,
            problem=explanation.text,
            about="safety",
            typed=display.one_line(typed, MAX_TYPED_CHARACTERS),
        )
        return renderer.respond(request, PAGE, page, status=explanation.status)
    return RedirectResponse(f"/contacts/{conversation_id}#safety", 303)


@router.post("/contacts/{conversation_id}/block")
async def block(conversation_id: str, messenger: MessengerDependency) -> Response:
    """POST: take nothing of them any more. 303 to the list."""
    await messenger.block(conversation_id)
    return RedirectResponse("/contacts", 303)


async def _page(
    messenger: Messenger,
    conversation_id: str,
    *,
    problem: str | None = None,
    about: str = "",
    typed: str = "",
) -> ContactPage:
    """Raises UnknownConversationError for nobody's id."""
    try:
        known = await messenger.acquaintance(conversation_id)
    except UnknownConversationError:
        for each in await messenger.pending():
            if each.conversation_id == conversation_id:
                return await _pending_page(messenger, each)
        raise
    sidebar, live_url = await beside(messenger)
    shown = person(known.account, known.nickname, messenger.ethereum.name_of(known.account))
    return ContactPage(
        title=display.isolated(shown.name),
        sidebar=sidebar,
        live_url=live_url,
        person=shown,
        chain=chain_text(known.account),
        conversation_id=conversation_id,
        since_text=_("Your contact since"),
        since=display.moment(known.added_at_ms),
        nickname=display.one_line(known.nickname),
        devices=tuple(
            DeviceLine(display.one_line(each.name), display.moment(each.since_ms)) for each in known.devices
        ),
        warning=_("What is known of their devices is old: some may have been added or ended since.")
        if known.record_expired
        else None,
        doubts=_doubts(known.doubts),
        source=_("Seen from one source only so far.") if known.doubts.sources == 1 else None,
        safety=safety_view(known),
        problem=problem,
        about=about,
        typed=typed,
    )


def _doubts(doubts: Doubts) -> tuple[str, ...]:
    texts = []
    if doubts.awaits_newer:
        texts.append(
            _(
                "A message or an invite of theirs names devices that are not in what is held here. A newer record is "
                "asked for; until it comes, do not take this list for complete."
            )
        )
    if doubts.disowned:
        texts.append(
            _(
                "The smart account does not stand by these devices any more: its owner may have changed. A newer "
                "record is asked for. Ask them in another way before you trust what comes from here."
            )
        )
    return tuple(texts)


async def _pending_page(messenger: Messenger, pending: PendingContact) -> ContactPage:
    sidebar, live_url, standing = await beside_part(messenger, standing_part(pending.conversation_id))
    shown = person(pending.account, pending.name, messenger.ethereum.name_of(pending.account))
    return ContactPage(
        title=display.isolated(shown.name),
        sidebar=sidebar,
        live_url=live_url,
        person=shown,
        chain=chain_text(pending.account),
        conversation_id=pending.conversation_id,
        main=standing,
        since_text=_("Asked for since"),
        since=display.moment(pending.asked_at_ms),
        nickname=display.one_line(pending.name),
    )
