"""Our Yamux against stock py-libp2p's, and against itself, over an in-memory connection."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing
from libp2p.crypto.ed25519 import create_new_key_pair
from libp2p.peer.id import ID
from libp2p.stream_muxer.exceptions import MuxedStreamEOF, MuxedStreamError, MuxedStreamReset
from libp2p.stream_muxer.yamux.yamux import Yamux

from conformance.network_cases import key_of
from parley.p2p.libp2p_adapter.muxed_stream import WINDOW
from parley.p2p.libp2p_adapter.muxer import BoundedYamux

PEER = ID.from_pubkey(create_new_key_pair(key_of("peer")).public_key)


class Wire:
    """One end of an in-memory connection, as a secured connection looks to a muxer."""

    def __init__(self, stream: trio.StapledStream, *, is_initiator: bool) -> None:  # type: ignore[type-arg]
        self._stream = stream
        self.is_initiator = is_initiator

    async def read(self, n: int | None = None) -> bytes:
        return bytes(await self._stream.receive_some(n))

    async def write(self, data: bytes) -> None:
        half = len(data) // 2
        await self._stream.send_all(data[:half])
        await self._stream.send_all(data[half:])

    async def close(self) -> None:
        await self._stream.aclose()


@asynccontextmanager
async def pair(kind: type = BoundedYamux) -> AsyncIterator[tuple[BoundedYamux, BoundedYamux]]:
    """Two connected muxers; the second may be the stock one."""
    left, right = trio.testing.memory_stream_pair()
    ours = BoundedYamux(Wire(left, is_initiator=True), PEER)  # type: ignore[arg-type]
    theirs = kind(Wire(right, is_initiator=False), PEER)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(ours.start)
        nursery.start_soon(theirs.start)
        await ours.event_started.wait()
        await theirs.event_started.wait()
        yield ours, theirs
        with trio.move_on_after(2):
            await ours.close()
            await theirs.close()
        nursery.cancel_scope.cancel()


async def read_all(stream: object, size: int) -> bytes:
    """Read so many bytes."""
    data = b""
    with trio.fail_after(10):
        while len(data) < size:
            data += await stream.read(size - len(data))  # type: ignore[attr-defined]
    return data


@pytest.mark.parametrize("kind", [BoundedYamux, Yamux], ids=["ours", "stock"])
@pytest.mark.parametrize("size", [1, 1_000, WINDOW, 3 * WINDOW + 17])
async def test_bytes_cross_both_ways(kind: type, size: int) -> None:
    """More than a window, in both directions at once, on two streams opened from either side."""
    async with pair(kind) as (ours, theirs):
        opened = [await ours.open_stream(), await theirs.open_stream()]
        payloads = [os.urandom(size) for _ in range(4)]
        async with trio.open_nursery() as nursery:
            for stream, payload in zip(opened, payloads, strict=False):
                nursery.start_soon(stream.write, payload)
            accepted = [await theirs.accept_stream(), await ours.accept_stream()]
            for stream, payload in zip(accepted, payloads[2:], strict=True):
                nursery.start_soon(stream.write, payload)
            assert [await read_all(stream, size) for stream in accepted] == payloads[:2]
            assert [await read_all(stream, size) for stream in opened] == payloads[2:]


@pytest.mark.parametrize("kind", [BoundedYamux, Yamux], ids=["ours", "stock"])
async def test_the_end_and_a_reset_are_told_apart(kind: type) -> None:
    """After closing, what was sent is read and then the end; after a reset, the reset."""
    async with pair(kind) as (ours, theirs):
        ending, resetting = await theirs.open_stream(), await theirs.open_stream()
        await ending.write(b"last")
        await resetting.write(b"x")
        first, second = await ours.accept_stream(), await ours.accept_stream()
        await ending.close()
        assert await read_all(first, 4) == b"last"
        with pytest.raises(MuxedStreamEOF):
            await first.read(1)
        assert await read_all(second, 1) == b"x"
        await resetting.reset()
        with pytest.raises(MuxedStreamReset):
            await second.read(1)


async def test_streams_are_forgotten_when_both_sides_are_done() -> None:
    """A thousand short streams leave nothing behind, and never run out."""
    async with pair() as (ours, theirs):
        for _ in range(1_000):
            asking = await ours.open_stream()
            await asking.write(b"?")
            answering = await theirs.accept_stream()
            assert await read_all(answering, 1) == b"?"
            await answering.write(b"!")
            await answering.close()
            assert await read_all(asking, 1) == b"!"
            await asking.close()
        await trio.testing.wait_all_tasks_blocked()
        assert (ours.stream_count, theirs.stream_count, ours.unread, theirs.unread) == (0, 0, 0, 0)


async def test_a_write_waits_for_the_window_and_gives_up(autojump_clock: trio.testing.MockClock) -> None:
    """A peer that does not read stops the writer after a window, and for twenty seconds at most."""
    del autojump_clock
    async with pair() as (ours, theirs):
        stream = await ours.open_stream()
        began = trio.current_time()
        with pytest.raises(MuxedStreamError, match="does not read"):
            await stream.write(bytes(WINDOW + 1))
        assert 19 <= trio.current_time() - began <= 21
        assert theirs.unread == WINDOW


async def test_a_cancelled_write() -> None:
    """Cancelling a writer at any moment leaves whole frames behind: other streams go on."""
    async with pair() as (ours, theirs):

        async def write(scope: trio.CancelScope) -> None:
            stream = await ours.open_stream()
            with scope:
                await stream.write(bytes(1_000))
            await stream.reset()

        for moment in range(40):
            async with trio.open_nursery() as nursery:
                scope = trio.CancelScope()
                nursery.start_soon(write, scope)
                for _ in range(moment):
                    await trio.lowlevel.checkpoint()
                scope.cancel()
        good = await ours.open_stream()
        await good.write(b"whole")
        with trio.fail_after(10):
            while True:
                accepted = await theirs.accept_stream()
                try:
                    if await read_all(accepted, 5) == b"whole":
                        break
                except MuxedStreamReset:
                    continue


async def test_the_end_of_a_connection_ends_whatever_runs_on_it() -> None:
    """Readers, writers, those who wait for streams, and handlers that wait for something else."""
    ended = []
    async with pair() as (ours, theirs):
        stream = await ours.open_stream()

        async def read() -> None:
            with pytest.raises(MuxedStreamReset):
                await stream.read(1)
            ended.append("read")

        async def accept() -> None:
            with pytest.raises(Exception, match="closed"):
                await ours.accept_stream()
            ended.append("accept")

        async def handler() -> None:
            with ours.lifetime():
                await trio.sleep_forever()
            ended.append("handler")

        async with trio.open_nursery() as nursery:
            for task in (read, accept, handler):
                nursery.start_soon(task)
            await trio.testing.wait_all_tasks_blocked()
            await theirs.close()
        with ours.lifetime():
            await trio.sleep_forever()
        with pytest.raises(MuxedStreamError):
            await ours.open_stream()
    assert sorted(ended) == ["accept", "handler", "read"]
