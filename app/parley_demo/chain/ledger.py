"""The chain itself: blocks, what waits for one, and the journal, in memory and in step.

Nothing here locks: `rpc.RpcMethods` holds one lock around everything.
"""

from __future__ import annotations

from collections.abc import Callable

from eth.abc import BlockHeaderAPI, StateAPI
from eth_keys.datatypes import PrivateKey
from eth_typing import Address

from parley_demo.chain.blocks import ANCHOR_BLOCKS, Block, Blocks
from parley_demo.chain.errors import SERVER_ERROR, RecordError, RpcError
from parley_demo.chain.evm import Call, Evm, Executed, base_fee_after, base_fee_of, empty_child, plain_header
from parley_demo.chain.journal import Beginning, Journal, Mined
from parley_demo.chain.pool import Pool
from parley_demo.chain.transactions import Transaction, decode_transaction, sign_transaction

DEPLOYER_KEY = (1).to_bytes(32, "big")
"""Holds the development chain's ether, its names and its dollars. Everybody knows it."""

SUCCEEDED = b"\x01"
"""What a receipt holds in place of a state root."""


def address_of_key(key: bytes) -> str:
    """The EIP-55 address of a 32-byte private key."""
    return str(PrivateKey(key).public_key.to_checksum_address())


class Ledger:
    """One chain, from its beginning.

    Args:
        beginning: the first block.
        block_time: seconds from block to block; 0 mines each transaction at once and makes no empty blocks.
        clock: the seconds since 1970, whole.
    """

    def __init__(self, beginning: Beginning, block_time: int, clock: Callable[[], int]) -> None:
        self.beginning = beginning
        self.block_time = block_time
        self.deployer = address_of_key(DEPLOYER_KEY)
        self.evm = Evm()
        self.pool = Pool()
        self.blocks = Blocks(Block(self.evm.genesis(beginning.time, beginning.accounts), step=block_time))
        self._clock = clock
        self._journal: Journal | None = None
        self._pending: tuple[bytes, int, Executed] | None = None

    def state(self, header: BlockHeaderAPI) -> StateAPI:
        """The state after a block."""
        return self.evm.state(header, self.blocks.previous(header.block_number))

    def call(self, header: BlockHeaderAPI, call: Call) -> bytes:
        """What a call returns within a block. Raises RpcError."""
        return self.evm.call(header, self.blocks.previous(header.block_number), call)

    def estimate(self, header: BlockHeaderAPI, call: Call) -> int:
        """The gas that a call needs within a block. Raises RpcError."""
        return self.evm.estimate(header, self.blocks.previous(header.block_number), call)

    def pending(self) -> Block:
        """The next block, as it would be with what waits now. Its hash means nothing."""
        head = self.blocks.head
        key = bytes(head.hash), self.pool.version
        if self._pending is None or self._pending[:2] != key:
            self._pending = *key, self._executed(self._time_after(head))
        done = self._pending[2]
        return Block(done.header, done.transactions, done.receipts)

    def submit(self, raw: bytes) -> bytes:
        """Take a signed transaction; its hash. Without a block time it is in a block when this returns.

        Raises RpcError, and without a block time JournalError; nothing is then different.
        """
        transaction = decode_transaction(raw)
        if self.block_time:
            self._admit(transaction)
            return transaction.hash
        self._check_at_once(transaction)
        self._admit(transaction)
        try:
            done = self._executed(self._time_after(self.blocks.head))
            if not done.transactions:
                raise RpcError(SERVER_ERROR, "the chain's state does not allow this transaction")
            self._hold(done)
        finally:
            self.pool.discard([transaction])
        return transaction.hash

    def send(self, to: str | None, data: bytes, value: int = 0, key: bytes = DEPLOYER_KEY) -> None:
        """Let a transaction of the deployer, or of another of the chain's own accounts, wait for `flush`."""
        gas = 4_000_000 if data else 21_000
        fee = base_fee_of(self.blocks.head)
        nonce = self._next_nonce(address_of_key(key))
        self._admit(sign_transaction(key, nonce, to, data, value, gas, fee))

    def deployer_nonce(self) -> int:
        """The nonce of what the deployer sends next."""
        return self._next_nonce(self.deployer)

    def flush(self) -> None:
        """Put what waits into blocks, a second each. Raises RpcError if one of them fails."""
        while len(self.pool):
            block = self.mine(self.blocks.head.timestamp + 1)
            if not block.receipts or any(each.state_root != SUCCEEDED for each in block.receipts):
                raise RpcError(SERVER_ERROR, f"a transaction of the set-up failed in block {block.number}")

    def tick(self) -> None:
        """Make the block that is due, if one is. Raises JournalError; nothing is then different."""
        head = self.blocks.head
        due = head.timestamp + self.block_time
        now = self._clock()
        if self.block_time == 0 or now < due:
            return
        late = now >= due + self.block_time
        far = head.block_number - self.blocks.anchor.number >= ANCHOR_BLOCKS
        done = self._executed(now if late else due)
        if late or far or done.transactions:
            self._hold(done)
        else:
            self.blocks.add_empty()
            self.pool.discard(done.refused)

    def mine(self, time: int | None = None) -> Block:
        """Make a block of what waits, and hold it. Raises JournalError; nothing is then different."""
        return self._hold(self._executed(self._time_after(self.blocks.head) if time is None else time))

    def replay(self, record: Mined) -> None:
        """Make a block of the journal again. Raises RecordError if another one comes out."""
        anchor = self.blocks.anchor
        empties = record.number - anchor.number - 1
        if not 0 <= empties <= 2 * ANCHOR_BLOCKS or record.time <= anchor.header.timestamp:
            raise RecordError(f"block {record.number} does not follow")
        fee = base_fee_after(anchor.header, empties)
        header = plain_header(record.number, record.time, record.parent, anchor.header.state_root, fee)
        try:
            wanted = [decode_transaction(raw) for raw in record.transactions]
        except RpcError as error:
            raise RecordError(f"block {record.number} holds no valid transaction") from error
        done = self.evm.execute(header, wanted, self.blocks.previous(record.number))
        if done.header.hash != record.hash:
            raise RecordError(f"another block {record.number} came out of it than before")
        self.blocks.add(Block(done.header, done.transactions, done.receipts, record.step))

    def keep_in(self, journal: Journal) -> None:
        """Append to a journal from now on. It holds everything up to here."""
        self._journal = journal

    def close(self) -> None:
        """Let another chain have the journal."""
        if self._journal is not None:
            self._journal.close()

    def resume(self, block_time: int) -> None:
        """Go on after a time without a process, with blocks whose numbers nobody has seen. Raises JournalError.

        Nobody knows how many empty blocks there were after the last one that is held; at most `ANCHOR_BLOCKS`,
        and no more than there was time for.
        """
        step = self.blocks.anchor.step
        if step:
            elapsed = self._clock() - self.blocks.head.timestamp
            for _ in range(min(elapsed // step, ANCHOR_BLOCKS)):
                self.blocks.add_empty()
        self.block_time = block_time
        if step or block_time:
            self.mine()

    def _admit(self, transaction: Transaction) -> None:
        if self.blocks.transaction(transaction.hash) is not None:
            raise RpcError(SERVER_ERROR, "already known")
        balance = self.state(self.blocks.head).get_balance(Address(transaction.sender))
        self.pool.add(transaction, self._nonce(transaction.sender), balance)

    def _check_at_once(self, transaction: Transaction) -> None:
        """Refuse what would wait: nothing waits here."""
        nonce = self._nonce(transaction.sender)
        if transaction.nonce > nonce:
            raise RpcError(SERVER_ERROR, f"nonce too high: next nonce {nonce}, tx nonce {transaction.nonce}")
        fee = base_fee_after(self.blocks.head, 0)
        if transaction.evm.max_fee_per_gas < fee:
            raise RpcError(SERVER_ERROR, f"max fee per gas less than block base fee: {fee}")

    def _next_nonce(self, account: str) -> int:
        sender = bytes.fromhex(account[2:])
        return self.pool.next_nonce(sender, self._nonce(sender))

    def _nonce(self, sender: bytes) -> int:
        return self.state(self.blocks.head).get_nonce(Address(sender))

    def _time_after(self, head: BlockHeaderAPI) -> int:
        return max(head.timestamp + (self.block_time or 1), self._clock())

    def _executed(self, time: int) -> Executed:
        header = empty_child(self.blocks.head, time)
        if not len(self.pool):
            return Executed(header)
        ready = self.pool.ready(base_fee_of(header), self._nonce)
        return self.evm.execute(header, ready, self.blocks.previous(header.block_number))

    def _hold(self, done: Executed) -> Block:
        block = Block(done.header, done.transactions, done.receipts, self.block_time)
        if self._journal is not None:
            # Before anybody can see the block. Guarded by test_a_transaction_is_kept_before_it_is_answered.
            self._journal.append(mined(block))
        self.blocks.add(block)
        self.pool.discard(done.refused)
        self.pool.settle(self._nonce)
        return block


def mined(block: Block) -> Mined:
    """The journal's record of a block."""
    return Mined(
        block.number,
        block.header.timestamp,
        block.step,
        bytes(block.header.parent_hash),
        bytes(block.header.hash),
        tuple(each.raw for each in block.transactions),
    )
