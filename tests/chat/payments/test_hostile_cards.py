"""Hostile cards: whatever a contact writes, it is a request that its device signed and that says what it does, or
a sentence without an amount."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.two_sides import ALICE, BOB, NOW_MS, TOKEN, own_device, request, two_sides
from parley.chat.content import Content, decode_content, encode_content, shown_text
from parley.chat.errors import ChatError
from parley.chat.payments import payments_pb2
from parley.chat.payments.model import RequestState, TransactionRequest
from parley.chat.payments.requests import FALLBACK, WALLET_SEND_CALLS, request_content
from parley.chat.payments.signing import sign_request
from parley.chat.payments.take import KINDS, Said, asked_id
from parley.chat.payments.wire import write_extension

BOBS = own_device(BOB)
GOOD: dict[str, Any] = json.loads(request_content(request(), BOBS, b"").content)
CALL: dict[str, Any] = GOOD["calls"][0]

NOT_A_NUMBER: list[Any] = [
    None,
    1,
    -1,
    1.5,
    True,
    [],
    {},
    "",
    "1",
    "-0x1",
    "0x-1",
    "0x",
    "0X1",
    "0x01",
    "0x1 ",
    " 0x1",
    "0x1\n",
    "0xg",
    "0x1_0",
    "１",
    "0x１",
    "٣",
    "0x" + "f" * 65,
    "0x" + "f" * 60_000,
    1e400,
    "1e18",
    "0.5",
]
NOT_AN_ADDRESS: list[Any] = [
    0,
    "",
    "0x",
    "0x0",
    BOB[:-1],
    BOB + "0",
    BOB.swapcase(),
    BOB[2:],
    BOB.replace("f", "а"),
    BOB + "\n",
    "bob.eth",
    f"eip155:1:{BOB}",
    [BOB],
    {"address": BOB},
    "0x" + "g" * 40,
]
NOT_DATA: list[Any] = [
    None,
    0,
    [],
    "",
    "0",
    "00",
    "0x0",
    "0xzz",
    "0x00 ",
    "0x" + "00" * 16_385,
    "\u202e0x00",
    b"".hex(),
]
NOT_CALLS: list[Any] = [
    None,
    {},
    "",
    0,
    [],
    [None],
    [[]],
    ["0x"],
    [0],
    [CALL] * 17,
    [CALL] * 100,
    [{}] * 5_000,
    [{"to": None, "value": "0x0", "data": "0x"}],
    [{"value": "0x1"}],
]
NOT_OURS: list[Any] = [None, 0, [], {}, "", "!", "A", "=", "AA==", "\u00e9", "A" * 60_000, {"request": "AA"}]


def fields() -> Iterator[tuple[str, dict[str, Any]]]:
    """JSON objects that differ from a good one in one place."""
    values: dict[str, list[Any]] = {
        "chainId": [*NOT_A_NUMBER, "0x0", "0x20000000000000"],
        "from": [*NOT_AN_ADDRESS, None, BOB, TOKEN],
        "calls": NOT_CALLS,
        "version": [None, 1, 1.0, "", "1", "2.0", ["1.0"], {}],
        "capabilities": [None, [], "", 0, {}, {"parley": None}, *({"parley": each} for each in NOT_OURS)],
    }
    for name, each in ((name, each) for name, found in values.items() for each in found):
        yield f"{name} {each!r:.40}", {**GOOD, name: each}
    for name, found in (("value", NOT_A_NUMBER), ("to", NOT_AN_ADDRESS), ("data", NOT_DATA)):
        for each in found:
            yield f"call's {name} {each!r:.40}", {**GOOD, "calls": [{**CALL, name: each}]}
            yield f"second call's {name} {each!r:.40}", {**GOOD, "calls": [CALL, {**CALL, name: each}]}
    for name in GOOD:
        yield f"no {name}", {other: GOOD[other] for other in GOOD if other != name}


def texts() -> Iterator[tuple[str, bytes]]:
    """Bytes that are no JSON object."""
    encoded = json.dumps(GOOD)
    for each in (
        b"",
        b"null",
        b"[]",
        b"0",
        b'"text"',
        b"{",
        b"\xff",
        b"\x00",
        b"[" * 65_000,
        b'{"a":' * 9_000,
    ):
        yield f"bytes {each[:20]!r}", each
    yield "a name twice", encoded.replace('"version"', '"chainId": "0x1", "version"').encode()
    yield "UTF-16", encoded.encode("utf-16")
    yield "a long number", encoded.replace('"0x7a69"', "9" * 50_000).encode()
    yield "not a number", encoded.replace('"0x7a69"', "NaN").encode()
    yield "something after it", (encoded + "{}").encode()


def extensions() -> Iterator[tuple[str, dict[str, Any]]]:
    """Additions out of bounds, each signed by Bob's device all the same."""
    for name, changes in (
        ("id of no bytes", {"request_id": b""}),
        ("id of 31 bytes", {"request_id": bytes(31)}),
        ("id of 33 bytes", {"request_id": bytes(33)}),
        ("long id", {"request_id": bytes(40_000)}),
        ("made in no time", {"created_at_ms": 0}),
        ("made in the future", {"created_at_ms": NOW_MS + 2 * 86_400_000}),
        ("made at the end of time", {"created_at_ms": 2**64 - 1, "expires_at_ms": 2**64 - 1}),
        ("expires before it was made", {"expires_at_ms": NOW_MS - 1}),
        ("expires when it was made", {"expires_at_ms": NOW_MS}),
        ("never expires", {"expires_at_ms": 2**63}),
        ("long note", {"note": "z" * 281}),
        ("zalgo", {"note": "Z\u0335\u0321" * 200}),
    ):
        asked = request(**changes)
        extension = payments_pb2.RequestExtension(
            version=1,
            request_id=asked.request_id,
            created_at_ms=asked.created_at_ms,
            expires_at_ms=asked.expires_at_ms,
            note=asked.note,
            device_signature=sign_request(asked, BOBS),
        )
        yield name, {**GOOD, "capabilities": {"parley": write_extension(extension)}}
    extension = payments_pb2.RequestExtension(version=2)
    yield "version 2", {**GOOD, "capabilities": {"parley": write_extension(extension)}}


def hostile() -> dict[str, bytes]:
    """All of them, by what they are."""
    found: dict[str, bytes] = {}
    for name, value in (*fields(), *extensions()):
        found.setdefault(name, json.dumps(value).encode())
    for name, encoded in texts():
        found.setdefault(name, encoded)
    return found


HOSTILE = hostile()


def test_there_are_two_hundred() -> None:
    """The list did not shrink unnoticed."""
    assert len(HOSTILE) >= 200


@pytest.mark.parametrize("encoded", HOSTILE.values(), ids=list(HOSTILE))
def test_a_hostile_card_is_a_sentence(encoded: bytes) -> None:
    """No row, no claim, no event of a card; and the sentence has no amount."""
    alice, _ = two_sides()
    content = Content(WALLET_SEND_CALLS, encoded, fallback=FALLBACK)
    try:
        arrived = decode_content(encode_content(content))
    except ChatError:
        return  # No contact can send it: it is over 64 KiB.

    assert alice.take(Said(arrived, bytes(32), BOBS.device_id)) is True
    assert not alice.requests
    assert not alice.events
    assert shown_text(encode_content(arrived)) == FALLBACK


def test_the_good_one_is_a_card() -> None:
    """The hostile ones differ from it in one place each."""
    alice, _ = two_sides()
    content = Content(WALLET_SEND_CALLS, json.dumps(GOOD).encode())

    assert alice.take(Said(content, bytes(32), BOBS.device_id))
    assert alice.requests[request().request_id].state is RequestState.OPEN


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from([ALICE, BOB, "0x1"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=12,
)


@given(st.sampled_from(sorted(GOOD)), json_values)
def test_any_value_in_any_field(name: str, value: object) -> None:
    """Either it is what Bob's device signed, or it is a sentence."""
    alice, _ = two_sides()
    content = Content(WALLET_SEND_CALLS, json.dumps({**GOOD, name: value}).encode())
    alice.take(Said(content, bytes(32), BOBS.device_id))

    assert [each.request for each in alice.requests.values()] in ([], [request()])


@given(st.sampled_from(KINDS), st.binary(max_size=400))
def test_any_bytes_of_any_kind(kind: Any, encoded: bytes) -> None:
    """Nothing raises, and nothing is believed."""
    alice, bob = two_sides()
    content = Content(kind, encoded)
    asked_id(content)
    for side in (alice, bob):
        side.take(Said(content, bytes(32), BOBS.device_id))
        assert not side.requests
        assert not side.claims


@given(st.binary(min_size=64, max_size=64), st.integers(0, 2**40))
def test_nobody_signs_for_bobs_device(signature: bytes, amount: int) -> None:
    """A card that Bob's device did not sign is none, whatever signature it brings."""
    alice, _ = two_sides()
    content = request_content(request(), BOBS, b"")
    changed = json.loads(content.content)
    changed["calls"] = [{**CALL, "value": hex(amount)}]
    extension = payments_pb2.RequestExtension(
        version=1,
        request_id=request().request_id,
        created_at_ms=request().created_at_ms,
        expires_at_ms=request().expires_at_ms,
        note=request().note,
        device_signature=signature,
    )
    changed["capabilities"] = {"parley": write_extension(extension)}
    alice.take(Said(Content(WALLET_SEND_CALLS, json.dumps(changed).encode()), bytes(32), BOBS.device_id))

    assert not alice.requests


def described(asked: TransactionRequest) -> tuple[object, ...]:
    """What a card is computed from."""
    return asked.chain_id, asked.calls, asked.payer, asked.requester, asked.expires_at_ms


@given(st.text(max_size=40), st.dictionaries(st.text(max_size=9), json_values, max_size=3))
def test_what_stands_beside_the_calls_changes_no_card(fallback: str, metadata: dict[str, object]) -> None:
    """Text and call that disagree: the card is the call's."""
    alice, _ = two_sides()
    beside = {**GOOD, "calls": [{**CALL, "metadata": metadata, "gas": "0x1"}], "permissions": metadata}
    content = Content(WALLET_SEND_CALLS, json.dumps(beside).encode(), fallback=fallback)
    alice.take(Said(content, bytes(32), BOBS.device_id))

    (row,) = alice.requests.values()
    assert described(row.request) == described(request())
