"""Opaque states of other rooms, each with the version that guards it against two steps from the same one."""

from __future__ import annotations

import apsw

from parley.chat.commit import StateChange, StateKind, StoredState
from parley.chat.errors import StaleStateError


def change_state(connection: apsw.Connection, change: StateChange) -> None:
    """Replace one state.

    Raises:
        StaleStateError: the stored version is not the one that was read.
    """
    stored = _version(connection, change.kind, change.key)
    if stored != change.read_version:
        raise StaleStateError(change.kind.value, change.read_version, stored)
    connection.execute(
        """
        INSERT INTO states (kind, key, version, state) VALUES (?, ?, ?, ?)
        ON CONFLICT (kind, key) DO UPDATE SET version = excluded.version, state = excluded.state
        """,
        (change.kind.value, change.key, change.read_version + 1, change.state),
    )


def read_state(connection: apsw.Connection, kind: StateKind, key: bytes) -> StoredState:
    """The stored state, or version 0 without bytes."""
    row = connection.execute(
        "SELECT version, state FROM states WHERE kind = ? AND key = ?", (kind.value, key)
    ).fetchone()
    return StoredState() if row is None else StoredState(*row)


def _version(connection: apsw.Connection, kind: StateKind, key: bytes) -> int:
    row = connection.execute(
        "SELECT version FROM states WHERE kind = ? AND key = ?", (kind.value, key)
    ).fetchone()
    return 0 if row is None else int(row[0])
