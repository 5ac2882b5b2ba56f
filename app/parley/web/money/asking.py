"""Asking the other of a conversation for a payment, or for a call of a contract."""

from __future__ import annotations

import re
import secrets

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from parley.chat.errors import ChatError, UnknownConversationError
from parley.chat.payments.bounds import MAX_TEXT_CHARACTERS
from parley.messenger.errors import MessengerError, WalletError
from parley.messenger.money.model import AccountKind, Wish
from parley.web.beside import beside
from parley.web.dependencies import Form, FormDependency, MessengerDependency, RendererDependency
from parley.web.errors import MalformedFormError
from parley.web.language import gettext as _
from parley.web.money.contexts import AskPage
from parley.web.money.fields import (
    MAX_ARGUMENTS,
    asset_groups,
    chain_of,
    chosen_asset,
    chosen_expiry,
    expiry_choices,
    explain_typed,
    network_choices,
    payers,
    typed_amount,
    typed_call,
)
from parley.web.money.parties import read_parties
from parley.web.money.ports import Money
from parley.web.person import person
from parley.web.ports import Messenger
from parley.web.wallet import Problem, refused, with_passphrase

router = APIRouter()

PAGE = "money/ask.html"
_FORM_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")
_FIELDS = (
    "asset",
    "amount",
    "note",
    "expires",
    "network",
    "to",
    "function",
    "arguments",
    "value",
    "by_wallet",
)


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
    """POST: asks for a payment. 303 to the conversation, or the form again with what is wrong.

    Fields `asset`, `amount`, `note`, `expires`, `form_token`; `by_wallet` to have the wallet sign it, too: the one
    inside, with `passphrase` while that is locked, or one of the browser, on the page that a 303 leads to.
    """
    return await _ask(request, conversation_id, form, messenger, renderer, call=False)


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
    """POST: asks for a call of a contract, as above.

    Fields `network`, `to`, `function`, `arguments` (one a line), `value`, `note`, `expires`, `form_token`,
    `by_wallet`, `passphrase`.
    """
    return await _ask(request, conversation_id, form, messenger, renderer, call=True)


async def _ask(
    request: Request,
    conversation_id: str,
    form: Form,
    messenger: Messenger,
    renderer: RendererDependency,
    *,
    call: bool,
) -> Response:
    problem: Problem
    try:
        done = await _asked(request, conversation_id, form, messenger, call=call)
    except UnknownConversationError:
        raise
    except (ChatError, MessengerError, WalletError, MalformedFormError) as error:
        problem = explain_typed(error), 0
    else:
        if isinstance(done, str):
            return RedirectResponse(done, 303)
        problem = done
    typed = {name: form.text(name)[:MAX_ARGUMENTS] for name in _FIELDS if form.has(name)}
    page = await _page(messenger, conversation_id, call=call, typed=typed, problem=problem[0].text)
    return refused(renderer.respond(request, PAGE, page, status=problem[0].status), problem)


async def _asked(
    request: Request, conversation_id: str, form: Form, messenger: Messenger, *, call: bool
) -> Problem | str:
    """Where to go on, or what is to be told."""
    money = messenger.money
    # All of it is read before a passphrase is tried, which takes a second and would have to be typed again.
    wish = await (_wished_call if call else _wished_payment)(money, conversation_id, form)
    signer = _signer(money) if form.has("by_wallet") else None
    if signer is AccountKind.OUTSIDE:
        draft_id, _data = await money.prepare_ask(wish)
        return f"/conversations/{conversation_id}/ask/{draft_id}"
    inside = signer is AccountKind.INSIDE
    if inside and messenger.wallet is not None and messenger.wallet.locked:
        problem = await with_passphrase(request, form, messenger.wallet.unlock)
        if problem is not None:
            return problem
    await money.ask(wish, by_wallet=inside)
    return f"/conversations/{conversation_id}#latest"


async def _wished_payment(money: Money, conversation_id: str, form: Form) -> Wish:
    asset = await chosen_asset(money, form)
    amount = typed_amount(form, asset)
    return Wish(
        conversation_id,
        asset.chain_id,
        asset.token,
        amount,
        _note(form),
        chosen_expiry(form),
        _token(form),
    )


async def _wished_call(money: Money, conversation_id: str, form: Form) -> Wish:
    chain_id, call = await typed_call(money, form)
    return Wish(conversation_id, chain_id, None, 0, _note(form), chosen_expiry(form), _token(form), (call,))


def _signer(money: Money) -> AccountKind | None:
    """Which wallet signs for the own account, if one can."""
    return next((each.kind for each in payers(money) if each.own), None)


def _note(form: Form) -> str:
    note = form.text("note").strip()
    if len(note) > MAX_TEXT_CHARACTERS:
        raise MalformedFormError
    return note


def _token(form: Form) -> str:
    token = form.text("form_token")
    if not _FORM_TOKEN.fullmatch(token):
        raise MalformedFormError
    return token


async def _page(
    messenger: Messenger,
    conversation_id: str,
    *,
    call: bool,
    typed: dict[str, str] | None = None,
    problem: str | None = None,
) -> AskPage:
    money = messenger.money
    summary = await messenger.conversation(conversation_id)
    sidebar, live_url = await beside(messenger)
    who = await read_parties(messenger)
    typed = typed or {}
    signer = _signer(money)
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
        networks=network_choices(money, typed.get("network", "")),
        expiries=expiry_choices(typed.get("expires", "")),
        form_token=secrets.token_urlsafe(18),
        receiver=who(messenger.account),
        can_sign=signer is not None,
        passphrase=signer is AccountKind.INSIDE and messenger.wallet is not None and messenger.wallet.locked,
        typed=typed,
        problem=problem,
    )
