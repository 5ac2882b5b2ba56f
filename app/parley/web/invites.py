"""Invites: making, showing and revoking them."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from parley.chat.errors import TooManyInvitesError
from parley.chat.invites.codec import decode_link
from parley.web.beside import beside_part
from parley.web.dependencies import MessengerDependency, RendererDependency
from parley.web.errors import explain
from parley.web.language import gettext as _
from parley.web.people_contexts import InvitePage, InvitesPage, reach_text
from parley.web.people_parts import INVITES, invite_part
from parley.web.ports import Messenger
from parley.web.qr import qr_code

router = APIRouter()

PAGE = "invites/invites.html"
ONE = "invites/invite.html"


@router.get("/invites")
async def invites(request: Request, messenger: MessengerDependency, renderer: RendererDependency) -> Response:
    """GET: the own invites that are good, as a page."""
    return renderer.respond(request, PAGE, await _page(messenger))


@router.post("/invites")
async def make(request: Request, messenger: MessengerDependency, renderer: RendererDependency) -> Response:
    """POST: make an invite. 303 to it, or the page in the status of the error."""
    try:
        invite = await messenger.make_invite()
    except TooManyInvitesError as error:
        explanation = explain(error)
        page = await _page(messenger, explanation.text)
        return renderer.respond(request, PAGE, page, status=explanation.status)
    return RedirectResponse(f"/invites/{invite.invite_id}", 303)


@router.get("/invites/{invite_id}")
async def invite(
    request: Request, invite_id: str, messenger: MessengerDependency, renderer: RendererDependency
) -> Response:
    """GET: one invite as link and QR code, as a page."""
    shown = await messenger.invite(invite_id)
    sidebar, live_url, line = await beside_part(messenger, invite_part(invite_id))
    page = InvitePage(
        title=_("Invite"),
        sidebar=sidebar,
        live_url=live_url,
        main=line,
        invite_id=invite_id,
        link=shown.link,
        qr=qr_code(shown.link),
        reach=reach_text(decode_link(shown.link)),
    )
    return renderer.respond(request, ONE, page)


@router.post("/invites/{invite_id}/revoke")
async def revoke(invite_id: str, messenger: MessengerDependency) -> Response:
    """POST: let nobody in by an invite any more. 303 to the list."""
    await messenger.revoke_invite(invite_id)
    return RedirectResponse("/invites", 303)


async def _page(messenger: Messenger, problem: str | None = None) -> InvitesPage:
    return InvitesPage(_("Invites"), *await beside_part(messenger, INVITES), problem)
