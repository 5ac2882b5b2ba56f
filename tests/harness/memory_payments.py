"""Payments kept in memory, and somebody to pay: a wallet with a key on a chain in memory."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import trio

from parley.chain.api import MemoryChain, TokenFacts, encode_transfer, listed_tokens
from parley.chat.errors import AlreadyPayingError
from parley.chat.payments.model import PaymentRow, RequestedCall, RequestRow, RequestState, TransactionRequest
from parley.chat.payments.states import LIVE_PAYMENTS
from parley.messenger.errors import WalletLockedError
from parley.messenger.money.composing import Composer
from parley.messenger.money.errors import UnknownPaymentError
from parley.messenger.money.model import AccountKind, MoneyAccount
from parley.messenger.money.paying import Payer
from parley.messenger.money.ports import Acquainted
from parley.messenger.money.previews import Previews
from parley.messenger.money.replacing import Replacer
from parley.messenger.money.watching import Watcher
from parley.wallet.api import SignedTransaction, account_of, new_account_key
from parley.wallet.signing import transaction_signature

CHAIN = 31337
ETHER = 10**18
(DOLLAR,) = listed_tokens(CHAIN)
BOB = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
CAROL = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"


class MemoryPayments:
    """Implements `Payments` and `Acquaintances`; `fails` is raised by the next `keep`."""

    def __init__(self) -> None:
        self.rows: dict[str, PaymentRow] = {}
        self.requests: dict[bytes, RequestRow] = {}
        self.states: list[str] = []
        self.fails: Exception | None = None
        self.asked = 0
        self.names: dict[str, str] = {BOB: "Bob"}
        self.paid: set[str] = {BOB}
        self.tokens: tuple[TokenFacts, ...] = ()

    async def payment(self, payment_id: str) -> PaymentRow | None:
        """See `Payments`."""
        return self.rows.get(payment_id)

    async def watched(self) -> tuple[PaymentRow, ...]:
        """See `Payments`."""
        return tuple(self.rows.values())

    async def of_request(self, request_id: bytes) -> tuple[PaymentRow, ...]:
        """See `Payments`."""
        return tuple(each for each in reversed(self.rows.values()) if each.request_id == request_id)

    async def request(self, request_id: bytes) -> RequestRow | None:
        """See `Payments`."""
        return self.requests.get(request_id)

    async def keep(self, row: PaymentRow) -> None:
        """See `Payments`."""
        if self.fails is not None:
            error, self.fails = self.fails, None
            raise error
        if row.request_id is not None and row.state in LIVE_PAYMENTS:
            for each in await self.of_request(row.request_id):
                if each.state in LIVE_PAYMENTS and each.payment_id not in (row.payment_id, row.replaces):
                    raise AlreadyPayingError(each.payment_id)
        self.rows[row.payment_id] = row
        self.states.append(row.state)

    async def change(self, payment_id: str, change: Callable[[PaymentRow], PaymentRow]) -> PaymentRow:
        """See `Payments`."""
        before = self.rows.get(payment_id)
        if before is None:
            raise UnknownPaymentError
        after = change(before)
        if after != before:
            await self.keep(after)
        return after

    async def acquainted(self, _chain_id: int) -> Acquainted:
        """See `Acquaintances`."""
        return Acquainted(self.names, frozenset(self.paid), {}, self.tokens)


class KeyWallet:
    """Signs with a key of its own, as the wallet inside does; counts how often."""

    def __init__(self) -> None:
        self._key = new_account_key()
        self.address = account_of(self._key)
        self.locked = False
        self.signed: list[dict[str, Any]] = []

    async def sign_transaction(
        self, address: str, transaction: Mapping[str, Any], *, chain_id: int
    ) -> SignedTransaction:
        """See `SigningWallet`."""
        if self.locked:
            raise WalletLockedError
        self.signed.append(dict(transaction))
        return transaction_signature(self._key, transaction, address=address, chain_id=chain_id)


@dataclass
class Till:
    """One who pays, with 10 ether and 100 test dollars on a chain in memory."""

    now_ms: int = 1_790_000_000_000
    chain: MemoryChain = field(default_factory=lambda: MemoryChain(CHAIN))
    wallet: KeyWallet = field(default_factory=KeyWallet)
    payments: MemoryPayments = field(default_factory=MemoryPayments)
    told: list[str] = field(default_factory=list)
    offchain_names: bool = False

    def __post_init__(self) -> None:
        self.chain.add_wei(self.wallet.address, 10 * ETHER)
        self.chain.set_token(DOLLAR)
        self.chain.add_token(DOLLAR.address, self.wallet.address, 100_000_000)
        self.restart()

    def restart(self) -> None:
        """Begin anew, as after a crash: what is in memory is gone, what is stored is not."""
        randomness = random.Random(len(self.payments.states)).randbytes
        self.previews = Previews(self.clock, randomness)
        self.composer = Composer(
            self.read, self.payments, self.previews, lambda: CHAIN, offchain_names=lambda: self.offchain_names
        )
        self.replacer = Replacer(self.composer, self.payments)
        self.watcher = Watcher(self.read, self.payments, self._tell, self.clock)
        self.payer = Payer(
            self.read,
            self.wallet,
            self.payments,
            self.previews,
            clock=self.clock,
            entropy=randomness,
            changed=self.watcher.wake,
            offchain_names=lambda: self.offchain_names,
        )

    @property
    def inside(self) -> MoneyAccount:
        """The account, its key in the wallet inside."""
        return MoneyAccount(self.wallet.address, "Main", AccountKind.INSIDE, own=True)

    @property
    def outside(self) -> MoneyAccount:
        """The account, its key in a wallet outside."""
        return MoneyAccount(self.wallet.address, "Main", AccountKind.OUTSIDE, own=True)

    def clock(self) -> int:
        """Milliseconds since the epoch, by trio's clock, which a test may let jump."""
        return self.now_ms + round(trio.current_time() * 1_000)

    def read(self, chain_id: int) -> MemoryChain:
        """The chain, or one where there is nothing."""
        return self.chain if chain_id == CHAIN else MemoryChain(chain_id)

    async def _tell(self, row: PaymentRow) -> None:
        self.told.append(row.payment_id)


def request_of(till: Till) -> RequestRow:
    """Bob asks for 25 test dollars; it stays open."""
    call = encode_transfer(DOLLAR.address, BOB, 25_000_000)
    calls = (RequestedCall(call.to, call.value, call.data),)
    asked = TransactionRequest(bytes(32), bytes(32), BOB, till.wallet.address, CHAIN, calls, 0, 10**15)
    row = RequestRow(asked, "a chat", bytes(32), False, RequestState.OPEN, 0)
    return till.payments.requests.setdefault(asked.request_id, row)
