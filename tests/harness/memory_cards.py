"""Transaction requests and payments of others in memory, as conversations show them. Calls are really decoded."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import trio

from harness.memory_purse import MemoryPurse, transfer
from parley.chain.api import checksummed
from parley.chat.errors import RequestClosedError, UnknownRequestError
from parley.chat.events import CardChanged
from parley.chat.payments.model import RequestedCall, RequestRow, RequestState, TransactionRequest
from parley.chat.payments.signing import request_typed_data
from parley.messenger.errors import WrongSignerError
from parley.messenger.money.errors import UnknownDraftError
from parley.messenger.money.model import Card, DraftedAsk, PaymentCard, ShownCall, Wish
from parley.messenger.money.warnings import Facts, warnings

SIGNED = bytes(65)
"""What the own account's wallet outside would sign with."""

PAYABLE = (RequestState.OPEN, RequestState.FAILED, RequestState.DROPPED, RequestState.REPLACED)


@dataclass
class MemoryCards(MemoryPurse):
    """The cards of one profile. `paid` are addresses paid before.

    Attributes:
        wallet_signed: what is known of the requester's account's signature, by request.
        paying: the own payment of a request.
        simulated: whether a node can try calls out.
    """

    paid: set[str] = field(default_factory=set)
    requests: dict[bytes, RequestRow] = field(default_factory=dict)
    told: dict[bytes, PaymentCard] = field(default_factory=dict)
    wallet_signed: dict[bytes, bool | None] = field(default_factory=dict)
    paying: dict[bytes, str] = field(default_factory=dict)
    tokens_of_forms: dict[str, bytes] = field(default_factory=dict)
    drafts: dict[str, tuple[Wish, TransactionRequest]] = field(default_factory=dict)
    simulated: bool = True

    async def ask(self, wish: Wish, *, by_wallet: bool = False) -> bytes:
        await trio.lowlevel.checkpoint()
        self._fail()
        if wish.form_token in self.tokens_of_forms:
            return self.tokens_of_forms[wish.form_token]
        message_id = self.request(
            wish.conversation_id,
            wish.chain_id,
            self._asked_for(wish),
            note=wish.note,
            own=True,
            expires_in_s=wish.expires_in_s,
            by_wallet=by_wallet,
        )
        self.tokens_of_forms[wish.form_token] = message_id
        return message_id

    async def prepare_ask(self, wish: Wish) -> tuple[str, dict[str, Any]]:
        await trio.lowlevel.checkpoint()
        self._fail()
        request = self._made(
            wish.conversation_id,
            wish.chain_id,
            self._asked_for(wish),
            note=wish.note,
            own=True,
            expires_in_s=wish.expires_in_s,
        )
        draft_id = secrets.token_hex(16)
        self.drafts[draft_id] = (wish, request)
        return draft_id, request_typed_data(request)

    async def drafted(self, draft_id: str) -> DraftedAsk:
        await trio.lowlevel.checkpoint()
        wish, request = self._draft(draft_id)
        return DraftedAsk(wish.conversation_id, request, self._shown_calls(request.chain_id, request.calls))

    async def ask_signed(self, draft_id: str, signature: bytes) -> bytes:
        wish, _request = self._draft(draft_id)
        if signature != SIGNED:
            raise WrongSignerError
        return await self.ask(wish, by_wallet=True)

    def _asked_for(self, wish: Wish) -> Sequence[RequestedCall]:
        if wish.calls is not None:
            return wish.calls
        return [transfer(wish.token, checksummed(self.own), wish.amount)]

    def _draft(self, draft_id: str) -> tuple[Wish, TransactionRequest]:
        if draft_id not in self.drafts:
            raise UnknownDraftError
        return self.drafts[draft_id]

    async def decline(self, request_id: bytes, reason: str) -> None:
        await trio.lowlevel.checkpoint()
        self._open(request_id)
        self.change(request_id, RequestState.DECLINED, reason=reason)

    async def cancel_request(self, request_id: bytes) -> None:
        await trio.lowlevel.checkpoint()
        self._open(request_id)
        self.change(request_id, RequestState.CANCELLED)

    async def cards(self, conversation_id: str) -> tuple[Card | PaymentCard, ...]:
        await trio.lowlevel.checkpoint()
        asked = [self.card(each) for each in self.requests.values()]
        found: list[Card | PaymentCard] = [
            each for each in asked if each.row.conversation_id == conversation_id
        ]
        found += [each for each in self.told.values() if each.conversation_id == conversation_id]
        return tuple(found)

    async def by_wallet(self, row: RequestRow) -> bool | None:
        await trio.lowlevel.checkpoint()
        return self.wallet_signed.get(row.request.request_id, False)

    # --- What tests do to it ---

    def request(
        self,
        conversation_id: str,
        chain_id: int,
        calls: Sequence[RequestedCall],
        *,
        note: str = "",
        own: bool = False,
        expires_in_s: int = 86_400,
        by_wallet: bool | None = False,
    ) -> bytes:
        """Have a transaction request, own or received; returns the message that brought it."""
        message_id = self.bring(conversation_id, own, True)
        request = self._made(conversation_id, chain_id, calls, note=note, own=own, expires_in_s=expires_in_s)
        self.requests[request.request_id] = RequestRow(
            request, conversation_id, message_id, own, RequestState.OPEN, self.clock()
        )
        self.wallet_signed[request.request_id] = by_wallet
        self.tell(CardChanged(conversation_id, message_id))
        return message_id

    def change(self, request_id: bytes, state: RequestState, **facts: Any) -> None:
        """Move a request on."""
        row = self._request(request_id)
        self.requests[request_id] = replace(row, state=state, changed_at_ms=self.clock(), **facts)
        self.tell(CardChanged(row.conversation_id, row.message_id))

    def request_of(self, message_id: bytes) -> RequestRow:
        """The request that a message brought."""
        return next(each for each in self.requests.values() if each.message_id == message_id)

    def tell_payment(
        self,
        conversation_id: str,
        chain_id: int,
        calls: Sequence[RequestedCall],
        *,
        own: bool = False,
        payment_id: str | None = None,
        state: RequestState = RequestState.CLAIMED,
        transaction_hash: bytes | None = bytes(32),
    ) -> bytes:
        """Have a payment that nobody asked for; returns the message that brought it."""
        message_id = self.bring(conversation_id, own, False)
        self.told[message_id] = PaymentCard(
            message_id,
            conversation_id,
            own,
            chain_id,
            checksummed(self.own if own else self.account_of(conversation_id)),
            self._shown_calls(chain_id, calls),
            state,
            transaction_hash,
            "",
            0,
            "",
            payment_id,
        )
        self.tell(CardChanged(conversation_id, message_id))
        return message_id

    def change_told(self, message_id: bytes, state: RequestState, **facts: Any) -> None:
        """Move such a payment on."""
        card = self.told[message_id]
        self.told[message_id] = replace(card, state=state, **facts)
        self.tell(CardChanged(card.conversation_id, message_id))

    def card(self, row: RequestRow) -> Card:
        """A request as the conversation shows it."""
        calls = self._shown_calls(row.request.chain_id, row.request.calls)
        told = warnings(
            self._warned_by(row.request.payer, row.request.chain_id, calls, row.request.note, on_card=True)
        )
        state = self._state(row)
        return Card(
            row,
            state,
            calls,
            () if row.own else told,
            mine=not row.own and state in PAYABLE,
            cancellable=state is RequestState.OPEN,
            by_wallet=self.wallet_signed[row.request.request_id],
            payment_id=self.paying.get(row.request.request_id),
        )

    def _made(
        self,
        conversation_id: str,
        chain_id: int,
        calls: Sequence[RequestedCall],
        *,
        note: str,
        own: bool,
        expires_in_s: int,
    ) -> TransactionRequest:
        other = self.account_of(conversation_id)
        requester, payer = (self.own, other) if own else (other, self.own)
        now = self.clock()
        return TransactionRequest(
            request_id=secrets.token_bytes(32),
            channel_id=bytes(32),
            requester=requester,
            payer=payer,
            chain_id=chain_id,
            calls=tuple(calls),
            created_at_ms=now,
            expires_at_ms=now + expires_in_s * 1000,
            note=note,
        )

    def _state(self, row: RequestRow) -> RequestState:
        over = row.state is RequestState.OPEN and self.clock() > row.request.expires_at_ms
        return RequestState.EXPIRED if over else row.state

    def _open(self, request_id: bytes) -> RequestRow:
        row = self._request(request_id)
        if self._state(row) is not RequestState.OPEN:
            raise RequestClosedError(self._state(row).value)
        return row

    def _request(self, request_id: bytes) -> RequestRow:
        if request_id not in self.requests:
            raise UnknownRequestError
        return self.requests[request_id]

    def _warned_by(
        self, payer: str, chain_id: int, calls: tuple[ShownCall, ...], note: str, *, on_card: bool
    ) -> Facts:
        return Facts(
            chain_id=chain_id,
            read_chain_id=self.chains[0],
            payer=checksummed(payer),
            calls=calls,
            known={},
            paid=self.paid,
            simulated=not on_card and not self.simulated,
            note=note,
        )
