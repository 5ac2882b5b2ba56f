"""What accounts hold, own payments, and one payment: the pages that keep themselves up to date."""

from __future__ import annotations

import re
from functools import partial

from fastapi import APIRouter, Request
from starlette.responses import Response

from parley.messenger.money.model import AccountKind, Holding, MoneyAccount
from parley.web.beside import beside, beside_part
from parley.web.dependencies import MessengerDependency, RendererDependency
from parley.web.display import moment, plain
from parley.web.errors import UnknownPageError
from parley.web.language import gettext as _
from parley.web.live_part import LivePart
from parley.web.money.calls import TOKEN_NAME_CHARACTERS, amount_view, unit_of
from parley.web.money.contexts import HistoryPage, HoldingLine, Overview, OverviewPage, PaymentPage, Tab
from parley.web.money.fields import numbered, on_network, own_id
from parley.web.money.parties import Parties, network_view, read_parties
from parley.web.money.payment_view import PaymentShown, payment_line, payment_shown
from parley.web.money.ports import Money
from parley.web.ports import Messenger

router = APIRouter()

OVERVIEW = "money/money.html"
PAYMENT = "money/payment.html"
HISTORY = "money/payments.html"
RECENT = 5
PAGE_PAYMENTS = 50

_PART = re.compile(r"money-([1-9][0-9]{0,3})-([0-9]{1,16})|payment-([0-9a-f]{32})")


@router.get("/money")
async def overview(
    request: Request,
    messenger: MessengerDependency,
    renderer: RendererDependency,
    of: str | None = None,
    on: str | None = None,
) -> Response:
    """GET: what the account of a place (`of`, from 1) holds on a network (`on`, its chain id)."""
    money = messenger.money
    number, _account = numbered(money, of)
    chain_id = on_network(money, on)
    part = overview_part(number, chain_id or 0)
    sidebar, live_url, main = await beside_part(messenger, part)
    return renderer.respond(request, OVERVIEW, OverviewPage(_("Money"), sidebar, live_url, main))


@router.get("/money/payments")
async def payments(
    request: Request, messenger: MessengerDependency, renderer: RendererDependency, before: str | None = None
) -> Response:
    """GET: own payments, the newest 50; `before` the ones before that payment."""
    cursor = None if before is None else own_id(before)
    # One more than is shown tells whether there are earlier ones.
    found = await messenger.money.payments(None, None, PAGE_PAYMENTS + 1, cursor)
    who = await read_parties(messenger)
    lines = tuple(payment_line(each, who) for each in found[:PAGE_PAYMENTS])
    earlier = len(found) > PAGE_PAYMENTS
    page = HistoryPage(
        _("Payments"),
        *await beside(messenger),
        lines=lines,
        earlier_url=f"/money/payments?before={found[PAGE_PAYMENTS - 1].row.payment_id}" if earlier else None,
        latest=before is None,
    )
    return renderer.respond(request, HISTORY, page)


@router.get("/money/payments/{payment_id}")
async def payment(
    request: Request, payment_id: str, messenger: MessengerDependency, renderer: RendererDependency
) -> Response:
    """GET: one own payment and how far it is."""
    sidebar, live_url, main = await beside_part(messenger, payment_part(own_id(payment_id)))
    return renderer.respond(request, PAYMENT, PaymentPage(_("Payment"), sidebar, live_url, main))


def money_part(name: str) -> LivePart[object] | None:
    """The part about money that the address of a stream names, or None."""
    match = _PART.fullmatch(name)
    if match is None:
        return None
    return payment_part(match[3]) if match[3] else overview_part(int(match[1]), int(match[2]))


def overview_part(number: int, chain_id: int) -> LivePart[Overview]:
    """What an account holds; chain id 0 where no network has a node."""
    return LivePart(
        f"money-{number}-{chain_id}",
        OVERVIEW,
        (("holdings", "holdings"),),
        partial(_read_overview, number=number, chain_id=chain_id),
    )


def payment_part(payment_id: str) -> LivePart[PaymentShown]:
    """How far a payment is."""
    return LivePart(
        f"payment-{payment_id}",
        PAYMENT,
        (("payment", "payment"),),
        partial(_read_payment, payment_id=payment_id),
    )


async def _read_payment(messenger: Messenger, payment_id: str) -> PaymentShown:
    money = messenger.money
    shown = await money.payment(payment_id)
    return payment_shown(shown, await read_parties(messenger), money.accounts())


async def _read_overview(messenger: Messenger, number: int, chain_id: int) -> Overview:
    money = messenger.money
    accounts = money.accounts()
    if number > len(accounts):
        raise UnknownPageError
    account = accounts[number - 1]
    who = await read_parties(messenger)
    holdings = await money.holdings(account.address, chain_id) if chain_id else ()
    recent = await money.payments(account.address, chain_id, RECENT, None) if chain_id else ()
    return Overview(
        accounts=_account_tabs(accounts, number, chain_id, who),
        networks=_network_tabs(money, number, chain_id),
        account=who(account.address),
        kind_text=_kind(account),
        network=network_view(chain_id) if chain_id else None,
        holdings=tuple(_holding(each) for each in holdings),
        told=_told(holdings, chain_id),
        send_url=None if account.kind is AccountKind.WATCHED else f"/money/send?of={number}",
        receive_url=f"/money/receive?of={number}",
        recent=tuple(payment_line(each, who) for each in recent),
    )


def _account_tabs(
    accounts: tuple[MoneyAccount, ...], number: int, chain_id: int, who: Parties
) -> tuple[Tab, ...]:
    return tuple(
        Tab(_url(place, chain_id), who(each.address).person.name, place == number)
        for place, each in enumerate(accounts, 1)
    )


def _network_tabs(money: Money, number: int, chain_id: int) -> tuple[Tab, ...]:
    views = [network_view(each) for each in money.networks()]
    return tuple(
        Tab(_url(number, each.chain_id), each.name, each.chain_id == chain_id, each.kind) for each in views
    )


def _url(number: int, chain_id: int) -> str:
    return f"/money?of={number}&on={chain_id}" if chain_id else f"/money?of={number}"


def _kind(account: MoneyAccount) -> str:
    return {
        AccountKind.INSIDE: _("Its key is in Parley"),
        AccountKind.OUTSIDE: _("Its key is in a wallet outside of Parley"),
        AccountKind.WATCHED: _("Only watched: nothing can be paid from it here"),
    }[account.kind]


def _holding(holding: Holding) -> HoldingLine:
    known = holding.amount is not None and holding.as_of_ms is not None
    return HoldingLine(
        name=plain(holding.asset.name, TOKEN_NAME_CHARACTERS) if holding.asset.token else "",
        unit=unit_of(holding.asset),
        amount=amount_view(holding.amount, holding.asset) if holding.amount is not None else None,
        as_of=moment(holding.as_of_ms) if known and holding.as_of_ms is not None else None,
        stale=holding.answered is False,
    )


def _told(holdings: tuple[Holding, ...], chain_id: int) -> str | None:
    if not chain_id:
        return _("No Ethereum node is set, so no balance can be read and nothing can be paid.")
    if any(each.answered is False for each in holdings):
        return _("The Ethereum node does not answer. These are the last known amounts.")
    if any(each.answered is None for each in holdings):
        return _("Asking the Ethereum node …")
    return None
