"""Messages and states as bytes: what is written is read, and what a peer invents is refused."""

import hashlib
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from parley.sync import sds_pb2
from parley.sync.codec import decode_channel, decode_message, encode_channel, encode_message, message_id
from parley.sync.errors import MalformedMessageError, UnreadableChannelError
from parley.sync.model import (
    HISTORY_ENTRIES,
    MAX_ACKNOWLEDGEMENTS,
    MAX_CONTENT_BYTES,
    MAX_HISTORY_ENTRIES,
    MAX_MESSAGE_BYTES,
    MAX_OWED,
    Channel,
    ChannelState,
    LogEntry,
    Message,
)

identifiers = st.binary(min_size=32, max_size=32)
lamports = st.integers(0, 2**64 - 1)


def named(
    channel_id: bytes,
    sender: bytes,
    lamport: int,
    causes: tuple[bytes, ...],
    acknowledged: tuple[bytes, ...],
    content: bytes,
) -> Message:
    """A message with the id that belongs to it."""
    name = message_id(channel_id, sender, lamport, causes, content)
    return Message(name, channel_id, sender, lamport, causes, acknowledged, content)


messages = st.builds(
    named,
    identifiers,
    identifiers,
    lamports,
    st.lists(identifiers, max_size=MAX_HISTORY_ENTRIES).map(tuple),
    st.lists(identifiers, max_size=20).map(tuple),
    st.binary(max_size=300),
)
channels = st.builds(
    Channel,
    identifiers,
    identifiers,
    lamports,
    st.lists(st.builds(LogEntry, lamports, identifiers), max_size=HISTORY_ENTRIES).map(tuple),
    st.lists(identifiers, max_size=20).map(tuple),
)
MESSAGE = named(b"c" * 32, b"s" * 32, 1_700_000_000_000, (b"1" * 32, b"2" * 32), (b"a" * 32,), b"hello")


def wire_of(message: Message) -> sds_pb2.Message:
    """The Protocol Buffers form of a message, for a test to spoil."""
    return sds_pb2.Message.FromString(encode_message(message))


@given(messages)
def test_a_message_is_read_as_it_was_written(message: Message) -> None:
    """Every message of the profile survives the wire."""
    assert message == decode_message(encode_message(message))


@given(channels)
def test_a_state_is_read_as_it_was_written(channel: Channel) -> None:
    """Every state survives the database."""
    assert channel == decode_channel(encode_channel(channel))


@given(st.binary(max_size=400))
def test_any_bytes_are_a_message_or_malformed(encoded: bytes) -> None:
    """Nothing but MalformedMessageError comes out of a peer's bytes."""
    with pytest.raises(MalformedMessageError):  # A valid id among random bytes would be a broken SHA-256.
        decode_message(encoded)


@given(messages, st.data())
def test_spoiled_bytes_are_a_message_or_malformed(message: Message, data: st.DataObject) -> None:
    """Bytes near a real message, which reach deeper than random ones, are read whole or refused cleanly."""
    encoded = bytearray(encode_message(message))
    start = data.draw(st.integers(0, len(encoded)))
    encoded[start : start + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))

    try:
        spoiled = decode_message(bytes(encoded))
    except MalformedMessageError:
        return

    # Only what the id does not cover may differ: the acknowledgements.
    unacknowledged = named(
        spoiled.channel_id,
        spoiled.sender,
        spoiled.lamport,
        spoiled.causes,
        spoiled.acknowledged,
        spoiled.content,
    )
    assert unacknowledged == spoiled


@given(st.binary(max_size=400))
@example(b"")
def test_any_bytes_are_a_state_or_unreadable(state: bytes) -> None:
    """A damaged database gives UnreadableChannelError, or a state within its bounds."""
    try:
        channel = decode_channel(ChannelState(state))
    except UnreadableChannelError:
        return

    assert channel == decode_channel(encode_channel(channel))


def test_the_id_hashes_six_length_prefixed_fields() -> None:
    """The id is what README.md#message-id says, written out by hand."""
    parts = (
        b"\x00\x00\x00\x15parley/sds/message/v1",
        b"\x00\x00\x00\x20" + b"c" * 32,
        b"\x00\x00\x00\x20" + b"s" * 32,
        b"\x00\x00\x00\x08" + b"\x00\x00\x00\x00\x00\x00\x00\x07",
        b"\x00\x00\x00\x40" + b"1" * 32 + b"2" * 32,
        b"\x00\x00\x00\x05hello",
    )

    named_id = message_id(b"c" * 32, b"s" * 32, 7, (b"1" * 32, b"2" * 32), b"hello")

    assert hashlib.sha256(b"".join(parts)).digest() == named_id


@pytest.mark.parametrize(
    "other",
    [
        named(b"C" * 32, MESSAGE.sender, MESSAGE.lamport, MESSAGE.causes, (), b"hello"),
        named(MESSAGE.channel_id, b"S" * 32, MESSAGE.lamport, MESSAGE.causes, (), b"hello"),
        named(MESSAGE.channel_id, MESSAGE.sender, MESSAGE.lamport + 1, MESSAGE.causes, (), b"hello"),
        named(MESSAGE.channel_id, MESSAGE.sender, MESSAGE.lamport, MESSAGE.causes[::-1], (), b"hello"),
        named(MESSAGE.channel_id, MESSAGE.sender, MESSAGE.lamport, MESSAGE.causes, (), b"hellO"),
    ],
    ids=["channel", "sender", "lamport", "causes", "content"],
)
def test_every_part_of_a_message_is_in_its_id(other: Message) -> None:
    """Two messages that differ anywhere but in their acknowledgements have different ids."""
    assert other.message_id != MESSAGE.message_id


def test_an_id_that_is_not_the_hash_is_refused() -> None:
    """A peer cannot choose the id of a message."""
    wire = wire_of(MESSAGE)
    wire.message_id = bytes(32)

    with pytest.raises(MalformedMessageError) as caught:
        decode_message(wire.SerializeToString())

    assert caught.value.field == "message_id"


def spoil_channel(wire: sds_pb2.Message) -> None:
    wire.channel_id = b"c" * 31


def spoil_sender(wire: sds_pb2.Message) -> None:
    wire.sender_id = b"s" * 33


def spoil_message_id(wire: sds_pb2.Message) -> None:
    wire.ClearField("message_id")


def spoil_lamport(wire: sds_pb2.Message) -> None:
    wire.ClearField("lamport_timestamp")


def spoil_cause(wire: sds_pb2.Message) -> None:
    wire.causal_history.add(message_id=b"")


def spoil_history(wire: sds_pb2.Message) -> None:
    for _ in range(MAX_HISTORY_ENTRIES - 1):
        wire.causal_history.add(message_id=bytes(32))


def spoil_acknowledgement(wire: sds_pb2.Message) -> None:
    wire.acknowledgement.append(b"short")


def spoil_acknowledgements(wire: sds_pb2.Message) -> None:
    wire.acknowledgement.extend([bytes(32)] * MAX_ACKNOWLEDGEMENTS)


def spoil_content(wire: sds_pb2.Message) -> None:
    wire.content = bytes(MAX_CONTENT_BYTES + 1)


@pytest.mark.parametrize(
    ("spoil", "field"),
    [
        (spoil_channel, "channel_id"),
        (spoil_sender, "sender_id"),
        (spoil_message_id, "message_id"),
        (spoil_lamport, "lamport_timestamp"),
        (spoil_cause, "causal_history"),
        (spoil_history, "causal_history"),
        (spoil_acknowledgement, "acknowledgement"),
        (spoil_acknowledgements, "acknowledgement"),
        (spoil_content, "content"),
    ],
)
def test_a_size_out_of_bounds_is_refused_by_name(
    spoil: Callable[[sds_pb2.Message], None], field: str
) -> None:
    """Each field has its size or its bound, whatever the id says."""
    wire = wire_of(MESSAGE)
    spoil(wire)
    if field != "message_id" and len(wire.causal_history) and wire.HasField("lamport_timestamp"):
        # The id is made to fit, so that it is the size that is refused.
        causes = [entry.message_id for entry in wire.causal_history]
        wire.message_id = message_id(
            wire.channel_id, wire.sender_id, wire.lamport_timestamp, causes, wire.content
        )

    with pytest.raises(MalformedMessageError) as caught:
        decode_message(wire.SerializeToString())

    assert caught.value.field == field


def test_the_largest_message_is_read() -> None:
    """Everything at its bound together stays within what is read."""
    largest = named(
        b"c" * 32,
        b"s" * 32,
        2**64 - 1,
        (b"h" * 32,) * MAX_HISTORY_ENTRIES,
        (b"a" * 32,) * MAX_ACKNOWLEDGEMENTS,
        bytes(MAX_CONTENT_BYTES),
    )

    encoded = encode_message(largest)

    assert largest == decode_message(encoded)
    assert len(encoded) < MAX_MESSAGE_BYTES


def test_an_encoding_too_large_is_refused_unread() -> None:
    """A valid message that padding in an unknown field makes larger than 96 KiB is refused."""
    padding = b"\xf2\x7f\x80\x80\x06" + bytes(MAX_MESSAGE_BYTES)  # Field 2046, length-delimited, 98304 bytes.
    small = b"\xf2\x7f\x00"

    assert decode_message(encode_message(MESSAGE) + small) == MESSAGE

    with pytest.raises(MalformedMessageError) as caught:
        decode_message(encode_message(MESSAGE) + padding)

    assert caught.value.field == "encoding"


def test_fields_of_later_work_are_ignored() -> None:
    """A bloom filter (12), a repair request (13) and a later field of the profile (1001) change nothing."""
    bloom_filter = b"\x62\x02\xaa\xbb"
    repair_request = b"\x6a\x22\x0a\x20" + bytes(32)
    later_field = b"\xca\x3e\x01\x01"

    assert decode_message(encode_message(MESSAGE) + bloom_filter + repair_request + later_field) == MESSAGE


def test_the_wire_has_the_numbers_of_sds() -> None:
    """Field names and numbers are those of the SDS specification; the profile's own begin at 1000."""
    numbers = {field.name: field.number for field in sds_pb2.Message.DESCRIPTOR.fields}

    expected = {
        "sender_id": 1,
        "message_id": 2,
        "channel_id": 3,
        "lamport_timestamp": 10,
        "causal_history": 11,
        "content": 20,
        "acknowledgement": 1000,
    }
    assert expected == numbers
    assert sds_pb2.HistoryEntry.DESCRIPTOR.fields_by_name["message_id"].number == 1


def test_a_sync_message_has_no_content_field() -> None:
    """Empty content is absent from the wire, and an empty field is read the same."""
    sync = named(b"c" * 32, b"s" * 32, 7, (), (b"a" * 32,), b"")

    wire = wire_of(sync)

    assert not wire.HasField("content")
    wire.content = b""
    assert decode_message(wire.SerializeToString()) == sync


def test_a_state_of_a_later_version_is_not_guessed_at() -> None:
    """A state that a newer program wrote is refused with its version, not half understood."""
    state = encode_channel(Channel(b"c" * 32, b"p" * 32))
    assert state.startswith(b"\x08\x01")

    with pytest.raises(UnreadableChannelError) as caught:
        decode_channel(ChannelState(b"\x08\x02" + state[2:]))

    assert caught.value.version == 2


@pytest.mark.parametrize(
    "channel",
    [
        Channel(b"c" * 31, b"p" * 32),
        Channel(b"c" * 32, b""),
        Channel(b"c" * 32, b"p" * 32, 1, (LogEntry(1, b"m" * 31),)),
        Channel(b"c" * 32, b"p" * 32, 1, (LogEntry(1, b"m" * 32),) * (HISTORY_ENTRIES + 1)),
        Channel(b"c" * 32, b"p" * 32, 1, (), (b"m" * 33,)),
        Channel(b"c" * 32, b"p" * 32, 1, (), (b"m" * 32,) * (MAX_OWED + 1)),
    ],
)
def test_a_state_out_of_bounds_is_unreadable(channel: Channel) -> None:
    """A stored state is checked as well: damage stops here and not three messages later."""
    with pytest.raises(UnreadableChannelError):
        decode_channel(encode_channel(channel))
