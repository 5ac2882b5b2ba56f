"""`debug_traceTransaction` with Geth's `callTracer`: a mined transaction is run again, and its calls are told.

A call that never began, since its account has too little ether or it lies 1025 deep, has no frame here.
"""

from __future__ import annotations

from typing import Any

from eth.exceptions import Revert
from eth.vm import opcode_values
from eth_utils.address import to_checksum_address

from parley_demo.chain.blocks import Block
from parley_demo.chain.errors import SERVER_ERROR, RpcError
from parley_demo.chain.evm import base_fee_of, plain_header
from parley_demo.chain.failures import failure_sentence, revert_reason
from parley_demo.chain.ledger import Ledger
from parley_demo.chain.recording import RecordedComputation, RecordingVM, input_of
from parley_demo.chain.shapes import gas_used, hex_bytes

_TYPES = {
    opcode_values.CALL: "CALL",
    opcode_values.CALLCODE: "CALLCODE",
    opcode_values.DELEGATECALL: "DELEGATECALL",
    opcode_values.STATICCALL: "STATICCALL",
    opcode_values.CREATE: "CREATE",
    opcode_values.CREATE2: "CREATE2",
}


def trace_calls(ledger: Ledger, block: Block, index: int, *, only_top: bool) -> dict[str, Any]:
    """The frame of a block's transaction, with those inside it unless only the top one is wanted.

    Raises RpcError if there are more of them than `recording.Room` has place for.
    """
    transaction = block.transactions[index]
    frame = _frame(_run_again(ledger, block, index), only_top=only_top)
    # A transaction pays for more than its call.
    return frame | {"gas": hex(transaction.evm.gas), "gasUsed": hex(gas_used(block, index))}


def _run_again(ledger: Ledger, block: Block, index: int) -> RecordedComputation:
    parent = ledger.blocks.header(block.number - 1)
    if parent is None:
        raise RpcError(SERVER_ERROR, "header not found")
    made = block.header
    header = plain_header(
        block.number, made.timestamp, made.parent_hash, parent.state_root, base_fee_of(made)
    )
    vm = ledger.evm.overlay().vm(header, ledger.blocks.previous(block.number), RecordingVM)
    for each in block.transactions[:index]:
        receipt, _ = vm.apply_transaction(header, each.evm)
        header = vm.add_receipt_to_header(header, receipt)
    return vm.record(header, block.transactions[index].evm)[1]


def _frame(computation: RecordedComputation, *, only_top: bool) -> dict[str, Any]:
    message = computation.msg
    kind = _TYPES[computation.opcode]
    # What is run with the storage, or the ether, of the account that calls it is seen from that account.
    borrowed = kind in ("DELEGATECALL", "CALLCODE")
    frame: dict[str, Any] = {
        "type": kind,
        "from": to_checksum_address(message.storage_address if borrowed else message.sender),
        "to": to_checksum_address(message.code_address if borrowed else message.storage_address),
        "gas": hex(message.gas),
        "gasUsed": hex(computation.get_gas_used()),
        "input": hex_bytes(input_of(computation)),
    }
    if kind != "STATICCALL":
        frame["value"] = hex(message.value)
    if computation.is_error:
        frame["error"] = failure_sentence(computation.error)
        if message.is_create:
            del frame["to"]
        if (
            isinstance(computation.error, Revert)
            and (reason := revert_reason(computation.output)) is not None
        ):
            frame["revertReason"] = reason
    if computation.output:
        frame["output"] = hex_bytes(computation.output)
    calls = [] if only_top else [_frame(each, only_top=False) for each in computation.inner]
    if computation.destroyed and not only_top:
        beneficiary, amount = computation.destroyed
        calls.append(
            {
                "type": "SELFDESTRUCT",
                "from": to_checksum_address(message.storage_address),
                "to": to_checksum_address(beneficiary),
                "gas": "0x0",
                "gasUsed": "0x0",
                "input": "0x",
                "value": hex(amount),
            }
        )
    return frame | ({"calls": calls} if calls else {})
