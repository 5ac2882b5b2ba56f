"""Requests and payments as a conversation shows them, from their calls alone."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final

from parley.chain.api import TokenFacts
from parley.chat.payments.model import ClaimRow, PaymentRow, RequestedCall, RequestRow, RequestState
from parley.chat.payments.ports import PaymentStore
from parley.chat.payments.states import LIVE_PAYMENTS, STATE_OF_PAYMENT, is_endable, is_payable, state_at
from parley.e2ee import api as e2ee
from parley.messenger.money.decoding import known_assets, show_calls
from parley.messenger.money.model import Card, PaymentCard, ShownCall, Warned
from parley.messenger.money.ports import Acquaintances, Acquainted
from parley.messenger.money.wallet_signed import WalletSigned
from parley.messenger.money.warnings import Facts, warnings

MOST_CARDS: Final = 200
"""So many of each kind a conversation shows, the newest."""

REMEMBERED: Final = 512
REMEMBERED_BYTES: Final = 1024
"""So many decoded calls are kept in memory, of those with no more data."""

_Calls = tuple[int, tuple[RequestedCall, ...], tuple[TokenFacts, ...]]
_UNPAID = (RequestState.OPEN, RequestState.EXPIRED)


class Cards:
    """Reads the cards of one opened profile.

    Args:
        read_chain_id: the chain that the person reads now.
        clock: milliseconds since the epoch, UTC.
    """

    def __init__(
        self,
        store: PaymentStore,
        acquaintances: Acquaintances,
        signed: WalletSigned,
        read_chain_id: Callable[[], int],
        clock: Callable[[], int],
    ) -> None:
        self._store = store
        self._acquaintances = acquaintances
        self._signed = signed
        self._read_chain_id = read_chain_id
        self._clock = clock
        self._decoded: OrderedDict[_Calls, tuple[ShownCall, ...]] = OrderedDict()

    async def of(self, conversation_id: str) -> tuple[Card | PaymentCard, ...]:
        """The requests of a conversation, and the payments in it that nobody asked for."""
        requests = await self._store.transaction_requests(conversation_id, MOST_CARDS)
        claims = await self._store.claims(conversation_id, MOST_CARDS)
        own = await self._store.payments_of_conversation(conversation_id, MOST_CARDS)
        chain_ids = {each.request.chain_id for each in requests}
        chain_ids |= {each.chain_id for each in claims} | {each.chain_id for each in own}
        met = {each: await self._acquaintances.acquainted(each) for each in chain_ids}

        def decode(chain_id: int, calls: tuple[RequestedCall, ...]) -> tuple[ShownCall, ...]:
            return self._decode(chain_id, calls, met[chain_id].tokens)

        found: list[Card | PaymentCard] = [
            await self._card(
                each, decode(each.request.chain_id, each.request.calls), met[each.request.chain_id]
            )
            for each in requests
        ]
        found += [_of_others(each, decode(each.chain_id, each.calls)) for each in claims]
        # One that nobody was told of yet has no place in the conversation.
        found += [
            _own(each, each.message_id, conversation_id, decode(each.chain_id, each.calls))
            for each in own
            if each.message_id is not None
        ]
        return tuple(found)

    async def by_wallet(self, row: RequestRow) -> bool | None:
        """Whether the requester's account signed a request, as its card says."""
        return await self._signed.of(row)

    async def decoded(self, chain_id: int, calls: Sequence[RequestedCall]) -> tuple[ShownCall, ...]:
        """Calls as a card shows them."""
        met = await self._acquaintances.acquainted(chain_id)
        return self._decode(chain_id, tuple(calls), met.tokens)

    def _decode(
        self, chain_id: int, calls: tuple[RequestedCall, ...], tokens: tuple[TokenFacts, ...]
    ) -> tuple[ShownCall, ...]:
        """Decode calls, or remember how they were: an open page looks at all of its cards whenever one changes."""
        key = (chain_id, calls, tokens)
        known = self._decoded.get(key)
        if known is not None:
            return known
        shown = show_calls(calls, known_assets(chain_id, tokens))
        if sum(len(each.data) for each in calls) <= REMEMBERED_BYTES:
            self._decoded[key] = shown
            while len(self._decoded) > REMEMBERED:
                self._decoded.popitem(last=False)
        return shown

    async def _card(self, row: RequestRow, calls: tuple[ShownCall, ...], met: Acquainted) -> Card:
        now_ms = self._clock()
        return Card(
            row=row,
            state=state_at(row, now_ms),
            calls=calls,
            warnings=() if row.own else self._warned(row, calls, met),
            mine=is_payable(row, now_ms),
            cancellable=is_endable(row, now_ms),
            by_wallet=await self.by_wallet(row),
            payment_id=await self._payment_id(row),
        )

    def _warned(self, row: RequestRow, calls: tuple[ShownCall, ...], met: Acquainted) -> tuple[Warned, ...]:
        payer, _ = e2ee.split_account(row.request.payer)
        return warnings(
            Facts(
                chain_id=row.request.chain_id,
                read_chain_id=self._read_chain_id(),
                payer=payer,
                calls=calls,
                known=met.names,
                paid=met.paid,
                amounts=met.amounts,
                simulated=False,
                note=row.request.note,
            )
        )

    async def _payment_id(self, row: RequestRow) -> str | None:
        """The own payment that pays a request or was to pay it: one that still may, else the newest."""
        if row.own or row.state in _UNPAID:
            return None
        payments = await self._store.payments_of_request(row.request.request_id)
        live = [each for each in payments if each.state in LIVE_PAYMENTS]
        shown = [*live, *(each for each in payments if each.state in STATE_OF_PAYMENT)]
        return shown[0].payment_id if shown else None


def _of_others(row: ClaimRow, calls: tuple[ShownCall, ...]) -> PaymentCard:
    return PaymentCard(
        message_id=row.message_id,
        conversation_id=row.conversation_id,
        own=False,
        chain_id=row.chain_id,
        sender=row.sender,
        calls=calls,
        state=row.state,
        transaction_hash=row.transaction_hash,
        evidence=row.evidence,
        confirmations=row.confirmations,
        detail=row.detail,
        block_time_ms=row.block_time_ms,
    )


def _own(
    row: PaymentRow, message_id: bytes, conversation_id: str, calls: tuple[ShownCall, ...]
) -> PaymentCard:
    return PaymentCard(
        message_id=message_id,
        conversation_id=conversation_id,
        own=True,
        chain_id=row.chain_id,
        sender=row.sender,
        calls=calls,
        state=STATE_OF_PAYMENT.get(row.state, RequestState.DROPPED),
        transaction_hash=row.transaction_hash,
        evidence="",
        confirmations=row.confirmations,
        detail=row.detail,
        payment_id=row.payment_id,
        block_time_ms=row.block_time_ms,
    )
