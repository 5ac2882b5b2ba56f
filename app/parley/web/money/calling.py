"""Calling a contract: the form; what it makes is shown before anything is signed."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from parley.chat.errors import ChatError
from parley.messenger.errors import MessengerError
from parley.web.beside import beside
from parley.web.dependencies import FormDependency, MessengerDependency, RendererDependency
from parley.web.errors import MalformedFormError
from parley.web.language import gettext as _
from parley.web.money.contexts import CallPage
from parley.web.money.fields import (
    MAX_ARGUMENTS,
    account_choices,
    explain_typed,
    network_choices,
    payers,
    typed_call,
)
from parley.web.money.parties import read_parties
from parley.web.ports import Messenger

router = APIRouter()

PAGE = "money/call.html"
_FIELDS = ("account", "network", "to", "function", "arguments", "value")


@router.get("/money/call")
async def call_form(
    request: Request, messenger: MessengerDependency, renderer: RendererDependency
) -> Response:
    """GET: the form that calls a contract."""
    return renderer.respond(request, PAGE, await _page(messenger, {}))


@router.post("/money/call")
async def call(
    request: Request, form: FormDependency, messenger: MessengerDependency, renderer: RendererDependency
) -> Response:
    """POST: prepares the call. 303 to the page that shows it before anything is signed, or the form again.

    Fields `account`, `network`, `to`, `function`, `arguments` (one a line), `value`.
    """
    money = messenger.money
    try:
        chain_id, composed = await typed_call(money, form)
        preview = await money.preview_calls(form.text("account"), chain_id, (composed,))
    except (ChatError, MessengerError, MalformedFormError) as error:
        explanation = explain_typed(error)
        typed = {name: form.text(name)[:MAX_ARGUMENTS] for name in _FIELDS if form.has(name)}
        page = await _page(messenger, typed, explanation.text)
        return renderer.respond(request, PAGE, page, status=explanation.status)
    return RedirectResponse(f"/money/previews/{preview.preview_id}", 303)


async def _page(messenger: Messenger, typed: dict[str, str], problem: str | None = None) -> CallPage:
    money = messenger.money
    return CallPage(
        _("Call a contract"),
        *await beside(messenger),
        payers=account_choices(payers(money), await read_parties(messenger), typed.get("account", "")),
        networks=network_choices(money, typed.get("network", "")),
        typed=typed,
        problem=problem,
    )
