"""Yamux with its windows enforced.

py-libp2p's Yamux logs a peer that overruns its window and keeps the bytes, lets a peer open any number of
streams, grows windows to 16 MiB, and answers frames from its read loop, so two nodes can wait for each other's
writes. This one closes such a connection, bounds what is unread, and never writes from the read loop. It also
notices a silent peer. Source: the Yamux specification (hashicorp/yamux, spec.md), /yamux/1.0.0.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import Any

import trio
from libp2p.abc import IMuxedConn, INetStream, ISecureConn
from libp2p.connection_types import ConnectionType
from libp2p.peer.id import ID
from libp2p.stream_muxer.exceptions import MuxedConnUnavailable, MuxedStreamError

from parley.p2p.libp2p_adapter.addresses import Multiaddr
from parley.p2p.libp2p_adapter.muxed_stream import WINDOW, MuxedStream

HEADER = struct.Struct("!BBHII")
DATA, WINDOW_UPDATE, PING, GO_AWAY = range(4)
SYN, ACK, FIN, RST = 1, 2, 4, 8
PENDING_FRAMES = 1024
"""Answers waiting to be written; a peer that causes more without reading them is cut off."""
INBOUND_STREAMS = 64
OUTBOUND_STREAMS = 256
UNREAD_BYTES = 2 * 1024 * 1024
"""Unread bytes over all streams of a connection; our handlers read at once, so more is an attack."""
CLOSE_S = 0.5


class MuxerViolationError(Exception):
    """The peer broke the protocol or a bound; the connection ends."""


@dataclass(frozen=True, slots=True)
class Liveness:
    """When to ping, and when silence means that the peer is gone, in seconds."""

    ping_every_s: float
    silent_s: float


class BoundedYamux(IMuxedConn):
    """One connection's streams."""

    def __init__(
        self,
        conn: ISecureConn,
        peer_id: ID,
        liveness: Liveness = Liveness(15.0, 40.0),
        on_close: Callable[[], Awaitable[Any]] | None = None,
    ) -> None:
        self.secured_conn = conn
        self.peer_id = peer_id
        self.event_started = trio.Event()
        self.on_close = on_close  # SwarmConn puts its own hook here.
        self._liveness = liveness
        self._streams: dict[int, MuxedStream] = {}
        self._next_id = 1 if conn.is_initiator else 2
        self._inbound = 0
        self.unread = 0
        self._accept_send, self._accept_receive = trio.open_memory_channel[MuxedStream](INBOUND_STREAMS)
        self._pending: deque[bytes] = deque()
        self._wake_writer = trio.Event()
        self._write_lock = trio.Lock()
        self._scope = trio.CancelScope()
        self._lifetimes: set[trio.CancelScope] = set()
        self._closing = False
        self.ended_by: Exception | None = None
        self._heard_at = trio.current_time()

    # What the swarm asks for.

    @property
    def is_initiator(self) -> bool:
        """Whether this side dialled."""
        return bool(self.secured_conn.is_initiator)

    @property
    def is_established(self) -> bool:
        """Whether streams can be opened."""
        return self.event_started.is_set() and not self._closing

    @property
    def is_closed(self) -> bool:
        """Whether the connection has ended."""
        return self._closing

    @property
    def stream_count(self) -> int:
        """Streams that either side still has open."""
        return len(self._streams)

    def get_transport_addresses(self) -> list[Multiaddr]:
        """The peer's address."""
        return self.secured_conn.get_transport_addresses()

    def get_connection_type(self) -> ConnectionType:
        """Direct or relayed."""
        return self.secured_conn.get_connection_type()

    def get_remote_address(self) -> tuple[str, int] | None:
        """The peer's host and port."""
        return self.secured_conn.get_remote_address()

    async def start(self) -> None:
        """Run the connection until it ends. Never raises for what the peer did."""
        try:
            with self._scope:
                async with trio.open_nursery() as nursery:
                    for task in (self._read_frames, self._write_pending, self._watch_silence):
                        nursery.start_soon(self._until_end, task)
                    self.event_started.set()
        finally:
            self.event_started.set()
            await self._end()
        await self._tell_owner()

    async def _until_end(self, task: Callable[[], Awaitable[None]]) -> None:
        # Caught in each task: beside a cancellation it would leave the nursery in a group nobody expects.
        try:
            await task()
        except Exception as error:
            self.ended_by = self.ended_by or error
        self._scope.cancel()

    async def close(self) -> None:
        """End the connection: every stream is reset, the peer is told if it still listens."""
        await self._end()
        await self._tell_owner()

    async def _end(self) -> None:
        if self._closing:
            return
        self._closing = True
        self._accept_send.close()
        for scope in tuple(self._lifetimes):
            scope.cancel()
        for stream in tuple(self._streams.values()):
            stream.abort()
        self._streams.clear()
        self._pending.append(HEADER.pack(0, GO_AWAY, 0, 0, 0 if self.ended_by is None else 1))
        with trio.move_on_after(CLOSE_S, shield=True), suppress(Exception):
            async with self._write_lock:
                await self._flush()
        with trio.move_on_after(CLOSE_S, shield=True), suppress(Exception):
            await self.secured_conn.close()
        self._scope.cancel()

    async def _tell_owner(self) -> None:
        hook, self.on_close = self.on_close, None
        if hook is not None:
            await hook()

    async def open_stream(self) -> MuxedStream:
        """Open a stream; raises MuxedStreamError when the connection ended or has too many."""
        if self._closing or len(self._streams) - self._inbound >= OUTBOUND_STREAMS:
            raise MuxedStreamError("no more streams on this connection")
        stream = MuxedStream(self, self._next_id, inbound=False)
        self._next_id += 2
        self._streams[stream.stream_id] = stream
        self.enqueue(WINDOW_UPDATE, SYN, stream.stream_id, 0)
        await trio.lowlevel.checkpoint()
        return stream

    async def accept_stream(self) -> MuxedStream:
        """Wait for the peer to open a stream; raises MuxedConnUnavailable when the connection ended."""
        try:
            return await self._accept_receive.receive()
        except (trio.EndOfChannel, trio.ClosedResourceError):
            raise MuxedConnUnavailable("connection closed") from None

    @contextmanager
    def lifetime(self) -> Iterator[None]:
        """Run a block that must not outlive the connection, whatever it waits for: it is cancelled at the end.

        Guarded by tests/p2p/test_hostile_muxer.py::test_the_unread_bytes_of_a_connection_are_bounded.
        """
        scope = trio.CancelScope()
        if self._closing:
            scope.cancel()
        self._lifetimes.add(scope)
        try:
            with scope:
                yield
        finally:
            self._lifetimes.discard(scope)

    # What streams ask for.

    def enqueue(self, kind: int, flags: int, stream_id: int, length: int) -> None:
        """Queue a frame without a body; it leaves with the next write."""
        if self._closing:
            return
        self._pending.append(HEADER.pack(0, kind, flags, stream_id, length))
        self._wake_writer.set()

    async def send_data(self, stream_id: int, body: bytes) -> None:
        """Write a DATA frame, after whatever is queued."""
        async with self._write_lock:
            self._pending.append(HEADER.pack(0, DATA, 0, stream_id, len(body)) + body)
            await self._flush()

    def forget(self, stream: MuxedStream) -> None:
        """Drop a stream that both sides are done with."""
        if self._streams.pop(stream.stream_id, None) is not None and stream.inbound:
            self._inbound -= 1

    # The three tasks.

    async def _flush(self) -> None:
        frames = b"".join(self._pending)
        self._pending.clear()
        if frames:
            # A cancelled write would leave half a frame behind and break the connection for every stream. The
            # socket's own deadline bounds this. Guarded by tests/p2p/test_muxer.py::test_a_cancelled_write.
            with trio.CancelScope(shield=True):
                await self.secured_conn.write(frames)

    async def _write_pending(self) -> None:
        while True:
            await self._wake_writer.wait()
            self._wake_writer = trio.Event()
            async with self._write_lock:
                await self._flush()

    async def _watch_silence(self) -> None:
        nonce = 0
        while True:
            await trio.sleep(self._liveness.ping_every_s)
            # A frozen peer keeps its place in the mesh for as long as TCP believes in it.
            # Guarded by tests/p2p/test_supervision.py::test_a_silent_peer_is_dropped.
            if trio.current_time() - self._heard_at > self._liveness.silent_s:
                self._scope.cancel()
                return
            nonce = (nonce + 1) & 0xFFFFFFFF
            self.enqueue(PING, SYN, 0, nonce)

    async def _read_frames(self) -> None:
        buffer = bytearray()
        while True:
            while len(buffer) < HEADER.size:
                await self._read_more(buffer)
            version, kind, flags, stream_id, length = HEADER.unpack_from(buffer)
            del buffer[: HEADER.size]
            if version != 0 or kind > GO_AWAY:
                raise MuxerViolationError("unknown frame")
            if kind == DATA:
                # The length is checked before a byte of the body is kept.
                # Guarded by tests/p2p/test_hostile_muxer.py::test_a_huge_frame_length.
                if length > WINDOW:
                    raise MuxerViolationError("frame above the window")
                while len(buffer) < length:
                    await self._read_more(buffer)
                self._on_data(flags, stream_id, bytes(buffer[:length]))
                del buffer[:length]
            elif kind == WINDOW_UPDATE:
                self._on_window_update(flags, stream_id, length)
            elif kind == PING:
                if flags & SYN:
                    self.enqueue(PING, ACK, 0, length)
            else:
                return
            if len(self._pending) > PENDING_FRAMES:
                raise MuxerViolationError("answers are not read")

    async def _read_more(self, buffer: bytearray) -> None:
        chunk = await self.secured_conn.read(None)
        if not chunk:
            raise MuxedConnUnavailable("connection closed")
        self._heard_at = trio.current_time()
        buffer += chunk

    def _on_data(self, flags: int, stream_id: int, body: bytes) -> None:
        stream = self._stream_for(flags, stream_id)
        if stream is None:
            return
        if body:
            stream.feed(body)
            if self.unread > UNREAD_BYTES:
                raise MuxerViolationError("too much unread")
        self._on_flags(flags, stream)

    def _on_window_update(self, flags: int, stream_id: int, length: int) -> None:
        stream = self._stream_for(flags, stream_id)
        if stream is None:
            return
        stream.widen(length)
        self._on_flags(flags, stream)

    def _on_flags(self, flags: int, stream: MuxedStream) -> None:
        if flags & FIN:
            stream.peer_finished()
        if flags & RST:
            stream.abort()
            self.forget(stream)

    def _stream_for(self, flags: int, stream_id: int) -> MuxedStream | None:
        if not flags & SYN:
            return self._streams.get(stream_id)
        if stream_id == 0 or stream_id % 2 == self._next_id % 2 or stream_id in self._streams:
            raise MuxerViolationError("stream id")
        # Each stream costs a task and a negotiation, so their number is bounded; the rest is refused.
        # Guarded by tests/p2p/test_hostile_muxer.py::test_many_streams.
        if self._inbound >= INBOUND_STREAMS or self._closing:
            self.enqueue(WINDOW_UPDATE, RST, stream_id, 0)
            return None
        stream = MuxedStream(self, stream_id, inbound=True)
        try:
            self._accept_send.send_nowait(stream)
        except trio.WouldBlock:
            self.enqueue(WINDOW_UPDATE, RST, stream_id, 0)
            return None
        self._streams[stream_id] = stream
        self._inbound += 1
        self.enqueue(WINDOW_UPDATE, ACK, stream_id, 0)
        return stream


def lifetime_of(stream: INetStream) -> AbstractContextManager[None]:
    """See `BoundedYamux.lifetime`."""
    muxer = stream.muxed_conn
    return muxer.lifetime() if isinstance(muxer, BoundedYamux) else nullcontext()
