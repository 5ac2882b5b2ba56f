"""The Waku message: published vectors of its hash, its bounds, and what decoding makes of any bytes."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.p2p.errors import MalformedMessageError
from parley.p2p.message import META_BYTES, PAYLOAD_BYTES, accept, encode, message_hash, message_id
from parley.p2p.waku_pb2 import WakuMessage

TOPIC = "/waku/2/rs/7337/0"
NOW_MS = 1_795_000_000_000


@pytest.mark.parametrize(
    ("payload", "meta", "expected"),
    [
        (
            "010203045445535405060708",
            "73757065722d736563726574",
            "64cce733fed134e83da02b02c6f689814872b1a0ac97ea56b76095c3c72bfe05",
        ),
        (
            "010203045445535405060708",
            bytes(range(64)).hex(),
            "7158b6498753313368b9af8f6e0a0a05104f68f972981da42a43bc53fb0c1b27",
        ),
        ("010203045445535405060708", "", "a2554498b31f5bcdfcbf7fa58ad1c2d45f0254f3f8110a85588ec3cf10720fd8"),
        ("", "73757065722d736563726574", "483ea950cb63f9b9d6926b262bb36194d3f40a0463ce8446228350bd44e96de4"),
    ],
)
def test_the_hash_is_that_of_the_specification(payload: str, meta: str, expected: str) -> None:
    """The four vectors of 14/WAKU2-MESSAGE."""
    digest = message_hash(
        "/waku/2/default-waku/proto",
        bytes.fromhex(payload),
        "/waku/2/default-content/proto",
        bytes.fromhex(meta),
        0x175789BFA23F8400,
    )

    assert digest.hex() == expected


@given(
    payload=st.binary(max_size=2_000),
    topic=st.text(min_size=1, max_size=60),
    meta=st.binary(max_size=META_BYTES),
    ephemeral=st.booleans(),
    shift_ms=st.integers(-20_000, 20_000),
)
def test_what_is_encoded_is_accepted_unchanged(
    payload: bytes, topic: str, meta: bytes, ephemeral: bool, shift_ms: int
) -> None:
    """Every message within the bounds survives the wire, with the same hash on both sides."""
    encoded = encode(TOPIC, topic, payload, timestamp_ns=NOW_MS * 1_000_000, ephemeral=ephemeral, meta=meta)
    received = accept(TOPIC, encoded.data, NOW_MS + shift_ms, 20_000)

    assert (received.content_topic, received.payload) == (topic, payload)
    assert (received.meta, received.ephemeral) == (meta, ephemeral)
    assert (received.timestamp_ns, received.waku_hash) == (NOW_MS * 1_000_000, encoded.waku_hash)
    assert encoded.message_id == message_id(encoded.data)


@given(st.binary(max_size=400))
def test_any_bytes_are_accepted_or_refused_by_name(data: bytes) -> None:
    """Nothing but MalformedMessageError comes of bytes from a peer."""
    with suppress(MalformedMessageError):
        accept(TOPIC, data, NOW_MS, 20_000)


@pytest.mark.parametrize("shift_ms", [-20_001, 20_001, -(10**12), 10**12])
def test_a_timestamp_outside_the_window_is_refused(shift_ms: int) -> None:
    """A millisecond past twenty seconds is too far."""
    data = encode(TOPIC, "/x", b"", timestamp_ns=NOW_MS * 1_000_000, ephemeral=False, meta=b"").data
    with pytest.raises(MalformedMessageError, match="timestamp"):
        accept(TOPIC, data, NOW_MS + shift_ms, 20_000)


@pytest.mark.parametrize("shift_ms", [-20_000, 0, 20_000])
def test_a_timestamp_inside_the_window_is_accepted(shift_ms: int) -> None:
    """Exactly twenty seconds is near enough."""
    data = encode(TOPIC, "/x", b"", timestamp_ns=NOW_MS * 1_000_000, ephemeral=False, meta=b"").data

    assert accept(TOPIC, data, NOW_MS + shift_ms, 20_000).content_topic == "/x"


def test_unknown_fields_and_a_rate_limit_proof_are_ignored() -> None:
    """A message of a Waku node that knows more than we do."""
    message = WakuMessage(
        content_topic="/x", timestamp=NOW_MS * 1_000_000, rate_limit_proof=bytes(300), version=7
    )
    data = message.SerializeToString() + b"\xfa\x3e\x03new"

    assert accept(TOPIC, data, NOW_MS, 20_000).content_topic == "/x"


def test_the_largest_message_is_accepted() -> None:
    """Every field at its limit at once."""
    encoded = encode(
        TOPIC,
        "x" * 256,
        bytes(PAYLOAD_BYTES),
        timestamp_ns=NOW_MS * 1_000_000,
        ephemeral=True,
        meta=bytes(META_BYTES),
    )

    assert len(accept(TOPIC, encoded.data, NOW_MS, 20_000).payload) == PAYLOAD_BYTES
