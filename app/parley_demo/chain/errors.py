"""What the development chain answers besides results, and why it may not start."""

from __future__ import annotations

from pathlib import Path

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
SERVER_ERROR = -32000
REVERTED = 3

INTRINSIC_GAS = -38013
INSUFFICIENT_FUNDS = -38014
GAS_EXCEEDED = -38015
CLIENT_LIMIT = -38026
VM_ERROR = -32015
"""These five are `eth_simulateV1`'s own."""


class RpcError(Exception):
    """A request that has no result; `data` is what a reverting contract returned, or None."""

    def __init__(self, code: int, message: str, data: bytes | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data


class RecordError(Exception):
    """Some bytes are no record of a journal; the message is a fact, without a full stop."""


class JournalError(Exception):
    """A journal cannot be read or written; the message is a sentence about it."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"The journal {path} cannot be used: {reason}.")
        self.path = path
        self.reason = reason
