"""Why a call failed, in Geth's words."""

from __future__ import annotations

from eth import exceptions
from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError

REASON_LENGTH = 256
_ERROR = bytes.fromhex("08c379a0")  # Error(string), which require() reverts with.

_SENTENCES: dict[type[exceptions.VMError], str] = {
    exceptions.Revert: "execution reverted",
    exceptions.OutOfGas: "out of gas",
    exceptions.InvalidInstruction: "invalid opcode",
    exceptions.InvalidJumpDestination: "invalid jump destination",
    exceptions.InsufficientStack: "stack underflow",
    exceptions.FullStack: "stack limit reached",
    exceptions.WriteProtection: "write protection",
    exceptions.OutOfBoundsRead: "return data out of bounds",
    exceptions.ContractCreationCollision: "contract address collision",
    exceptions.ReservedBytesInCode: "invalid code: must not begin with 0xef",
}


def failure_sentence(error: exceptions.VMError) -> str:
    """What stopped a call."""
    return _SENTENCES.get(type(error), type(error).__name__)


def revert_reason(output: bytes) -> str | None:
    """The sentence that a contract reverted with, printable and bounded; None if it gave none."""
    if output[:4] != _ERROR:
        return None
    try:
        (reason,) = decode(["string"], output[4:])
    except (DecodingError, UnicodeDecodeError, OverflowError):
        return None
    return "".join(
        each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in reason[:REASON_LENGTH]
    )
