"""`eth_simulateV1`: calls are run one after the other in blocks that nobody keeps, without signatures and fees.

The blocks follow the one that is asked for, a block time apart. Base fees are 0 in them, what a call offers for its
gas is not charged, nonces are the next ones, and a contract account may be the sender. A call that fails stays in its
block; one that could be in no block fails the request.

https://github.com/ethereum/execution-apis/blob/main/src/eth/execute.yaml
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from eth.abc import BlockHeaderAPI, ReceiptAPI, SignedTransactionAPI
from eth.constants import DEFAULT_SPOOF_S
from eth.exceptions import Revert
from eth.vm.forks.prague.transactions import PragueTransactionBuilder
from eth.vm.spoof import SpoofTransaction
from eth_typing import Address

from parley_demo.chain.blocks import Block
from parley_demo.chain.errors import (
    GAS_EXCEEDED,
    INSUFFICIENT_FUNDS,
    INTRINSIC_GAS,
    REVERTED,
    VM_ERROR,
    RpcError,
)
from parley_demo.chain.evm import Call, finished, plain_header
from parley_demo.chain.failures import failure_sentence, revert_reason
from parley_demo.chain.ledger import Ledger
from parley_demo.chain.recording import RecordedComputation, RecordingVM
from parley_demo.chain.shapes import block_shape, gas_used, hex_bytes, log_shapes
from parley_demo.chain.transactions import CHAIN_ID, GAS_LIMIT, Transaction, least_gas


@dataclass(frozen=True, slots=True)
class SimulatedCall:
    """One call of a simulation; `gas` is None for all that is left."""

    call: Call
    gas: int | None


@dataclass(frozen=True, slots=True)
class Simulation:
    """What is asked for: calls by block, whether ether that moves is logged, and transactions or their hashes."""

    blocks: tuple[tuple[SimulatedCall, ...], ...]
    transfers: bool
    full: bool


@dataclass(slots=True)
class _Gas:
    """What the calls of a request may use together: as much as one block, however many there are."""

    left: int = GAS_LIMIT


def simulate(ledger: Ledger, base: BlockHeaderAPI, wanted: Simulation) -> list[dict[str, Any]]:
    """The blocks that would follow one, each with `calls`: what they returned, logged and used.

    Raises RpcError with Geth's numbers if a call could not be in a block at all, or if there is no room for what it
    does.
    """
    evm = ledger.evm.overlay()
    previous: list[bytes] = []
    gas = _Gas()
    shapes: list[dict[str, Any]] = []
    step = ledger.block_time or 1
    for calls in wanted.blocks:
        number = base.block_number + 1
        # The hash of the block itself is the first of those before the next one.
        hashes = _Hashes(tuple(reversed(previous)), ledger.blocks.previous(number - len(previous)))
        header = plain_header(number, base.timestamp + step, base.hash, base.state_root, 0)
        vm = evm.vm(header, hashes, RecordingVM)
        vm.recording.transfers = wanted.transfers
        block, computations = _run(vm, header, calls, gas)
        shapes.append(
            block_shape(block, full=wanted.full)
            | {"calls": [_result(block, index, each) for index, each in enumerate(computations)]}
        )
        base = block.header
        previous.append(bytes(base.hash))
    return shapes


class _Hashes:
    """Hashes of simulated blocks, and then of real ones; can be iterated again and again."""

    def __init__(self, simulated: tuple[bytes, ...], real: Iterable[bytes]) -> None:
        self._simulated = simulated
        self._real = real

    def __iter__(self) -> Iterator[bytes]:
        yield from self._simulated
        yield from self._real


def _run(
    vm: RecordingVM, header: BlockHeaderAPI, calls: Sequence[SimulatedCall], gas: _Gas
) -> tuple[Block, list[RecordedComputation]]:
    transactions: list[Transaction] = []
    receipts: list[ReceiptAPI] = []
    computations: list[RecordedComputation] = []
    for simulated in calls:
        transaction = _unsigned(vm, simulated, gas)
        # py-evm would refuse the zeros.
        evm = SpoofTransaction(transaction.evm, sender=Address(transaction.sender), s=DEFAULT_SPOOF_S)
        receipt, computation = vm.record(header, cast(SignedTransactionAPI, evm))
        gas.left -= receipt.gas_used - header.gas_used
        header = vm.add_receipt_to_header(header, receipt)
        transactions.append(transaction)
        receipts.append(receipt)
        computations.append(computation)
    done = finished(vm, header, transactions, receipts)
    return Block(done, tuple(transactions), tuple(receipts)), computations


def _unsigned(vm: RecordingVM, simulated: SimulatedCall, gas: _Gas) -> Transaction:
    """The transaction of a call, with zeros for a signature. Raises RpcError if it could be in no block."""
    call = simulated.call
    sender = Address(call.sender)
    limit = gas.left if simulated.gas is None else simulated.gas
    if limit > gas.left:
        raise RpcError(GAS_EXCEEDED, f"block gas limit reached: {limit} > {gas.left}")
    balance = vm.state.get_balance(sender)
    if call.value > balance:
        raise RpcError(
            INSUFFICIENT_FUNDS,
            f"insufficient funds for gas * price + value: address 0x{sender.hex()} "
            f"have {balance} want {call.value}",
        )
    made = PragueTransactionBuilder.new_dynamic_fee_transaction(
        chain_id=CHAIN_ID,
        nonce=vm.state.get_nonce(sender),
        max_priority_fee_per_gas=0,
        max_fee_per_gas=0,
        gas=limit,
        to=Address(call.to),
        value=call.value,
        data=call.data,
        access_list=(),
        y_parity=0,
        r=0,
        s=0,
    )
    raw = made.encode()
    # Made as one of London's; a block of today's kind takes what is decoded.
    evm = PragueTransactionBuilder.decode(raw)
    least = least_gas(evm)
    if limit < least:
        raise RpcError(INTRINSIC_GAS, f"intrinsic gas too low: have {limit}, want {least}")
    return Transaction(raw, bytes(evm.hash), bytes(sender), evm)


def _result(block: Block, index: int, computation: RecordedComputation) -> dict[str, Any]:
    result: dict[str, Any] = {
        "returnData": hex_bytes(computation.output),
        "logs": log_shapes(block, index),
        "gasUsed": hex(gas_used(block, index)),
        "status": hex(computation.is_success),
    }
    if computation.is_error:
        result["error"] = _error(computation)
    return result


def _error(computation: RecordedComputation) -> dict[str, Any]:
    sentence = failure_sentence(computation.error)
    if not isinstance(computation.error, Revert):
        return {"code": VM_ERROR, "message": sentence}
    reason = revert_reason(computation.output)
    return {
        "code": REVERTED,
        "message": sentence if reason is None else f"{sentence}: {reason}",
        "data": hex_bytes(computation.output),
    }
