"""Hostile RPCs: the victim refuses each for a named reason, goes on relaying, and keeps nothing of it."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
import trio
import trio.testing
from libp2p.crypto.ed25519 import create_new_key_pair
from libp2p.peer.envelope import seal_record
from libp2p.peer.id import ID
from libp2p.peer.peer_record import PeerRecord
from libp2p.pubsub.pb import rpc_pb2
from libp2p.pubsub.validators import PUBSUB_SIGNING_PREFIX

from conformance.network_cases import key_of, until
from p2p.attacker import PUBSUB_TOPIC
from p2p.siege import SETTINGS, TOPIC, besieged
from parley.p2p.api import PAYLOAD_BYTES, BudgetLimits
from parley.p2p.libp2p_adapter.frames import varint
from parley.p2p.message import encode
from parley.p2p.waku_pb2 import WakuMessage


def message(payload: bytes, *, age_s: float = 0) -> bytes:
    """A Waku message as its sender would encode it."""
    at_ns = time.time_ns() - int(age_s * 1e9)
    return encode(PUBSUB_TOPIC, TOPIC, payload, timestamp_ns=at_ns, ephemeral=False, meta=b"").data


@pytest.mark.parametrize(
    "frame",
    [
        b"\x12\xff\xff\xff\xff\x0f\x00\x00\x00",  # A publish entry longer than the frame.
        b"\x12\x03\x12\xff\x01",  # A message whose data is longer than it.
        b"\xff" * 9,
        b"\x0b\x0c",  # Groups, which nothing uses.
        b"\x12",
        b"\x0d\x01",
    ],
)
async def test_a_malformed_protobuf_resets_the_stream(frame: bytes) -> None:
    """Nine bytes end the stock process; here they end one stream."""
    async with besieged() as siege:
        attacker = await siege.attacker()
        await attacker.send_frame(frame)
        await siege.refused("rpc not decodable")


async def test_malformed_again_and_again_ends_the_connection() -> None:
    """Five strikes within a minute and the victim hangs up."""
    async with besieged() as siege:
        attacker = await siege.attacker()
        for strike in range(1, 6):
            attacker.forget_stream()
            await attacker.send_frame(b"\xff")
            await siege.refused("rpc not decodable", strike)
        await attacker.is_cut_off()
        assert siege.victim.counts().refused["too many strikes"] == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"key": b"not a key"},
        {"from_id": b"\xff\x00 nobody"},
        {"from_id": b""},
        {"seqno": b"\x01"},
        {"signature": bytes(64)},
        {"key": b"", "signature": b"", "from_id": b"", "seqno": b""},
    ],
)
async def test_signed_messages_are_refused(fields: dict[str, bytes]) -> None:
    """StrictNoSign: a field that names a sender, present even if empty, refuses the message."""
    async with besieged() as siege:
        attacker = await siege.attacker()
        signed = rpc_pb2.Message(data=message(b"signed"), topicIDs=[PUBSUB_TOPIC], **fields)
        await attacker.send(rpc_pb2.RPC(publish=[signed]))
        await siege.refused("signed message")
        assert siege.bob.counts().refused.total() == 0


async def test_a_properly_signed_message_is_refused() -> None:
    """A message signed as stock pubsub signs is refused for being signed, not for a bad signature."""
    async with besieged() as siege:
        attacker = await siege.attacker()
        signed = rpc_pb2.Message(
            data=message(b"signed"),
            topicIDs=[PUBSUB_TOPIC],
            from_id=attacker.peer_id.to_bytes(),
            seqno=bytes(8),
        )
        signed.signature = attacker.key_pair.private_key.sign(
            PUBSUB_SIGNING_PREFIX.encode() + signed.SerializeToString()
        )
        signed.key = attacker.key_pair.public_key.serialize()
        await attacker.send(rpc_pb2.RPC(publish=[signed]))
        await siege.refused("signed message")


async def test_bad_utf8_topics() -> None:
    """A topic that is not text, in a subscription, a message and a control entry."""
    bad = b"\xff\xfe\xfd"
    entry = varint(2 << 3 | 2) + varint(len(bad)) + bad
    subscription = b"\x0a" + varint(2 + len(entry)) + b"\x08\x01" + entry
    topic = varint(4 << 3 | 2) + varint(len(bad)) + bad
    publish = b"\x12" + varint(len(topic)) + topic
    graft = b"\x0a" + varint(len(bad)) + bad
    control = b"\x1a" + varint(len(graft) + 2) + b"\x1a" + varint(len(graft)) + graft
    async with besieged() as siege:
        attacker = await siege.attacker()
        before = siege.victim.counts().received
        for frame in (subscription, publish, control):
            await attacker.send_frame(frame)
        await attacker.publish(message(b"marker"))
        await until(lambda: siege.victim.counts().received > before)
        assert siege.victim.counts().refused["other topic"] == 1
        assert list(siege.inside.pubsub.peer_topics) == [PUBSUB_TOPIC]


async def test_a_huge_frame_length() -> None:
    """A gigabyte is announced; the stream is reset before anything of it is kept."""
    async with besieged() as siege:
        attacker = await siege.attacker()
        await attacker.send_raw(varint(1 << 30) + b"x" * 1000)
        await siege.refused("frame too large")


async def test_an_endless_length_prefix() -> None:
    """Eleven bytes of continuation are no number."""
    async with besieged() as siege:
        attacker = await siege.attacker()
        await attacker.send_raw(b"\x80" * 11)
        await siege.refused("length prefix")


async def test_a_frame_cut_short() -> None:
    """A stream that ends inside a frame."""
    async with besieged() as siege:
        attacker = await siege.attacker()
        await attacker.send_raw(varint(100) + b"only this")
        await attacker.finish()
        await siege.refused("frame cut short")


async def test_a_frame_never_finished_blocks_nobody() -> None:
    """A peer that stops in the middle of a frame keeps only its own stream waiting."""
    async with besieged() as siege:
        attacker = await siege.attacker()
        await attacker.send_raw(varint(100_000) + b"and then nothing")
        await siege.still_relays()


async def test_three_thousand_messages_in_one_rpc() -> None:
    """The burst of the message budget passes, the rest is dropped unseen."""
    async with besieged() as siege:
        attacker = await siege.attacker()
        before = siege.victim.counts().received
        await attacker.publish(*(message(number.to_bytes(4, "big")) for number in range(3_000)))
        await until(
            lambda: (
                siege.victim.counts().received - before + siege.victim.counts().refused["message budget"]
                == 3_000
            )
        )
        limits = BudgetLimits()
        assert limits.messages_burst <= siege.victim.counts().received - before < 3_000


async def test_half_a_million_empty_messages() -> None:
    """One mebibyte of two-byte entries is refused before an object is made of each."""
    async with besieged() as siege:
        attacker = await siege.attacker()
        await attacker.send_frame(b"\x12\x00" * 500_000)
        await siege.refused("too many entries")


async def test_a_giant_message() -> None:
    """Above Waku's limit, below that of an RPC."""
    async with besieged() as siege:
        attacker = await siege.attacker()
        giant = WakuMessage(payload=bytes(PAYLOAD_BYTES + 1), content_topic=TOPIC, timestamp=time.time_ns())
        await attacker.publish(giant.SerializeToString())
        await siege.refused("payload too large")
        attacker.forget_stream()
        giant.payload = bytes(800_000)
        await attacker.publish(giant.SerializeToString())
        await siege.refused("message too large")
        assert siege.bob.counts().refused.total() == 0


@pytest.mark.parametrize("age_s", [-3_600, -21, 21, 3_600, 1.7e9])
async def test_a_timestamp_far_off_is_not_relayed(age_s: float) -> None:
    """Beyond twenty seconds either way, and at the epoch."""
    async with besieged() as siege:
        attacker = await siege.attacker()
        await attacker.publish(message(b"late", age_s=age_s))
        await siege.refused("timestamp outside the window")
        assert siege.bob.counts().refused.total() == 0


@pytest.mark.parametrize(
    ("waku", "fact"),
    [
        (b"\xff\xff\xff", "message not decodable"),
        (b"", "content topic length"),
        (WakuMessage(content_topic="x" * 257).SerializeToString(), "content topic length"),
        (WakuMessage(content_topic="x", meta=bytes(65)).SerializeToString(), "meta too large"),
        (b"\x12\x02\xff\xfe", "message not decodable"),
        (WakuMessage(content_topic="x").SerializeToString(), "timestamp outside the window"),
        (
            WakuMessage(content_topic="x", timestamp=-(2**63)).SerializeToString(),
            "timestamp outside the window",
        ),
    ],
)
async def test_a_malformed_waku_message(waku: bytes, fact: str) -> None:
    """A proper RPC with an improper message inside: dropped, the stream stays."""
    async with besieged() as siege:
        attacker = await siege.attacker()
        await attacker.publish(waku)
        await siege.refused(fact)
        before = siege.victim.counts().received
        await attacker.publish(message(b"and a good one"))
        await until(lambda: siege.victim.counts().received > before)


@pytest.mark.parametrize(
    "topics", [[], ["/waku/2/rs/1/0"], [PUBSUB_TOPIC, PUBSUB_TOPIC], [PUBSUB_TOPIC, "x"]]
)
async def test_a_message_on_another_topic(topics: list[str]) -> None:
    """Exactly our topic, once, or it is not for us to relay."""
    async with besieged() as siege:
        attacker = await siege.attacker()
        stray = rpc_pb2.Message(data=message(b"stray"), topicIDs=topics)
        await attacker.send(rpc_pb2.RPC(publish=[stray]))
        await siege.refused("other topic")


async def test_a_bad_signed_record() -> None:
    """Garbage, too long, a broken signature, and somebody else's record."""
    other = create_new_key_pair(key_of("somebody else"))
    stolen = seal_record(
        PeerRecord(ID.from_pubkey(other.public_key), []), other.private_key
    ).marshal_envelope()
    async with besieged() as siege:
        for number, record in enumerate([b"garbage", bytes(5_000), stolen[:-1] + b"\x00", stolen]):
            attacker = await siege.attacker(f"mallory {number}")
            await attacker.send(rpc_pb2.RPC(senderRecord=record))
            await siege.refused("signed record", number + 1)


async def test_a_changing_signed_record_is_not_verified_each_time() -> None:
    """A hundred different records cost at most one verification; the RPCs count all the same."""
    async with besieged() as siege:
        attacker = await siege.attacker()
        own = attacker.key_pair.private_key
        before = siege.victim.counts().received
        for number in range(100):
            record = PeerRecord(attacker.peer_id, [], seq=number)
            rpc = rpc_pb2.RPC(senderRecord=seal_record(record, own).marshal_envelope())
            rpc.publish.add(data=message(bytes([number])), topicIDs=[PUBSUB_TOPIC])
            await attacker.send(rpc)
        await until(lambda: siege.victim.counts().received == before + 100)
        known = siege.inside.neighbours.of(attacker.peer_id)
        assert known.record == seal_record(PeerRecord(attacker.peer_id, [], seq=0), own).marshal_envelope()


async def test_a_repeated_message_is_relayed_once() -> None:
    """The same bytes a hundred times, in one RPC and in many."""
    async with besieged() as siege:
        attacker = await siege.attacker()
        siege.bob.watch([TOPIC])
        before = siege.bob.counts().received
        same = message(b"again")
        await attacker.publish(*[same] * 50)
        for _ in range(50):
            await attacker.publish(same)
        await attacker.publish(message(b"last"))
        await until(lambda: siege.bob.counts().received >= before + 2)
        assert siege.bob.counts().received == before + 2


async def test_a_byte_flood_is_slowed_down_to_the_budget(autojump_clock: trio.testing.MockClock) -> None:
    """Past the burst the victim stops reading for as long as the budget says; nothing is lost by that."""
    del autojump_clock
    budget = BudgetLimits(bytes_per_s=100_000, bytes_burst=200_000)
    async with besieged(replace(SETTINGS, budget=budget)) as siege:
        attacker = await siege.attacker()
        before = siege.victim.counts().received
        for number in range(8):
            await attacker.publish(message(bytes([number]) * 100_000))
        await until(lambda: siege.victim.counts().received == before + 8)
        assert siege.victim.counts().refused["byte budget"] >= 4


async def test_two_relay_streams_of_one_peer() -> None:
    """A few are read, the oldest gives way: a peer cannot multiply its readers."""
    async with besieged() as siege:
        attacker = await siege.attacker()
        for number in range(20):
            attacker.forget_stream()
            await attacker.publish(message(bytes([number])))
        before = siege.victim.counts().received
        await attacker.publish(message(b"newest"))
        await until(lambda: siege.victim.counts().received > before)
        muxers = [link.muxed_conn for link in siege.inside.swarm.get_connections(attacker.peer_id)]
        assert sum(muxer.stream_count for muxer in muxers) <= 26  # type: ignore[attr-defined]


async def test_an_abrupt_close_in_the_middle_of_an_rpc() -> None:
    """The socket goes away while the victim reads."""
    async with besieged() as siege:
        attacker = await siege.attacker()
        await attacker.subscribe()
        await attacker.send_raw(varint(1000) + b"\x12")
        await attacker.hang_up()
        await until(lambda: len(siege.victim.peers()) == 2)
