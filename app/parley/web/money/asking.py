"""Transaction requests in a conversation: asking for one, looking at it to pay it, declining, taking it back."""

from __future__ import annotations

import re
import secrets

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from parley.chat.errors import ChatError, UnknownConversationError
from parley.messenger.errors import MessengerError
from parley.web.beside import beside
from parley.web.contexts import person
from parley.web.dependencies import Form, FormDependency, MessengerDependency, RendererDependency
from parley.web.errors import MalformedFormError, explain
from parley.web.language import gettext as _
from parley.web.money.calls import COIN_DIGITS
from parley.web.money.contexts import AskPage
from parley.web.money.fields import (
    Choice,
    asset_groups,
    chain_of,
    chosen_asset,
    chosen_expiry,
    chosen_network,
    expiry_choices,
    payers,
    request_id,
    typed_address,
    typed_amount,
)
from parley.web.money.parties import network_view, read_parties
from parley.web.money.ports import Money, money_of
from parley.web.ports import Messenger

router = APIRouter()

PAGE = "money/ask.html"
NOTE_CHARACTERS = 280
MAX_FUNCTION = 256
MAX_ARGUMENTS = 4096
_FORM_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")
_FIELDS = ("asset", "amount", "note", "expires", "network", "to", "function", "arguments", "value")


@router.get("/conversations/{conversation_id}/ask")
async def ask_form(
    request: Request, conversation_id: str, messenger: MessengerDependency, renderer: RendererDependency
) -> Response:
    """GET: the form that asks the other for a payment."""
    return renderer.respond(request, PAGE, await _page(messenger, conversation_id, call=False))


@router.post("/conversations/{conversation_id}/ask")
async def ask(
    request: Request,
    conversation_id: str,
    form: FormDependency,
    messenger: MessengerDependency,
    renderer: RendererDependency,
) -> Response:
    """POST: fields `asset`, `amount`, `note`, `expires`, `form_token`: asks for it. 303 to the conversation."""
    money = money_of(messenger)
    try:
        asset = await chosen_asset(money, form)
        amount = typed_amount(form, asset)
        await money.ask(
            conversation_id,
            asset.chain_id,
            asset.token,
            amount,
            _note(form),
            chosen_expiry(form),
            _token(form),
        )
    except UnknownConversationError:
        raise
    except (ChatError, MessengerError, MalformedFormError) as error:
        return await _again(request, conversation_id, messenger, renderer, form, error, call=False)
    return RedirectResponse(f"/conversations/{conversation_id}#latest", 303)


@router.get("/conversations/{conversation_id}/call")
async def call_form(
    request: Request, conversation_id: str, messenger: MessengerDependency, renderer: RendererDependency
) -> Response:
    """GET: the form that asks the other to call a contract."""
    return renderer.respond(request, PAGE, await _page(messenger, conversation_id, call=True))


@router.post("/conversations/{conversation_id}/call")
async def ask_call(
    request: Request,
    conversation_id: str,
    form: FormDependency,
    messenger: MessengerDependency,
    renderer: RendererDependency,
) -> Response:
    """POST: asks for a call of a contract. 303 to the conversation.

    Fields `network`, `to`, `function`, `arguments` (one a line), `value`, `note`, `expires`, `form_token`.
    """
    money = money_of(messenger)
    try:
        chain_id = chosen_network(money, form)
        call = await money.compose_call(
            chain_id,
            typed_address(form.text("to")),
            form.text("function")[: MAX_FUNCTION + 1],
            _arguments(form),
            await _value(money, chain_id, form),
        )
        await money.ask(
            conversation_id, chain_id, None, 0, _note(form), chosen_expiry(form), _token(form), (call,)
        )
    except UnknownConversationError:
        raise
    except (ChatError, MessengerError, MalformedFormError) as error:
        return await _again(request, conversation_id, messenger, renderer, form, error, call=True)
    return RedirectResponse(f"/conversations/{conversation_id}#latest", 303)


@router.post("/conversations/{conversation_id}/requests/{asked}/pay")
async def pay(conversation_id: str, asked: str, messenger: MessengerDependency) -> Response:
    """POST: prepares what is asked for. 303 to the page that shows it before anything is signed."""
    await messenger.conversation(conversation_id)
    preview = await money_of(messenger).preview_request(request_id(asked), _own_payer(messenger))
    return RedirectResponse(f"/money/previews/{preview.preview_id}", 303)


@router.post("/conversations/{conversation_id}/requests/{asked}/decline")
async def decline(
    conversation_id: str, asked: str, form: FormDependency, messenger: MessengerDependency
) -> Response:
    """POST: field `reason`, of which 280 characters count: it will not be paid. 303 to the conversation."""
    await messenger.conversation(conversation_id)
    await money_of(messenger).decline(request_id(asked), form.text("reason").strip()[:NOTE_CHARACTERS])
    return RedirectResponse(f"/conversations/{conversation_id}#latest", 303)


@router.post("/conversations/{conversation_id}/requests/{asked}/cancel")
async def cancel(conversation_id: str, asked: str, messenger: MessengerDependency) -> Response:
    """POST: an own request is taken back. 303 to the conversation."""
    await messenger.conversation(conversation_id)
    await money_of(messenger).cancel_request(request_id(asked))
    return RedirectResponse(f"/conversations/{conversation_id}#latest", 303)


def _own_payer(messenger: Messenger) -> str:
    # Only the addressed payer can settle a request, whatever other accounts there are.
    own = [each.address for each in payers(money_of(messenger)) if each.own]
    return own[0] if own else messenger.account


def _note(form: Form) -> str:
    note = form.text("note").strip()
    if len(note) > NOTE_CHARACTERS:
        raise MalformedFormError
    return note


def _token(form: Form) -> str:
    token = form.text("form_token")
    if not _FORM_TOKEN.fullmatch(token):
        raise MalformedFormError
    return token


def _arguments(form: Form) -> tuple[str, ...]:
    text = form.text("arguments")
    if len(text) > MAX_ARGUMENTS:
        raise MalformedFormError
    return tuple(each.strip() for each in text.splitlines() if each.strip())


async def _value(money: Money, chain_id: int, form: Form) -> int:
    if form.text("value").strip() in {"", "0"}:
        return 0
    coin = next(each for each in await money.tokens(chain_id) if each.token is None)
    assert coin.decimals == COIN_DIGITS  # noqa: S101  (of every chain's own coin)
    return typed_amount(form, coin, "value")


async def _again(
    request: Request,
    conversation_id: str,
    messenger: Messenger,
    renderer: RendererDependency,
    form: Form,
    error: Exception,
    *,
    call: bool,
) -> Response:
    explanation = explain(error)
    typed = {name: form.text(name)[:MAX_ARGUMENTS] for name in _FIELDS if form.has(name)}
    page = await _page(messenger, conversation_id, call=call, typed=typed, problem=explanation.text)
    return renderer.respond(request, PAGE, page, status=explanation.status)


async def _page(
    messenger: Messenger,
    conversation_id: str,
    *,
    call: bool,
    typed: dict[str, str] | None = None,
    problem: str | None = None,
) -> AskPage:
    money = money_of(messenger)
    summary = await messenger.conversation(conversation_id)
    sidebar, live_url = await beside(messenger)
    who = await read_parties(messenger)
    typed = typed or {}
    # What is asked for goes to the own account, which may be on one chain only.
    only = chain_of(messenger.account)
    return AskPage(
        title=_("Ask for a call of a contract") if call else _("Ask for money"),
        sidebar=sidebar,
        live_url=live_url,
        person=person(summary.account, summary.nickname, messenger.ethereum.name_of(summary.account)),
        conversation_id=conversation_id,
        call=call,
        assets=await asset_groups(money, typed.get("asset", ""), only),
        networks=tuple(
            Choice(str(each), _network_text(each), str(each) == typed.get("network"))
            for each in money.networks()
        ),
        expiries=expiry_choices(typed.get("expires", "")),
        form_token=secrets.token_urlsafe(18),
        receiver=who(messenger.account),
        typed=typed,
        problem=problem,
    )


def _network_text(chain_id: int) -> str:
    view = network_view(chain_id)
    return f"{view.name} ({view.kind_text})" if view.kind_text else view.name
