"""Deliveries and the outbox; mirrors chat/delivery/ports.py."""

from __future__ import annotations

from collections.abc import Iterable

import apsw

from parley.chat.delivery.model import (
    Attempted,
    DeliveryRow,
    DeliveryState,
    DeviceDelivery,
    DueEntry,
    HurriedDevice,
    OutboxEntry,
    Settled,
    WaitingConversation,
)

_TO_CONTACTS = """
    outbox
    JOIN messages USING (message_id)
    JOIN conversations USING (conversation_id)
    JOIN contacts ON contacts.account = conversations.account AND standing = 'contact'
"""


def store_delivery(connection: apsw.Connection, row: DeliveryRow) -> None:
    """Insert a queued delivery that is not there yet; move one that is there, forward only.

    Guarded by tests/conformance/test_store_messages.py ("only moves forward", "never queued").
    """
    stored = connection.execute(
        "SELECT state, relays, changed_at_ms, sent_at_ms FROM deliveries WHERE message_id = ? AND device_id = ?",
        (row.message_id, row.device_id),
    ).fetchone()
    if stored is None:
        if row.state is DeliveryState.QUEUED:
            connection.execute(
                """
                INSERT INTO deliveries (message_id, device_id, state, relays, changed_at_ms)
                VALUES (?, ?, ?, ?, ?)
                """,
                (row.message_id, row.device_id, row.state.value, row.relays, row.changed_at_ms),
            )
        return
    state, *rest = stored
    before = DeliveryRow(row.message_id, row.device_id, DeliveryState(state), *rest)
    after = moved_delivery(before, row)
    connection.execute(
        """
        UPDATE deliveries SET state = ?, relays = ?, changed_at_ms = ?, sent_at_ms = ?
        WHERE message_id = ? AND device_id = ?
        """,
        (
            after.state.value,
            after.relays,
            after.changed_at_ms,
            after.sent_at_ms,
            row.message_id,
            row.device_id,
        ),
    )


def moved_delivery(stored: DeliveryRow, row: DeliveryRow) -> DeliveryRow:
    """What is stored after `row` came for a delivery that is there.

    A lower state changes nothing. Of an equal one only another publish counts: it renews how many peers the
    message was handed to. A delivery that moves on without saying how many keeps the count of the last publish, and
    every one keeps when it was first sent.
    """
    if row.state.rank < stored.state.rank:
        return stored
    if row.state is stored.state and row.state is not DeliveryState.SENT:
        return stored
    return DeliveryRow(
        message_id=row.message_id,
        device_id=row.device_id,
        state=row.state,
        relays=row.relays or stored.relays,
        changed_at_ms=row.changed_at_ms,
        sent_at_ms=_first_sent(stored, row),
    )


def _first_sent(stored: DeliveryRow, row: DeliveryRow) -> int | None:
    if stored.sent_at_ms is None and row.state is DeliveryState.SENT:
        return row.changed_at_ms
    return stored.sent_at_ms


def least_advanced(
    deliveries: Iterable[tuple[DeliveryState, int]],
) -> tuple[DeliveryState | None, int]:
    """What can be said of a message for all of its devices: the least state, with the fewest relays among equals."""
    return min(deliveries, key=lambda each: (each[0].rank, each[1]), default=(None, 0))


def store_outbox_entry(connection: apsw.Connection, row: OutboxEntry) -> None:
    """Insert an entry, or replace the one of the same message and device (it was encrypted again)."""
    connection.execute(
        """
        INSERT INTO outbox (message_id, device_id, envelope, attempts, last_attempt_ms, next_attempt_ms)
        VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (message_id, device_id) DO UPDATE SET
            envelope = excluded.envelope,
            attempts = excluded.attempts,
            last_attempt_ms = excluded.last_attempt_ms,
            next_attempt_ms = excluded.next_attempt_ms
        """,
        (row.message_id, row.device_id, row.envelope, row.attempts, row.last_attempt_ms, row.next_attempt_ms),
    )


def store_attempt(connection: apsw.Connection, row: Attempted) -> None:
    """Note a publish; nothing if the entry was settled meanwhile."""
    connection.execute(
        """
        UPDATE outbox SET attempts = ?, last_attempt_ms = ?, next_attempt_ms = ?
        WHERE message_id = ? AND device_id = ?
        """,
        (row.attempts, row.last_attempt_ms, row.next_attempt_ms, row.message_id, row.device_id),
    )


def settle(connection: apsw.Connection, row: Settled) -> None:
    """Remove an entry, if it is there."""
    connection.execute(
        "DELETE FROM outbox WHERE message_id = ? AND device_id = ?", (row.message_id, row.device_id)
    )


def hurry(connection: apsw.Connection, row: HurriedDevice) -> None:
    """Begin the back-off of a device's entries, or of all, anew; none becomes due later than it was."""
    whose = "" if row.device_id is None else "device_id = :device_id AND"
    connection.execute(
        f"""
        UPDATE outbox
        SET attempts = 0, next_attempt_ms = min(next_attempt_ms, max(:now_ms, last_attempt_ms + :patience_ms))
        WHERE {whose} (attempts > 0 OR next_attempt_ms > max(:now_ms, last_attempt_ms + :patience_ms))
        """,  # noqa: S608 - both texts stand right above.
        {"now_ms": row.now_ms, "patience_ms": row.patience_ms, "device_id": row.device_id},
    )


def read_due(connection: apsw.Connection, now_ms: int, limit: int) -> tuple[DueEntry, ...]:
    """At most `limit` entries due by `now_ms`, the earliest first, then in the order of their messages."""
    # The keys are ordered before anything else is read: thousands of envelopes may be due at once.
    rows = connection.execute(
        """
        WITH keys AS MATERIALIZED (
            SELECT outbox.rowid AS entry, lamport
            FROM outbox
            JOIN messages USING (message_id)
            JOIN conversations USING (conversation_id)
            JOIN contacts USING (account)
            WHERE next_attempt_ms <= ? AND standing = 'contact'
            ORDER BY next_attempt_ms, lamport, message_id, device_id
            LIMIT ?
        )
        SELECT
            message_id, device_id, envelope, attempts, last_attempt_ms, next_attempt_ms,
            conversation_id, inbox_id,
            (
                SELECT secret FROM delivery_secrets WHERE account = contacts.account
                ORDER BY issued_at_ms DESC, secret_id DESC LIMIT 1
            )
        FROM keys
        JOIN outbox ON outbox.rowid = keys.entry
        JOIN messages USING (message_id)
        JOIN conversations USING (conversation_id)
        JOIN contacts USING (account)
        ORDER BY next_attempt_ms, keys.lamport, message_id, device_id
        """,
        (now_ms, limit),
    )
    return tuple(
        DueEntry(entry=OutboxEntry(*row[:6]), conversation_id=row[6], inbox_id=row[7], secret=row[8])
        for row in rows
    )


def read_deliveries(connection: apsw.Connection, message_id: bytes) -> tuple[DeviceDelivery, ...]:
    """The deliveries of a message with their outbox entries, in the order of the devices' ids."""
    rows = connection.execute(
        """
        SELECT
            message_id, device_id, state, relays, changed_at_ms, sent_at_ms,
            coalesce(attempts, 0), last_attempt_ms, next_attempt_ms
        FROM deliveries LEFT JOIN outbox USING (message_id, device_id)
        WHERE message_id = ? ORDER BY device_id
        """,
        (message_id,),
    )
    return tuple(
        DeviceDelivery(DeliveryRow(row[0], row[1], DeliveryState(row[2]), *row[3:6]), *row[6:])
        for row in rows
    )


def read_next_due_ms(connection: apsw.Connection) -> int | None:
    """When the earliest entry is due that is for nobody blocked."""
    value: int | None = connection.execute(
        f"SELECT next_attempt_ms FROM {_TO_CONTACTS} ORDER BY next_attempt_ms LIMIT 1"  # noqa: S608 - ours.
    ).get
    return value


def read_waiting(connection: apsw.Connection) -> int:
    """How many entries there are for nobody blocked."""
    return int(connection.execute(f"SELECT count(*) FROM {_TO_CONTACTS}").get)  # noqa: S608 - ours.


def read_waiting_conversations(connection: apsw.Connection) -> tuple[WaitingConversation, ...]:
    """What waits for nobody blocked, by conversation."""
    rows = connection.execute(
        f"""
        SELECT
            conversation_id, contacts.account, nickname,
            count(DISTINCT CASE WHEN shown THEN message_id END),
            max(attempts), max(last_attempt_ms), min(next_attempt_ms) AS due_ms
        FROM {_TO_CONTACTS}
        GROUP BY conversation_id
        ORDER BY due_ms, conversation_id
        """  # noqa: S608 - ours.
    )
    return tuple(WaitingConversation(*row) for row in rows)
