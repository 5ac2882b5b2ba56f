"""The nouns of sync and their limits: the message, the state of a channel, and what receiving can tell.

Every value is frozen. Content never shows in a repr, so that it cannot reach a log by accident
(guarded by tests/sync/test_model.py::test_content_never_shows_in_a_repr).
"""

from dataclasses import dataclass, field
from typing import Final, NamedTuple, NewType

ID_BYTES: Final = 32
"""Length of a channel id, a participant id and a message id."""
MAX_CONTENT_BYTES: Final = 64 * 1024
"""Content above this is an attachment."""
HISTORY_ENTRIES: Final = 3
"""How many causes a message of ours names."""
MAX_HISTORY_ENTRIES: Final = 8
"""How many causes a message may name: a later profile may name more than we do."""
MAX_ACKNOWLEDGEMENTS: Final = 256
"""How many ids one message acknowledges; the rest stays owed."""
MAX_OWED: Final = 512
"""How many acknowledgements are remembered as owed; the oldest goes first and is owed again by a resend."""
MAX_MESSAGE_BYTES: Final = 96 * 1024
"""Largest encoded message that is read at all: content, acknowledgements, room for what SDS adds."""
MAX_AHEAD_MS: Final = 24 * 60 * 60 * 1000
"""A lamport time further ahead of the clock than this is not adopted."""

ChannelState = NewType("ChannelState", bytes)
"""The encoded state of one channel on one device: opaque outside this room, versioned inside."""


@dataclass(frozen=True, slots=True)
class Message:
    """One SDS message as it stands on the wire; empty content makes it a sync message."""

    message_id: bytes
    channel_id: bytes
    sender: bytes
    lamport: int
    causes: tuple[bytes, ...]
    acknowledged: tuple[bytes, ...]
    content: bytes = field(repr=False)


class LogEntry(NamedTuple):
    """A place in the log. It compares by (lamport, id), which is the order of SDS ("Resolve Conflicts")."""

    lamport: int
    message_id: bytes


@dataclass(frozen=True, slots=True)
class Channel:
    """What a device remembers of a channel; the log itself is the caller's.

    `latest` are the last HISTORY_ENTRIES places of the log in ascending order, `owed` the ids still to be
    acknowledged, oldest first.
    """

    channel_id: bytes
    participant: bytes
    lamport: int = 0
    latest: tuple[LogEntry, ...] = ()
    owed: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class SdsMessage:
    """A composed message: `encoded` is what is encrypted, kept in the outbox and resent unchanged."""

    message_id: bytes
    lamport: int
    encoded: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Delivered:
    """A message seen for the first time. `missing` are those `causes` that the caller does not hold."""

    message_id: bytes
    sender: bytes
    lamport: int
    content: bytes = field(repr=False)
    causes: tuple[bytes, ...]
    missing: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The device `by` says that it holds these messages; ids that were not sent to it mean nothing."""

    message_ids: tuple[bytes, ...]
    by: bytes


@dataclass(frozen=True, slots=True)
class Repeated:
    """A message held already has come again; its acknowledgement is owed again."""

    message_id: bytes


SyncEvent = Acknowledged | Delivered | Repeated
