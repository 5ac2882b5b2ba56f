"""Invites and compared safety numbers; mirrors chat/invites/ports.py."""

from __future__ import annotations

import apsw

from parley.chat.contacts.compared import ComparedNumber
from parley.chat.invites.model import DroppedInvite, EndedInvite, IssuedInvite, TakenInvite

_ISSUED = "invite_id, token_hash, link, issued_at_ms, expires_at_ms, uses_left"
_TAKEN = "account, link, expires_at_ms, taken_at_ms"


def store_issued_invite(connection: apsw.Connection, row: IssuedInvite) -> None:
    """Make or replace the invite of this token."""
    connection.execute(
        f"INSERT OR REPLACE INTO issued_invites ({_ISSUED}) VALUES (?, ?, ?, ?, ?, ?)",  # noqa: S608
        (row.invite_id, row.token_hash, row.link, row.issued_at_ms, row.expires_at_ms, row.uses_left),
    )


def end_issued_invite(connection: apsw.Connection, row: EndedInvite) -> None:
    """Remove an invite, if it is there."""
    connection.execute("DELETE FROM issued_invites WHERE token_hash = ?", (row.token_hash,))


def read_issued_invite(connection: apsw.Connection, token_hash: bytes) -> IssuedInvite | None:
    """The invite of this token, if any."""
    row = connection.execute(
        f"SELECT {_ISSUED} FROM issued_invites WHERE token_hash = ?",  # noqa: S608
        (token_hash,),
    ).fetchone()
    return None if row is None else IssuedInvite(*row)


def read_issued_invites(connection: apsw.Connection) -> tuple[IssuedInvite, ...]:
    """All, the newest first."""
    rows = connection.execute(
        f"SELECT {_ISSUED} FROM issued_invites ORDER BY issued_at_ms DESC, invite_id"  # noqa: S608
    )
    return tuple(IssuedInvite(*row) for row in rows)


def store_taken_invite(connection: apsw.Connection, row: TakenInvite) -> None:
    """Make or replace the invite of this account."""
    connection.execute(
        f"INSERT OR REPLACE INTO taken_invites ({_TAKEN}) VALUES (?, ?, ?, ?)",  # noqa: S608
        (row.account, row.link, row.expires_at_ms, row.taken_at_ms),
    )


def drop_taken_invite(connection: apsw.Connection, row: DroppedInvite) -> None:
    """Remove the invite of an account, if it is there."""
    connection.execute("DELETE FROM taken_invites WHERE account = ?", (row.account,))


def read_taken_invite(connection: apsw.Connection, account: str) -> TakenInvite | None:
    """The invite of this account, if any."""
    row = connection.execute(
        f"SELECT {_TAKEN} FROM taken_invites WHERE account = ?",  # noqa: S608
        (account,),
    ).fetchone()
    return None if row is None else TakenInvite(*row)


def read_taken_invites(connection: apsw.Connection) -> tuple[TakenInvite, ...]:
    """All, the newest first."""
    rows = connection.execute(f"SELECT {_TAKEN} FROM taken_invites ORDER BY taken_at_ms DESC, account")  # noqa: S608
    return tuple(TakenInvite(*row) for row in rows)


def store_compared_number(connection: apsw.Connection, row: ComparedNumber) -> None:
    """Make or replace the number that was compared with an account."""
    connection.execute(
        "INSERT OR REPLACE INTO compared_numbers (account, number, compared_at_ms) VALUES (?, ?, ?)",
        (row.account, row.number, row.compared_at_ms),
    )


def read_compared_number(connection: apsw.Connection, account: str) -> ComparedNumber | None:
    """The number that was compared with this account, if any."""
    row = connection.execute(
        "SELECT account, number, compared_at_ms FROM compared_numbers WHERE account = ?", (account,)
    ).fetchone()
    return None if row is None else ComparedNumber(*row)
