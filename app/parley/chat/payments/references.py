"""Transactions as content: XMTP's `transactionReference` 1.0, with what it is said to pay in its metadata.

Source: XMTP content type `transactionReference`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from parley.chat.content import Content, ContentType
from parley.chat.errors import MalformedPaymentContentError
from parley.chat.payments import payments_pb2
from parley.chat.payments.bounds import (
    ADDRESS_BYTES,
    HASH_BYTES,
    MAX_CALL_DATA_BYTES,
    MAX_CALLS,
    MAX_WEI,
    REQUEST_ID_BYTES,
)
from parley.chat.payments.model import PaymentRow, RequestedCall
from parley.chat.payments.signing import to_bytes
from parley.chat.payments.wire import (
    VERSION,
    quantity,
    read_address,
    read_data,
    read_extension,
    read_json,
    read_quantity,
    write_extension,
    write_json,
)
from parley.chat.preferences.model import MAX_CHAIN_ID

TRANSACTION_REFERENCE = ContentType("xmtp.org", "transactionReference")
FALLBACK = "A payment. It can be read in Parley."


@dataclass(frozen=True, slots=True)
class Reference:
    """A transaction that somebody names as theirs. Only the chain can say what it did.

    Attributes:
        request_id: the request it is said to pay, or None; then `sender` (EIP-55) and `calls` say what it is.
        transaction_hash: 32 bytes.
    """

    chain_id: int
    transaction_hash: bytes
    request_id: bytes | None = None
    sender: str = ""
    calls: tuple[RequestedCall, ...] = ()


def reference_content(payment: PaymentRow) -> Content:
    """Name the transaction of an own payment."""
    assert payment.transaction_hash is not None  # noqa: S101 - nobody is told of one that has none.
    if payment.request_id is None:
        extension = payments_pb2.ReferenceExtension(
            version=VERSION,
            sender=bytes.fromhex(payment.sender[2:]),
            calls=[_written(each) for each in payment.calls],
        )
    else:
        extension = payments_pb2.ReferenceExtension(version=VERSION, request_id=payment.request_id)
    reference: dict[str, Any] = {
        "networkId": quantity(payment.chain_id),
        "reference": "0x" + payment.transaction_hash.hex(),
        "metadata": {"fromAddress": payment.sender, "parley": write_extension(extension)},
    }
    return Content(TRANSACTION_REFERENCE, write_json(reference), fallback=FALLBACK)


def read_reference(content: Content) -> Reference:
    """Read what somebody names.

    Raises:
        MalformedPaymentContentError: it is to be shown as nothing more than its fallback.
    """
    found = read_json(content.content)
    metadata = found.get("metadata")
    if not isinstance(metadata, dict):
        raise MalformedPaymentContentError("no part of ours")
    extension = payments_pb2.ReferenceExtension()
    read_extension(metadata.get("parley"), extension)
    if extension.version != VERSION:
        raise MalformedPaymentContentError("another version")
    chain_id = read_quantity(found.get("networkId"), MAX_CHAIN_ID)
    transaction_hash = read_data(found.get("reference"), HASH_BYTES)
    if not chain_id or len(transaction_hash) != HASH_BYTES:
        raise MalformedPaymentContentError("no transaction")
    if extension.request_id:
        if len(extension.request_id) != REQUEST_ID_BYTES:
            raise MalformedPaymentContentError("no request")
        return Reference(chain_id, transaction_hash, extension.request_id)
    if not 1 <= len(extension.calls) <= MAX_CALLS:
        raise MalformedPaymentContentError("not 1 to 16 calls")
    calls = tuple(_read(each) for each in extension.calls)
    return Reference(chain_id, transaction_hash, None, _address(extension.sender), calls)


def _written(call: RequestedCall) -> payments_pb2.Call:
    value = call.value.to_bytes((call.value.bit_length() + 7) // 8, "big")
    return payments_pb2.Call(to=to_bytes(call), value=value, data=call.data)


def _read(call: payments_pb2.Call) -> RequestedCall:
    value = int.from_bytes(call.value[:64], "big")
    if len(call.value) > HASH_BYTES or value > MAX_WEI or len(call.data) > MAX_CALL_DATA_BYTES:
        raise MalformedPaymentContentError("a call out of bounds")
    return RequestedCall(_address(call.to) if call.to else None, value, call.data)


def _address(raw: bytes) -> str:
    if len(raw) != ADDRESS_BYTES:
        raise MalformedPaymentContentError("not an address")
    return read_address("0x" + raw.hex())
