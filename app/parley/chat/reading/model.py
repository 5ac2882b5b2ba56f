"""Read places and drafts as they are stored and loaded for a step, and what is unread."""

from __future__ import annotations

from dataclasses import dataclass, field

from parley.chat.direct.model import ShownMessage

MAX_UNREAD = 1_000
"""So many unread messages of a conversation are counted, and no further: a list must not cost a pass over all."""

Place = tuple[int, bytes]
"""Where a message stands in its conversation: (lamport, message id)."""


@dataclass(frozen=True, slots=True)
class ReadRow:
    """How far a conversation was read; replaces the row of the same conversation.

    A received message is unread if it stands after the place, or arrived after the mark was made: one that came
    late stands before what was read already, and nobody has seen it.

    Attributes:
        lamport, message_id: the place up to which it was read.
        marked_at_ms: when that was noted, by the clock that arrivals are noted with.
    """

    conversation_id: str
    lamport: int
    message_id: bytes
    marked_at_ms: int

    @property
    def place(self) -> Place:
        """Up to where it was read."""
        return self.lamport, self.message_id


@dataclass(frozen=True, slots=True)
class DraftRow:
    """What is written and not sent; replaces the row of the same conversation, and an empty text removes it."""

    conversation_id: str
    text: str = field(repr=False)
    changed_at_ms: int


@dataclass(frozen=True, slots=True)
class LoadedReading:
    """A conversation as a step on its read place needs it.

    Attributes:
        place: where the message stands up to which it is to be read; None if the conversation shows no such message.
        read: how far it was read before.
        unread: how many messages are unread, at most MAX_UNREAD.
    """

    place: Place | None
    read: ReadRow | None
    unread: int


def is_unread(message: ShownMessage, read: ReadRow | None) -> bool:
    """Whether nobody has seen a message yet."""
    if message.own:
        return False
    return (
        read is None
        or (message.lamport, message.message_id) > read.place
        or message.at_ms > read.marked_at_ms
    )
