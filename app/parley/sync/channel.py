"""The steps of SDS on one channel: (state, input, now) -> (state', output). No IO, no clock, no randomness.

The caller commits the new state together with what the step told it, and only then lets bytes leave. A step
that raises has changed nothing. Section names in quotation marks are those of the SDS specification.
"""

from collections.abc import Container
from dataclasses import replace

from parley.sync.codec import decode_channel, decode_message, encode_channel, encode_message, message_id
from parley.sync.errors import TooFarAheadError, WrongChannelError, WrongSenderError
from parley.sync.model import (
    HISTORY_ENTRIES,
    ID_BYTES,
    MAX_ACKNOWLEDGEMENTS,
    MAX_AHEAD_MS,
    MAX_CONTENT_BYTES,
    MAX_OWED,
    Acknowledged,
    Channel,
    ChannelState,
    Delivered,
    LogEntry,
    Message,
    Repeated,
    SdsMessage,
    SyncEvent,
)


def new_channel(channel_id: bytes, participant: bytes) -> ChannelState:
    """Begin a channel for one device.

    Args:    channel_id: 32 bytes, the same on every device of the conversation.
             participant: 32 bytes, this device.
    Raises:  ValueError on another length.
    Source:  "Participant state". The lamport time begins at 0 rather than at the current time: composing
             takes the greater of the two.
    """
    return encode_channel(Channel(_identifier(channel_id), _identifier(participant)))


def compose(state: ChannelState, content: bytes, now_ms: int) -> tuple[ChannelState, SdsMessage]:
    """Turn content into the next message of the channel; it carries up to 256 owed acknowledgements.

    Args:     content: 1 to 65536 bytes. now_ms: the clock, in milliseconds since 1970.
    Returns:  the next state, and the message: keep `encoded` and resend it unchanged until every recipient
              has acknowledged it.
    Raises:   ValueError when the content is empty or too long.
    Source:   "Send Message".
    """
    if not 1 <= len(content) <= MAX_CONTENT_BYTES:
        raise ValueError(f"content of {len(content)} bytes")
    channel, message = _next(decode_channel(state), content, now_ms)
    channel = _log(channel, message)
    return encode_channel(channel), SdsMessage(message.message_id, message.lamport, encode_message(message))


def acknowledge(state: ChannelState, now_ms: int) -> tuple[ChannelState, bytes | None]:
    """Write a sync message that carries up to 256 owed acknowledgements and nothing else.

    Returns:  the next state and the encoded message; None, and the same state, when nothing is owed. It is
              sent once and never resent: should it be lost, the resent message is acknowledged again.
    Source:   "Periodic Sync Message".
    """
    channel = decode_channel(state)
    if not channel.owed:
        return state, None
    channel, message = _next(channel, b"", now_ms)
    return encode_channel(channel), encode_message(message)


def owe(state: ChannelState, owed_id: bytes) -> ChannelState:
    """Owe an acknowledgement (again): for a message held already whose envelope came once more, undecrypted.

    Raises:  ValueError when the id is not 32 bytes.
    """
    return encode_channel(_owe(decode_channel(state), _identifier(owed_id)))


def mentioned(encoded: bytes) -> tuple[bytes, ...]:
    """Name the ids that `receive` will look up in `known`: the message itself, then its causes (at most 8).

    For a caller that reads its database before the step.

    Raises:  MalformedMessageError.
    """
    message = decode_message(encoded)
    return (message.message_id, *message.causes)


def carried(encoded: bytes) -> bytes:
    """Read the content of a message, empty for a sync message; `receive` says whether it counts.

    For a caller that reads its database before the step.

    Raises:  MalformedMessageError.
    """
    return decode_message(encoded).content


def receive(
    state: ChannelState, sender: bytes, encoded: bytes, now_ms: int, known: Container[bytes]
) -> tuple[ChannelState, tuple[SyncEvent, ...]]:
    """Accept a message that `sender`'s device was authenticated to have sent.

    Args:     sender: 32 bytes, from the session that decrypted it.
              now_ms: the clock, in milliseconds since 1970.
              known: the ids of every message of this channel that the caller holds, sent and received.
    Returns:  the next state and, in this order, Acknowledged if the message acknowledges anything, then
              Delivered or Repeated if it has content. A message of our own that comes back tells nothing.
    Raises:   MalformedMessageError, WrongChannelError, WrongSenderError; TooFarAheadError for new content
              more than 24 h ahead, which is acceptable later. The state stands after each of them.
    Source:   "Receive Message", "Deliver Message", "Review ACK Status".
    """
    channel = decode_channel(state)
    message = decode_message(encoded)
    # A message is bound to its channel and its sender; a peer in two conversations cannot move one across.
    # Guarded by tests/sync/test_channel.py::test_a_message_of_another_channel_is_refused and
    # ::test_a_message_in_another_name_is_refused.
    if message.channel_id != channel.channel_id:
        raise WrongChannelError
    if message.sender != sender:
        raise WrongSenderError
    if sender == channel.participant:
        return state, ()
    events: list[SyncEvent] = []
    if message.acknowledged:
        events.append(Acknowledged(message.acknowledged, sender))
    if message.content:
        if message.message_id in known:
            events.append(Repeated(message.message_id))
        else:
            # Adopting such a time would pull everyone's later messages with it.
            # Guarded by tests/sync/test_channel.py::test_a_time_too_far_ahead_is_refused_and_accepted_later.
            if message.lamport > now_ms + MAX_AHEAD_MS:
                raise TooFarAheadError(message.lamport, now_ms)
            channel = _log(channel, message)
            missing = tuple(cause for cause in message.causes if cause not in known)
            events.append(
                Delivered(
                    message.message_id, sender, message.lamport, message.content, message.causes, missing
                )
            )
        channel = _owe(channel, message.message_id)
    return encode_channel(channel), tuple(events)


def _next(channel: Channel, content: bytes, now_ms: int) -> tuple[Channel, Message]:
    """Make the next message, with or without content; what it acknowledges is no longer owed."""
    lamport = max(now_ms, channel.lamport + 1)
    causes = tuple(entry.message_id for entry in channel.latest)
    message = Message(
        message_id=message_id(channel.channel_id, channel.participant, lamport, causes, content),
        channel_id=channel.channel_id,
        sender=channel.participant,
        lamport=lamport,
        causes=causes,
        acknowledged=channel.owed[:MAX_ACKNOWLEDGEMENTS],
        content=content,
    )
    return replace(channel, lamport=lamport, owed=channel.owed[MAX_ACKNOWLEDGEMENTS:]), message


def _log(channel: Channel, message: Message) -> Channel:
    """Give a message its place in the log and adopt its lamport time; only the last places are kept here."""
    latest = sorted({*channel.latest, LogEntry(message.lamport, message.message_id)})[-HISTORY_ENTRIES:]
    return replace(channel, lamport=max(channel.lamport, message.lamport), latest=tuple(latest))


def _owe(channel: Channel, owed_id: bytes) -> Channel:
    # The bound holds what a peer can make us remember; what falls out is owed again when it is resent.
    # Guarded by tests/sync/test_channel.py::test_what_is_owed_is_bounded.
    if owed_id in channel.owed:
        return channel
    return replace(channel, owed=(*channel.owed, owed_id)[-MAX_OWED:])


def _identifier(value: bytes) -> bytes:
    if len(value) != ID_BYTES:
        raise ValueError(f"identifier of {len(value)} bytes")
    return value
