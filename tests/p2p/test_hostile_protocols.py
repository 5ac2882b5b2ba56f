"""Hostile requests and answers on the small protocols, and on protocols we do not have."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from dataclasses import replace

import pytest
import trio
from libp2p.host.ping import ID as PING
from libp2p.identity.identify.identify import ID as IDENTIFY
from libp2p.identity.identify.pb.identify_pb2 import Identify
from libp2p.identity.identify_push.identify_push import ID_PUSH

from conformance.network_cases import WAIT_S, until
from p2p.attacker import METADATA_PROTOCOL, TIME_PROTOCOL
from p2p.siege import SETTINGS, besieged
from parley.p2p.libp2p_adapter.frames import varint
from parley.p2p.settings import CLUSTER_ID
from parley.p2p.waku_pb2 import WakuMetadata


def framed(data: bytes) -> bytes:
    """A length and the data."""
    return varint(len(data)) + data


GOOD = framed(WakuMetadata(cluster_id=CLUSTER_ID, shards=[0]).SerializeToString())


@pytest.mark.parametrize(
    "request_bytes",
    [framed(b"\xff\xff"), framed(WakuMetadata(cluster_id=1).SerializeToString()), framed(b"")],
    ids=["garbage", "other cluster", "no cluster"],
)
async def test_metadata_of_another_world_ends_the_connection(request_bytes: bytes) -> None:
    """Who asks with garbage, or from another cluster, is answered and not kept."""
    async with besieged() as siege:
        attacker = await siege.attacker()
        stream = await attacker.open(METADATA_PROTOCOL)
        await stream.write(request_bytes)
        await attacker.is_cut_off()


@pytest.mark.parametrize(
    "request_bytes", [varint(1 << 40), b"\xff" * 20, varint(100) + b"cut"], ids=["huge", "endless", "short"]
)
async def test_metadata_that_is_no_frame(request_bytes: bytes) -> None:
    """The stream is reset; the peer may stay."""
    async with besieged() as siege:
        attacker = await siege.attacker()
        stream = await attacker.open(METADATA_PROTOCOL)
        await stream.write(request_bytes)
        await stream.close()
        await siege.failed("stream")


@pytest.mark.parametrize(
    "reply",
    [b"", b"\xff" * 30, framed(b"\xff\xff"), framed(bytes(9_000)), varint(1 << 50)],
    ids=["nothing", "endless", "garbage", "large", "huge"],
)
async def test_a_peer_that_answers_metadata_with_nonsense(reply: bytes) -> None:
    """Its nonsense is counted; what comes of it is at most that it is not kept."""
    async with besieged() as siege:
        attacker = siege.unconnected()
        attacker.replies[METADATA_PROTOCOL] = lambda _: reply
        before = siege.victim.counts().failures["metadata"] + siege.victim.counts().refused.total()
        await attacker.connect()
        await until(
            lambda: (
                siege.victim.counts().failures["metadata"] + siege.victim.counts().refused.total() > before
            )
        )


@pytest.mark.parametrize(
    "reply",
    [
        lambda _: b"",
        lambda _: b"short",
        lambda _: os.urandom(24),
        lambda request: request + b"\xff" * 8,
        lambda request: request + bytes(8) + bytes(100_000),
    ],
    ids=["nothing", "short", "other nonce", "end of time", "long"],
)
async def test_a_peer_that_answers_time_with_nonsense(reply: Callable[[bytes], bytes]) -> None:
    """No sample is taken, and the next question finds the node well."""
    async with besieged() as siege:
        attacker = siege.unconnected()
        asked = trio.Event()

        def answer(request: bytes) -> bytes:
            asked.set()
            return reply(request)

        attacker.replies[METADATA_PROTOCOL] = lambda _: GOOD
        attacker.replies[TIME_PROTOCOL] = answer
        await attacker.connect()
        with trio.fail_after(WAIT_S):
            await asked.wait()
        await until(lambda: siege.victim.time().answers <= 3)
        assert siege.victim.time().offset_ms == 0


async def test_two_liars_among_five_do_not_move_the_clock() -> None:
    """The median of five neighbours, two of which are a day ahead."""
    async with besieged() as siege:
        for number in range(3):
            attacker = siege.unconnected(f"mallory {number}")
            attacker.replies[METADATA_PROTOCOL] = lambda _: GOOD
            shift_ms = 86_400_000 if number < 2 else 0

            def answer(request: bytes, shift_ms: int = shift_ms) -> bytes:
                return request + struct.pack("!Q", SETTINGS.clock() + shift_ms)

            attacker.replies[TIME_PROTOCOL] = answer
            await attacker.connect()
        await until(lambda: siege.victim.time().answers == 5)
        assert siege.victim.time().offset_ms == 0


async def test_a_time_request_cut_short_or_never_finished() -> None:
    """Half a nonce, and then nothing or the end."""
    async with besieged() as siege:
        attacker = await siege.attacker()
        waiting = await attacker.open(TIME_PROTOCOL)
        await waiting.write(b"half")
        ended = await attacker.open(TIME_PROTOCOL)
        await ended.write(b"half")
        await ended.close()
        await siege.failed("stream")


async def test_a_thousand_time_requests() -> None:
    """Each is answered on its own short stream, and no stream is left."""
    async with besieged() as siege:
        attacker = await siege.attacker()
        for _ in range(100):
            stream = await attacker.open(TIME_PROTOCOL)
            nonce = os.urandom(16)
            await stream.write(nonce)
            reply = b""
            with trio.fail_after(WAIT_S):
                while len(reply) < 24:
                    reply += await stream.read(24)
            assert reply[:16] == nonce
            await stream.reset()
        muxer = siege.inside.swarm.get_connections(attacker.peer_id)[0].muxed_conn
        await until(lambda: muxer.stream_count <= 4)  # type: ignore[attr-defined]


async def test_identify_is_answered_and_names_no_account() -> None:
    """Our key, our protocols, our addresses; identify/push is not offered."""
    async with besieged() as siege:
        attacker = await siege.attacker()
        stream = await attacker.open(IDENTIFY)
        data = b""
        with trio.fail_after(WAIT_S):
            try:
                while True:
                    data += await stream.read(65_536)
            except Exception:  # noqa: S110 - The end of the stream, by whatever name.
                pass
        identify = Identify.FromString(data[2:])
        assert "/vac/waku/relay/2.0.0" in identify.protocols
        assert ID_PUSH not in identify.protocols
        assert not any("kad" in name or "circuit" in name for name in identify.protocols)


async def test_identify_push_is_not_spoken() -> None:
    """Nobody writes into our peer store."""
    async with besieged() as siege:
        attacker = await siege.attacker()
        with pytest.raises(Exception, match="protocol"):
            await attacker.open(ID_PUSH)


@pytest.mark.parametrize("size", [0, 1, 31])
async def test_a_short_ping(size: int) -> None:
    """Less than 32 bytes and the end."""
    async with besieged() as siege:
        attacker = await siege.attacker()
        stream = await attacker.open(PING)
        await stream.write(bytes(size))
        await stream.close()


async def test_ping_is_answered_until_the_peer_has_enough() -> None:
    """Two hundred pings on one stream, each echoed."""
    async with besieged() as siege:
        attacker = await siege.attacker()
        stream = await attacker.open(PING)
        for _ in range(200):
            sent = os.urandom(32)
            await stream.write(sent)
            echoed = b""
            with trio.fail_after(WAIT_S):
                while len(echoed) < 32:
                    echoed += await stream.read(32 - len(echoed))
            assert echoed == sent
        await stream.close()


@pytest.mark.parametrize(
    "protocol",
    ["/ipfs/kad/1.0.0", "/libp2p/circuit/relay/0.2.0/hop", "/rendezvous/1.0.0", "/meshsub/1.1.0", "x" * 900],
)
async def test_an_unknown_protocol(protocol: str) -> None:
    """What we do not speak is declined."""
    async with besieged() as siege:
        attacker = await siege.attacker()
        with pytest.raises(Exception, match="protocol"):
            await attacker.open(protocol)


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x02\xff\n",
        b"\x13/multistream/1.0.0\n\x04\xff\xfe\xfd\n",
        b"\x13/multistream/1.0.0\n\x00",
        b"\x13/multistream/1.0.0\n" + b"\xff" * 12,
        b"\x13/multistream/1.0.0\n" + b"\x03ls\n" * 3_000,
        b"\x13/multistream/1.0.0\n\x80\x80\x80\x80\x04" + b"x" * 100_000,
        b"",
    ],
    ids=["utf8 first", "utf8", "empty", "varint", "ls flood", "huge", "nothing"],
)
async def test_garbage_in_the_negotiation_of_a_stream(garbage: bytes) -> None:
    """The stream is reset, or waits for its deadline alone."""
    async with besieged(replace(SETTINGS, handshake_s=5)) as siege:
        attacker = await siege.attacker()
        stream = await attacker.muxed.open_stream()
        if garbage:
            await stream.write(garbage)
        await siege.still_relays()
        await stream.reset()
