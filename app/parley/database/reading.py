"""Read places and drafts; mirrors chat/reading/ports.py."""

from __future__ import annotations

import apsw

from parley.chat.reading.model import MAX_UNREAD, DraftRow, LoadedReading, ReadRow

# A message after the place, or one before it that arrived later than the mark; each half is a range of an index, and
# of neither more is read than is counted.
UNREAD = f"""
    min({MAX_UNREAD}, (
        SELECT count(*) FROM (
            SELECT 1 FROM messages AS after
            WHERE after.conversation_id = conversations.conversation_id AND after.shown AND NOT after.own
                AND after.lamport >= coalesce(read_places.lamport, -1)
                AND (after.lamport, after.message_id)
                    > (coalesce(read_places.lamport, -1), coalesce(read_places.message_id, x''))
            LIMIT {MAX_UNREAD}
        )
    ) + (
        SELECT count(*) FROM (
            SELECT 1 FROM messages AS late
            WHERE late.conversation_id = conversations.conversation_id AND late.shown AND NOT late.own
                AND late.at_ms > read_places.marked_at_ms
                AND (late.lamport, late.message_id) <= (read_places.lamport, read_places.message_id)
            LIMIT {MAX_UNREAD}
        )
    ))
"""  # noqa: S608 -- the number is a constant.
"""How many messages of the row of `conversations` are unread, given its row of `read_places` or nulls."""


def store_read_place(connection: apsw.Connection, row: ReadRow) -> None:
    """Note how far a conversation was read."""
    connection.execute(
        """
        INSERT INTO read_places (conversation_id, lamport, message_id, marked_at_ms) VALUES (?, ?, ?, ?)
        ON CONFLICT (conversation_id) DO UPDATE SET
            lamport = excluded.lamport,
            message_id = excluded.message_id,
            marked_at_ms = excluded.marked_at_ms
        """,
        (row.conversation_id, row.lamport, row.message_id, row.marked_at_ms),
    )


def store_draft(connection: apsw.Connection, row: DraftRow) -> None:
    """Keep a draft, or remove it if its text is empty."""
    if not row.text:
        connection.execute("DELETE FROM drafts WHERE conversation_id = ?", (row.conversation_id,))
        return
    connection.execute(
        """
        INSERT INTO drafts (conversation_id, text, changed_at_ms) VALUES (?, ?, ?)
        ON CONFLICT (conversation_id) DO UPDATE SET
            text = excluded.text,
            changed_at_ms = excluded.changed_at_ms
        """,
        (row.conversation_id, row.text, row.changed_at_ms),
    )


def load_reading(connection: apsw.Connection, conversation_id: str, message_id: bytes) -> LoadedReading:
    """How far a conversation was read, and where a message of it stands."""
    place = connection.execute(
        "SELECT lamport, message_id FROM messages WHERE message_id = ? AND conversation_id = ? AND shown",
        (message_id, conversation_id),
    ).fetchone()
    unread = connection.execute(
        f"""
        SELECT {UNREAD} FROM conversations LEFT JOIN read_places USING (conversation_id)
        WHERE conversations.conversation_id = ?
        """,  # noqa: S608 -- the text stands above.
        (conversation_id,),
    ).get
    return LoadedReading(place, read_place(connection, conversation_id), int(unread or 0))


def read_place(connection: apsw.Connection, conversation_id: str) -> ReadRow | None:
    """How far a conversation was read."""
    row = connection.execute(
        "SELECT conversation_id, lamport, message_id, marked_at_ms FROM read_places WHERE conversation_id = ?",
        (conversation_id,),
    ).fetchone()
    return None if row is None else ReadRow(*row)


def read_draft(connection: apsw.Connection, conversation_id: str) -> str:
    """What was begun in a conversation."""
    text = connection.execute("SELECT text FROM drafts WHERE conversation_id = ?", (conversation_id,)).get
    return "" if text is None else str(text)
