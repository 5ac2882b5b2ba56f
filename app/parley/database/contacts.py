"""Contacts and their devices; mirrors chat/contacts/ports.py."""

from __future__ import annotations

from typing import Any

import apsw

from parley.chat.contacts.model import ContactDevice, ContactRow, KeptOfRequest, PendingRow, Standing
from parley.chat.contacts.people import ContactRequest

_CONTACT = (
    "SELECT account, inbox_id, nickname, record, head, added_at_ms, standing, standing_at_ms FROM contacts"
)


def store_contact(connection: apsw.Connection, row: ContactRow) -> None:
    """Make or replace the contact of this account, devices included."""
    connection.execute(
        """
        INSERT INTO contacts (account, inbox_id, nickname, record, head, added_at_ms, standing, standing_at_ms)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (account) DO UPDATE SET
            inbox_id = excluded.inbox_id,
            nickname = excluded.nickname,
            record = excluded.record,
            head = excluded.head,
            added_at_ms = excluded.added_at_ms,
            standing = excluded.standing,
            standing_at_ms = excluded.standing_at_ms
        """,
        (
            row.account,
            row.inbox_id,
            row.nickname,
            row.record,
            row.head,
            row.added_at_ms,
            row.standing.value,
            row.standing_at_ms,
        ),
    )
    connection.execute("DELETE FROM contact_devices WHERE account = ?", (row.account,))
    connection.executemany(
        "INSERT INTO contact_devices (account, position, device_id, bundle) VALUES (?, ?, ?, ?)",
        [
            (row.account, position, device.device_id, device.bundle)
            for position, device in enumerate(row.devices)
        ],
    )


def forget_contact(connection: apsw.Connection, account: str) -> None:
    """Remove a contact and its devices; refused at the commit's end while there is a conversation."""
    connection.execute("DELETE FROM contact_devices WHERE account = ?", (account,))
    connection.execute("DELETE FROM contacts WHERE account = ?", (account,))


def store_pending(connection: apsw.Connection, row: PendingRow) -> None:
    """Ask for an account, or replace what is asked of it."""
    connection.execute(
        """
        INSERT INTO pending_contacts (account, conversation_id, nickname, asked_at_ms) VALUES (?, ?, ?, ?)
        ON CONFLICT (account) DO UPDATE SET
            conversation_id = excluded.conversation_id,
            nickname = excluded.nickname,
            asked_at_ms = excluded.asked_at_ms
        """,
        (row.account, row.conversation_id, row.nickname, row.asked_at_ms),
    )


def forget_pending(connection: apsw.Connection, account: str) -> None:
    """Ask for an account no longer."""
    connection.execute("DELETE FROM pending_contacts WHERE account = ?", (account,))


def read_pending(connection: apsw.Connection) -> tuple[PendingRow, ...]:
    """Who is asked for, the last one asked first."""
    rows = connection.execute(
        """
        SELECT account, conversation_id, nickname, asked_at_ms FROM pending_contacts
        ORDER BY asked_at_ms DESC, account
        """
    )
    return tuple(PendingRow(*row) for row in rows)


def read_contact(connection: apsw.Connection, account: str) -> ContactRow | None:
    """The contact of this account, if any."""
    row = connection.execute(f"{_CONTACT} WHERE account = ?", (account,)).fetchone()
    return None if row is None else _contact(connection, row)


def read_contacts(connection: apsw.Connection) -> tuple[ContactRow, ...]:
    """All contacts, the one added first first."""
    rows = connection.execute(f"{_CONTACT} ORDER BY added_at_ms, account").fetchall()
    return tuple(_contact(connection, row) for row in rows)


def read_contact_of_device(connection: apsw.Connection, device_id: bytes) -> ContactRow | None:
    """The contact whose record names this device; of several, the one that was added first.

    Records are verified before they get here, so several can name one device only if its owner endorsed it for
    several accounts; a contact who was there first cannot be displaced by a later one.
    """
    row = connection.execute(
        """
        SELECT account FROM contact_devices JOIN contacts USING (account)
        WHERE device_id = ? ORDER BY added_at_ms, account LIMIT 1
        """,
        (device_id,),
    ).fetchone()
    return None if row is None else read_contact(connection, row[0])


def read_requests(connection: apsw.Connection) -> tuple[ContactRequest, ...]:
    """Conversations with those who wait to be accepted, the newest first, with their first shown message."""
    rows = connection.execute(
        """
        SELECT conversations.conversation_id, account, content, conversations.created_at_ms
        FROM conversations
        JOIN contacts USING (account)
        LEFT JOIN messages ON messages.message_id = (
            SELECT message_id FROM messages AS first
            WHERE first.conversation_id = conversations.conversation_id AND first.shown
            ORDER BY first.lamport, first.message_id LIMIT 1
        )
        WHERE standing = 'request'
        ORDER BY conversations.created_at_ms DESC, conversations.conversation_id
        """
    )
    return tuple(ContactRequest(*row) for row in rows)


def read_kept_of_request(connection: apsw.Connection, conversation_id: str) -> KeptOfRequest:
    """How many messages are kept in a conversation, and their bytes of content."""
    count, size = connection.execute(
        "SELECT count(*), coalesce(sum(length(content)), 0) FROM messages WHERE conversation_id = ?",
        (conversation_id,),
    ).get
    return KeptOfRequest(count, size)


def _contact(connection: apsw.Connection, row: tuple[Any, ...]) -> ContactRow:
    account, inbox_id, nickname, record, head, added_at_ms, standing, standing_at_ms = row
    devices = connection.execute(
        "SELECT device_id, bundle FROM contact_devices WHERE account = ? ORDER BY position", (account,)
    )
    return ContactRow(
        account=account,
        inbox_id=inbox_id,
        nickname=nickname,
        record=record,
        head=head,
        devices=tuple(ContactDevice(device_id, bundle) for device_id, bundle in devices),
        added_at_ms=added_at_ms,
        standing=Standing(standing),
        standing_at_ms=standing_at_ms,
    )
