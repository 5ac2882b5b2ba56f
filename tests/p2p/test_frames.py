"""Frames, RPC shapes, queues and the cache of recent messages: the parts of the adapter that need no network."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from libp2p.network.stream.exceptions import StreamEOF
from libp2p.pubsub.pb import rpc_pb2

from parley.p2p.libp2p_adapter.frames import (
    FrameReader,
    MalformedFrameError,
    check_rpc_shape,
    read_varint,
    varint,
)
from parley.p2p.libp2p_adapter.outbound import (
    BATCH_BYTES,
    QUEUE_BYTES,
    QUEUE_RPCS,
    OutboundQueue,
)
from parley.p2p.libp2p_adapter.recent import CACHE_BYTES, GOSSIP_BEATS, HISTORY_BEATS, RecentMessages


class Pieces:
    """A stream that brings given pieces and then ends."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)

    async def read(self, n: int) -> bytes:  # noqa: ARG002 - Pieces come as they come.
        await trio.lowlevel.checkpoint()
        for piece in self._pieces:
            return piece
        raise StreamEOF


@given(st.integers(0, 2**64 - 1))
def test_a_varint_survives(value: int) -> None:
    """Encoded and read back, with something after it; cut short it is not complete."""
    encoded = varint(value)

    assert read_varint(encoded + b"\x01", 0) == (value, len(encoded))
    assert read_varint(encoded[:-1], 0) is None


@given(st.lists(st.binary(max_size=300), max_size=8), st.integers(1, 50))
def test_frames_survive_being_cut_anywhere(frames: list[bytes], size: int) -> None:
    """Whatever the pieces, the frames are the same."""
    data = b"".join(varint(len(each)) + each for each in frames)
    pieces = [data[at : at + size] for at in range(0, len(data), size)]

    async def read() -> list[bytes]:
        reader = FrameReader(Pieces(pieces), 300)  # type: ignore[arg-type]
        got = []
        while (each := await reader.next()) is not None:
            got.append(each)
        return got

    assert trio.run(read) == frames


@pytest.mark.parametrize(
    ("data", "fact"),
    [
        (varint(301), "frame too large"),
        (b"\x80" * 10, "length prefix"),
        (varint(5) + b"1234", "frame cut short"),
        (b"\x80", "frame cut short"),
    ],
)
async def test_bad_frames_are_named(data: bytes, fact: str) -> None:
    """Each with its own fact."""
    with pytest.raises(MalformedFrameError, match=fact):
        await FrameReader(Pieces([data]), 300).next()  # type: ignore[arg-type]


@given(st.binary(max_size=200))
def test_the_shape_of_any_bytes_is_judged(data: bytes) -> None:
    """Nothing else comes of it, and protobuf refuses whatever the shape refuses."""
    try:
        check_rpc_shape(data)
    except MalformedFrameError:
        return


@given(
    st.lists(st.binary(max_size=50), max_size=5),
    st.lists(st.text(max_size=10), max_size=5),
    st.binary(max_size=50),
)
def test_the_shape_of_a_real_rpc_is_fine(datas: list[bytes], topics: list[str], record: bytes) -> None:
    """What libp2p writes passes."""
    rpc = rpc_pb2.RPC(senderRecord=record)
    for data in datas:
        rpc.publish.add(data=data, topicIDs=topics)
    for topic in topics:
        rpc.subscriptions.add(subscribe=True, topicid=topic)
    rpc.control.graft.add(topicID="x")
    check_rpc_shape(rpc.SerializeToString())


async def test_a_queue_is_bounded_in_number_and_bytes() -> None:
    """What does not fit is refused, and there is room again after reading."""
    many, large = OutboundQueue(), OutboundQueue()

    assert [many.push(b"x") for _ in range(QUEUE_RPCS + 1)].count(False) == 1
    assert [large.push(bytes(QUEUE_BYTES // 4)) for _ in range(5)] == [True] * 4 + [False]
    assert len(await large.next_batch() or []) == 1
    assert large.push(bytes(QUEUE_BYTES // 4))


async def test_control_goes_first_and_batches_are_bounded() -> None:
    """A graft does not wait behind a megabyte of messages."""
    queue = OutboundQueue()
    for _ in range(100):
        queue.push(bytes(1_000))
    queue.push(b"control", priority=True)
    batch = await queue.next_batch()

    assert batch is not None
    assert batch[0] == b"control"
    assert sum(map(len, batch)) <= BATCH_BYTES
    assert len(batch) > 10


async def test_a_closed_queue_ends() -> None:
    """Nothing is taken in any more, what is there is sent, then None."""
    queue = OutboundQueue()
    queue.push(b"last")
    queue.close()

    assert not queue.push(b"late")
    assert await queue.next_batch() == [b"last"]
    assert await queue.next_batch() is None


def test_recent_messages_are_forgotten_by_time_and_by_bytes() -> None:
    """Gossiped about for three heartbeats, kept for five, and never more than their bytes."""
    recent = RecentMessages()
    recent.keep(b"a", b"rpc a")
    for beat in range(HISTORY_BEATS):
        assert (b"a" in recent.window("topic")) == (beat < GOSSIP_BEATS)
        assert recent.rpc(b"a") == b"rpc a"
        recent.shift()
    assert recent.rpc(b"a") is None

    for number in range(40):
        recent.keep(bytes([number]), bytes(CACHE_BYTES // 20))
    assert len(recent) == 20
    assert recent.rpc(bytes([39])) is not None
    assert recent.rpc(bytes([0])) is None
