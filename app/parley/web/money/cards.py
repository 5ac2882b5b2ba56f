"""A transaction request as a conversation shows it: computed from its calls, whatever is written beside them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from parley.chat.payments.model import RequestState
from parley.messenger.money.model import Card
from parley.web import display
from parley.web.language import gettext as _
from parley.web.money.calls import CallView, call_view
from parley.web.money.parties import NetworkView, Parties, Party, network_view, read_parties
from parley.web.money.ports import money_of
from parley.web.money.states import StateView, request_state
from parley.web.money.warnings import WarningView, warning_views
from parley.web.ports import Messenger

NOTE_CHARACTERS = 280
DETAIL_CHARACTERS = 300

CLAIMED = frozenset(
    {
        RequestState.CLAIMED,
        RequestState.PENDING,
        RequestState.CONFIRMING,
        RequestState.SETTLED,
        RequestState.FAILED,
        RequestState.UNPROVABLE,
        RequestState.REPLACED,
        RequestState.DROPPED,
    }
)


@dataclass(frozen=True, slots=True)
class CardView:
    """One transaction request.

    Attributes:
        request_id: hexadecimal, as its forms name it.
        dom_id: of the element that is renewed when it changes.
        heading: who asks whom, in a sentence.
        requester, payer: who asks, and who alone can pay it.
        signed_text: what the requester signed it with.
        note: what the requester says it is for, marked as theirs; empty for none.
        until: when it expires.
        detail: more about the state: the reason of a decline in the payer's words, or why it failed.
        detail_party: whose words that is, as a name; empty for facts.
        transaction: the hash that is said to pay it, or None.
        pay_url, decline_url, cancel_url: where its forms go; None for what cannot be done.
    """

    request_id: str
    dom_id: str
    own: bool
    heading: str
    network: NetworkView
    calls: tuple[CallView, ...]
    requester: Party
    payer: Party
    signed_text: str
    by_wallet: bool
    note: str = field(repr=False)
    until: display.Moment | None
    state: StateView
    detail: str = field(repr=False)
    transaction: str | None
    warnings: tuple[WarningView, ...]
    pay_url: str | None
    decline_url: str | None
    cancel_url: str | None


def card_view(card: Card, who: Parties) -> CardView:
    """A card in words."""
    row, request = card.row, card.row.request
    request_id = request.request_id.hex()
    base = f"/conversations/{row.conversation_id}/requests/{request_id}"
    declinable = card.mine and row.state is RequestState.OPEN
    requester, payer = who(request.requester), who(request.payer)
    return CardView(
        request_id=request_id,
        dom_id=f"card-{row.message_id.hex()}",
        own=row.own,
        heading=_heading(card, requester, payer),
        network=network_view(request.chain_id),
        calls=tuple(call_view(each, request.chain_id, who) for each in card.calls),
        requester=requester,
        payer=payer,
        signed_text=_("Signed by their wallet") if row.by_wallet else _("Signed by their device"),
        by_wallet=row.by_wallet,
        note=display.one_line(request.note, NOTE_CHARACTERS),
        until=display.moment(request.expires_at_ms),
        state=request_state(row),
        detail=display.one_line(row.reason or row.detail, DETAIL_CHARACTERS),
        transaction=f"0x{row.transaction_hash.hex()}"
        if row.transaction_hash and row.state in CLAIMED
        else None,
        # Where nothing can be signed any more they would only teach to overlook them.
        warnings=warning_views(card.warnings, who) if card.mine else (),
        pay_url=f"{base}/pay" if card.mine else None,
        decline_url=f"{base}/decline" if declinable else None,
        cancel_url=f"{base}/cancel" if row.own and row.state is RequestState.OPEN else None,
    )


async def read_cards(messenger: Messenger, conversation_id: str) -> dict[bytes, CardView]:
    """The cards of a conversation by the message that brought them."""
    cards = await money_of(messenger).cards(conversation_id)
    if not cards:
        return {}
    return card_views(cards, await read_parties(messenger))


def card_views(cards: Iterable[Card], who: Parties) -> dict[bytes, CardView]:
    """Cards by the message that brought them."""
    return {each.row.message_id: card_view(each, who) for each in cards}


def _heading(card: Card, requester: Party, payer: Party) -> str:
    moves = all(each.kind.value in {"coin", "token-transfer"} for each in card.calls)
    if card.row.own:
        asked = _("You ask %(name)s to pay") if moves else _("You ask %(name)s to sign")
        return asked % {"name": display.isolated(payer.person.name)}
    asks = _("%(name)s asks you to pay") if moves else _("%(name)s asks you to sign")
    return asks % {"name": display.isolated(requester.person.name)}
