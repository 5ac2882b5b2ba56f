"""The settings of the Ethereum network: which one is read, through which nodes, and who else is asked for names."""

from __future__ import annotations

import re

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from parley.chat.errors import ChatError, InvalidChainIdError
from parley.chat.preferences.model import MAX_CHAIN_ID
from parley.messenger.errors import WrongNodeError
from parley.web import display, networks
from parley.web.dependencies import FormDependency, MessengerDependency, RendererDependency
from parley.web.errors import explain
from parley.web.ethereum_ports import NodeState
from parley.web.language import gettext as _
from parley.web.ports import Messenger
from parley.web.settings_contexts import NetworkPage, NodeView
from parley.web.snapshot import take_snapshot

router = APIRouter()

PAGE = "settings/network.html"
ADDRESS = "/settings/network"
OFFERED = (1, 11155111)
"""The networks that are a click away; any other is known by its number."""

_CHAIN_ID = re.compile("[0-9]{1,16}")


@router.get("/settings/network")
async def network(
    request: Request, messenger: MessengerDependency, renderer: RendererDependency, done: str = ""
) -> Response:
    """GET: which network is read and through which nodes, and how they are doing."""
    return renderer.respond(request, PAGE, await _page(messenger, done=done))


@router.post("/settings/network")
async def choose_network(
    request: Request, form: FormDependency, messenger: MessengerDependency, renderer: RendererDependency
) -> Response:
    """POST: fields `network` (a chain id, or "other") and `chain_id`. 303, or the page again: 422, 507."""
    chosen, other = form.text("network"), form.text("chain_id").strip()
    try:
        await messenger.ethereum.choose(_chain_id(other if chosen == "other" else chosen))
    except ChatError as error:
        explanation = explain(error)
        page = await _page(messenger, about="network", problem=explanation.text, other=other)
        return renderer.respond(request, PAGE, page, status=explanation.status)
    return RedirectResponse(f"{ADDRESS}?done=network", 303)


@router.post("/settings/network/nodes")
async def set_nodes(
    request: Request, form: FormDependency, messenger: MessengerDependency, renderer: RendererDependency
) -> Response:
    """POST: fields `chain_id`, `endpoints` (one a line). 303 once each was asked, or the page again: 422, 507."""
    typed = form.text("endpoints")
    try:
        await messenger.ethereum.set_nodes(_chain_id(form.text("chain_id")), _lines(typed))
    except (ChatError, WrongNodeError) as error:
        explanation = explain(error)
        page = await _page(messenger, about="nodes", problem=explanation.text, typed=typed)
        return renderer.respond(request, PAGE, page, status=explanation.status)
    return RedirectResponse(f"{ADDRESS}?done=nodes", 303)


@router.post("/settings/network/names")
async def set_names(
    request: Request, form: FormDependency, messenger: MessengerDependency, renderer: RendererDependency
) -> Response:
    """POST: field `outside` ("yes", or absent, as browsers send a box). 303, or the page again: 507."""
    allowed = form.has("outside") and form.text("outside") == "yes"
    try:
        await messenger.ethereum.allow_offchain_names(allowed)
    except ChatError as error:
        explanation = explain(error)
        page = await _page(messenger, about="names", problem=explanation.text, offchain_names=allowed)
        return renderer.respond(request, PAGE, page, status=explanation.status)
    return RedirectResponse(f"{ADDRESS}?done=names", 303)


@router.post("/settings/network/check")
async def check_nodes(messenger: MessengerDependency) -> Response:
    """POST: ask every node now. 303."""
    await messenger.ethereum.check_nodes()
    return RedirectResponse(f"{ADDRESS}?done=checked#states", 303)


def _lines(typed: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in typed.splitlines() if line.strip())


def _chain_id(text: str) -> int:
    if not _CHAIN_ID.fullmatch(text):
        raise InvalidChainIdError(MAX_CHAIN_ID)
    return int(text)


def _done(what: str, nodes: tuple[NodeState, ...]) -> str | None:
    if what == "nodes":
        failing = [each for each in nodes if each.health not in ("answering", "untried")]
        return _("Saved, though not every node answers now.") if failing else _("Saved.")
    return {"network": _("Saved."), "names": _("Saved."), "checked": _("Every node was asked.")}.get(what)


async def _page(
    messenger: Messenger,
    *,
    done: str = "",
    about: str = "",
    problem: str | None = None,
    typed: str | None = None,
    other: str | None = None,
    offchain_names: bool | None = None,
) -> NetworkPage:
    choice, state = messenger.ethereum.network(), messenger.ethereum.state()
    snapshot = await take_snapshot(messenger)
    stored_other = "" if choice.stored_chain_id in OFFERED else str(choice.stored_chain_id)
    return NetworkPage(
        title=_("Ethereum network"),
        sidebar=snapshot.sidebar,
        live_url=f"/live?shown={snapshot.version}",
        offered=tuple((each, networks.title(each), each == choice.stored_chain_id) for each in OFFERED),
        other=stored_other if other is None else other,
        other_chosen=bool(stored_other) or about == "network",
        network=networks.title(choice.chain_id),
        chain_id=choice.chain_id,
        chain_given=choice.chain_given,
        endpoints_given=choice.endpoints_given,
        endpoints="\n".join(choice.stored_endpoints) if typed is None else typed,
        nodes=tuple(_node(each) for each in state.nodes),
        offchain_names=messenger.ethereum.offchain_names if offchain_names is None else offchain_names,
        done=_done(done, state.nodes),
        about=about,
        problem=problem,
    )


def _node(node: NodeState) -> NodeView:
    texts = {
        "untried": _("Not asked yet"),
        "answering": _("Answers"),
        "unreachable": _("Cannot be reached"),
        "wrong chain": _("Is on another network"),
        "bad answer": _("Gives no valid answers"),
    }
    asked = None if node.asked_ms is None else display.moment(node.asked_ms)
    return NodeView(node.endpoint, node.health.replace(" ", "-"), texts[node.health], asked)
