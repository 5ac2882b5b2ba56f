"""Calls as a column holds them: read back as they were, or found to be damaged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.money_rows import CALLS
from parley.chat.errors import StorageCorruptError
from parley.chat.payments.model import RequestedCall
from parley.database.calls import MAX_AMOUNT, decode_calls, encode_calls
from parley.database.calls_pb2 import StoredCall, StoredCalls

STORED = encode_calls(CALLS)
"""Of a token's transfer, a contract's creation with the largest amount, and a coin's transfer."""

calls = st.builds(
    RequestedCall, st.none() | st.text(max_size=42), st.integers(0, MAX_AMOUNT), st.binary(max_size=99)
)


@given(st.lists(calls, min_size=1, max_size=16).map(tuple))
def test_calls_come_back(made: tuple[RequestedCall, ...]) -> None:
    """Each with its recipient or none, its amount and its data."""
    assert decode_calls(encode_calls(made)) == made


def of(*stored: StoredCall) -> bytes:
    """These calls, whatever they are, as a column would hold them."""
    return b"\x01" + StoredCalls(calls=stored).SerializeToString()


DAMAGED = {
    "nothing": b"",
    "no calls": of(),
    "another version": b"\x02" + STORED[1:],
    "cut": STORED[:-1],
    "something behind": STORED + b"\x10\x01",
    "too many calls": of(*[StoredCall(value=b"\x01")] * 17),
    "an amount with a leading zero": of(StoredCall(value=b"\x00\x01")),
    "an amount no uint256 holds": of(StoredCall(value=b"\x01" + bytes(32))),
}


@pytest.mark.parametrize("stored", DAMAGED.values(), ids=DAMAGED)
def test_what_was_not_stored_is_not_read(stored: bytes) -> None:
    """A damaged row is told as damage of the file, and is never another payment."""
    with pytest.raises(StorageCorruptError):
        decode_calls(stored)
