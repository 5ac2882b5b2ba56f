"""Messages and channel states as bytes. What a peer sends is read here, and every size is checked here.

Protocol Buffers are not canonical, so no hash is ever taken of an encoding: the message id is a hash of
length-prefixed fields, and a resend repeats the first encoding byte for byte.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

from google.protobuf.message import DecodeError

from parley.sync import channel_pb2, sds_pb2
from parley.sync.errors import MalformedMessageError, UnreadableChannelError
from parley.sync.model import (
    HISTORY_ENTRIES,
    ID_BYTES,
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

MESSAGE_ID_DOMAIN: Final = b"parley/sds/message/v1"
STATE_VERSION: Final = 1


def message_id(
    channel_id: bytes, sender: bytes, lamport: int, causes: Sequence[bytes], content: bytes
) -> bytes:
    """Name a message: 32 bytes, SHA-256 over six length-prefixed fields.

    Acknowledgements are left out: they say something about other messages, and what SDS lets a resend
    change must not change the name.

    Source: README.md#message-id.
    """
    digest = hashlib.sha256()
    for part in (
        MESSAGE_ID_DOMAIN,
        channel_id,
        sender,
        lamport.to_bytes(8, "big"),
        b"".join(causes),
        content,
    ):
        digest.update(len(part).to_bytes(4, "big"))
        digest.update(part)
    return digest.digest()


def encode_message(message: Message) -> bytes:
    """Write a message that keeps to the limits of model.py. A sync message has no content field at all."""
    return sds_pb2.Message(
        sender_id=message.sender,
        message_id=message.message_id,
        channel_id=message.channel_id,
        lamport_timestamp=message.lamport,
        causal_history=[sds_pb2.HistoryEntry(message_id=cause) for cause in message.causes],
        content=message.content or None,
        acknowledgement=message.acknowledged,
    ).SerializeToString()


def decode_message(encoded: bytes) -> Message:
    """Read a peer's message and check its sizes and its id; fields of later profiles are ignored.

    Raises: MalformedMessageError naming the first field that is wrong.
    """
    if len(encoded) > MAX_MESSAGE_BYTES:
        raise MalformedMessageError("encoding")
    wire = sds_pb2.Message()
    try:
        wire.ParseFromString(encoded)
    except DecodeError as error:
        raise MalformedMessageError("encoding") from error
    # Counts come before the copies below, so that a message of ten thousand empty entries costs little.
    if len(wire.causal_history) > MAX_HISTORY_ENTRIES:
        raise MalformedMessageError("causal_history")
    if len(wire.acknowledgement) > MAX_ACKNOWLEDGEMENTS:
        raise MalformedMessageError("acknowledgement")
    if not wire.HasField("lamport_timestamp"):
        raise MalformedMessageError("lamport_timestamp")
    if len(wire.content) > MAX_CONTENT_BYTES:
        raise MalformedMessageError("content")
    message = Message(
        message_id=wire.message_id,
        channel_id=_identifier("channel_id", wire.channel_id),
        sender=_identifier("sender_id", wire.sender_id),
        lamport=wire.lamport_timestamp,
        causes=tuple(_identifier("causal_history", entry.message_id) for entry in wire.causal_history),
        acknowledged=tuple(_identifier("acknowledgement", held) for held in wire.acknowledgement),
        content=wire.content,
    )
    # A peer that could choose an id could hide another message behind it, or have one delivered twice.
    # Guarded by tests/sync/test_codec.py::test_an_id_that_is_not_the_hash_is_refused.
    if message.message_id != message_id(
        message.channel_id, message.sender, message.lamport, message.causes, message.content
    ):
        raise MalformedMessageError("message_id")
    return message


def encode_channel(channel: Channel) -> ChannelState:
    """Write the state of a channel: at most 18 KiB, and about 200 bytes when nothing is owed."""
    return ChannelState(
        channel_pb2.Channel(
            version=STATE_VERSION,
            channel_id=channel.channel_id,
            participant=channel.participant,
            lamport=channel.lamport,
            latest=[channel_pb2.LogEntry(lamport=at, message_id=name) for at, name in channel.latest],
            owed=channel.owed,
        ).SerializeToString()
    )


def decode_channel(state: ChannelState) -> Channel:
    """Read a stored state.

    Raises: UnreadableChannelError when it is damaged or of another version than 1.
    """
    stored = channel_pb2.Channel()
    try:
        stored.ParseFromString(state)
    except DecodeError as error:
        raise UnreadableChannelError(None) from error
    channel = Channel(
        channel_id=stored.channel_id,
        participant=stored.participant,
        lamport=stored.lamport,
        latest=tuple(LogEntry(entry.lamport, entry.message_id) for entry in stored.latest),
        owed=tuple(stored.owed),
    )
    named = (entry.message_id for entry in channel.latest)
    if (
        stored.version != STATE_VERSION
        or len(channel.latest) > HISTORY_ENTRIES
        or len(channel.owed) > MAX_OWED
        or {*map(len, (channel.channel_id, channel.participant, *named, *channel.owed))} != {ID_BYTES}
    ):
        raise UnreadableChannelError(stored.version)
    return channel


def _identifier(field: str, value: bytes) -> bytes:
    if len(value) != ID_BYTES:
        raise MalformedMessageError(field)
    return value
