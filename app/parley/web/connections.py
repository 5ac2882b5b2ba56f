"""The page of the peer-to-peer network: who is connected, who is dialled, and what waits for whom."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from parley.web.dependencies import FormDependency, MessengerDependency, RendererDependency
from parley.web.language import gettext as _
from parley.web.network_view import NetworkPage, network_page
from parley.web.ports import Messenger
from parley.web.problems import problem_of
from parley.web.snapshot import View, take_snapshot

router = APIRouter()

PAGE = "network/network.html"


@router.get("/network")
async def connections(
    request: Request, messenger: MessengerDependency, renderer: RendererDependency, done: str | None = None
) -> Response:
    """GET: how the node of this profile is doing, as a page."""
    said = {"added": _("It is dialled from now on."), "removed": _("It is dialled no more.")}
    return renderer.respond(request, PAGE, await _page(messenger, done=said.get(done or "")))


@router.post("/network/peers")
async def add_peer(
    request: Request, form: FormDependency, messenger: MessengerDependency, renderer: RendererDependency
) -> Response:
    """POST: dial a peer from now on. 303 to the page, or the page with the reason in the status of the error."""
    address = form.text("address").strip()
    try:
        await messenger.add_peer(address)
    except Exception as error:
        explanation = problem_of(request.app, error)
        page = await _page(messenger, problem=explanation.text, address=address)
        return renderer.respond(request, PAGE, page, status=explanation.status)
    return RedirectResponse("/network?done=added", 303)


@router.post("/network/peers/remove")
async def remove_peer(form: FormDependency, messenger: MessengerDependency) -> Response:
    """POST: dial a peer no more. 303 to the page."""
    await messenger.remove_peer(form.text("address"))
    return RedirectResponse("/network?done=removed", 303)


async def _page(
    messenger: Messenger, *, problem: str | None = None, address: str = "", done: str | None = None
) -> NetworkPage:
    snapshot = await take_snapshot(messenger)
    live_url = View().live_url("", snapshot.version)
    return network_page(
        await messenger.network(), snapshot.sidebar, live_url, problem=problem, address=address, done=done
    )
