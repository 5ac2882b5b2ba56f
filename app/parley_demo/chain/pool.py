"""Transactions that wait for a block: which are taken in, which replaces which, and which go into the next one."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable

from parley_demo.chain.errors import SERVER_ERROR, RpcError
from parley_demo.chain.transactions import Transaction

POOL_LENGTH = 1024
SENDER_LENGTH = 64
BUMP_PERCENT = 10
"""How much more both fees of a replacement must offer, as with Geth."""

BLOCK_BYTES = 512 * 1024


class Pool:
    """What waits, by sender and nonce. `version` changes whenever the content does."""

    def __init__(self) -> None:
        self._by_hash: dict[bytes, Transaction] = {}
        self._by_sender: dict[bytes, dict[int, Transaction]] = {}
        self.version = 0

    def __len__(self) -> int:
        return len(self._by_hash)

    def get(self, transaction_hash: bytes) -> Transaction | None:
        """A waiting transaction, or None."""
        return self._by_hash.get(transaction_hash)

    def next_nonce(self, sender: bytes, nonce: int) -> int:
        """The first nonce, from the chain's on, that nothing waits with."""
        waiting = self._by_sender.get(sender, {})
        while nonce in waiting:
            nonce += 1
        return nonce

    def add(self, transaction: Transaction, nonce: int, balance: int) -> None:
        """Take a transaction in, in place of one with the same nonce if it offers enough more.

        Args:
            nonce: the sender's next one on the chain.
            balance: what the sender has there, in wei.

        Raises:
            RpcError: with Geth's reasons; nothing has changed.
        """
        if transaction.hash in self._by_hash:
            raise RpcError(SERVER_ERROR, "already known")
        if transaction.nonce < nonce:
            raise RpcError(SERVER_ERROR, f"nonce too low: next nonce {nonce}, tx nonce {transaction.nonce}")
        if transaction.nonce >= nonce + SENDER_LENGTH:
            raise RpcError(SERVER_ERROR, f"nonce too high: next nonce {nonce}, tx nonce {transaction.nonce}")
        waiting = self._by_sender.get(transaction.sender, {})
        replaced = waiting.get(transaction.nonce)
        if replaced is not None and not _outbids(transaction, replaced):
            raise RpcError(SERVER_ERROR, "replacement transaction underpriced")
        owed = sum(each.cost for each in waiting.values() if each is not replaced)
        if owed + transaction.cost > balance:
            raise RpcError(
                SERVER_ERROR,
                f"insufficient funds for gas * price + value: balance {balance}, "
                f"queued cost {owed}, tx cost {transaction.cost}",
            )
        if replaced is None and len(self._by_hash) >= POOL_LENGTH:
            raise RpcError(SERVER_ERROR, "txpool is full")
        if replaced is not None:
            self._remove(replaced)
        self._by_sender.setdefault(transaction.sender, {})[transaction.nonce] = transaction
        self._by_hash[transaction.hash] = transaction
        self.version += 1

    def ready(self, base_fee: int, nonce_of: Callable[[bytes], int]) -> list[Transaction]:
        """What the next block could have: the best payers first, each sender's in the order of their nonces."""
        heads: list[tuple[int, bytes, Transaction]] = []
        found: list[Transaction] = []
        size = 0
        for sender in self._by_sender:
            self._offer(heads, sender, nonce_of(sender), base_fee)
        while heads:
            _, _, transaction = heapq.heappop(heads)
            size += len(transaction.raw)
            if size > BLOCK_BYTES:
                break
            found.append(transaction)
            self._offer(heads, transaction.sender, transaction.nonce + 1, base_fee)
        return found

    def _offer(
        self, heads: list[tuple[int, bytes, Transaction]], sender: bytes, nonce: int, base_fee: int
    ) -> None:
        transaction = self._by_sender[sender].get(nonce)
        if transaction is not None and (tip := transaction.tip(base_fee)) >= 0:
            heapq.heappush(heads, (-tip, transaction.hash, transaction))

    def discard(self, transactions: Iterable[Transaction]) -> None:
        """Forget transactions that no block can have."""
        for each in transactions:
            if each.hash in self._by_hash:
                self._remove(each)

    def settle(self, nonce_of: Callable[[bytes], int]) -> None:
        """Forget what the chain has passed: a transaction of that nonce is in a block."""
        for sender, waiting in list(self._by_sender.items()):
            nonce = nonce_of(sender)
            self.discard([each for each in waiting.values() if each.nonce < nonce])

    def _remove(self, transaction: Transaction) -> None:
        del self._by_hash[transaction.hash]
        waiting = self._by_sender[transaction.sender]
        del waiting[transaction.nonce]
        if not waiting:
            del self._by_sender[transaction.sender]
        self.version += 1


def _outbids(new: Transaction, old: Transaction) -> bool:
    return all(
        offered * 100 >= asked * (100 + BUMP_PERCENT) and offered > asked
        for offered, asked in (
            (new.evm.max_fee_per_gas, old.evm.max_fee_per_gas),
            (new.evm.max_priority_fee_per_gas, old.evm.max_priority_fee_per_gas),
        )
    )
