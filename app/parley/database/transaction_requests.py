"""Transaction requests; mirrors a part of chat/payments/ports.py."""

from __future__ import annotations

from typing import Any

import apsw

from parley.chat.payments.model import RequestRow, RequestState, TransactionRequest
from parley.database.calls import decode_calls, encode_calls, integer
from parley.database.errors import InconsistentCommitError
from parley.database.statements import upsert

_COLUMNS = (
    "request_id",
    "message_id",
    "conversation_id",
    "channel_id",
    "requester",
    "payer",
    "chain_id",
    "calls",
    "created_at_ms",
    "expires_at_ms",
    "note",
    "own",
    "state",
    "changed_at_ms",
    "wallet_signature",
    "ended",
    "reason",
    "transaction_hash",
    "evidence",
    "confirmations",
    "detail",
)
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM transaction_requests"  # noqa: S608 -- names of the schema
# The id is the requester's choice, so a later message must not take over what an earlier one asked for. Guarded by
# tests/conformance/test_store_claims.py.
_STORE = (
    upsert("transaction_requests", ("request_id",), _COLUMNS)
    + " WHERE message_id = excluded.message_id AND conversation_id = excluded.conversation_id"
)


def request_values(row: RequestRow) -> tuple[Any, ...]:
    """The row's columns. Raises ValueError for a number, or calls, that cannot be stored."""
    request = row.request
    return (
        request.request_id,
        row.message_id,
        row.conversation_id,
        request.channel_id,
        request.requester,
        request.payer,
        integer(request.chain_id),
        encode_calls(request.calls),
        integer(request.created_at_ms),
        integer(request.expires_at_ms),
        request.note,
        row.own,
        row.state.value,
        integer(row.changed_at_ms),
        row.wallet_signature,
        None if row.ended is None else row.ended.value,
        row.reason,
        row.transaction_hash,
        row.evidence,
        integer(row.confirmations),
        row.detail,
    )


def store_request(connection: apsw.Connection, row: RequestRow) -> None:
    """Make a request, or replace the one of this id that came with the same message.

    Raises:
        InconsistentCommitError: the id is that of a request which came with another message or conversation.
        ValueError: a number, or calls, that cannot be stored.
    """
    connection.execute(_STORE, request_values(row))
    if connection.changes() == 0:
        raise InconsistentCommitError("another message brought the request of this id")


def read_request(connection: apsw.Connection, request_id: bytes) -> RequestRow | None:
    """The request of this id, if any."""
    row = connection.execute(f"{_SELECT} WHERE request_id = ?", (request_id,)).fetchone()
    return None if row is None else _request(row)


def read_request_of_message(connection: apsw.Connection, message_id: bytes) -> RequestRow | None:
    """The request that this message brought, if any."""
    row = connection.execute(f"{_SELECT} WHERE message_id = ?", (message_id,)).fetchone()
    return None if row is None else _request(row)


def read_requests(connection: apsw.Connection, conversation_id: str, limit: int) -> tuple[RequestRow, ...]:
    """The newest of a conversation, oldest first."""
    rows = connection.execute(
        f"{_SELECT} WHERE conversation_id = ? ORDER BY created_at_ms DESC, request_id DESC LIMIT ?",
        (conversation_id, limit),
    ).fetchall()
    return tuple(_request(row) for row in reversed(rows))


def read_open_requests(connection: apsw.Connection, after_ms: int, limit: int) -> tuple[RequestRow, ...]:
    """Those that are open and expire after that time, the one that expires first first."""
    rows = connection.execute(
        f"{_SELECT} WHERE state = 'open' AND expires_at_ms > ? ORDER BY expires_at_ms, request_id LIMIT ?",
        (after_ms, limit),
    )
    return tuple(_request(row) for row in rows)


def _request(row: tuple[Any, ...]) -> RequestRow:
    found = dict(zip(_COLUMNS, row, strict=True))
    ended = found["ended"]
    return RequestRow(
        request=TransactionRequest(
            request_id=found["request_id"],
            channel_id=found["channel_id"],
            requester=found["requester"],
            payer=found["payer"],
            chain_id=found["chain_id"],
            calls=decode_calls(found["calls"]),
            created_at_ms=found["created_at_ms"],
            expires_at_ms=found["expires_at_ms"],
            note=found["note"],
        ),
        conversation_id=found["conversation_id"],
        message_id=found["message_id"],
        own=bool(found["own"]),
        state=RequestState(found["state"]),
        changed_at_ms=found["changed_at_ms"],
        wallet_signature=found["wallet_signature"],
        ended=None if ended is None else RequestState(ended),
        reason=found["reason"],
        transaction_hash=found["transaction_hash"],
        evidence=found["evidence"],
        confirmations=found["confirmations"],
        detail=found["detail"],
    )
