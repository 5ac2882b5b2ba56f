"""The public kinds: what they carry, their bounds, and that nothing sealed is read into them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from e2ee.e2ee_people import meet
from parley.e2ee import api as e2ee

INBOX = bytes(range(32))


def test_a_record_comes_out_as_it_went_in() -> None:
    """With one byte in front that says what it is."""
    (alice,) = meet("alice")
    envelope = e2ee.wrap_record(alice.record)

    assert envelope == b"\x13" + alice.record
    assert e2ee.envelope_kind(envelope) is e2ee.Kind.RECORD
    assert e2ee.unwrap_record(envelope) == alice.record


def test_a_request_names_an_inbox() -> None:
    """Asking again with other random bytes is another message for the same inbox."""
    first, second = e2ee.ask_for_record(INBOX, bytes(16)), e2ee.ask_for_record(INBOX, b"\x01" * 16)

    assert first == b"\x14" + INBOX + bytes(16)
    assert first != second
    assert e2ee.asked_for(first) == e2ee.asked_for(second) == INBOX


def test_a_record_over_the_limit_is_neither_made_nor_read() -> None:
    """64 KiB fit, one byte more does not."""
    largest = bytes(e2ee.MAX_RECORD_BYTES)

    assert e2ee.unwrap_record(e2ee.wrap_record(largest)) == largest
    with pytest.raises(e2ee.ContactRecordTooLargeError):
        e2ee.wrap_record(largest + b"\x00")
    with pytest.raises(e2ee.NotForUsError):
        e2ee.unwrap_record(b"\x13" + largest + b"\x00")


@pytest.mark.parametrize("size", [0, 1, 48, 50, 4096])
def test_a_request_has_one_size(size: int) -> None:
    """Any other is not read."""
    with pytest.raises(e2ee.NotForUsError):
        e2ee.asked_for((b"\x14" + bytes(size))[:size])
    with pytest.raises(ValueError, match="32 bytes"):
        e2ee.ask_for_record(bytes(size), bytes(16))


def test_a_public_kind_is_neither_opened_nor_sealed() -> None:
    """The seal is for messages; whoever asks for it by mistake is told."""
    alice, bob = meet("alice", "bob")
    for kind in (e2ee.Kind.RECORD, e2ee.Kind.RECORD_REQUEST):
        with pytest.raises(ValueError, match="nothing is sealed"):
            alice.send(bob, b"hello", kind=kind)
    for envelope in (e2ee.wrap_record(alice.record), e2ee.ask_for_record(INBOX, bytes(16))):
        with pytest.raises(e2ee.NotForUsError):
            e2ee.open_envelope(bob.device, envelope)
    for sealed in (alice.send(bob, b"hello"), b"", b"\x15", b"\x23"):
        with pytest.raises(e2ee.NotForUsError):
            e2ee.unwrap_record(sealed)
        with pytest.raises(e2ee.NotForUsError):
            e2ee.asked_for(sealed)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(envelope: bytes) -> None:
    """With one error only."""
    for read in (e2ee.unwrap_record, e2ee.asked_for):
        try:
            read(envelope)
        except e2ee.NotForUsError:
            continue
