"""Signed transactions: read from their bytes, or from what a node says of one and checked against its hash.

A transaction's hash is over all its fields and its signature, and the signature names the sender. So a node that is
asked for a hash cannot say another recipient, amount or sender; it can only say where the transaction is.
Source: EIP-155, EIP-2930, EIP-1559, EIP-4844, EIP-7702.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from parley.chain.account import checksummed
from parley.chain.answers import address, data, quantity
from parley.chain.money import Call

TRANSACTION_BYTES = 128 * 1024
ANSWERED_BYTES = 512 * 1024
"""What a node may say of one: a rollup's may be longer than what we hand in."""

LEGACY, ACCESS_LIST, DYNAMIC_FEE, BLOB, SET_CODE = range(5)

# Where `to` stands among the fields of each kind; value and data follow it.
_TO = {LEGACY: 3, ACCESS_LIST: 4, DYNAMIC_FEE: 5, BLOB: 5, SET_CODE: 5}
KINDS = (LEGACY, ACCESS_LIST, DYNAMIC_FEE, BLOB, SET_CODE)
"""What accounts sign. Rollups have other kinds, which nobody signs."""

_FIELDS = {LEGACY: 9, ACCESS_LIST: 11, DYNAMIC_FEE: 12, BLOB: 14, SET_CODE: 13}


@dataclass(frozen=True, slots=True)
class SignedTransaction:
    """A transaction whose signature is valid. `chain_id` is None of one that holds on every chain.

    Fees are wei per gas; of a transaction with one price both are that.
    """

    hash: bytes
    sender: str
    chain_id: int | None
    nonce: int
    gas: int
    max_fee_per_gas: int
    max_priority_fee_per_gas: int
    call: Call


def read_signed(raw: bytes) -> SignedTransaction:
    """Read a signed transaction of at most 128 KiB as it is handed in. Raises ValueError."""
    import rlp
    from rlp.exceptions import RLPException

    if not 0 < len(raw) <= TRANSACTION_BYTES:
        raise ValueError("no transaction: its length")
    kind = raw[0] if raw[0] < 0xC0 else LEGACY
    try:
        items = rlp.decode(raw if kind == LEGACY else raw[1:], strict=True)
    except (RLPException, RecursionError) as error:
        raise ValueError("no transaction: its encoding") from error
    if not isinstance(items, list):
        raise ValueError("no transaction: its encoding")
    return _signed(kind, items)


def signed_from_answer(fields: Mapping[str, Any]) -> SignedTransaction:
    """Read what a node says of a transaction. Its hash is of what was said; compare it with what was asked for.

    Raises ValueError if it is no transaction, or of a kind that accounts do not sign.
    """
    kind = quantity(fields.get("type", "0x0"), 8)
    if kind not in KINDS:
        raise ValueError("no transaction: its kind")
    to = fields.get("to")
    head = [] if kind == LEGACY else [_number(fields["chainId"])]
    head.append(_number(fields["nonce"]))
    if kind in (LEGACY, ACCESS_LIST):
        head.append(_number(fields["gasPrice"]))
    else:
        head += [_number(fields["maxPriorityFeePerGas"]), _number(fields["maxFeePerGas"])]
    recipient = bytes.fromhex(address(to)[2:]) if to is not None else b""
    items: list[Any] = [
        *head,
        _number(fields["gas"]),
        recipient,
        _number(fields["value"]),
        data(fields["input"], ANSWERED_BYTES),
    ]
    if kind != LEGACY:
        items.append(
            [
                [bytes.fromhex(address(each["address"])[2:]), [data(key, 32) for key in each["storageKeys"]]]
                for each in fields["accessList"]
            ]
        )
    if kind == BLOB:
        items += [
            _number(fields["maxFeePerBlobGas"]),
            [data(each, 32) for each in fields["blobVersionedHashes"]],
        ]
    if kind == SET_CODE:
        items.append([_authorization(each) for each in fields["authorizationList"]])
    parity = fields["v"] if kind == LEGACY else fields.get("yParity", fields.get("v"))
    return _signed(kind, [*items, _number(parity), _number(fields["r"]), _number(fields["s"])])


def _signed(kind: int, items: list[Any]) -> SignedTransaction:
    import rlp
    from eth_keys.datatypes import Signature
    from eth_keys.exceptions import BadSignature
    from eth_utils.crypto import keccak
    from eth_utils.exceptions import ValidationError

    place = _TO.get(kind, 0)
    if not place or len(items) != _FIELDS[kind]:
        raise ValueError("no transaction: its fields")
    if any(not isinstance(each, bytes) for each in (*items[: place + 3], *items[-3:])):
        raise ValueError("no transaction: its fields")
    fields, (v, r, s) = items[:-3], (int.from_bytes(each, "big") for each in items[-3:])
    numbers = [int.from_bytes(each, "big") for each in items[:place]]
    chain_id: int | None = numbers[0]
    if kind == LEGACY:
        chain_id = (v - 35) // 2 if v >= 35 else None
        parity = v - 27 if chain_id is None else (v - 35) % 2
        unsigned = rlp.encode(fields if chain_id is None else [*fields, _bytes(chain_id), b"", b""])
        raw = rlp.encode(items)
    else:
        numbers = numbers[1:]
        parity = v
        unsigned, raw = (bytes([kind]) + rlp.encode(each) for each in (fields, items))
    try:
        signature = Signature(vrs=(parity, r, s))
        sender = signature.recover_public_key_from_msg_hash(keccak(unsigned)).to_checksum_address()
    except (BadSignature, ValidationError, ValueError) as error:
        raise ValueError("no transaction: its signature") from error
    to = items[place]
    if len(to) not in (0, 20):
        raise ValueError("no transaction: its recipient")
    return SignedTransaction(
        keccak(raw),
        str(sender),
        chain_id,
        numbers[0],
        numbers[-1],
        # One price, or the tip and then the most.
        numbers[-2],
        numbers[1],
        Call(
            checksummed("0x" + to.hex()) if to else None,
            int.from_bytes(items[place + 1], "big"),
            items[place + 2],
        ),
    )


def _authorization(each: Mapping[str, Any]) -> list[bytes]:
    parity = each.get("yParity", each.get("v"))
    return [
        _number(each["chainId"]),
        bytes.fromhex(address(each["address"])[2:]),
        _number(each["nonce"]),
        _number(parity),
        _number(each["r"]),
        _number(each["s"]),
    ]


def _number(value: Any) -> bytes:
    return _bytes(quantity(value))


def _bytes(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")
