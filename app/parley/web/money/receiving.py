"""Receiving: an own account as text and QR code, with an amount in it if one is wanted (EIP-681)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from parley.messenger.errors import MessengerError
from parley.messenger.money.model import Asset, MoneyAccount
from parley.web.beside import beside
from parley.web.dependencies import Form, FormDependency, MessengerDependency, RendererDependency
from parley.web.display import short_account
from parley.web.errors import MalformedFormError, UnknownPageError
from parley.web.language import gettext as _
from parley.web.money.calls import amount_view, unit_of
from parley.web.money.contexts import ReceivePage
from parley.web.money.fields import (
    Choice,
    asset_groups,
    asset_value,
    chosen_asset,
    explain_typed,
    numbered,
    typed_amount,
)
from parley.web.money.parties import network_view, read_parties
from parley.web.ports import Messenger
from parley.web.qr import qr_code

router = APIRouter()

PAGE = "money/receive.html"
MAX_TYPED = 100


@router.get("/money/receive")
async def receive(
    request: Request, messenger: MessengerDependency, renderer: RendererDependency, of: str | None = None
) -> Response:
    """GET: the account of a place (`of`, from 1) as a QR code for the coin of the chosen network."""
    money = messenger.money
    number, account = numbered(money, of)
    if not money.networks():
        raise UnknownPageError
    asset = (await money.tokens(money.networks()[0]))[0]
    return renderer.respond(request, PAGE, await _page(messenger, number, account, asset, None))


@router.post("/money/receive")
async def receive_amount(
    request: Request, form: FormDependency, messenger: MessengerDependency, renderer: RendererDependency
) -> Response:
    """POST: fields `of`, `asset`, `amount` (may be empty): the same for that. 422: with what is wrong."""
    money = messenger.money
    number, account = numbered(money, form.text("of"))
    asset = await chosen_asset(money, form)
    problem, amount, status = None, None, 200
    try:
        amount = _amount(form, asset)
    except (MessengerError, MalformedFormError) as error:
        explanation = explain_typed(error)
        problem, status = explanation.text, explanation.status
    typed = form.text("amount")[:MAX_TYPED]
    page = await _page(messenger, number, account, asset, amount, typed, problem)
    return renderer.respond(request, PAGE, page, status=status)


def _amount(form: Form, asset: Asset) -> int | None:
    return typed_amount(form, asset) if form.text("amount").strip() else None


async def _page(
    messenger: Messenger,
    number: int,
    account: MoneyAccount,
    asset: Asset,
    amount: int | None,
    typed: str = "",
    problem: str | None = None,
) -> ReceivePage:
    money = messenger.money
    who = await read_parties(messenger)
    uri = money.payment_uri(asset.chain_id, asset.token, account.address, amount)
    sidebar, live_url = await beside(messenger)
    return ReceivePage(
        title=_("Receive"),
        sidebar=sidebar,
        live_url=live_url,
        accounts=tuple(
            Choice(
                str(place),
                f"{who(each.address).person.name} ({short_account(each.address)})",
                place == number,
            )
            for place, each in enumerate(money.accounts(), 1)
        ),
        account=who(account.address),
        assets=await asset_groups(money, asset_value(asset)),
        network=network_view(asset.chain_id),
        amount=None if amount is None else amount_view(amount, asset),
        unit=unit_of(asset),
        typed=typed,
        qr=qr_code(uri),
        uri=uri,
        problem=problem,
    )
