"""Signed transactions, from their bytes and from what a node says."""

from __future__ import annotations

from typing import Any

import pytest
import rlp
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_keys.datatypes import PrivateKey
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from parley.chain.api import Call, read_signed
from parley.chain.signed import signed_from_answer

ACCOUNT: LocalAccount = Account.from_key(b"\x07" * 32)
TO = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"
OTHER = "0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF"
COMMON: dict[str, Any] = {"nonce": 3, "gas": 50_000, "to": TO, "value": 0, "data": b"\x01\x02"}
DYNAMIC: dict[str, Any] = {"chainId": 1, "maxFeePerGas": 9, "maxPriorityFeePerGas": 2}
ACCESS = [{"address": OTHER, "storageKeys": ["0x" + "00" * 31 + "01"]}]
KINDS: dict[str, dict[str, Any]] = {
    "legacy": {"chainId": 1, "gasPrice": 9},
    "for every chain": {"gasPrice": 9},
    "access list": {"chainId": 1, "gasPrice": 9, "accessList": ACCESS, "type": 1},
    "dynamic fee": DYNAMIC,
    "dynamic fee with a list": DYNAMIC | {"accessList": ACCESS},
    "set code": DYNAMIC
    | {"authorizationList": [ACCOUNT.sign_authorization({"chainId": 1, "address": OTHER, "nonce": 4})]},
    "creation": DYNAMIC | {"to": ""},
}


def signed(kind: str) -> tuple[bytes, dict[str, Any]]:
    """A transaction's bytes, and what a node says of it."""
    made = ACCOUNT.sign_transaction(COMMON | KINDS[kind])
    raw = bytes(made.raw_transaction)
    fields: dict[str, Any] = COMMON | KINDS[kind]
    answer: dict[str, Any] = {
        name: hex(value) for name, value in fields.items() if type(value) is int and name != "type"
    }
    answer |= {
        "type": hex(raw[0] if raw[0] < 0x80 else 0),
        "to": fields["to"] or None,
        "input": "0x0102",
        "v": hex(made.v),
        "r": hex(made.r),
        "s": hex(made.s),
        "accessList": fields.get("accessList", []),
    }
    if kind == "set code":
        (each,) = fields["authorizationList"]
        answer["authorizationList"] = [
            {
                "chainId": hex(each.chain_id),
                "address": "0x" + each.address.hex(),
                "nonce": hex(each.nonce),
                "yParity": hex(each.y_parity),
                "r": hex(each.r),
                "s": hex(each.s),
            }
        ]
    return raw, answer


@pytest.mark.parametrize("kind", KINDS)
def test_a_transaction_from_its_bytes_and_from_an_answer(kind: str) -> None:
    raw, answer = signed(kind)
    found = read_signed(raw)

    assert found == signed_from_answer(answer)
    assert (found.hash, found.sender) == (keccak(raw), ACCOUNT.address)
    assert found.call == Call(None if kind == "creation" else TO, 0, b"\x01\x02")
    assert found.chain_id == (None if kind == "for every chain" else 1)
    assert (found.nonce, found.gas, found.max_fee_per_gas) == (3, 50_000, 9)
    assert found.max_priority_fee_per_gas == (2 if "maxFeePerGas" in KINDS[kind] else 9)


def test_a_transaction_with_blobs() -> None:
    """Signed here by hand: nobody pays by one, but a claimed hash may be of one."""
    key = PrivateKey(b"\x07" * 32)
    fields: list[Any] = [
        b"\x01",
        b"\x03",
        b"\x02",
        b"\x09",
        b"\xc3\x50",
        bytes.fromhex(TO[2:]),
        b"",
        b"\x01\x02",
        [],
    ]
    fields += [b"\x05", [b"\x01" * 32]]
    signature = key.sign_msg_hash(keccak(b"\x03" + rlp.encode(fields)))
    _, answer = signed("dynamic fee")
    answer |= {
        "type": "0x3",
        "maxFeePerBlobGas": "0x5",
        "blobVersionedHashes": ["0x" + "01" * 32],
        "yParity": hex(signature.v),
        "r": hex(signature.r),
        "s": hex(signature.s),
    }
    found = signed_from_answer(answer)

    assert (found.sender, found.call, found.nonce) == (ACCOUNT.address, Call(TO, 0, b"\x01\x02"), 3)
    whole = [*fields, *(each.to_bytes((each.bit_length() + 7) // 8, "big") for each in signature.vrs)]
    assert found.hash == keccak(b"\x03" + rlp.encode(whole))


LIES: dict[str, Any] = {
    "nonce": "0x4",
    "gas": "0xc351",
    "to": OTHER,
    "value": "0x1",
    "input": "0x0103",
    "chainId": "0x2",
    "maxFeePerGas": "0xa",
    "maxPriorityFeePerGas": "0x1",
    "accessList": ACCESS,
    "s": "0x5",
}


@pytest.mark.parametrize("field", LIES)
def test_no_field_can_be_another_under_the_same_hash(field: str) -> None:
    raw, answer = signed("dynamic fee")

    assert signed_from_answer(answer | {field: LIES[field]}).hash != keccak(raw)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("type", "0x7e"),
        ("type", "0x5"),
        ("nonce", "-0x1"),
        ("nonce", 3),
        ("nonce", None),
        ("to", "0x12"),
        ("to", 5),
        ("value", "0x" + "f" * 65),
        ("input", "0x1"),
        ("input", None),
        ("accessList", [{"address": OTHER}]),
        ("accessList", "0x"),
        ("r", "0x0"),
        ("v", "0x5"),
        ("chainId", "mainnet"),
    ],
)
def test_what_is_no_transaction(field: str, value: object) -> None:
    _, answer = signed("dynamic fee")
    with pytest.raises((ValueError, KeyError, TypeError)):
        signed_from_answer(answer | {field: value})


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x02",
        b"\x02\xc0",
        b"\x02\xc1\xc0",
        b"\x05" + signed("dynamic fee")[0][1:],
        signed("dynamic fee")[0] + b"\x00",
        signed("dynamic fee")[0][:-1],
        b"\x02" + b"\xf8" * 4000,
        bytes(129 * 1024),
    ],
    ids=range(9),
)
def test_bytes_that_are_no_transaction(raw: bytes) -> None:
    with pytest.raises(ValueError, match="transaction"):
        read_signed(raw)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_transaction_or_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match="transaction"):
        read_signed(b"\x02" + raw)
