"""Transaction requests as content: XMTP's `walletSendCalls` 1.0, with what Parley signs in its capabilities.

Source: XMTP content type `walletSendCalls`, which takes its fields from EIP-5792.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from parley.chain.api import Call, CallKind, decode_call, listed_token
from parley.chat.content import Content, ContentType
from parley.chat.devices.model import OwnDevice
from parley.chat.errors import MalformedPaymentContentError
from parley.chat.payments import payments_pb2
from parley.chat.payments.bounds import (
    MAX_AHEAD_MS,
    MAX_CALL_DATA_BYTES,
    MAX_CALLS,
    MAX_OPEN_MS,
    MAX_TEXT_CHARACTERS,
    MAX_WALLET_SIGNATURE_BYTES,
    MAX_WEI,
    REQUEST_ID_BYTES,
)
from parley.chat.payments.model import RequestedCall, TransactionRequest
from parley.chat.payments.signing import PURPOSE, request_bytes, sign_request
from parley.chat.payments.wire import (
    VERSION,
    quantity,
    read_address,
    read_calls,
    read_extension,
    read_json,
    read_quantity,
    write_calls,
    write_extension,
    write_json,
)
from parley.chat.preferences.model import MAX_CHAIN_ID
from parley.e2ee import api as e2ee

WALLET_SEND_CALLS = ContentType("xmtp.org", "walletSendCalls")
FALLBACK = "A transaction request. It can be read in Parley."
"""It names no amount: only the card, which is computed from the calls, may."""

_CALLS_VERSION = "1.0"


@dataclass(frozen=True, slots=True)
class Parties:
    """Whose conversation a request came in: it must have been made for it."""

    channel_id: bytes
    requester: str
    payer: str


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """A request that its sender's device signed. Whether the wallet's signature fits was not looked at."""

    request: TransactionRequest
    wallet_signature: bytes = field(repr=False)


def request_content(request: TransactionRequest, own: OwnDevice, wallet_signature: bytes) -> Content:
    """Sign a request by the device and write it.

    Raises:
        MalformedPaymentContentError: a reader would refuse it.
    """
    check_request(request, request.created_at_ms)
    if len(wallet_signature) > MAX_WALLET_SIGNATURE_BYTES:
        raise MalformedPaymentContentError("a long wallet signature")
    extension = payments_pb2.RequestExtension(
        version=VERSION,
        request_id=request.request_id,
        created_at_ms=request.created_at_ms,
        expires_at_ms=request.expires_at_ms,
        note=request.note,
        device_signature=sign_request(request, own),
        wallet_signature=wallet_signature,
    )
    payer, _ = e2ee.split_account(request.payer)
    calls = write_calls(request.calls)
    for written, call in zip(calls, request.calls, strict=True):
        written["metadata"] = _metadata(call, request.chain_id)
    written_json = {
        "version": _CALLS_VERSION,
        "chainId": quantity(request.chain_id),
        "from": payer,
        "calls": calls,
        "capabilities": {"parley": write_extension(extension)},
    }
    return Content(WALLET_SEND_CALLS, write_json(written_json), fallback=FALLBACK)


def read_request(content: Content, parties: Parties, device_id: bytes, now_ms: int) -> ReceivedRequest:
    """Read a request, and find out that the device it came from signed exactly this.

    Args:
        device_id: the authenticated sender's.

    Raises:
        MalformedPaymentContentError: it is to be shown as nothing more than its fallback.
    """
    found = read_json(content.content)
    extension = _extension(found)
    if found.get("version") != _CALLS_VERSION or extension.version != VERSION:
        raise MalformedPaymentContentError("another version")
    payer, _ = e2ee.split_account(parties.payer)
    if read_address(found.get("from")) != payer:
        raise MalformedPaymentContentError("for somebody else")
    request = TransactionRequest(
        request_id=extension.request_id,
        channel_id=parties.channel_id,
        requester=parties.requester,
        payer=parties.payer,
        chain_id=read_quantity(found.get("chainId"), MAX_CHAIN_ID),
        calls=read_calls(found.get("calls")),
        created_at_ms=extension.created_at_ms,
        expires_at_ms=extension.expires_at_ms,
        note=extension.note,
    )
    check_request(request, now_ms)
    # Without it a member of a later group, or a relay with a broken cipher, could write requests in another's name;
    # and the requester could say later that the card was another one.
    # Guarded by tests/chat/payments/test_requests.py::test_every_altered_field_is_noticed.
    if not e2ee.statement_fits(device_id, PURPOSE, request_bytes(request), extension.device_signature):
        raise MalformedPaymentContentError("not signed by the device that sent it")
    if len(extension.wallet_signature) > MAX_WALLET_SIGNATURE_BYTES:
        raise MalformedPaymentContentError("a long wallet signature")
    return ReceivedRequest(request, extension.wallet_signature)


def named_request(content: Content) -> bytes | None:
    """The id that a request content names, before anything else of it is believed; None where there is none."""
    try:
        return _extension(read_json(content.content)).request_id or None
    except MalformedPaymentContentError:
        return None


def check_request(request: TransactionRequest, now_ms: int) -> None:
    """Find out that a request is within its bounds.

    Raises:
        MalformedPaymentContentError: with what is not.
    """
    _, payers_chain = e2ee.split_account(request.payer)
    within = {
        "id": len(request.request_id) == REQUEST_ID_BYTES,
        "chain": 1 <= request.chain_id <= MAX_CHAIN_ID,
        # A contract account is one on its own chain only; nobody may be asked for what they do not have.
        "payer": payers_chain in (None, request.chain_id),
        "calls": 1 <= len(request.calls) <= MAX_CALLS and all(_fits(each) for each in request.calls),
        "time": 0 < request.created_at_ms <= now_ms + MAX_AHEAD_MS,
        "expiry": 0 < request.expires_at_ms - request.created_at_ms <= MAX_OPEN_MS,
        "note": len(request.note) <= MAX_TEXT_CHARACTERS and _is_text(request.note),
    }
    for name, is_within in within.items():
        if not is_within:
            raise MalformedPaymentContentError(f"{name} out of bounds")


def _fits(call: RequestedCall) -> bool:
    return 0 <= call.value <= MAX_WEI and len(call.data) <= MAX_CALL_DATA_BYTES


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _extension(found: dict[str, Any]) -> payments_pb2.RequestExtension:
    capabilities = found.get("capabilities")
    if not isinstance(capabilities, dict):
        raise MalformedPaymentContentError("no part of ours")
    extension = payments_pb2.RequestExtension()
    read_extension(capabilities.get("parley"), extension)
    return extension


def _metadata(call: RequestedCall, chain_id: int) -> dict[str, Any]:
    """What other clients of XMTP may show. Parley writes it and never reads it: it could say anything."""
    decoded = decode_call(Call(call.to, call.value, call.data))
    token = None if decoded.token is None else listed_token(chain_id, decoded.token)
    if decoded.kind is not CallKind.TOKEN_TRANSFER or token is None:
        return {"transactionType": "transfer" if decoded.kind is CallKind.COIN else "call"}
    return {
        "transactionType": "transfer",
        "currency": token.symbol,
        "amount": str(decoded.amount),
        "decimals": token.decimals,
        "toAddress": decoded.recipient,
    }
