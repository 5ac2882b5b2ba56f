"""Requests: strangers who wrote, to be accepted or blocked. They are told nothing before."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from parley.chat.errors import NoLiveDeviceError
from parley.web.beside import beside_part
from parley.web.dependencies import MessengerDependency, RendererDependency
from parley.web.errors import explain
from parley.web.language import gettext as _
from parley.web.people_contexts import RequestsPage
from parley.web.people_parts import REQUESTS
from parley.web.ports import Messenger

router = APIRouter()

PAGE = "requests/requests.html"


@router.get("/requests")
async def requests(
    request: Request, messenger: MessengerDependency, renderer: RendererDependency
) -> Response:
    """GET: all requests with what was written, as a page."""
    return renderer.respond(request, PAGE, await _page(messenger))


@router.post("/requests/{conversation_id}/accept")
async def accept(
    request: Request, conversation_id: str, messenger: MessengerDependency, renderer: RendererDependency
) -> Response:
    """POST: make the stranger a contact. 303 to the conversation, or the page in the status of the error."""
    try:
        await messenger.accept(conversation_id)
    except NoLiveDeviceError as error:
        explanation = explain(error)
        page = await _page(messenger, explanation.text)
        return renderer.respond(request, PAGE, page, status=explanation.status)
    return RedirectResponse(f"/conversations/{conversation_id}#latest", 303)


@router.post("/requests/{conversation_id}/block")
async def block(conversation_id: str, messenger: MessengerDependency) -> Response:
    """POST: take nothing of the stranger any more, and delete what they wrote. 303 to the requests."""
    await messenger.block(conversation_id)
    return RedirectResponse("/requests", 303)


async def _page(messenger: Messenger, problem: str | None = None) -> RequestsPage:
    return RequestsPage(_("Requests"), *await beside_part(messenger, REQUESTS), problem)
