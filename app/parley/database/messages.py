"""Messages, envelopes that were seen, and how messages are shown; mirrors a part of chat/direct/ports.py."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import groupby
from typing import Any

import apsw

from parley.chat.delivery.model import DeliveryState
from parley.chat.direct.model import MessageRow, SeenRow, ShownMessage
from parley.database.connection import extended_code
from parley.database.delivery import least_advanced
from parley.database.errors import DuplicateMessageError

_MESSAGE_ID_BYTES = 32

_SHOWN = """
    SELECT message_id, own, content, lamport, at_ms, state, relays
    FROM messages LEFT JOIN deliveries USING (message_id)
"""


def store_message(connection: apsw.Connection, row: MessageRow) -> None:
    """Insert a message.

    Raises:
        DuplicateMessageError: its id or its form token is stored already.
        ValueError: a cause is not 32 bytes.
    """
    try:
        connection.execute(
            """
            INSERT INTO messages (
                message_id, conversation_id, sender_account, sender_device, own, lamport, causes, content,
                shown, at_ms, form_token
            ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            (
                row.message_id,
                row.conversation_id,
                row.sender_account,
                row.sender_device,
                row.own,
                row.lamport,
                join_causes(row.causes),
                row.content,
                row.shown,
                row.at_ms,
                row.form_token,
            ),
        )
    except apsw.ConstraintError as error:
        if extended_code(error) in (apsw.SQLITE_CONSTRAINT_PRIMARYKEY, apsw.SQLITE_CONSTRAINT_UNIQUE):
            raise DuplicateMessageError(row.message_id) from error
        raise


def join_causes(causes: Iterable[bytes]) -> bytes:
    """The ids of causes as they are stored: one after the other.

    Raises:
        ValueError: one of them is not 32 bytes.
    """
    joined = tuple(causes)
    if any(len(each) != _MESSAGE_ID_BYTES for each in joined):
        raise ValueError(f"a cause has {_MESSAGE_ID_BYTES} bytes")
    return b"".join(joined)


def store_seen(connection: apsw.Connection, row: SeenRow) -> None:
    """Note an envelope, or replace what was noted of it."""
    connection.execute(
        """
        INSERT INTO seen (envelope_hash, device_id, message_id, seen_at_ms, acknowledged_at_ms)
        VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (envelope_hash) DO UPDATE SET
            device_id = excluded.device_id,
            message_id = excluded.message_id,
            seen_at_ms = excluded.seen_at_ms,
            acknowledged_at_ms = excluded.acknowledged_at_ms
        """,
        (row.envelope_hash, row.device_id, row.message_id, row.seen_at_ms, row.acknowledged_at_ms),
    )


def read_seen(connection: apsw.Connection, envelope_hash: bytes) -> SeenRow | None:
    """What was noted of this envelope, if anything."""
    row = connection.execute(
        """
        SELECT envelope_hash, device_id, message_id, seen_at_ms, acknowledged_at_ms
        FROM seen WHERE envelope_hash = ?
        """,
        (envelope_hash,),
    ).fetchone()
    return None if row is None else SeenRow(*row)


def read_held(connection: apsw.Connection, message_ids: Collection[bytes]) -> frozenset[bytes]:
    """Those of these messages that are stored, shown or not."""
    return frozenset(
        each
        for each in message_ids
        if connection.execute("SELECT 1 FROM messages WHERE message_id = ?", (each,)).fetchone()
    )


def read_messages(
    connection: apsw.Connection, conversation_id: str, limit: int, before: tuple[int, bytes] | None
) -> tuple[ShownMessage, ...]:
    """The last `limit` shown messages, before (lamport, id) if given, oldest first."""
    condition = "" if before is None else "AND (lamport, message_id) < (?3, ?4)"
    rows = connection.execute(
        f"""
        {_SHOWN}
        WHERE message_id IN (
            SELECT message_id FROM messages WHERE conversation_id = ?1 AND shown {condition}
            ORDER BY lamport DESC, message_id DESC LIMIT ?2
        )
        ORDER BY lamport, message_id
        """,  # noqa: S608 -- the condition is one of the two constants above.
        (conversation_id, limit, *(before or ())),
    )
    return _shown(rows)


def read_message(connection: apsw.Connection, message_id: bytes) -> ShownMessage | None:
    """One shown message, if it is there."""
    rows = connection.execute(f"{_SHOWN} WHERE message_id = ? AND shown", (message_id,))
    return next(iter(_shown(rows)), None)


def _shown(rows: Iterable[tuple[Any, ...]]) -> tuple[ShownMessage, ...]:
    """One message out of the rows of its deliveries."""
    shown = []
    for (message_id, own, content, lamport, at_ms), group in groupby(rows, key=lambda row: row[:5]):
        deliveries = [(DeliveryState(row[5]), row[6]) for row in group if row[5] is not None]
        state, relays = least_advanced(deliveries)
        shown.append(
            ShownMessage(
                message_id=message_id,
                own=bool(own),
                content=content,
                lamport=lamport,
                at_ms=at_ms,
                state=state,
                relays=relays,
            )
        )
    return tuple(shown)
