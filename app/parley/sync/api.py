"""The public surface of sync; nothing outside the room imports another of its modules."""

from parley.sync.channel import acknowledge, carried, compose, mentioned, new_channel, owe, receive
from parley.sync.errors import (
    MalformedMessageError,
    SyncError,
    TooFarAheadError,
    UnreadableChannelError,
    WrongChannelError,
    WrongSenderError,
)
from parley.sync.model import (
    ID_BYTES,
    MAX_ACKNOWLEDGEMENTS,
    MAX_AHEAD_MS,
    MAX_CONTENT_BYTES,
    MAX_MESSAGE_BYTES,
    Acknowledged,
    ChannelState,
    Delivered,
    Repeated,
    SdsMessage,
    SyncEvent,
)

__all__ = [
    "ID_BYTES",
    "MAX_ACKNOWLEDGEMENTS",
    "MAX_AHEAD_MS",
    "MAX_CONTENT_BYTES",
    "MAX_MESSAGE_BYTES",
    "Acknowledged",
    "ChannelState",
    "Delivered",
    "MalformedMessageError",
    "Repeated",
    "SdsMessage",
    "SyncError",
    "SyncEvent",
    "TooFarAheadError",
    "UnreadableChannelError",
    "WrongChannelError",
    "WrongSenderError",
    "acknowledge",
    "carried",
    "compose",
    "mentioned",
    "new_channel",
    "owe",
    "receive",
]
