"""The blocks and the waiting transactions of a `MemoryChain`, changed by tests: mined, dropped, reorganised."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from parley.chain.errors import InsufficientFundsError, NonceTakenError, UnderpricedError
from parley.chain.memory_ledger import MemoryLedger, Outcome
from parley.chain.money import Call
from parley.chain.port import Block

FIRST_BLOCK_MS = 1_700_000_000_000
BLOCK_MS = 12_000
BASE_FEE = 10**9

Change = Callable[[MemoryLedger], None]


@dataclass(frozen=True, slots=True)
class MemoryTransaction:
    """One that was handed in. `made`: the calls that `actor` makes by it; of a plain one the call and the sender."""

    hash: bytes
    sender: str
    nonce: int
    call: Call
    gas: int
    max_fee_per_gas: int
    max_priority_fee_per_gas: int
    actor: str
    made: tuple[Call, ...]

    @property
    def plain(self) -> bool:
        """Whether it is itself the call it makes."""
        return self.actor == self.sender and self.made == (self.call,)


@dataclass(frozen=True, slots=True)
class Mined:
    """A transaction in a block, what became of it, and what was paid for it."""

    transaction: MemoryTransaction
    outcome: Outcome
    fee: int


@dataclass(slots=True)
class MemoryBlock:
    """A block with what changed in it, and the state after it."""

    block: Block
    ledger: MemoryLedger
    change: Change | None = None
    mined: list[Mined] = field(default_factory=list)


class MemoryBlocks:
    """A chain of blocks. `base_fee` is of every block to come; what offers less waits.

    Args:
        clock: when blocks are made, milliseconds since the epoch; by default each is 12 s after the one before.
    """

    def __init__(self, chain_id: int, clock: Callable[[], int] | None = None) -> None:
        self._clock = clock
        self.base_fee = BASE_FEE
        self.waiting: dict[bytes, MemoryTransaction] = {}
        self._chain_id = chain_id
        self._forks = 0
        self._blocks: list[MemoryBlock] = []
        self._append(MemoryLedger())

    @property
    def head(self) -> MemoryBlock:
        """The latest block."""
        return self._blocks[-1]

    def confirmations(self, block: Block) -> int:
        """1 in the latest block."""
        return self.head.block.number - block.number + 1

    def find(self, transaction_hash: bytes) -> tuple[MemoryBlock, Mined] | None:
        """Where a transaction is mined, or None."""
        for block in reversed(self._blocks):
            for each in block.mined:
                if each.transaction.hash == transaction_hash:
                    return block, each
        return None

    def change(self, change: Change) -> None:
        """Do something to the state, in a block of its own."""
        ledger = self.head.ledger.copy()
        change(ledger)
        self._append(ledger, change)

    def add(self, transaction: MemoryTransaction) -> None:
        """Take a transaction in, with Geth's reasons where it is not."""
        ledger = self.head.ledger
        if transaction.hash in self.waiting or self.find(transaction.hash):
            return
        if transaction.nonce < ledger.nonces.get(transaction.sender, 0):
            raise NonceTakenError("nonce too low")
        cost = transaction.call.value + transaction.gas * transaction.max_fee_per_gas
        if cost > ledger.wei.get(transaction.sender, 0):
            raise InsufficientFundsError("insufficient funds for gas * price + value")
        rival = self._rival(transaction)
        if rival is not None:
            if not _outbids(transaction, rival):
                raise UnderpricedError("replacement transaction underpriced")
            del self.waiting[rival.hash]
        self.waiting[transaction.hash] = transaction

    def next_nonce(self, sender: str) -> int:
        """The first nonce that neither the chain nor anything waiting has."""
        nonce = self.head.ledger.nonces.get(sender, 0)
        taken = {each.nonce for each in self.waiting.values() if each.sender == sender}
        while nonce in taken:
            nonce += 1
        return nonce

    def mine(self, count: int = 1) -> None:
        """Make blocks; what waits, fits and offers enough goes into the first."""
        for _ in range(count):
            ledger = self.head.ledger.copy()
            mined: list[Mined] = []
            while (ready := self._ready(ledger)) is not None:
                del self.waiting[ready.hash]
                mined.append(self._run(ledger, ready))
            for each in list(self.waiting.values()):
                if each.nonce < ledger.nonces.get(each.sender, 0):
                    del self.waiting[each.hash]
            self._append(ledger, mined=mined)

    def reorganise(self, depth: int, *, keep: bool) -> None:
        """Replace the last blocks by as many others.

        Args:
            keep: whether the transactions of the old blocks wait again, or are forgotten. Changes happen again.
        """
        old = self._blocks[-depth:]
        del self._blocks[-depth:]
        self._forks += 1
        if keep:
            self.waiting = {
                each.transaction.hash: each.transaction for block in old for each in block.mined
            } | self.waiting
        for block in old:
            ledger = self.head.ledger.copy()
            if block.change is not None:
                block.change(ledger)
            self._append(ledger, block.change)

    def _append(
        self, ledger: MemoryLedger, change: Change | None = None, mined: list[Mined] | None = None
    ) -> None:
        height = len(self._blocks)
        name = f"memory/{self._chain_id}/{self._forks}/{height}"
        time_ms = FIRST_BLOCK_MS + height * BLOCK_MS if self._clock is None else self._clock()
        block = Block(height, hashlib.sha256(name.encode()).digest(), time_ms)
        self._blocks.append(MemoryBlock(block, ledger, change, mined or []))

    def _rival(self, transaction: MemoryTransaction) -> MemoryTransaction | None:
        place = (transaction.sender, transaction.nonce)
        return next((each for each in self.waiting.values() if (each.sender, each.nonce) == place), None)

    def _ready(self, ledger: MemoryLedger) -> MemoryTransaction | None:
        for each in self.waiting.values():
            if each.nonce == ledger.nonces.get(each.sender, 0) and each.max_fee_per_gas >= self.base_fee:
                return each
        return None

    def _run(self, ledger: MemoryLedger, transaction: MemoryTransaction) -> Mined:
        ledger.nonces[transaction.sender] = transaction.nonce + 1
        outcome = ledger.run(transaction.actor, transaction.made)
        price = min(transaction.max_fee_per_gas, self.base_fee + transaction.max_priority_fee_per_gas)
        fee = min(outcome.gas, transaction.gas) * price
        ledger.add_wei(transaction.sender, -fee)
        return Mined(transaction, outcome, fee)


def _outbids(new: MemoryTransaction, old: MemoryTransaction) -> bool:
    return all(
        offered * 10 >= asked * 11 and offered > asked
        for offered, asked in (
            (new.max_fee_per_gas, old.max_fee_per_gas),
            (new.max_priority_fee_per_gas, old.max_priority_fee_per_gas),
        )
    )
