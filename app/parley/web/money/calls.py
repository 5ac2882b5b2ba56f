"""What calls do, in words: from their decoded bytes alone, never from what somebody says of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from parley.messenger.money.amounts import format_amount
from parley.messenger.money.decoding import COIN_DECIMALS
from parley.messenger.money.model import Asset, CallKind, ShownCall
from parley.web import display, networks
from parley.web.language import gettext as _
from parley.web.money.parties import Parties, Party

SYMBOL_CHARACTERS = 16
TOKEN_NAME_CHARACTERS = 60
MAX_SHOWN_DATA = 2048
"""Bytes of a call's data that are shown; the rest is told by its length."""


@dataclass(frozen=True, slots=True)
class AmountView:
    """An amount with its unit.

    Attributes:
        text: the number, exact, or that an approval has no limit.
        unit: the symbol, or what stands for it.
        token: the token's address; None for the coin.
        stranger: what is to be said of a token that is in no list of ours; None of one that is.
    """

    text: str
    unit: str
    token: str | None = None
    stranger: str | None = None


@dataclass(frozen=True, slots=True)
class FactView:
    """One line of a call: what it is, and a text or somebody. `code`: to be shown as code."""

    label: str
    text: str = ""
    party: Party | None = None
    code: bool = False


@dataclass(frozen=True, slots=True)
class CallView:
    """One call.

    Attributes:
        kind: `CallKind`, as text.
        title: what it does, in few words.
        amount: what moves or may be spent, where that is known.
        facts: to whom, from what, with which arguments.
        data: the bytes as hexadecimal, at most MAX_SHOWN_DATA of them; empty if there are none.
        data_told: how many there are.
        inner: the calls in it.
        risky: whether it lets somebody else spend, or nobody can say what it does.
    """

    kind: str
    title: str
    amount: AmountView | None
    facts: tuple[FactView, ...]
    data: str = field(repr=False)
    data_told: str
    inner: tuple[CallView, ...] = ()
    risky: bool = False


def amount_view(amount: int, asset: Asset) -> AmountView:
    """An amount of an asset, exact, with its unit."""
    return AmountView(format_amount(amount, asset.decimals), unit_of(asset), asset.token, _stranger(asset))


def coin_amount(wei: int, chain_id: int) -> AmountView:
    """An amount of a network's own coin."""
    return AmountView(
        format_amount(wei, COIN_DECIMALS), networks.coin(chain_id) or _("of this network’s own coin")
    )


def unit_of(asset: Asset) -> str:
    """What an asset is called beside an amount. One that nobody asked yet has no decimals either."""
    if asset.symbol:
        # A symbol is a stranger's text: one line, no marks that turn what stands beside it.
        # Guarded by tests/web/money/test_hostile_money.py::test_a_symbol_cannot_reach_what_stands_beside_it.
        return display.plain(asset.symbol, SYMBOL_CHARACTERS)
    if asset.token is None:
        return networks.coin(asset.chain_id) or _("of this network’s own coin")
    return _("smallest units of a token")


def call_view(call: ShownCall, chain_id: int, who: Parties) -> CallView:
    """One call in words."""
    title, amount, facts = _said(call, who)
    if call.value and call.kind is not CallKind.COIN:
        value = coin_amount(call.value, chain_id)
        facts.append(FactView(_("Sends along"), f"{value.text} {value.unit}"))
    data = call.data[:MAX_SHOWN_DATA].hex()
    return CallView(
        kind=call.kind.value,
        title=title,
        amount=amount,
        facts=tuple(facts),
        data=f"0x{data}" if data else "",
        data_told=_("Data: %(n)d bytes") % {"n": len(call.data)},
        inner=tuple(call_view(each, chain_id, who) for each in call.inner),
        risky=call.kind in _RISKY,
    )


_RISKY = {
    CallKind.APPROVE,
    CallKind.APPROVAL_FOR_ALL,
    CallKind.PERMIT,
    CallKind.UNKNOWN,
    CallKind.CREATE,
}


def _said(call: ShownCall, who: Parties) -> tuple[str, AmountView | None, list[FactView]]:
    facts: list[FactView] = []
    amount = None if call.asset is None or call.amount is None else amount_view(call.amount, call.asset)
    if call.unlimited and call.asset is not None and call.kind in (CallKind.APPROVE, CallKind.PERMIT):
        amount = AmountView(_("All"), unit_of(call.asset), call.asset.token, _stranger(call.asset))
    if call.kind in _RECIPIENT_LABELS and call.recipient is not None:
        facts.append(FactView(_recipient_label(call.kind), party=who(call.recipient)))
    if call.owner is not None:
        facts.append(FactView(_("Taken from"), party=who(call.owner)))
    if call.token_id is not None:
        facts.append(FactView(_("Piece"), f"#{call.token_id}"))
    if call.asset is not None and call.asset.token is not None:
        facts.append(FactView(_("Token contract"), call.asset.token, code=True))
    elif call.kind is not CallKind.COIN and call.to is not None:
        facts.append(FactView(_("Contract"), party=who(call.to)))
    if call.kind in (CallKind.FUNCTION, CallKind.UNKNOWN):
        facts += [
            FactView(display.plain(name), display.plain(value, 512), code=True)
            for name, value in call.arguments
        ]
    return _title(call), amount, facts


_RECIPIENT_LABELS = {
    CallKind.COIN,
    CallKind.TOKEN_TRANSFER,
    CallKind.TOKEN_TRANSFER_FROM,
    CallKind.PIECE_TRANSFER,
    CallKind.APPROVE,
    CallKind.APPROVAL_FOR_ALL,
    CallKind.PERMIT,
}


def _recipient_label(kind: CallKind) -> str:
    may_spend = kind in (CallKind.APPROVE, CallKind.APPROVAL_FOR_ALL, CallKind.PERMIT)
    return _("Who may spend") if may_spend else _("To")


def _title(call: ShownCall) -> str:
    if call.kind is CallKind.FUNCTION:
        return _("Call %(function)s") % {"function": display.plain(call.function)}
    if call.kind is CallKind.UNKNOWN:
        return _("Call an unknown function, %(selector)s") % {"selector": display.plain(call.function, 20)}
    if call.kind in (CallKind.APPROVE, CallKind.PERMIT):
        return _("Let somebody spend all of a token") if call.unlimited else _("Let somebody spend a token")
    titles = {
        CallKind.COIN: _("Send"),
        CallKind.TOKEN_TRANSFER: _("Send"),
        CallKind.TOKEN_TRANSFER_FROM: _("Move from an account"),
        CallKind.PIECE_TRANSFER: _("Send a piece of a collection"),
        CallKind.APPROVAL_FOR_ALL: _("Let somebody take every piece of a collection"),
        CallKind.CREATE: _("Create a contract"),
    }
    return titles[call.kind]


def _stranger(asset: Asset) -> str | None:
    if asset.listed:
        return None
    if asset.imitates:
        return _("Not the known %(symbol)s: another token that looks like it") % {"symbol": asset.imitates}
    return (
        _("A token that is in no list of Parley’s") if asset.symbol else _("A token that is not known here")
    )
