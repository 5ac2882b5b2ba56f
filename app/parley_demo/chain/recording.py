"""py-evm that remembers what it ran: which call made which, what ether moved, and no more than there is room for.

A transaction's computation keeps those inside it as `children`; here each also knows the opcode that made it. Where
transfers are wanted, each movement of ether is a log of its own, in its place among the contract's logs and gone
with them where a call is reverted. It has ERC-20's `Transfer` as its topic and the address that Geth's
`eth_simulateV1` gives it, which nothing can have code at.
"""

from __future__ import annotations

from typing import Any, cast

from eth.abc import (
    BlockHeaderAPI,
    ComputationAPI,
    MessageAPI,
    ReceiptAPI,
    SignedTransactionAPI,
    StateAPI,
    TransactionContextAPI,
)
from eth.constants import CREATE_CONTRACT_ADDRESS
from eth.exceptions import Halt
from eth.vm import opcode_values
from eth.vm.forks.prague import PragueVM
from eth.vm.forks.prague.computation import PragueComputation
from eth.vm.forks.prague.opcodes import PRAGUE_OPCODES
from eth.vm.forks.prague.state import PragueState
from eth_typing import Address
from eth_utils.crypto import keccak

from parley_demo.chain.errors import SERVER_ERROR, RpcError

ETHER_ADDRESS = Address(b"\xee" * 20)
TRANSFER_TOPIC = int.from_bytes(keccak(b"Transfer(address,address,uint256)"))
FRAMES = 1000
FRAME_BYTES = 384 * 1024
"""All inputs and outputs of one transaction's calls together; in hex they fit into what Parley reads of an answer."""


class Room:
    """What may be remembered of one transaction."""

    def __init__(self) -> None:
        self._frames = FRAMES
        self._bytes = FRAME_BYTES

    def take(self, frames: int, size: int) -> None:
        """Use some of it. Raises RpcError when there is no more, which ends the transaction."""
        self._frames -= frames
        self._bytes -= size
        # A call takes a hundred gas and copies as much memory as it likes, so that thirty million gas would fill
        # this process. Guarded by test_a_trace_is_bounded.
        if self._frames < 0 or self._bytes < 0:
            raise RpcError(
                SERVER_ERROR, f"more than {FRAMES} calls, or {FRAME_BYTES} bytes of inputs and outputs"
            )


class RecordedComputation(PragueComputation):
    """One call, with those inside it.

    Attributes:
        opcode: what made it: CALL or CREATE of a transaction itself.
        destroyed: whom a SELFDESTRUCT at its end gave how much; None if there was none.
    """

    state: RecordingState

    def __init__(
        self, state: StateAPI, message: MessageAPI, transaction_context: TransactionContextAPI
    ) -> None:
        super().__init__(state, message, transaction_context)
        if message.depth == 0:
            created = message.to == CREATE_CONTRACT_ADDRESS
            self.state.opcode = opcode_values.CREATE if created else opcode_values.CALL
        self.opcode = self.state.opcode
        self.destroyed: tuple[bytes, int] | None = None
        if self.state.room is not None:
            self.state.room.take(1, len(input_of(self)))
        # CALLCODE runs another's code with ether that stays where it is.
        if message.should_transfer_value and self.opcode != opcode_values.CALLCODE:
            self.note_transfer(message.sender, message.storage_address, message.value)

    @property
    def inner(self) -> list[RecordedComputation]:
        """The calls inside this one, in their order."""
        return cast(list[RecordedComputation], self.children)

    def note_transfer(self, sender: bytes, recipient: bytes, amount: int) -> None:
        """Log that ether moves, if that is wanted."""
        if self.state.transfers and amount:
            topics = (TRANSFER_TOPIC, int.from_bytes(sender), int.from_bytes(recipient))
            self.add_log_entry(ETHER_ADDRESS, topics, amount.to_bytes(32, "big"))

    def generate_child_computation(self, child_msg: MessageAPI) -> ComputationAPI:
        """Run a call of this one."""
        # The program counter stands behind the opcode that is being run.
        self.state.opcode = self.code[self.code.program_counter - 1]
        return super().generate_child_computation(child_msg)

    def add_child_computation(self, child_computation: ComputationAPI) -> None:
        """Remember a call that has ended."""
        if self.state.room is not None:
            self.state.room.take(0, len(child_computation.output))
        super().add_child_computation(child_computation)


class RecordingState(PragueState):
    """A state whose transactions are remembered.

    Attributes:
        transfers: whether ether that moves is logged.
        room: how much may be remembered of the next transaction; None for a transaction whose record nobody reads.
        opcode: what makes the call that is about to run.
    """

    computation_class = RecordedComputation
    transfers: bool = False
    room: Room | None = None
    opcode: int = opcode_values.CALL


class RecordingVM(PragueVM):
    """py-evm with a `RecordingState`."""

    _state_class = RecordingState

    @property
    def recording(self) -> RecordingState:
        """Its state."""
        return cast(RecordingState, self.state)

    def record(
        self, header: BlockHeaderAPI, transaction: SignedTransactionAPI
    ) -> tuple[ReceiptAPI, RecordedComputation]:
        """Run a transaction after the others. Raises RpcError if there is no room for what it does."""
        self.recording.room = Room()
        receipt, computation = self.apply_transaction(header, transaction)
        return receipt, cast(RecordedComputation, computation)


def input_of(computation: RecordedComputation) -> bytes:
    """What a call was given: its data, or the code that creates a contract."""
    message = computation.msg
    return bytes(message.code if message.is_create else message.data)


def _selfdestruct(computation: RecordedComputation) -> None:
    account = computation.msg.storage_address
    amount = computation.state.get_balance(account)
    try:
        PRAGUE_OPCODES[opcode_values.SELFDESTRUCT](computation=computation)
    except Halt:
        beneficiary = computation.beneficiaries[-1]
        computation.destroyed = bytes(beneficiary), amount
        if beneficiary != account:
            computation.note_transfer(account, beneficiary, amount)
        raise


RecordedComputation.opcodes = {**PRAGUE_OPCODES, opcode_values.SELFDESTRUCT: cast(Any, _selfdestruct)}
