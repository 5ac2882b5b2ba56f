"""Read places and drafts in memory: what MemoryDatabase does with them."""

from __future__ import annotations

from collections.abc import Iterable

from parley.chat.direct.model import MessageRow
from parley.chat.reading.model import MAX_UNREAD, DraftRow, LoadedReading, ReadRow


def load(read: ReadRow | None, shown: Iterable[MessageRow], message_id: bytes) -> LoadedReading:
    """How far a conversation was read, and where a message of it stands."""
    found = list(shown)
    place = next(((each.lamport, each.message_id) for each in found if each.message_id == message_id), None)
    return LoadedReading(place, read, count_unread(read, found))


def count_unread(read: ReadRow | None, shown: Iterable[MessageRow]) -> int:
    """How many messages are unread, as far as is counted."""
    unread = [
        each
        for each in shown
        if not each.own
        and (read is None or (each.lamport, each.message_id) > read.place or each.at_ms > read.marked_at_ms)
    ]
    return min(len(unread), MAX_UNREAD)


def keep_draft(drafts: dict[str, DraftRow], row: DraftRow) -> None:
    """Keep a draft, or remove it if its text is empty."""
    drafts.pop(row.conversation_id, None)
    if row.text:
        drafts[row.conversation_id] = row
