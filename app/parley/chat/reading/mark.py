"""Mark what was read, and keep what was begun."""

from __future__ import annotations

from parley.chat.commit import Commit
from parley.chat.errors import ContentTooLongError, UnknownMessageError
from parley.chat.events import DraftChanged, ReadPlaceChanged
from parley.chat.reading.model import DraftRow, LoadedReading, ReadRow

MAX_DRAFT_BYTES = 64 * 1024
"""As long as a message may be."""


def mark_read(loaded: LoadedReading, conversation_id: str, now_ms: int) -> Commit | None:
    """One step: a conversation was read up to a message; None if nothing was unread. It never goes back.

    Raises:
        UnknownMessageError: the conversation shows no such message.
    """
    if loaded.place is None:
        raise UnknownMessageError
    if loaded.unread == 0:
        return None
    lamport, message_id = max(loaded.place, loaded.read.place) if loaded.read else loaded.place
    return Commit(
        "mark_read",
        rows=(ReadRow(conversation_id, lamport, message_id, now_ms),),
        events=(ReadPlaceChanged(conversation_id),),
    )


def keep_draft(before: str, conversation_id: str, text: str, now_ms: int) -> Commit | None:
    """One step: what is written in a conversation and not sent yet; None if that was kept already.

    Args:
        before: the draft that is kept.
        text: in place of it; blanks alone are no draft.

    Raises:
        ContentTooLongError: over 64 KiB; the draft stays as it was.
    """
    text = text if text.strip() else ""
    if text == before:
        return None
    size = len(text.encode(errors="replace"))
    if size > MAX_DRAFT_BYTES:
        raise ContentTooLongError(size, MAX_DRAFT_BYTES)
    return Commit(
        "keep_draft",
        rows=(DraftRow(conversation_id, text, now_ms),),
        events=(DraftChanged(conversation_id),),
    )
