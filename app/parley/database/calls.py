"""Calls, amounts and counts as the columns of money's tables hold them.

SQLite's integers end at 2**63 - 1, so amounts are decimal text. MemoryDatabase encodes too, and keeps nothing of it,
so that both stores refuse the same values.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from google.protobuf.message import DecodeError

from parley.chat.errors import StorageCorruptError
from parley.chat.payments.model import RequestedCall
from parley.database.calls_pb2 import StoredCall, StoredCalls

_VERSION = b"\x01"

MAX_AMOUNT: Final = 2**256 - 1
MAX_INTEGER: Final = 2**63 - 1
MAX_CALLS: Final = 16
MAX_DATA_BYTES: Final = 128 * 1024
"""Above what any node takes in one transaction; what a message may hold is far less (chat/payments)."""


def encode_calls(calls: Sequence[RequestedCall]) -> bytes:
    """The calls as one value: a version byte, and `StoredCalls` of calls.proto.

    Raises:
        ValueError: none or too many calls, too much data, or an amount that is none.
    """
    if not 1 <= len(calls) <= MAX_CALLS:
        raise ValueError(f"1 to {MAX_CALLS} calls")
    stored = StoredCalls()
    for each in calls:
        if len(each.data) > MAX_DATA_BYTES:
            raise ValueError(f"a call has at most {MAX_DATA_BYTES} bytes of data")
        value = _checked(each.value, MAX_AMOUNT)
        stored.calls.append(
            StoredCall(to=each.to, value=value.to_bytes((value.bit_length() + 7) // 8, "big"), data=each.data)
        )
    return _VERSION + stored.SerializeToString(deterministic=True)


def decode_calls(stored: bytes) -> tuple[RequestedCall, ...]:
    """What `encode_calls` made.

    Raises:
        StorageCorruptError: it did not make this.
    """
    try:
        if stored[:1] != _VERSION:
            raise StorageCorruptError("calls of an unknown version")
        found = StoredCalls.FromString(stored[1:])
    except DecodeError as error:
        raise StorageCorruptError("a row's calls are damaged") from error
    calls = tuple(
        RequestedCall(
            to=each.to if each.HasField("to") else None,
            value=int.from_bytes(each.value, "big"),
            data=each.data,
        )
        for each in found.calls
    )
    try:
        again = encode_calls(calls)
    except ValueError as error:
        raise StorageCorruptError("a row's calls are out of bounds") from error
    if again != stored:
        raise StorageCorruptError("a row's calls are damaged")
    return calls


def amount(value: int) -> str:
    """An amount as decimal text. Raises ValueError for what no uint256 is."""
    return str(_checked(value, MAX_AMOUNT))


def optional_amount(value: int | None) -> str | None:
    """As `amount`, of one that may not be known."""
    return None if value is None else amount(value)


def integer(value: int) -> int:
    """A count, a time or a network's number. Raises ValueError for what SQLite cannot hold, or below 0."""
    return _checked(value, MAX_INTEGER)


def optional_integer(value: int | None) -> int | None:
    """As `integer`, of one that may not be known."""
    return None if value is None else integer(value)


def _checked(value: int, limit: int) -> int:
    if not 0 <= value <= limit:
        raise ValueError("a number that cannot be stored")
    return value
