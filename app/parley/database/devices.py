"""The own profile; mirrors chat/devices/ports.py."""

from __future__ import annotations

import apsw

from parley.chat.devices.model import ProfileRow


def store_profile(connection: apsw.Connection, row: ProfileRow) -> None:
    """Make or replace the one profile."""
    connection.execute(
        """
        INSERT INTO profile (id, account, account_key, record, head, network_key, created_at_ms)
        VALUES (1, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET
            account = excluded.account,
            account_key = excluded.account_key,
            record = excluded.record,
            head = excluded.head,
            network_key = excluded.network_key,
            created_at_ms = excluded.created_at_ms
        """,
        (row.account, row.account_key, row.record, row.head, row.network_key, row.created_at_ms),
    )


def read_profile(connection: apsw.Connection) -> ProfileRow | None:
    """The own profile, if it was made."""
    row = connection.execute(
        "SELECT account, account_key, record, head, network_key, created_at_ms FROM profile"
    ).fetchone()
    return None if row is None else ProfileRow(*row)
