"""Claims to have paid, and what of a transaction each took; mirrors a part of chat/payments/ports.py."""

from __future__ import annotations

from typing import Any

import apsw

from parley.chat.payments.model import ClaimRow, RequestState
from parley.database.calls import decode_calls, encode_calls, integer, optional_integer
from parley.database.statements import upsert

_COLUMNS = (
    "message_id",
    "conversation_id",
    "request_id",
    "chain_id",
    "transaction_hash",
    "sender",
    "calls",
    "state",
    "claimed_at_ms",
    "changed_at_ms",
    "evidence",
    "confirmations",
    "nonce",
    "block_time_ms",
    "detail",
)
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM claims"  # noqa: S608 -- names of the schema
_STORE = upsert("claims", ("message_id",), _COLUMNS)
_ORDER = "ORDER BY claimed_at_ms, message_id"
_NEWEST = "ORDER BY claimed_at_ms DESC, message_id DESC LIMIT ?"


def claim_values(row: ClaimRow) -> tuple[Any, ...]:
    """The row's columns. Raises ValueError for a number, or calls, that cannot be stored."""
    for position in row.positions:
        integer(position)
    return (
        row.message_id,
        row.conversation_id,
        row.request_id,
        integer(row.chain_id),
        row.transaction_hash,
        row.sender,
        encode_calls(row.calls),
        row.state.value,
        integer(row.claimed_at_ms),
        integer(row.changed_at_ms),
        row.evidence,
        integer(row.confirmations),
        optional_integer(row.nonce),
        optional_integer(row.block_time_ms),
        row.detail,
    )


def store_claim(connection: apsw.Connection, row: ClaimRow) -> None:
    """Make or replace the claim of this message, with what it takes of its transaction.

    The primary key of `settled_calls` refuses a position that another claim of the same sender has:
    nothing pays twice.

    Raises:
        ValueError: a number, or calls, that cannot be stored.
    """
    connection.execute(_STORE, claim_values(row))
    connection.execute("DELETE FROM settled_calls WHERE message_id = ?", (row.message_id,))
    connection.executemany(
        """
        INSERT INTO settled_calls (chain_id, transaction_hash, sender, position, message_id, place)
        VALUES (?, ?, ?, ?, ?, ?)
        """,
        [
            (row.chain_id, row.transaction_hash, row.sender, position, row.message_id, place)
            for place, position in enumerate(row.positions)
        ],
    )


def read_claim(connection: apsw.Connection, message_id: bytes) -> ClaimRow | None:
    """The claim that this message made, if any."""
    row = connection.execute(f"{_SELECT} WHERE message_id = ?", (message_id,)).fetchone()
    return None if row is None else _claim(connection, row)


def read_claims_of_request(connection: apsw.Connection, request_id: bytes) -> tuple[ClaimRow, ...]:
    """Those to have paid a request, oldest first."""
    rows = connection.execute(f"{_SELECT} WHERE request_id = ? {_ORDER}", (request_id,)).fetchall()
    return tuple(_claim(connection, row) for row in rows)


def read_claims_of_transaction(
    connection: apsw.Connection, chain_id: int, transaction_hash: bytes
) -> tuple[ClaimRow, ...]:
    """Those that name a transaction, oldest first."""
    rows = connection.execute(
        f"{_SELECT} WHERE chain_id = ? AND transaction_hash = ? {_ORDER}", (chain_id, transaction_hash)
    ).fetchall()
    return tuple(_claim(connection, row) for row in rows)


def read_claims(connection: apsw.Connection, conversation_id: str, limit: int) -> tuple[ClaimRow, ...]:
    """The newest of a conversation without a request, oldest first."""
    rows = connection.execute(
        f"{_SELECT} WHERE conversation_id = ? AND request_id IS NULL {_NEWEST}", (conversation_id, limit)
    ).fetchall()
    return tuple(_claim(connection, row) for row in reversed(rows))


def read_unfinished_claims(
    connection: apsw.Connection, confirmations: int, limit: int
) -> tuple[ClaimRow, ...]:
    """The newest of contacts with fewer confirmations than that, oldest first."""
    rows = connection.execute(
        f"""
        {_SELECT} WHERE confirmations < ? AND EXISTS (
            SELECT 1 FROM conversations JOIN contacts ON contacts.account = conversations.account
            WHERE conversations.conversation_id = claims.conversation_id AND standing = 'contact'
        ) {_NEWEST}
        """,  # noqa: S608 -- names of the schema
        (confirmations, limit),
    ).fetchall()
    return tuple(_claim(connection, row) for row in reversed(rows))


def _claim(connection: apsw.Connection, row: tuple[Any, ...]) -> ClaimRow:
    found = dict(zip(_COLUMNS, row, strict=True))
    positions = connection.execute(
        "SELECT position FROM settled_calls WHERE message_id = ? ORDER BY place", (found["message_id"],)
    )
    return ClaimRow(
        message_id=found["message_id"],
        conversation_id=found["conversation_id"],
        request_id=found["request_id"],
        chain_id=found["chain_id"],
        transaction_hash=found["transaction_hash"],
        sender=found["sender"],
        calls=decode_calls(found["calls"]),
        state=RequestState(found["state"]),
        claimed_at_ms=found["claimed_at_ms"],
        changed_at_ms=found["changed_at_ms"],
        positions=tuple(position for (position,) in positions),
        evidence=found["evidence"],
        confirmations=found["confirmations"],
        nonce=found["nonce"],
        block_time_ms=found["block_time_ms"],
        detail=found["detail"],
    )
