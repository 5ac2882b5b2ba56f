"""The host: libp2p's, listening to fewer things and failing at none of them."""

from __future__ import annotations

import trio
from libp2p.abc import INetStream
from libp2p.custom_types import TProtocol
from libp2p.host.basic_host import BasicHost
from libp2p.identity.identify_push.identify_push import ID_PUSH
from libp2p.peer.id import ID

from parley.p2p.libp2p_adapter.frames import FrameReader, varint
from parley.p2p.libp2p_adapter.guard import Guard
from parley.p2p.libp2p_adapter.muxer import lifetime_of
from parley.p2p.libp2p_adapter.swarm import NEGOTIATE_S, BoundedSwarm

REPLY_S = 10.0


class BoundedHost(BasicHost):
    """Answers identify and ping. It does not ask to identify (that writes what strangers say into the peer
    store, without a bound, from a system task), and takes no identify/push.
    """

    def __init__(self, swarm: BoundedSwarm, guard: Guard, nursery: trio.Nursery) -> None:
        super().__init__(swarm, negotiate_timeout=NEGOTIATE_S, disable_identify_address_discovery=True)
        self.swarm = swarm
        self.guard = guard
        self._nursery = nursery
        swarm.notifees.clear()  # Identify on connect, and tags for the pruner: neither is used.
        self.remove_stream_handler(ID_PUSH)
        # Every inbound stream passes here, whatever protocol it asks for: one guard serves them all.
        swarm.set_stream_handler(guard.handler("stream", self._handle_stream))

    def _schedule_identify(self, peer_id: ID, *, reason: str) -> None:
        """Ask nobody."""

    async def _handle_stream(self, stream: INetStream) -> None:
        with lifetime_of(stream):
            await self._swarm_stream_handler(stream)

    def hang_up(self, peer_id: ID) -> None:
        """End all connections to a peer, in a task of its own: a handler that waited for the end of its own
        connection would be cancelled by it half-way.
        """
        self._nursery.start_soon(self._hang_up, peer_id)

    async def _hang_up(self, peer_id: ID) -> None:
        with self.guard.step("hang up"):
            await self.disconnect(peer_id)

    async def ask(self, peer_id: ID, protocol: str, request: bytes, limit: int, *, framed: bool) -> bytes:
        """Send a request on a new stream and return the reply, at most `limit` bytes of it.

        `framed` puts a length before the request and expects one before the reply.

        Raises:
            trio.TooSlowError: no reply within ten seconds. Others: whatever the peer or libp2p made of it.
        """
        with trio.fail_after(REPLY_S):
            stream: INetStream = await self.new_stream(peer_id, [TProtocol(protocol)])
            try:
                await stream.write(varint(len(request)) + request if framed else request)
                if framed:
                    return await FrameReader(stream, limit).next() or b""
                reply = b""
                while len(reply) < limit:
                    chunk = await stream.read(limit - len(reply))
                    if not chunk:
                        break
                    reply += chunk
                return reply
            finally:
                with trio.move_on_after(1, shield=True):
                    await stream.reset()
