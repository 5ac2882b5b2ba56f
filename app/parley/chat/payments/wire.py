"""Pieces of JSON and Protocol Buffers that contents about money share, read strictly.

What is read here comes from anybody. Nothing is repaired: a number that is spelled in another way, a checksum that
is wrong or a field of another type is no request at all.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any

from google.protobuf.message import DecodeError, Message

from parley.chain.api import checksummed
from parley.chat.content import MAX_CONTENT_BYTES
from parley.chat.errors import MalformedPaymentContentError
from parley.chat.payments.bounds import MAX_CALL_DATA_BYTES, MAX_CALLS, MAX_WEI
from parley.chat.payments.model import RequestedCall

VERSION = 1

_QUANTITY = re.compile(r"0x(?:0|[1-9a-fA-F][0-9a-fA-F]{0,63})")
_DATA = re.compile(r"0x(?:[0-9a-fA-F]{2})*")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")


def quantity(number: int) -> str:
    """A number as Ethereum's JSON-RPC spells it."""
    return hex(number)


def read_quantity(value: object, most: int) -> int:
    """A number of 0 to `most`."""
    if not isinstance(value, str) or not _QUANTITY.fullmatch(value) or int(value, 16) > most:
        raise MalformedPaymentContentError("not a number in its bounds")
    return int(value, 16)


def read_data(value: object, most: int) -> bytes:
    """Bytes as "0x" and hexadecimal digits, at most `most` of them."""
    if not isinstance(value, str) or len(value) > 2 + 2 * most or not _DATA.fullmatch(value):
        raise MalformedPaymentContentError("not bytes in their bounds")
    return bytes.fromhex(value[2:])


def read_address(value: object) -> str:
    """An address, as EIP-55 spells it."""
    if not isinstance(value, str):
        raise MalformedPaymentContentError("not an address")
    try:
        return checksummed(value)
    except ValueError as error:
        raise MalformedPaymentContentError("not an address") from error


def write_calls(calls: tuple[RequestedCall, ...]) -> list[dict[str, Any]]:
    """Calls as EIP-5792 has them."""
    return [
        ({} if each.to is None else {"to": each.to})
        | {"value": quantity(each.value), "data": "0x" + each.data.hex()}
        for each in calls
    ]


def read_calls(value: object) -> tuple[RequestedCall, ...]:
    """1 to 16 calls as EIP-5792 has them. What else stands beside them is written for other clients, and not read."""
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_CALLS:
        raise MalformedPaymentContentError("not 1 to 16 calls")
    return tuple(_read_call(each) for each in value)


def _read_call(value: object) -> RequestedCall:
    if not isinstance(value, dict):
        raise MalformedPaymentContentError("not a call")
    to = value.get("to")
    data = read_data(value.get("data", "0x"), MAX_CALL_DATA_BYTES)
    if to is None and not data:
        raise MalformedPaymentContentError("a contract without code")
    return RequestedCall(
        None if to is None else read_address(to), read_quantity(value.get("value", "0x0"), MAX_WEI), data
    )


def write_json(value: dict[str, Any]) -> bytes:
    """JSON without blanks."""
    return json.dumps(value, separators=(",", ":")).encode()


def read_json(encoded: bytes) -> dict[str, Any]:
    """A JSON object of at most 64 KiB; a name that stands twice in it is refused, since readers differ on it."""
    if len(encoded) > MAX_CONTENT_BYTES:
        raise MalformedPaymentContentError("too long")
    try:
        value = json.loads(encoded.decode(), object_pairs_hook=_once, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise MalformedPaymentContentError("not JSON") from error
    if not isinstance(value, dict):
        raise MalformedPaymentContentError("not an object")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def write_extension(message: Message) -> str:
    """Our own part, base64url without padding."""
    encoded = message.SerializeToString(deterministic=True)
    return base64.urlsafe_b64encode(encoded).decode().rstrip("=")


def read_extension(value: object, message: Message) -> None:
    """Fill `message` from our own part."""
    if not isinstance(value, str) or not _BASE64URL.fullmatch(value):
        raise MalformedPaymentContentError("no part of ours")
    try:
        encoded = base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedPaymentContentError("not base64url") from error
    read_message(encoded, message)


def read_message(encoded: bytes, message: Message) -> None:
    """Fill `message` from its bytes."""
    try:
        message.ParseFromString(encoded)
    except DecodeError as error:
        raise MalformedPaymentContentError("not Protocol Buffers of ours") from error
