"""The chain's blocks: those that are kept, and the empty ones between them, which are computed again when asked for.

An empty block follows from the one before it: the next number, a step later, the same state. So only what is
*anchored* is held, which is each block that has transactions or whose time is not its parent's plus the step, and
one block in every `ANCHOR_BLOCKS`. A day of empty blocks is then 48 small records and no work at the next start.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from eth.abc import BlockHeaderAPI, ReceiptAPI

from parley_demo.chain.evm import empty_child
from parley_demo.chain.transactions import Transaction

ANCHOR_BLOCKS = 900
EMPTY_HASHES = 10_000
"""How many of the newest empty blocks are found by their hash."""


@dataclass(frozen=True, slots=True)
class Block:
    """A block. `step` is how many seconds lie between the empty blocks after it; 0 if there are none."""

    header: BlockHeaderAPI
    transactions: tuple[Transaction, ...] = ()
    receipts: tuple[ReceiptAPI, ...] = ()
    step: int = 0

    @property
    def number(self) -> int:
        """Its place in the chain."""
        return self.header.block_number


class PreviousHashes:
    """The hashes of the blocks before one, the nearest first; can be iterated again and again."""

    def __init__(self, blocks: Blocks, number: int) -> None:
        self._blocks = blocks
        self._number = number

    def __iter__(self) -> Iterator[bytes]:
        for number in range(self._number - 1, -1, -1):
            yield bytes(self._blocks._at(number).hash)


class Blocks:
    """From the first block to the head, without a branch."""

    def __init__(self, genesis: Block) -> None:
        self._anchors = [genesis]
        self._numbers = [genesis.number]
        self._head_run = [genesis.header]
        self._old_run: tuple[int, list[BlockHeaderAPI]] = (-1, [])
        self._places = {bytes(genesis.header.hash): genesis.number}
        self._empty_places: OrderedDict[bytes, int] = OrderedDict()
        self._transactions: dict[bytes, tuple[Block, int]] = {}

    @property
    def head(self) -> BlockHeaderAPI:
        """The newest block's header."""
        return self._head_run[-1]

    @property
    def anchor(self) -> Block:
        """The newest block that is held."""
        return self._anchors[-1]

    def add(self, block: Block) -> None:
        """Hold a block as the new head. Its number may leave room for empty ones, which then exist."""
        self._old_run = (len(self._anchors) - 1, self._head_run)
        self._anchors.append(block)
        self._numbers.append(block.number)
        self._head_run = [block.header]
        self._places[bytes(block.header.hash)] = block.number
        for index, transaction in enumerate(block.transactions):
            self._transactions[transaction.hash] = (block, index)

    def add_empty(self) -> None:
        """Let an empty block follow, a step after the head."""
        header = empty_child(self.head, self.head.timestamp + self.anchor.step)
        self._head_run.append(header)
        self._empty_places[bytes(header.hash)] = header.block_number
        if len(self._empty_places) > EMPTY_HASHES:
            self._empty_places.popitem(last=False)

    def header(self, number: int) -> BlockHeaderAPI | None:
        """The header of a block, or None if there is none yet."""
        if not 0 <= number <= self.head.block_number:
            return None
        return self._at(number)

    def block(self, number: int) -> Block | None:
        """A block, or None if there is none yet."""
        header = self.header(number)
        if header is None:
            return None
        anchor = self._anchors[bisect_right(self._numbers, number) - 1]
        return anchor if anchor.number == number else Block(header)

    def by_hash(self, block_hash: bytes) -> Block | None:
        """A block by its hash; of the empty ones only the newest `EMPTY_HASHES`."""
        number = self._places.get(block_hash, self._empty_places.get(block_hash))
        return None if number is None else self.block(number)

    def transaction(self, transaction_hash: bytes) -> tuple[Block, int] | None:
        """The block that a transaction is in, and its place there."""
        return self._transactions.get(transaction_hash)

    def held(self, first: int, last: int) -> list[Block]:
        """The held blocks from one number to another, both included: all that can have transactions."""
        return self._anchors[bisect_right(self._numbers, first - 1) : bisect_right(self._numbers, last)]

    def previous(self, number: int) -> PreviousHashes:
        """What a contract in block `number` sees of the blocks before it."""
        return PreviousHashes(self, number)

    def _at(self, number: int) -> BlockHeaderAPI:
        """A header, also of an empty block that a block which is about to be held leaves room for."""
        index = bisect_right(self._numbers, number) - 1
        anchor = self._anchors[index]
        if number == anchor.number:
            return anchor.header
        newest = index == len(self._anchors) - 1 and number <= self.head.block_number
        return (self._head_run if newest else self._run(index, number))[number - anchor.number]

    def _run(self, index: int, number: int) -> list[BlockHeaderAPI]:
        """An anchor and the empty blocks after it, as far as `number`. The last one asked for is kept."""
        anchor = self._anchors[index]
        kept, run = self._old_run
        if kept != index:
            run = [anchor.header]
        while run[-1].block_number < number:
            run.append(empty_child(run[-1], run[-1].timestamp + anchor.step))
        self._old_run = (index, run)
        return run
