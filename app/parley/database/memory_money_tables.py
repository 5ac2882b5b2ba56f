"""The tables of money in MemoryDatabase and what a commit does to them; mirrors the modules of the real one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import assert_never

from parley.chat.payments.model import (
    ClaimRow,
    ForgottenAddress,
    ForgottenToken,
    HoldingRow,
    KnownToken,
    PaymentRow,
    RequestRow,
    SavedAddress,
)
from parley.database.claims import claim_values
from parley.database.errors import InconsistentCommitError
from parley.database.holdings import address_values, holding_values, token_values
from parley.database.payments import payment_values
from parley.database.transaction_requests import request_values

MoneyRow = (
    RequestRow
    | ClaimRow
    | PaymentRow
    | KnownToken
    | ForgottenToken
    | SavedAddress
    | ForgottenAddress
    | HoldingRow
)


@dataclass(frozen=True, slots=True)
class MoneyTables:
    """The rows of each table by their key; of `settled_calls` whose claim has the position."""

    transaction_requests: dict[bytes, RequestRow] = field(default_factory=dict)
    claims: dict[bytes, ClaimRow] = field(default_factory=dict)
    settled_calls: dict[tuple[int, bytes, str, int], bytes] = field(default_factory=dict)
    payments: dict[str, PaymentRow] = field(default_factory=dict)
    known_tokens: dict[tuple[int, str], KnownToken] = field(default_factory=dict)
    saved_addresses: dict[str, SavedAddress] = field(default_factory=dict)
    holdings: dict[tuple[int, str, str | None], HoldingRow] = field(default_factory=dict)


def store_money(tables: MoneyTables, row: MoneyRow) -> None:
    match row:
        case RequestRow():
            request_values(row)
            _store_request(tables, row)
        case ClaimRow():
            claim_values(row)
            _store_claim(tables, row)
        case PaymentRow():
            payment_values(row)
            tables.payments[row.payment_id] = row
        case KnownToken():
            token_values(row)
            tables.known_tokens[row.chain_id, row.address] = row
        case ForgottenToken():
            tables.known_tokens.pop((row.chain_id, row.address), None)
            for place in tuple(tables.holdings):
                if (place[0], place[2]) == (row.chain_id, row.address):
                    del tables.holdings[place]
        case SavedAddress():
            address_values(row)
            tables.saved_addresses[row.address] = row
        case ForgottenAddress():
            tables.saved_addresses.pop(row.address, None)
        case HoldingRow():
            holding_values(row)
            tables.holdings[row.chain_id, row.account, row.token] = row
        case _:
            assert_never(row)


def _store_request(tables: MoneyTables, row: RequestRow) -> None:
    for other in tables.transaction_requests.values():
        same_id = other.request.request_id == row.request.request_id
        same_message = other.message_id == row.message_id
        if same_id != same_message or (same_id and other.conversation_id != row.conversation_id):
            raise InconsistentCommitError("another message brought the request of this id")
    tables.transaction_requests[row.request.request_id] = row


def _store_claim(tables: MoneyTables, row: ClaimRow) -> None:
    _forget_positions(tables, row.message_id)
    tables.claims[row.message_id] = row
    for position in row.positions:
        place = (row.chain_id, row.transaction_hash, row.sender.lower(), position)
        if place in tables.settled_calls:
            raise InconsistentCommitError("another claim has this position")
        tables.settled_calls[place] = row.message_id


def _forget_positions(tables: MoneyTables, message_id: bytes) -> None:
    for place in tuple(tables.settled_calls):
        if tables.settled_calls[place] == message_id:
            del tables.settled_calls[place]


def forget_money(tables: MoneyTables, conversation_id: str, message_ids: Collection[bytes]) -> None:
    """Remove what a conversation has of requests and claims; own payments no longer name it or its messages."""
    gone = set()
    for request in tuple(tables.transaction_requests.values()):
        if request.conversation_id == conversation_id or request.message_id in message_ids:
            del tables.transaction_requests[request.request.request_id]
            gone.add((request.request.request_id, request.conversation_id))
    for claim in tuple(tables.claims.values()):
        carried_there = claim.conversation_id == conversation_id or claim.message_id in message_ids
        if carried_there or (claim.request_id, claim.conversation_id) in gone:
            _forget_positions(tables, claim.message_id)
            del tables.claims[claim.message_id]
    for payment in tuple(tables.payments.values()):
        tables.payments[payment.payment_id] = replace(
            payment,
            conversation_id=None if payment.conversation_id == conversation_id else payment.conversation_id,
            message_id=None if payment.message_id in message_ids else payment.message_id,
        )


def names_are_stored(
    tables: MoneyTables, conversations: Collection[str], messages: Collection[bytes]
) -> bool:
    """Whether everything that a row of money names is there."""
    carried: tuple[RequestRow | ClaimRow, ...] = (
        *tables.transaction_requests.values(),
        *tables.claims.values(),
    )
    asked = {(each.request.request_id, each.conversation_id) for each in tables.transaction_requests.values()}
    return (
        all(each.conversation_id in conversations and each.message_id in messages for each in carried)
        and all(
            each.request_id is None or (each.request_id, each.conversation_id) in asked
            for each in tables.claims.values()
        )
        and all(
            (each.conversation_id is None or each.conversation_id in conversations)
            and (each.message_id is None or each.message_id in messages)
            and (each.replaces is None or each.replaces in tables.payments)
            for each in tables.payments.values()
        )
    )
