"""Transaction requests and payments as a conversation shows them: computed from their calls, whatever is written
beside them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from parley.chat.payments.bounds import MAX_TEXT_CHARACTERS
from parley.chat.payments.model import RequestRow, RequestState
from parley.messenger.money.model import Card, PaymentCard, ShownCall
from parley.web import display
from parley.web.language import gettext as _
from parley.web.money.calls import CallView, call_view
from parley.web.money.parties import NetworkView, Parties, Party, network_view, read_parties
from parley.web.money.states import DETAIL_CHARACTERS, StateView, detail_text, request_state
from parley.web.money.warnings import WarningView, warning_views
from parley.web.ports import Messenger

_OVER = frozenset({RequestState.OPEN, RequestState.DECLINED, RequestState.CANCELLED, RequestState.EXPIRED})
"""No transaction is named with these."""


@dataclass(frozen=True, slots=True)
class AskedView:
    """Who asks for something, and how.

    Attributes:
        requester, payer: who asks, and who alone can pay it.
        signed_text: what the requester signed it with.
        by_wallet: whether that was their account itself, which is stronger.
        note: what the requester says it is for, marked as theirs; empty for none.
        until: when it expires.
    """

    requester: Party
    payer: Party
    signed_text: str
    by_wallet: bool
    note: str = field(repr=False)
    until: display.Moment | None


@dataclass(frozen=True, slots=True)
class CardView:
    """One transaction request, or one payment that nobody asked for.

    Attributes:
        dom_id: of the element that is renewed when it changes.
        own: whether the reader asked, or paid.
        heading: who asks whom, or who paid, in a sentence.
        sender: who paid, where nobody asked.
        asked: None of a payment that nobody asked for.
        detail: why it failed, as a fact.
        reason: why it was declined, in the words of who did.
        transaction: the hash that is said to pay it, or None.
        payment_url: the own payment, or None.
        pay_url, decline_url, cancel_url: where its forms go; None for what cannot be done.
    """

    dom_id: str
    own: bool
    heading: str
    network: NetworkView
    calls: tuple[CallView, ...]
    state: StateView
    detail: str
    transaction: str | None
    payment_url: str | None
    sender: Party | None = None
    asked: AskedView | None = None
    reason: str = field(default="", repr=False)
    warnings: tuple[WarningView, ...] = ()
    pay_url: str | None = None
    decline_url: str | None = None
    cancel_url: str | None = None


def card_view(card: Card | PaymentCard, who: Parties) -> CardView:
    """A card in words."""
    return _request_card(card, who) if isinstance(card, Card) else _payment_card(card, who)


async def read_cards(messenger: Messenger, conversation_id: str) -> dict[bytes, CardView]:
    """The cards of a conversation by the message that brought them."""
    cards = await messenger.money.cards(conversation_id)
    if not cards:
        return {}
    return card_views(cards, await read_parties(messenger))


def card_views(cards: Iterable[Card | PaymentCard], who: Parties) -> dict[bytes, CardView]:
    """Cards by the message that brought them."""
    return {(each.row if isinstance(each, Card) else each).message_id: card_view(each, who) for each in cards}


def asked_view(row: RequestRow, by_wallet: bool | None, who: Parties) -> AskedView:
    """Who asks for it; `by_wallet` as on a `Card`."""
    request = row.request
    return AskedView(
        requester=who(request.requester),
        payer=who(request.payer),
        signed_text=_signed(row.own, by_wallet),
        by_wallet=by_wallet is True,
        note=display.plain(request.note, MAX_TEXT_CHARACTERS),
        until=display.moment(request.expires_at_ms),
    )


def _request_card(card: Card, who: Parties) -> CardView:
    row, request = card.row, card.row.request
    base = f"/conversations/{row.conversation_id}/requests/{request.request_id.hex()}"
    asked = asked_view(row, card.by_wallet, who)
    return CardView(
        dom_id=_dom_id(row.message_id),
        own=row.own,
        heading=_asks(row.own, _moves(card.calls), asked),
        network=network_view(request.chain_id),
        calls=_calls(card.calls, request.chain_id, who),
        state=request_state(card.state, row.confirmations, row.evidence),
        detail=detail_text(row.detail),
        transaction=None if card.state in _OVER else _hash(row.transaction_hash),
        payment_url=_payment_url(card.payment_id),
        asked=asked,
        reason=display.plain(row.reason, DETAIL_CHARACTERS),
        # Where nothing can be signed any more they would only teach to overlook them.
        warnings=warning_views(card.warnings, who) if card.mine else (),
        pay_url=f"{base}/pay" if card.mine else None,
        decline_url=f"{base}/decline" if card.cancellable and not row.own else None,
        cancel_url=f"{base}/cancel" if card.cancellable and row.own else None,
    )


def _payment_card(card: PaymentCard, who: Parties) -> CardView:
    sender = who(card.sender)
    moves = _moves(card.calls)
    if card.own:
        heading = _("You paid") if moves else _("You signed")
    else:
        says = _("%(name)s says they paid") if moves else _("%(name)s says they signed")
        paid = _("%(name)s paid") if moves else _("%(name)s signed")
        # Before the chain has shown it there is their word alone.
        # Guarded by tests/web/money/test_cards.py::test_a_payment_is_a_claim_until_the_chain_shows_it.
        shown = card.state in (RequestState.CONFIRMING, RequestState.SETTLED)
        heading = (paid if shown else says) % {"name": display.quoted(sender.person.name)}
    return CardView(
        dom_id=_dom_id(card.message_id),
        own=card.own,
        heading=heading,
        network=network_view(card.chain_id),
        calls=_calls(card.calls, card.chain_id, who),
        state=request_state(card.state, card.confirmations, card.evidence),
        detail=detail_text(card.detail),
        transaction=_hash(card.transaction_hash),
        payment_url=_payment_url(card.payment_id),
        sender=sender,
    )


def _calls(calls: tuple[ShownCall, ...], chain_id: int, who: Parties) -> tuple[CallView, ...]:
    return tuple(call_view(each, chain_id, who) for each in calls)


def _moves(calls: tuple[ShownCall, ...]) -> bool:
    return all(each.kind.value in {"coin", "token-transfer"} for each in calls)


def _asks(own: bool, moves: bool, asked: AskedView) -> str:
    if own:
        text = _("You ask %(name)s to pay") if moves else _("You ask %(name)s to sign")
        return text % {"name": display.quoted(asked.payer.person.name)}
    text = _("%(name)s asks you to pay") if moves else _("%(name)s asks you to sign")
    return text % {"name": display.quoted(asked.requester.person.name)}


def _signed(own: bool, by_wallet: bool | None) -> str:
    if own:
        return _("Signed by your wallet") if by_wallet else _("Signed by your device")
    if by_wallet is None:
        return _("Signed by their device; whether also by their wallet could not be asked")
    return _("Signed by their wallet") if by_wallet else _("Signed by their device")


def _dom_id(message_id: bytes) -> str:
    return f"card-{message_id.hex()}"


def _hash(transaction_hash: bytes | None) -> str | None:
    return None if transaction_hash is None else f"0x{transaction_hash.hex()}"


def _payment_url(payment_id: str | None) -> str | None:
    return None if payment_id is None else f"/money/payments/{payment_id}"
