"""An own payment as lists and its page show it."""

from __future__ import annotations

from dataclasses import dataclass

from parley.chat.payments.model import PaymentState
from parley.chat.payments.states import WAITING_PAYMENTS
from parley.messenger.money.model import AccountKind, MoneyAccount, ShownPayment
from parley.web import display
from parley.web.language import gettext as _
from parley.web.money.calls import AmountView, CallView, FactView, call_view, coin_amount
from parley.web.money.parties import NetworkView, Parties, Party, network_view
from parley.web.money.states import StateView, detail_text, payment_state


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """One payment in a list. `other` is who gets it, where that is one."""

    url: str
    title: str
    amount: AmountView | None
    other: Party | None
    network: NetworkView
    state: StateView
    at: display.Moment | None


@dataclass(frozen=True, slots=True)
class PaymentShown:
    """One payment.

    Attributes:
        facts: hash, number, block, fee.
        speed_up_url, cancel_url: where another transaction takes its place; None where it cannot.
        abandon_url, name_url: where the person says that their wallet did not send it, or as what.
        conversation_url: the conversation it belongs to.
        replaced_url: the payment whose place it takes.
    """

    line: PaymentLine
    calls: tuple[CallView, ...]
    sender: Party
    facts: tuple[FactView, ...]
    detail: str
    speed_up_url: str | None
    cancel_url: str | None
    abandon_url: str | None
    name_url: str | None
    conversation_url: str | None
    replaced_url: str | None


def payment_line(shown: ShownPayment, who: Parties) -> PaymentLine:
    """A payment in one line."""
    row = shown.row
    first = call_view(shown.calls[0], row.chain_id, who)
    one = len(shown.calls) == 1
    return PaymentLine(
        url=f"/money/payments/{row.payment_id}",
        title=first.title if one else _("%(n)d calls") % {"n": len(shown.calls)},
        amount=first.amount if one else None,
        other=next((each.party for each in first.facts if each.party is not None), None) if one else None,
        network=network_view(row.chain_id),
        state=payment_state(row),
        at=display.moment(row.created_at_ms),
    )


def payment_shown(shown: ShownPayment, who: Parties, accounts: tuple[MoneyAccount, ...]) -> PaymentShown:
    """All that is known of a payment."""
    row = shown.row
    url = f"/money/payments/{row.payment_id}"
    inside = any(
        each.address.lower() == row.sender.lower() and each.kind is AccountKind.INSIDE for each in accounts
    )
    with_wallet = row.state is PaymentState.HANDED
    replaceable = inside and row.state in WAITING_PAYMENTS
    return PaymentShown(
        line=payment_line(shown, who),
        calls=tuple(call_view(each, row.chain_id, who) for each in shown.calls),
        sender=who(row.sender),
        facts=_facts(shown),
        detail="" if with_wallet else detail_text(row.detail),
        speed_up_url=f"{url}/speed-up" if replaceable else None,
        cancel_url=f"{url}/cancel" if replaceable else None,
        abandon_url=f"{url}/abandon" if with_wallet and row.transaction_hash is None else None,
        name_url=f"{url}/name" if with_wallet and row.transaction_hash is None else None,
        conversation_url=f"/conversations/{row.conversation_id}" if row.conversation_id else None,
        replaced_url=f"/money/payments/{row.replaces}" if row.replaces else None,
    )


def _facts(shown: ShownPayment) -> tuple[FactView, ...]:
    row = shown.row
    facts = []
    if row.state is PaymentState.HANDED and row.detail:
        facts.append(FactView(_("Number at your wallet"), display.plain(row.detail, 100), code=True))
    if row.transaction_hash is not None:
        facts.append(FactView(_("Transaction"), f"0x{row.transaction_hash.hex()}", code=True))
    if row.block_number is not None:
        facts.append(FactView(_("Block"), str(row.block_number)))
    if row.confirmations:
        facts.append(FactView(_("Confirmations"), str(row.confirmations)))
    if row.fee is not None:
        fee = coin_amount(row.fee, row.chain_id)
        facts.append(FactView(_("Fee"), f"{fee.text} {fee.unit}"))
    if row.nonce is not None:
        facts.append(FactView(_("Number of the account’s transaction (nonce)"), str(row.nonce)))
    return tuple(facts)
