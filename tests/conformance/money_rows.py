"""Rows of money for tests of storage, told apart by a short name."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from conformance.store_rows import NOW_MS, account, bytes32, conversation_id
from parley.chat.payments.model import (
    ClaimRow,
    HoldingRow,
    KnownToken,
    PaymentRow,
    PaymentState,
    RequestedCall,
    RequestRow,
    RequestState,
    SavedAddress,
    TransactionRequest,
)

CHAIN = 31337
MOST = 2**256 - 1
"""The largest amount there is."""

CALLS = (
    RequestedCall(account("token"), 0, b"\xa9\x05\x9c\xbb" + bytes(64)),
    RequestedCall(None, MOST, b"\x60\x80"),
    RequestedCall(account("bob"), 1),
)


def payment_id(name: str) -> str:
    """The id of a payment."""
    return bytes32(f"payment {name}").hex()[:32]


def asked(name: str, of: str = "bob", **changes: Any) -> RequestRow:
    """The transaction request of this name, brought by the message of this name in the conversation with `of`."""
    asks: dict[str, Any] = {
        "request_id": bytes32(f"request {name}"),
        "channel_id": bytes32(f"channel {of}"),
        "requester": account(of),
        "payer": account("me"),
        "chain_id": CHAIN,
        "calls": CALLS[:1],
        "created_at_ms": NOW_MS,
        "expires_at_ms": NOW_MS + 1000,
    }
    values: dict[str, Any] = {
        "conversation_id": conversation_id(of),
        "message_id": bytes32(f"message {name}"),
        "own": False,
        "state": RequestState.OPEN,
        "changed_at_ms": NOW_MS,
    }
    of_request = {each.name for each in fields(TransactionRequest)}
    asks |= {key: value for key, value in changes.items() if key in of_request}
    values |= {key: value for key, value in changes.items() if key not in of_request}
    return RequestRow(request=TransactionRequest(**asks), **values)


def whole_request(name: str = "first", of: str = "bob") -> RequestRow:
    """A request none of whose fields is what it is by itself."""
    return asked(
        name,
        of,
        calls=CALLS,
        note="For the tickets",
        own=True,
        state=RequestState.CONFIRMING,
        wallet_signature=b"signature",
        ended=RequestState.DECLINED,
        reason="Not mine",
        transaction_hash=bytes32("transaction"),
        evidence="trace",
        confirmations=2,
        detail="too-early",
    )


def claimed(name: str, of: str = "bob", **changes: Any) -> ClaimRow:
    """The claim of the message of this name in the conversation with `of`, without a request."""
    values: dict[str, Any] = {
        "message_id": bytes32(f"message {name}"),
        "conversation_id": conversation_id(of),
        "request_id": None,
        "chain_id": CHAIN,
        "transaction_hash": bytes32(f"transaction {name}"),
        "sender": account(of),
        "calls": CALLS[:1],
        "state": RequestState.CLAIMED,
        "claimed_at_ms": NOW_MS,
        "changed_at_ms": NOW_MS,
    }
    return ClaimRow(**{**values, **changes})


def whole_claim(name: str = "received", of: str = "bob", asks: str = "first") -> ClaimRow:
    """A claim none of whose fields is what it is by itself."""
    return claimed(
        name,
        of,
        request_id=bytes32(f"request {asks}"),
        calls=CALLS,
        state=RequestState.SETTLED,
        changed_at_ms=NOW_MS + 1,
        positions=(2**20 + 7, 0, 3),
        evidence="logs",
        confirmations=12,
        nonce=2**63 - 1,
        block_time_ms=NOW_MS + 2,
        detail="another payment",
    )


def paid(name: str, **changes: Any) -> PaymentRow:
    """An own payment that belongs to no conversation."""
    values: dict[str, Any] = {
        "payment_id": payment_id(name),
        "chain_id": CHAIN,
        "sender": account("me"),
        "calls": CALLS[:1],
        "state": PaymentState.SIGNED,
        "created_at_ms": NOW_MS,
        "changed_at_ms": NOW_MS,
    }
    return PaymentRow(**{**values, **changes})


def whole_payment(name: str, replaces: str, message: str = "sent", of: str = "bob") -> PaymentRow:
    """A payment none of whose fields is what it is by itself."""
    return paid(
        name,
        calls=CALLS,
        state=PaymentState.CONFIRMING,
        conversation_id=conversation_id(of),
        request_id=bytes32("request first"),
        nonce=7,
        raw=b"\x02signed",
        transaction_hash=bytes32("transaction"),
        replaces=payment_id(replaces),
        max_fee_per_gas=MOST,
        max_priority_fee_per_gas=MOST - 1,
        block_number=2**63 - 1,
        block_hash=bytes32("block"),
        block_time_ms=NOW_MS + 2,
        confirmations=3,
        fee=MOST - 2,
        detail="reverted",
        message_id=bytes32(f"message {message}"),
    )


def known_token(symbol: str, **changes: Any) -> KnownToken:
    """A token that was added."""
    values: dict[str, Any] = {
        "chain_id": CHAIN,
        "address": account(f"token {symbol}"),
        "name": f"{symbol} token",
        "symbol": symbol,
        "decimals": 18,
        "added_at_ms": NOW_MS,
    }
    return KnownToken(**{**values, **changes})


def saved_address(name: str, **changes: Any) -> SavedAddress:
    """An address that was saved."""
    values: dict[str, Any] = {
        "address": account(name),
        "label": name,
        "watched": False,
        "saved_at_ms": NOW_MS,
    }
    return SavedAddress(**{**values, **changes})


def holding(of: str, token: str | None = None, **changes: Any) -> HoldingRow:
    """What somebody holds of the token of this name, or of the coin."""
    values: dict[str, Any] = {
        "chain_id": CHAIN,
        "account": account(of),
        "token": None if token is None else account(f"token {token}"),
        "amount": MOST,
        "block_number": 5,
        "block_time_ms": NOW_MS,
    }
    return HoldingRow(**{**values, **changes})
