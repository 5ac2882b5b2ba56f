"""Hostile Yamux frames after a proper Noise handshake: the connection ends, the node does not notice."""

from __future__ import annotations

import random
import struct

import pytest
import trio

from conformance.network_cases import WAIT_S, until
from p2p.siege import Siege, besieged
from parley.p2p.libp2p_adapter.muxed_stream import WINDOW, WindowOverrunError
from parley.p2p.libp2p_adapter.muxer import INBOUND_STREAMS, BoundedYamux

DATA, WINDOW_UPDATE, PING, GO_AWAY = range(4)
SYN, ACK, FIN, RST = 1, 2, 4, 8


def frame(kind: int, flags: int, stream_id: int, length: int, body: bytes = b"", version: int = 0) -> bytes:
    """A Yamux frame, well-formed or not."""
    return struct.pack("!BBHII", version, kind, flags, stream_id, length) + body


async def cut_off(conn: object) -> None:
    """Read until the victim hangs up."""
    with trio.fail_after(WAIT_S):
        try:
            while await conn.read(None):  # type: ignore[attr-defined]
                pass
        except Exception:  # noqa: S110 - However the end shows itself.
            pass


def muxer_of(siege: Siege) -> BoundedYamux:
    """The victim's side of the attacker's connection: the one that is neither Alice's nor Bob's."""
    friends = {siege.alice.peer_id, siege.bob.peer_id}
    links = [
        link
        for peer, links in siege.inside.swarm.connections.items()
        if str(peer) not in friends
        for link in links
    ]
    return links[0].muxed_conn  # type: ignore[return-value]


async def connected(siege: Siege) -> None:
    """Wait until the victim has taken in the attacker's connection."""
    await until(lambda: siege.inside.swarm.get_total_connections() == 3)


@pytest.mark.parametrize(
    "frames",
    [
        frame(DATA, 0, 1, 0, version=1),
        frame(9, 0, 1, 0),
        frame(DATA, SYN, 1, WINDOW + 1),
        frame(DATA, SYN, 0, 0),
        frame(DATA, SYN, 2, 0),  # An even id belongs to the side that was dialled.
        frame(WINDOW_UPDATE, SYN, 1, 0) * 2,
        frame(GO_AWAY, 0, 0, 0),
        frame(GO_AWAY, 0, 0, 0xFFFFFFFF),
    ],
    ids=["version", "kind", "length", "zero", "parity", "twice", "goaway", "goaway code"],
)
async def test_a_frame_against_the_protocol_ends_the_connection(frames: bytes) -> None:
    """Each of these is either a violation or a farewell."""
    async with besieged() as siege:
        conn = await siege.unconnected().frames()
        await conn.write(frames)
        await cut_off(conn)


async def test_a_huge_frame_length() -> None:
    """Four gigabytes are announced; the connection ends before a byte of them is kept."""
    async with besieged() as siege:
        conn = await siege.unconnected().frames()
        await conn.write(frame(WINDOW_UPDATE, SYN, 1, 0) + frame(DATA, 0, 1, 0xFFFFFFFF) + bytes(1000))
        await cut_off(conn)


async def test_a_window_overrun() -> None:
    """More than the window on a stream nobody reads ends the connection; stock py-libp2p keeps the bytes."""
    async with besieged() as siege:
        siege.inside.host.set_stream_handler("/never/reads", _never_reads)  # type: ignore[arg-type]
        conn = await siege.unconnected().frames()
        hello = b"\x13/multistream/1.0.0\n\x0d/never/reads\n"
        await conn.write(frame(WINDOW_UPDATE, SYN, 1, 0) + frame(DATA, 0, 1, len(hello), hello))
        seen = b""
        with trio.fail_after(WAIT_S):
            while b"/never/reads" not in seen:
                seen += await conn.read(None)
        muxer = muxer_of(siege)
        try:
            for _ in range(WINDOW // 50_000 + 2):
                await conn.write(frame(DATA, 0, 1, 50_000, bytes(50_000)))
        except Exception:  # noqa: S110 - The victim hung up while we wrote.
            pass
        await cut_off(conn)
        assert isinstance(muxer.ended_by, WindowOverrunError)


async def test_many_streams() -> None:
    """Five hundred streams are asked for, a few at a time; sixty-four are opened and the others refused."""
    async with besieged() as siege:
        conn = await siege.unconnected().frames()
        await connected(siege)
        muxer = muxer_of(siege)
        answers = {flag: struct.pack("!BBH", 0, WINDOW_UPDATE, flag) for flag in (ACK, RST)}
        seen = b""
        for batch in range(50):
            numbers = range(10 * batch, 10 * batch + 10)
            await conn.write(b"".join(frame(WINDOW_UPDATE, SYN, 2 * number + 1, 0) for number in numbers))
            with trio.fail_after(WAIT_S):
                while seen.count(answers[ACK]) + seen.count(answers[RST]) < numbers[-1] + 1:
                    seen += await conn.read(None)
        assert seen.count(answers[ACK]) == INBOUND_STREAMS
        assert seen.count(answers[RST]) == 500 - INBOUND_STREAMS
        assert muxer.stream_count <= INBOUND_STREAMS + 4


async def test_streams_opened_and_reset_at_once() -> None:
    """Two thousand streams that live for one frame each: no task and no stream is left."""
    async with besieged() as siege:
        conn = await siege.unconnected().frames()
        await connected(siege)
        muxer = muxer_of(siege)
        for start in range(0, 2_000, 50):
            pairs = (
                frame(WINDOW_UPDATE, SYN, 2 * number + 1, 0) + frame(WINDOW_UPDATE, RST, 2 * number + 1, 0)
                for number in range(start, start + 50)
            )
            await conn.write(b"".join(pairs))
            await trio.lowlevel.checkpoint()
        await conn.write(frame(PING, SYN, 0, 77))
        await until(lambda: muxer.stream_count <= 4)


async def test_pings_whose_answers_are_never_read() -> None:
    """A flood of pings with its answers unread fills our write queue to its bound, and then ends."""
    async with besieged() as siege:
        conn = await siege.unconnected().frames()
        await connected(siege)
        muxer = muxer_of(siege)
        flood = b"".join(frame(PING, SYN, 0, number) for number in range(5_000))
        with trio.move_on_after(WAIT_S):
            try:
                for _ in range(2_000):
                    await conn.write(flood)
            except Exception:  # noqa: S110 - The victim hung up while we wrote.
                pass
        await until(lambda: muxer.is_closed)


async def test_data_for_streams_that_are_not_there() -> None:
    """It is read and thrown away: such a stream may just have been closed by us."""
    async with besieged() as siege:
        conn = await siege.unconnected().frames()
        await conn.write(
            frame(DATA, 0, 99, 10, bytes(10)) + frame(DATA, FIN, 101, 0) + frame(PING, SYN, 0, 5)
        )
        seen = b""
        with trio.fail_after(WAIT_S):
            while frame(PING, ACK, 0, 5) not in seen:
                seen += await conn.read(None)


async def test_a_window_update_past_all_bounds() -> None:
    """A peer that grants four gigabytes a hundred times grants no more than the largest window."""
    async with besieged() as siege:
        conn = await siege.unconnected().frames()
        await connected(siege)
        await conn.write(
            frame(WINDOW_UPDATE, SYN, 1, 0xFFFFFFFF) + frame(WINDOW_UPDATE, 0, 1, 0xFFFFFFFF) * 100
        )
        await conn.write(frame(PING, SYN, 0, 5))
        seen = b""
        with trio.fail_after(WAIT_S):
            while frame(PING, ACK, 0, 5) not in seen:
                seen += await conn.read(None)


@pytest.mark.parametrize("seed", range(6))
async def test_noise_where_frames_should_be(seed: int) -> None:
    """Random bytes, and random but well-formed frames."""
    rng = random.Random(seed)
    async with besieged() as siege:
        conn = await siege.unconnected().frames()
        if seed % 2:
            noise = rng.randbytes(20_000)
        else:
            frames = []
            for _ in range(300):
                body = rng.randbytes(rng.choice([0, 0, 5, 300]))
                kind = rng.choice([DATA, DATA, WINDOW_UPDATE, PING])
                length = len(body) if kind == DATA else rng.getrandbits(32)
                head = frame(kind, rng.getrandbits(4), 2 * rng.randrange(20) + 1, length)
                frames.append(head + (body if kind == DATA else b""))
            noise = b"".join(frames)
        try:
            await conn.write(noise)
            await conn.write(frame(GO_AWAY, 0, 0, 0))
        except Exception:  # noqa: S110 - The victim hung up while we wrote.
            pass
        await cut_off(conn)


async def test_the_unread_bytes_of_a_connection_are_bounded() -> None:
    """Sixty streams, each filled within its window and none of them read: the sum is too much."""
    async with besieged() as siege:
        siege.inside.host.set_stream_handler("/never/reads", _never_reads)  # type: ignore[arg-type]
        attacker = await siege.attacker()
        with trio.fail_after(WAIT_S):
            try:
                for _ in range(60):
                    stream = await attacker.open("/never/reads")
                    await stream.write(bytes(WINDOW - 1000))
            except Exception:  # noqa: S110 - The victim hung up while we wrote.
                pass
        await attacker.is_cut_off()


async def _never_reads(stream: object) -> None:
    await trio.sleep_forever()


async def test_garbage_inside_a_noise_message() -> None:
    """A message that does not decrypt ends the connection."""
    async with besieged() as siege:
        attacker = siege.unconnected()
        await attacker.frames()
        assert attacker.socket is not None
        await attacker.socket.send_all(b"\x00\x40" + bytes(64))
        with trio.fail_after(WAIT_S):
            try:
                while await attacker.socket.receive_some():
                    pass
            except trio.BrokenResourceError:
                pass
