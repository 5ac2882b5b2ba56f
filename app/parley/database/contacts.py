"""Contacts and their devices; mirrors chat/contacts/ports.py."""

from __future__ import annotations

import apsw

from parley.chat.contacts.model import ContactDevice, ContactRow


def store_contact(connection: apsw.Connection, row: ContactRow) -> None:
    """Make or replace the contact of this account, devices included."""
    connection.execute(
        """
        INSERT INTO contacts (account, inbox_id, nickname, record, head, added_at_ms)
        VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (account) DO UPDATE SET
            inbox_id = excluded.inbox_id,
            nickname = excluded.nickname,
            record = excluded.record,
            head = excluded.head,
            added_at_ms = excluded.added_at_ms
        """,
        (row.account, row.inbox_id, row.nickname, row.record, row.head, row.added_at_ms),
    )
    connection.execute("DELETE FROM contact_devices WHERE account = ?", (row.account,))
    connection.executemany(
        "INSERT INTO contact_devices (account, position, device_id, bundle) VALUES (?, ?, ?, ?)",
        [
            (row.account, position, device.device_id, device.bundle)
            for position, device in enumerate(row.devices)
        ],
    )


def read_contact(connection: apsw.Connection, account: str) -> ContactRow | None:
    """The contact of this account, if any."""
    row = connection.execute(
        "SELECT inbox_id, nickname, record, head, added_at_ms FROM contacts WHERE account = ?", (account,)
    ).fetchone()
    if row is None:
        return None
    inbox_id, nickname, record, head, added_at_ms = row
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
    )


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
