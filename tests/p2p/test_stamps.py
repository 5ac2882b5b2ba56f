"""Stamps: what they are good for, what they cost, and that nothing is relayed without one."""

from __future__ import annotations

import re

import pytest
import trio

from parley.p2p.api import MemoryNetwork, Stamps
from parley.p2p.errors import MalformedMessageError
from parley.p2p.message import accept, encode
from parley.p2p.stamps import HOUR_NS, NONCE_BYTES, StampBook

TOPIC, OTHER, FREE = "/parley/1/i-00/proto", "/parley/1/i-01/proto", "/parley/1/c-00/proto"
STAMPS = Stamps(re.compile(r"/parley/1/i-[0-9a-f]{2}/proto"))
HOUR = 500_000
NOW_NS = HOUR * HOUR_NS + 1_000_000_000


async def test_a_stamp_is_good_for_one_topic_payload_and_hour() -> None:
    """For nothing else, and not when it is cut, lengthened or changed."""
    stamp = await STAMPS.make(TOPIC, b"hello", HOUR)
    last = HOUR * HOUR_NS + HOUR_NS - 1

    assert STAMPS.fit(TOPIC, b"hello", NOW_NS, stamp)
    assert STAMPS.fit(TOPIC, b"hello", last, stamp)
    assert not STAMPS.fit(TOPIC, b"hello", last + 1, stamp)
    assert not STAMPS.fit(TOPIC, b"hello", HOUR * HOUR_NS - 1, stamp)
    assert not STAMPS.fit(OTHER, b"hello", NOW_NS, stamp)
    assert not STAMPS.fit(TOPIC, b"hullo", NOW_NS, stamp)
    for meta in (b"", stamp[1:], stamp + b"\x00", bytes([stamp[0] ^ 1]) + stamp[1:]):
        assert not STAMPS.fit(TOPIC, b"hello", NOW_NS, meta)


async def test_topics_that_ask_for_none_need_none() -> None:
    """Whatever their meta is; a name around the name asks for none either."""
    assert STAMPS.fit(FREE, b"hello", NOW_NS, b"")
    assert STAMPS.fit(f"{TOPIC}/x", b"hello", NOW_NS, b"meta")
    assert await StampBook(STAMPS).stamp(FREE, b"hello", lambda: NOW_NS) == (NOW_NS, b"")
    assert await StampBook(None).stamp(TOPIC, b"hello", lambda: NOW_NS) == (NOW_NS, b"")


async def test_a_stamp_is_made_for_the_hour_it_is_used_in() -> None:
    """When the hour ends meanwhile another one is made."""
    times = [NOW_NS, NOW_NS + HOUR_NS, NOW_NS + HOUR_NS + 1]
    timestamp_ns, stamp = await StampBook(STAMPS).stamp(TOPIC, b"hello", lambda: times.pop(0))

    assert times == []
    assert STAMPS.fit(TOPIC, b"hello", timestamp_ns, stamp)


async def test_a_message_sent_again_is_paid_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the same hour; what is kept is bounded."""
    made = []

    async def make(_self: Stamps, content_topic: str, payload: bytes, hour: int) -> bytes:
        await trio.lowlevel.checkpoint()
        made.append((content_topic, payload, hour))
        return bytes(NONCE_BYTES)

    monkeypatch.setattr(Stamps, "make", make)
    book = StampBook(STAMPS)
    for number in (0, 0, *range(300), 0):
        await book.stamp(TOPIC, b"%d" % number, lambda: NOW_NS)

    assert len(made) == 301


async def test_a_message_without_its_stamp_is_refused() -> None:
    """By the rule every relay goes by; one with it is accepted."""
    stamp = await STAMPS.make(TOPIC, b"hello", HOUR)

    def take(meta: bytes, stamps: Stamps | None = STAMPS) -> bytes:
        encoded = encode("/waku/2/rs/1/0", TOPIC, b"hello", timestamp_ns=NOW_NS, ephemeral=False, meta=meta)
        return accept("/waku/2/rs/1/0", encoded.data, NOW_NS // 1_000_000, 20_000, stamps).payload

    assert take(stamp) == b"hello"
    assert take(b"", None) == b"hello"
    with pytest.raises(MalformedMessageError, match="no stamp"):
        take(b"")


async def test_a_node_stamps_what_it_publishes_and_refuses_what_is_not() -> None:
    """A neighbour with other ideas of what it costs is not heard, and counted."""
    async with MemoryNetwork(lambda: NOW_NS // 1_000_000, stamps=STAMPS) as network:
        alice, bob = network.join("alice"), network.join("bob")
        bob.watch([TOPIC])
        await alice.publish(TOPIC, b"paid")
        network.stamps = Stamps(re.compile("none"))
        unpaid = network.join("unpaid")
        network.stamps = STAMPS
        await unpaid.publish(TOPIC, b"unpaid")
        received = bob.messages.receive_nowait()

        assert received.payload == b"paid"
        assert STAMPS.fit(TOPIC, b"paid", received.timestamp_ns, received.meta)
        assert bob.messages.statistics().current_buffer_used == 0
        assert bob.counts().refused["no stamp"] == 1
