"""py-evm without its chain: headers and transactions in, states and receipts out. No clock, no files, no locks.

Only this module, `recording` and `transactions` speak to py-evm. Every state of a block stays in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar, cast

from eth.abc import BlockHeaderAPI, ReceiptAPI, SignedTransactionAPI, StateAPI
from eth.consensus.context import ConsensusContext
from eth.constants import POST_MERGE_DIFFICULTY, POST_MERGE_NONCE
from eth.db.atomic import AtomicDB
from eth.db.batch import BatchDB
from eth.db.chain import ChainDB
from eth.db.trie import make_trie_root_and_nodes
from eth.estimators.gas import binary_gas_search_1000_tolerance
from eth.exceptions import Revert, VMError
from eth.vm.chain_context import ChainContext
from eth.vm.forks.london.headers import calculate_expected_base_fee_per_gas
from eth.vm.forks.prague import PragueVM
from eth.vm.forks.prague.blocks import PragueBlockHeader
from eth.vm.spoof import SpoofTransaction
from eth_typing import Address, BlockNumber, Hash32
from eth_utils.crypto import keccak
from eth_utils.exceptions import ValidationError

from parley_demo.chain.errors import REVERTED, SERVER_ERROR, RpcError
from parley_demo.chain.transactions import CHAIN_ID, GAS_LIMIT, Transaction

FIRST_BASE_FEE_WEI = 10**9

_CONTEXT = ChainContext(CHAIN_ID)
_Vm = TypeVar("_Vm", bound=PragueVM)


@dataclass(frozen=True, slots=True)
class Account:
    """What an account has in the first block."""

    balance: int = 0
    nonce: int = 0
    code: bytes = b""
    storage: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Executed:
    """What came of transactions: the header with its roots, those that are in it, and those that cannot be."""

    header: BlockHeaderAPI
    transactions: tuple[Transaction, ...] = ()
    receipts: tuple[ReceiptAPI, ...] = ()
    refused: tuple[Transaction, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """What `eth_call` and `eth_estimateGas` run; `to` is empty for a creation."""

    sender: bytes
    to: bytes
    data: bytes
    value: int
    gas: int


class _InvalidError(Exception):
    def __init__(self, transaction: Transaction) -> None:
        super().__init__()
        self.transaction = transaction


def empty_child(parent: BlockHeaderAPI, time: int) -> BlockHeaderAPI:
    """The header of the block after `parent` if nothing is in it."""
    fee = int(calculate_expected_base_fee_per_gas(parent))
    return plain_header(parent.block_number + 1, time, parent.hash, parent.state_root, fee)


def plain_header(number: int, time: int, parent: bytes, state_root: bytes, base_fee: int) -> BlockHeaderAPI:
    """The header of a block with nothing in it, from everything that distinguishes it."""
    return PragueBlockHeader(
        difficulty=POST_MERGE_DIFFICULTY,
        block_number=BlockNumber(number),
        gas_limit=GAS_LIMIT,
        timestamp=time,
        parent_hash=Hash32(parent),
        state_root=Hash32(state_root),
        # What contracts take for chance. It is none: the same chain has to come out of the same journal.
        mix_hash=Hash32(keccak(parent)),
        nonce=POST_MERGE_NONCE,
        base_fee_per_gas=base_fee,
    )


def base_fee_of(header: BlockHeaderAPI) -> int:
    """What a unit of gas costs in a block at least."""
    return int(header.base_fee_per_gas or 0)


def base_fee_after(header: BlockHeaderAPI, empties: int) -> int:
    """The base fee of the block that follows `header` and so many empty blocks."""
    fee = int(calculate_expected_base_fee_per_gas(header))
    for _ in range(empties):
        if fee < 8:  # It falls by an eighth, rounded down.
            break
        fee -= fee // 8
    return fee


def finished(
    vm: PragueVM, header: BlockHeaderAPI, transactions: Sequence[Transaction], receipts: Sequence[ReceiptAPI]
) -> BlockHeaderAPI:
    """The header of a block in which a machine has run these, with its roots; its state is kept."""
    vm.state.persist()
    return header.copy(
        state_root=vm.state.state_root,
        transaction_root=make_trie_root_and_nodes(tuple(each.evm for each in transactions))[0],
        receipt_root=make_trie_root_and_nodes(tuple(receipts))[0],
    )


class Evm:
    """The states of one chain."""

    def __init__(self, db: AtomicDB | None = None) -> None:
        self._db = AtomicDB() if db is None else db
        self._chaindb = ChainDB(self._db)

    def overlay(self) -> Evm:
        """The same states, with room for more that are forgotten with what this gives."""
        return Evm(AtomicDB(BatchDB(self._db)))

    def genesis(self, time: int, accounts: Mapping[bytes, Account]) -> BlockHeaderAPI:
        """The header of the first block."""
        blank = PragueBlockHeader(
            difficulty=0, block_number=BlockNumber(0), gas_limit=GAS_LIMIT, timestamp=time
        )
        state = self.state(blank)
        for raw, account in accounts.items():
            address = Address(raw)
            state.set_balance(address, account.balance)
            state.set_nonce(address, account.nonce)
            state.set_code(address, account.code)
            for slot, value in account.storage.items():
                state.set_storage(address, slot, value)
        state.persist()
        return plain_header(0, time, bytes(32), state.state_root, FIRST_BASE_FEE_WEI)

    def state(self, header: BlockHeaderAPI, previous: Iterable[bytes] = ()) -> StateAPI:
        """The state after a block, seen from within it.

        Args:
            previous: the hashes of the blocks before it, the nearest first; iterated whenever a contract asks.
        """
        return PragueVM.build_state(self._db, header, _CONTEXT, previous)  # type: ignore[arg-type]

    def vm(self, header: BlockHeaderAPI, previous: Iterable[bytes], kind: type[_Vm]) -> _Vm:
        """A machine that runs transactions one after the other on the state that a plain header names."""
        vm = kind(header, self._chaindb, _CONTEXT, ConsensusContext(self._db))
        vm._state = kind.build_state(self._db, header, _CONTEXT, previous)  # type: ignore[arg-type]
        return vm

    def execute(
        self, header: BlockHeaderAPI, transactions: Sequence[Transaction], previous: Iterable[bytes]
    ) -> Executed:
        """Run transactions in their order on the state that a plain header names.

        One that does not fit any more is left out, with what its sender has after it, and stays valid; one that
        is invalid is refused.
        """
        wanted = list(transactions)
        refused: list[Transaction] = []
        while True:
            try:
                done = self._execute(header, wanted, previous)
            except _InvalidError as error:
                # py-evm may have changed the state already, so the block begins anew without it.
                bad = error.transaction
                refused.append(bad)
                wanted = [each for each in wanted if each.sender != bad.sender or each.nonce < bad.nonce]
                continue
            return Executed(done.header, done.transactions, done.receipts, tuple(refused))

    def _execute(
        self, header: BlockHeaderAPI, wanted: Sequence[Transaction], previous: Iterable[bytes]
    ) -> Executed:
        vm = self.vm(header, previous, PragueVM)
        included: list[Transaction] = []
        receipts: list[ReceiptAPI] = []
        full: set[bytes] = set()
        for transaction in wanted:
            if transaction.sender in full or header.gas_used + transaction.evm.gas > GAS_LIMIT:
                full.add(transaction.sender)
                continue
            try:
                receipt, _ = vm.apply_transaction(header, transaction.evm)
            except Exception as error:
                # Whatever py-evm raises is this transaction's fault alone, and the chain goes on.
                raise _InvalidError(transaction) from error
            header = vm.add_receipt_to_header(header, receipt)
            included.append(transaction)
            receipts.append(receipt)
        return Executed(finished(vm, header, included, receipts), tuple(included), tuple(receipts))

    def call(self, header: BlockHeaderAPI, previous: Iterable[bytes], call: Call) -> bytes:
        """Run a call within a block, and forget its effects. Raises RpcError, with data if reverted."""
        state = self.state(header, previous)
        # A call costs nothing, so the sender gets what py-evm is about to charge it.
        charge = call.gas * base_fee_of(header)
        state.set_balance(Address(call.sender), state.get_balance(Address(call.sender)) + charge)
        try:
            computation = state.apply_transaction(cast(SignedTransactionAPI, _spoofed(state, header, call)))
        except ValidationError as error:
            raise _unaffordable(error) from None
        if computation.is_error:
            raise _failed(computation.error)
        return bytes(computation.output)

    def estimate(self, header: BlockHeaderAPI, previous: Iterable[bytes], call: Call) -> int:
        """The gas that a transaction needs within a block. Raises RpcError if it would fail."""
        free = header.copy(base_fee_per_gas=0)
        state = self.state(free, previous)
        spoofed = _spoofed(state, free, call)
        try:
            found = int(binary_gas_search_1000_tolerance(state, spoofed))
        except VMError as error:
            raise _failed(error) from None
        except ValidationError as error:
            raise _unaffordable(error) from None
        # A plain transfer needs just what it needs, and a wallet that sends everything counts on that. Elsewhere
        # a quarter more, since the state may change until the transaction is in a block.
        return found if found == spoofed.intrinsic_gas else min(found * 5 // 4, GAS_LIMIT)


def _spoofed(state: StateAPI, header: BlockHeaderAPI, call: Call) -> SpoofTransaction:
    unsigned = PragueVM.get_transaction_builder().create_unsigned_transaction(
        nonce=state.get_nonce(Address(call.sender)),
        gas_price=base_fee_of(header),
        gas=call.gas,
        to=Address(call.to),
        value=call.value,
        data=call.data,
    )
    return SpoofTransaction(unsigned, from_=Address(call.sender))


def _failed(error: VMError) -> RpcError:
    if isinstance(error, Revert):
        data = bytes(error.args[0]) if error.args and isinstance(error.args[0], bytes) else b""
        return RpcError(REVERTED, "execution reverted", data)
    return RpcError(SERVER_ERROR, f"execution failed: {type(error).__name__}")


def _unaffordable(error: ValidationError) -> RpcError:
    return RpcError(SERVER_ERROR, f"execution failed: {str(error)[:200]}")
