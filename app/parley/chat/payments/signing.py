"""What a requester signs: by the device, always; by the wallet, where they choose (README.md#what-is-signed)."""

from __future__ import annotations

from typing import Any

from parley.chat.devices.model import OwnDevice
from parley.chat.payments.model import RequestedCall, TransactionRequest
from parley.e2ee import api as e2ee

PURPOSE = b"parley/transaction-request/v1"

_TYPES = {
    "EIP712Domain": [
        {"name": "name", "type": "string"},
        {"name": "version", "type": "string"},
        {"name": "chainId", "type": "uint256"},
    ],
    "Call": [
        {"name": "to", "type": "string"},
        {"name": "value", "type": "uint256"},
        {"name": "data", "type": "bytes"},
    ],
    "TransactionRequest": [
        {"name": "requester", "type": "string"},
        {"name": "payer", "type": "string"},
        {"name": "note", "type": "string"},
        {"name": "calls", "type": "Call[]"},
        {"name": "createdAt", "type": "uint64"},
        {"name": "expiresAt", "type": "uint64"},
        {"name": "requestId", "type": "bytes32"},
        {"name": "channelId", "type": "bytes32"},
    ],
}


def request_bytes(request: TransactionRequest) -> bytes:
    """The one canonical encoding of a request: length-prefixed parts, numbers big-endian."""
    calls = e2ee.length_prefixed(
        e2ee.length_prefixed([to_bytes(each), each.value.to_bytes(32, "big"), each.data])
        for each in request.calls
    )
    return e2ee.length_prefixed(
        [
            request.request_id,
            request.channel_id,
            request.requester.encode(),
            request.payer.encode(),
            request.chain_id.to_bytes(8, "big"),
            calls,
            request.created_at_ms.to_bytes(8, "big"),
            request.expires_at_ms.to_bytes(8, "big"),
            request.note.encode(),
        ]
    )


def sign_request(request: TransactionRequest, own: OwnDevice) -> bytes:
    """The device's signature over a request, 64 bytes."""
    return e2ee.sign_statement(e2ee.DeviceState(own.state), PURPOSE, request_bytes(request))


def request_typed_data(request: TransactionRequest) -> dict[str, Any]:
    """What the requester's wallet signs (EIP-712), with everything that the payer's card shows.

    An address stands as its EIP-55 text, since a call that creates a contract has none.
    """
    return {
        "types": _TYPES,
        "primaryType": "TransactionRequest",
        "domain": {"name": "Parley", "version": "1", "chainId": request.chain_id},
        "message": {
            "requester": request.requester,
            "payer": request.payer,
            "note": request.note,
            "calls": [
                {"to": each.to or "", "value": each.value, "data": "0x" + each.data.hex()}
                for each in request.calls
            ],
            "createdAt": request.created_at_ms,
            "expiresAt": request.expires_at_ms,
            "requestId": "0x" + request.request_id.hex(),
            "channelId": "0x" + request.channel_id.hex(),
        },
    }


def to_bytes(call: RequestedCall) -> bytes:
    """Where a call goes, 20 bytes; none where it creates a contract."""
    return b"" if call.to is None else bytes.fromhex(call.to[2:])
