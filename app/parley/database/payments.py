"""Own payments; mirrors a part of chat/payments/ports.py."""

from __future__ import annotations

from typing import Any

import apsw

from parley.chat.payments.model import PaymentRow, PaymentState
from parley.database.calls import (
    amount,
    decode_calls,
    encode_calls,
    integer,
    optional_amount,
    optional_integer,
)
from parley.database.statements import upsert

_COLUMNS = (
    "payment_id",
    "chain_id",
    "sender",
    "calls",
    "state",
    "created_at_ms",
    "changed_at_ms",
    "conversation_id",
    "request_id",
    "nonce",
    "raw",
    "transaction_hash",
    "replaces",
    "max_fee_per_gas",
    "max_priority_fee_per_gas",
    "block_number",
    "block_hash",
    "block_time_ms",
    "confirmations",
    "fee",
    "detail",
    "message_id",
)
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM payments"  # noqa: S608 -- names of the schema
_STORE = upsert("payments", ("payment_id",), _COLUMNS)
_NEWEST_FIRST = "ORDER BY created_at_ms DESC, payment_id DESC"


def payment_values(row: PaymentRow) -> tuple[Any, ...]:
    """The row's columns. Raises ValueError for a number, or calls, that cannot be stored."""
    return (
        row.payment_id,
        integer(row.chain_id),
        row.sender,
        encode_calls(row.calls),
        row.state.value,
        integer(row.created_at_ms),
        integer(row.changed_at_ms),
        row.conversation_id,
        row.request_id,
        optional_integer(row.nonce),
        row.raw,
        row.transaction_hash,
        row.replaces,
        amount(row.max_fee_per_gas),
        amount(row.max_priority_fee_per_gas),
        optional_integer(row.block_number),
        row.block_hash,
        optional_integer(row.block_time_ms),
        integer(row.confirmations),
        optional_amount(row.fee),
        row.detail,
        row.message_id,
    )


def store_payment(connection: apsw.Connection, row: PaymentRow) -> None:
    """Make or replace the payment of this id.

    Raises:
        ValueError: a number, or calls, that cannot be stored.
    """
    connection.execute(_STORE, payment_values(row))


def read_payment(connection: apsw.Connection, payment_id: str) -> PaymentRow | None:
    """The payment of this id, if any."""
    row = connection.execute(f"{_SELECT} WHERE payment_id = ?", (payment_id,)).fetchone()
    return None if row is None else _payment(row)


def read_payment_of_message(connection: apsw.Connection, message_id: bytes) -> PaymentRow | None:
    """The newest payment that this message told of, if any."""
    row = connection.execute(
        f"{_SELECT} WHERE message_id = ? {_NEWEST_FIRST} LIMIT 1", (message_id,)
    ).fetchone()
    return None if row is None else _payment(row)


def read_payments(
    connection: apsw.Connection, sender: str | None, chain_id: int | None, limit: int, before: str | None
) -> tuple[PaymentRow, ...]:
    """The newest, of one sender and on one network if these are given, before the payment of an id if given."""
    wanted: dict[str, str | int | None] = {
        "sender = ?": sender,
        "chain_id = ?": chain_id,
        "(created_at_ms, payment_id) < (SELECT created_at_ms, payment_id FROM payments WHERE payment_id = ?)": before,
    }
    given = {condition: value for condition, value in wanted.items() if value is not None}
    where = f"WHERE {' AND '.join(given)}" if given else ""
    rows = connection.execute(f"{_SELECT} {where} {_NEWEST_FIRST} LIMIT ?", (*given.values(), limit))
    return tuple(_payment(row) for row in rows)


def read_payments_of_request(connection: apsw.Connection, request_id: bytes) -> tuple[PaymentRow, ...]:
    """All of a request, the newest first."""
    rows = connection.execute(f"{_SELECT} WHERE request_id = ? {_NEWEST_FIRST}", (request_id,))
    return tuple(_payment(row) for row in rows)


def read_payments_of_conversation(
    connection: apsw.Connection, conversation_id: str, limit: int
) -> tuple[PaymentRow, ...]:
    """The newest of a conversation without a request, the newest first."""
    rows = connection.execute(
        f"{_SELECT} WHERE conversation_id = ? AND request_id IS NULL {_NEWEST_FIRST} LIMIT ?",
        (conversation_id, limit),
    )
    return tuple(_payment(row) for row in rows)


def read_unfinished_payments(connection: apsw.Connection, confirmations: int) -> tuple[PaymentRow, ...]:
    """All with fewer confirmations than that, but the abandoned, the oldest first."""
    # Most are finished: SQLite would rather read all in order than sort the few.
    rows = connection.execute(
        f"{_SELECT} INDEXED BY payments_unfinished WHERE confirmations < ? AND state <> ? "
        "ORDER BY created_at_ms, payment_id",
        (confirmations, PaymentState.ABANDONED.value),
    )
    return tuple(_payment(row) for row in rows)


def _payment(row: tuple[Any, ...]) -> PaymentRow:
    found = dict(zip(_COLUMNS, row, strict=True))
    found["calls"] = decode_calls(found["calls"])
    found["state"] = PaymentState(found["state"])
    for name in ("max_fee_per_gas", "max_priority_fee_per_gas", "fee"):
        found[name] = None if found[name] is None else int(found[name])
    return PaymentRow(**found)
