"""Money in memory: what pages see of `messenger.money`. Calls are really decoded, warned of and previewed.

Balances, names and what becomes of a payment are what a test says they are.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import trio

from harness.memory_cards import PAYABLE, MemoryCards
from harness.memory_purse import DEMO_CHAIN, SEPOLIA, TEST_DOLLAR, checked_address, transfer
from parley.chain.api import Fees, encode_transfer
from parley.chat.errors import AlreadyPayingError, RequestClosedError
from parley.chat.events import PaymentChanged
from parley.chat.payments.model import PaymentRow, PaymentState, RequestedCall, RequestState
from parley.messenger.errors import NameUnknownError
from parley.messenger.money.errors import (
    NotEnoughError,
    NotReplaceableError,
    OutsidePayerError,
    SeveralCallsError,
    UnknownPayerError,
    UnknownPaymentError,
    WalletChainDiffersError,
    WalletDiffersError,
)
from parley.messenger.money.model import AccountKind, Effect, FeeOption, MoneyAccount, Preview, ShownPayment
from parley.messenger.money.previews import Kept, Plan, Previews, check_typed, chosen_fee
from parley.messenger.money.wallet_requests import wallet_request
from parley.messenger.money.warnings import typed_word, warnings

__all__ = ["DEMO_CHAIN", "SEPOLIA", "TEST_DOLLAR", "MemoryMoney", "transfer"]

GAS = 21_000
FEES = {
    "slow": Fees(8 * 10**9, 10**9),
    "normal": Fees(10 * 10**9, 2 * 10**9),
    "fast": Fees(15 * 10**9, 3 * 10**9),
}
REQUEST_STATES = {
    PaymentState.SIGNED: RequestState.PENDING,
    PaymentState.HANDED: RequestState.HANDED,
    PaymentState.PENDING: RequestState.PENDING,
    PaymentState.CONFIRMING: RequestState.CONFIRMING,
    PaymentState.SETTLED: RequestState.SETTLED,
    PaymentState.FAILED: RequestState.FAILED,
    PaymentState.REPLACED: RequestState.REPLACED,
    PaymentState.DROPPED: RequestState.DROPPED,
    PaymentState.ABANDONED: RequestState.OPEN,
}


@dataclass
class MemoryMoney(MemoryCards):
    """The money of one profile.

    Attributes:
        names: what ENS would say.
        made: own payments.
        would_fail: why everything that is previewed would fail.
        priced: whether a node says what the fee is.
        asked_outside: what wallets outside were to be asked for: account, network, whether as a batch.
    """

    names: dict[str, str] = field(default_factory=dict)
    made: dict[str, PaymentRow] = field(default_factory=dict)
    would_fail: str | None = None
    priced: bool = True
    asked_outside: list[tuple[str, int, bool]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.previews = Previews(self.clock, secrets.token_bytes)

    async def payments(
        self,
        address: str | None = None,
        chain_id: int | None = None,
        limit: int = 50,
        before: str | None = None,
    ) -> tuple[ShownPayment, ...]:
        await trio.lowlevel.checkpoint()
        rows = list(reversed(self.made.values()))
        if before is not None:
            rows = rows[[each.payment_id for each in rows].index(before) + 1 :]
        found = [
            each for each in rows if address in (None, each.sender) and chain_id in (None, each.chain_id)
        ]
        return tuple(self._shown(each) for each in found[:limit])

    async def payment(self, payment_id: str) -> ShownPayment:
        await trio.lowlevel.checkpoint()
        return self._shown(self._payment(payment_id))

    async def preview_send(
        self,
        account: str,
        chain_id: int,
        token: str | None,
        to: str,
        amount: int | None,
        conversation_id: str | None = None,
    ) -> Preview:
        await trio.lowlevel.checkpoint()
        self._fail()
        self._payer(account)
        asset = next(each for each in self._tokens(chain_id) if each.token == token)
        held = self.held.get((account.lower(), chain_id, token), 0)
        fee = GAS * FEES["fast"].max_fee_per_gas
        if amount is None:
            amount = held - fee if token is None else held
        if amount > held:
            raise NotEnoughError(asset.symbol, asset.decimals, amount, held)
        name, recipient = (to, self._resolve(to)) if "." in to else (None, checked_address(to))
        call = encode_transfer(token, recipient, amount)
        calls = (RequestedCall(call.to, call.value, call.data),)
        effects = (Effect(asset, -amount, recipient),)
        return self._preview(
            account, chain_id, calls, effects=effects, name=name, conversation_id=conversation_id
        )

    async def preview_calls(self, account: str, chain_id: int, calls: Sequence[RequestedCall]) -> Preview:
        await trio.lowlevel.checkpoint()
        return self._preview(account, chain_id, tuple(calls))

    async def preview_request(self, request_id: bytes, account: str) -> Preview:
        await trio.lowlevel.checkpoint()
        self._fail()
        row = self._request(request_id)
        if (state := self._state(row)) not in PAYABLE:
            if request_id in self.paying:
                raise AlreadyPayingError(self.paying[request_id])
            raise RequestClosedError(state.value)
        shown = self._shown_calls(row.request.chain_id, row.request.calls)
        effects = tuple(
            Effect(each.asset, -each.amount, each.recipient or "")
            for each in shown
            if each.asset is not None and each.amount is not None
        )
        return self._preview(
            account,
            row.request.chain_id,
            row.request.calls,
            effects=effects,
            request=row,
            conversation_id=row.conversation_id,
        )

    async def preview_speed_up(self, payment_id: str) -> Preview:
        row = self._replaceable(payment_id)
        await trio.lowlevel.checkpoint()
        return self._preview(row.sender, row.chain_id, row.calls, replaces=payment_id)

    async def preview_cancel(self, payment_id: str) -> Preview:
        row = self._replaceable(payment_id)
        await trio.lowlevel.checkpoint()
        calls = (RequestedCall(row.sender, 0),)
        return self._preview(row.sender, row.chain_id, calls, replaces=payment_id)

    async def preview(self, preview_id: str) -> Preview:
        await trio.lowlevel.checkpoint()
        return self.previews.find(preview_id).preview

    async def confirm(self, preview_id: str, fee: str, typed: str) -> str:
        await trio.lowlevel.checkpoint()
        kept = self.previews.find(preview_id)
        if kept.payment_id is not None:
            return kept.payment_id
        self._fail()
        if kept.preview.account.kind is not AccountKind.INSIDE:
            raise OutsidePayerError
        return self._make(kept, fee, typed, PaymentState.PENDING, secrets.token_bytes(32))

    async def outside_requests(
        self, preview_id: str, fee: str, typed: str, address: str, chain_id: int, batch: bool
    ) -> tuple[str, list[dict[str, Any]]]:
        await trio.lowlevel.checkpoint()
        kept = self.previews.find(preview_id)
        self._fail()
        preview = kept.preview
        if address.lower() != preview.account.address.lower():
            raise WalletDiffersError(preview.account.address, address)
        if chain_id != preview.chain_id:
            raise WalletChainDiffersError(preview.chain_id, chain_id)
        if len(kept.plan.calls) > 1 and not batch:
            raise SeveralCallsError
        self.asked_outside.append((address, chain_id, batch))
        if kept.payment_id is not None:
            return kept.payment_id, []
        payment_id = self._make(kept, fee, typed, PaymentState.HANDED, None)
        return payment_id, [wallet_request(self.made[payment_id], chosen_fee(preview, fee) if fee else None)]

    async def handed(self, payment_id: str, text: str) -> None:
        await trio.lowlevel.checkpoint()
        self._payment(payment_id)
        if len(text) == 66:
            self.move(payment_id, PaymentState.PENDING, transaction_hash=bytes.fromhex(text[2:]))

    async def abandon(self, payment_id: str) -> None:
        await trio.lowlevel.checkpoint()
        if self._payment(payment_id).state is not PaymentState.HANDED:
            raise UnknownPaymentError
        self.move(payment_id, PaymentState.ABANDONED)

    # --- What tests do to it ---

    def move(self, payment_id: str, state: PaymentState, **facts: Any) -> None:
        """Move a payment on, and the card of what it pays."""
        row = replace(self._payment(payment_id), state=state, changed_at_ms=self.clock(), **facts)
        self.made[payment_id] = row
        self.tell(PaymentChanged(payment_id))
        seen = {"transaction_hash": row.transaction_hash, "confirmations": row.confirmations}
        if row.request_id is not None:
            self.change(row.request_id, REQUEST_STATES[state], **seen)
        for card in list(self.told.values()):
            if card.payment_id == payment_id:
                self.change_told(card.message_id, REQUEST_STATES[state], **seen)

    def _preview(
        self,
        account: str,
        chain_id: int,
        calls: tuple[RequestedCall, ...],
        *,
        effects: tuple[Effect, ...] = (),
        **facts: Any,
    ) -> Preview:
        payer = self._payer(account)
        shown = self._shown_calls(chain_id, calls)
        request = facts.get("request")
        note = request.request.note if request is not None else ""
        told = warnings(self._warned_by(payer.address, chain_id, shown, note, on_card=False))
        fees = tuple(
            FeeOption(name, each.max_fee_per_gas, each.max_priority_fee_per_gas, each.max_fee_per_gas * GAS)
            for name, each in FEES.items()
            if self.priced
        )
        preview = Preview(
            preview_id=self.previews.new_id(),
            chain_id=chain_id,
            account=payer,
            calls=shown,
            effects=effects,
            simulated="eth_simulateV1" if self.simulated else None,
            fails=self.would_fail,
            warnings=told,
            fees=fees,
            gas=GAS,
            typed=typed_word(told),
            as_of_ms=self.clock(),
            expires_at_ms=self.previews.expires_at_ms(),
            **facts,
        )
        return self.previews.keep(preview, Plan(calls))

    def _make(self, kept: Kept, fee: str, typed: str, state: PaymentState, transaction: bytes | None) -> str:
        preview = kept.preview
        check_typed(preview, typed)
        option = chosen_fee(preview, fee) if fee or state is not PaymentState.HANDED else None
        payment_id = secrets.token_hex(16)
        self.made[payment_id] = PaymentRow(
            payment_id,
            preview.chain_id,
            preview.account.address,
            kept.plan.calls,
            state,
            self.clock(),
            self.clock(),
            conversation_id=preview.conversation_id,
            request_id=preview.request.request.request_id if preview.request else None,
            nonce=len(self.made),
            raw=b"raw" if state is PaymentState.PENDING else None,
            transaction_hash=transaction,
            replaces=preview.replaces,
            max_fee_per_gas=option.max_fee_per_gas if option else 0,
            max_priority_fee_per_gas=option.max_priority_fee_per_gas if option else 0,
        )
        kept.payment_id = payment_id
        if preview.request is not None:
            self.paying[preview.request.request.request_id] = payment_id
        elif preview.conversation_id is not None:
            self.tell_payment(
                preview.conversation_id,
                preview.chain_id,
                kept.plan.calls,
                own=True,
                payment_id=payment_id,
                transaction_hash=transaction,
            )
        self.move(payment_id, state)
        return payment_id

    def _shown(self, row: PaymentRow) -> ShownPayment:
        return ShownPayment(row, self._shown_calls(row.chain_id, row.calls))

    def _payment(self, payment_id: str) -> PaymentRow:
        if payment_id not in self.made:
            raise UnknownPaymentError
        return self.made[payment_id]

    def _payer(self, account: str) -> MoneyAccount:
        payer = next((each for each in self.accounts() if each.address.lower() == account.lower()), None)
        if payer is None or payer.kind is AccountKind.WATCHED:
            raise UnknownPayerError(account)
        return payer

    def _replaceable(self, payment_id: str) -> PaymentRow:
        row = self._payment(payment_id)
        if row.raw is None or row.state is not PaymentState.PENDING:
            raise NotReplaceableError
        return row

    def _resolve(self, name: str) -> str:
        if name not in self.names:
            raise NameUnknownError(name)
        return self.names[name]
