"""The two small request protocols: Waku metadata, and Parley's time.

Metadata `/vac/waku/metadata/1.0.0` (66/WAKU2-METADATA): a length-prefixed protobuf each way. A peer of another
cluster is not kept. Time `/parley/time/1.0.0`: 16 bytes of nonce in, the nonce and 8 bytes of milliseconds out.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

import trio
from google.protobuf.message import DecodeError
from libp2p.abc import INetStream
from libp2p.custom_types import TProtocol
from libp2p.io.utils import read_exactly
from libp2p.peer.id import ID

from parley.p2p import waku_pb2
from parley.p2p.counts import Counts
from parley.p2p.libp2p_adapter.frames import FrameReader, MalformedFrameError, varint
from parley.p2p.libp2p_adapter.host import REPLY_S, BoundedHost
from parley.p2p.network import Clock
from parley.p2p.network_time import TIME_ANSWER_BYTES, TIME_NONCE_BYTES, answer, sample
from parley.p2p.settings import NodeSettings

METADATA_PROTOCOL = TProtocol("/vac/waku/metadata/1.0.0")
METADATA_BYTES = 8 * 1024
TIME_PROTOCOL = TProtocol("/parley/time/1.0.0")


class OtherClusterError(Exception):
    """The peer belongs to another network."""


def read_metadata(data: bytes) -> waku_pb2.WakuMetadata:
    """Read a metadata message; raises MalformedFrameError if it is none."""
    try:
        return waku_pb2.WakuMetadata.FromString(data)
    except DecodeError:
        raise MalformedFrameError("metadata not decodable") from None


class Metadata:
    """Tells and asks which cluster a node belongs to, and whether it is a relay of nobody's."""

    def __init__(
        self, host: BoundedHost, settings: NodeSettings, counts: Counts, note_relay: Callable[[ID], None]
    ) -> None:
        self._host = host
        self._cluster_id = settings.cluster_id
        own = waku_pb2.WakuMetadata(cluster_id=settings.cluster_id, shards=[settings.shard])
        if settings.relay:
            own.parley_relay = True
        self._own = own.SerializeToString()
        self._counts = counts
        self._note_relay = note_relay
        host.set_stream_handler(METADATA_PROTOCOL, self._answer)

    async def _answer(self, stream: INetStream) -> None:
        with trio.fail_after(REPLY_S):
            request = await FrameReader(stream, METADATA_BYTES).next()
            await stream.write(varint(len(self._own)) + self._own)
        if request is not None:
            self._keep_or_drop(stream.muxed_conn.peer_id, request)

    async def check(self, peer_id: ID) -> None:
        """Ask a new peer; disconnect one of another cluster or one that answers nonsense.

        A peer that does not speak the protocol is kept: it cannot meet us on a topic that names the cluster.
        Guarded by tests/p2p/test_relay.py::test_another_cluster_is_not_kept.
        """
        reply = await self._host.ask(peer_id, METADATA_PROTOCOL, self._own, METADATA_BYTES, framed=True)
        self._keep_or_drop(peer_id, reply)

    def _keep_or_drop(self, peer_id: ID, data: bytes) -> None:
        try:
            metadata = read_metadata(data)
        except MalformedFrameError as error:
            self._counts.refused[error.fact] += 1
            self._host.hang_up(peer_id)
            return
        if not metadata.HasField("cluster_id") or metadata.cluster_id != self._cluster_id:
            self._counts.refused["other cluster"] += 1
            self._host.hang_up(peer_id)
        elif metadata.parley_relay:
            self._note_relay(peer_id)


class TimeProtocol:
    """Tells our clock and asks for theirs. Our uncorrected clock is told, or errors would go round."""

    def __init__(self, host: BoundedHost, clock: Clock, note: Callable[[str, int], None]) -> None:
        self._host = host
        self._clock = clock
        self._note = note
        host.set_stream_handler(TIME_PROTOCOL, self._answer)

    async def _answer(self, stream: INetStream) -> None:
        with trio.fail_after(REPLY_S):
            nonce = await read_exactly(stream, TIME_NONCE_BYTES)
            await stream.write(answer(nonce, self._clock()))

    async def ask(self, peer_id: ID) -> None:
        """Take a sample of a neighbour's clock, measuring the round trip by trio's clock, not by ours."""
        nonce = secrets.token_bytes(TIME_NONCE_BYTES)
        asked_ms, asked_s = self._clock(), trio.current_time()
        reply = await self._host.ask(peer_id, TIME_PROTOCOL, nonce, TIME_ANSWER_BYTES, framed=False)
        answered_ms = asked_ms + int((trio.current_time() - asked_s) * 1000)
        offset_ms = sample(nonce, reply, asked_ms, answered_ms)
        if offset_ms is not None:
            self._note(str(peer_id), offset_ms)
