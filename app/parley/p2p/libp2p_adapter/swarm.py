"""The swarm: connections in and out, with bounds, and without libp2p's ideas of its own.

Left out on purpose: the auto-connector (it would dial any address a stranger told us about), happy eyeballs
(250 ms on every dial, and only the first address of a kind is tried), the negative cache, and the connection
pruner. A connection's place is given back when it ends; in py-libp2p it is held until the node stops.
"""

from __future__ import annotations

from collections.abc import Sequence

import trio
from libp2p.abc import IMuxedConn, INetConn, ISecureConn
from libp2p.crypto.keys import KeyPair
from libp2p.crypto.x25519 import create_new_key_pair as create_noise_key_pair
from libp2p.custom_types import TProtocol
from libp2p.io.abc import ReadWriteCloser
from libp2p.network.config import ConnectionConfig, RetryConfig
from libp2p.network.connection.raw_connection import RawConnection
from libp2p.network.exceptions import SwarmException
from libp2p.network.swarm import Swarm
from libp2p.peer.id import ID
from libp2p.peer.peerstore import PeerStore
from libp2p.security.noise.transport import PROTOCOL_ID as NOISE
from libp2p.security.noise.transport import Transport as NoiseTransport
from libp2p.stream_muxer.yamux.yamux import PROTOCOL_ID as YAMUX
from libp2p.stream_muxer.yamux.yamux import Yamux
from libp2p.transport.upgrader import TransportUpgrader

from parley.p2p.admission import Admission
from parley.p2p.libp2p_adapter.addresses import Multiaddr
from parley.p2p.libp2p_adapter.guard import Guard
from parley.p2p.libp2p_adapter.muxer import BoundedYamux, Liveness
from parley.p2p.libp2p_adapter.sockets import TcpListener, TcpStream, TcpTransport
from parley.p2p.settings import NodeSettings

NEGOTIATE_S = 10
DIAL_ADDRESSES = 16
PER_PEER = 3


class NoiseYamuxUpgrader(TransportUpgrader):
    """Noise and Yamux, nothing else: `new_host()` would accept plaintext.

    Guarded by tests/p2p/test_hostile_transport.py::test_plaintext_is_refused.
    """

    def __init__(self, key_pair: KeyPair, liveness: Liveness) -> None:
        noise = NoiseTransport(key_pair, noise_privkey=create_noise_key_pair().private_key)
        super().__init__(
            secure_transports_by_protocol={NOISE: noise},
            muxer_transports_by_protocol={TProtocol(YAMUX): Yamux},
            negotiate_timeout=NEGOTIATE_S,
        )
        self._liveness = liveness

    async def upgrade_connection(self, conn: ISecureConn, peer_id: ID) -> IMuxedConn:
        """Agree on Yamux and return our own."""
        await self.muxer_multistream.select_transport(conn)
        return BoundedYamux(conn, peer_id, self._liveness)


class BoundedSwarm(Swarm):
    """libp2p's swarm, TCP only."""

    def __init__(self, key_pair: KeyPair, settings: NodeSettings, guard: Guard) -> None:
        config = ConnectionConfig(
            max_connections=settings.max_connections,
            high_watermark=settings.max_connections,
            low_watermark=0,
            min_connections=0,
            max_connections_per_peer=PER_PEER,
            inbound_upgrade_timeout=settings.handshake_s,
            outbound_upgrade_timeout=settings.handshake_s,
            inbound_stream_protocol_negotiation_timeout=NEGOTIATE_S,
            outbound_stream_protocol_negotiation_timeout=NEGOTIATE_S,
        )
        peer_id = ID.from_pubkey(key_pair.public_key)
        peerstore = PeerStore()
        peerstore.add_key_pair(peer_id, key_pair)
        liveness = Liveness(settings.ping_every_s, settings.silent_s)
        super().__init__(
            peer_id,
            peerstore,
            NoiseYamuxUpgrader(key_pair, liveness),
            transports=[TcpTransport()],
            retry_config=RetryConfig(max_retries=0),
            connection_config=config,
        )
        self._guard = guard
        self._settings = settings
        self.admission = Admission(
            settings.max_half_open,
            settings.max_connections - settings.outbound_places,
            settings.max_connections_per_host,
        )

    async def run(self) -> None:
        """Hold the nursery of the listeners until the service is stopped."""
        try:
            async with trio.open_nursery() as nursery:
                self.background_nursery = nursery
                self.event_background_nursery_created.set()
                await self.manager.wait_finished()
                nursery.cancel_scope.cancel()
        finally:
            self.background_nursery = None

    def _schedule_auto_connect(self) -> None:
        """Dial nobody unasked."""

    def _schedule_prune(self) -> None:
        """Connections are bounded when they are made."""

    async def listen(self, *multiaddrs: Multiaddr) -> bool:
        """Listen on every address; raises AddressInUseError for the first that is taken."""
        await self.event_background_nursery_created.wait()
        for address in multiaddrs:
            listener = TcpListener(self._take_in)
            listener.background_nursery = self.background_nursery
            await listener.listen(address)
            self.listeners[str(address)] = listener
        return True

    async def _take_in(self, stream: TcpStream) -> None:
        """Carry an inbound connection through its handshake and then for its life."""
        with self._guard.step("inbound connection"):
            self._guard.reach("inbound connection")
            remote = stream.get_remote_address()
            host = remote[0] if remote is not None else ""
            scope = trio.CancelScope()
            place = self.admission.enter(host, scope.cancel)
            muxed: IMuxedConn | None = None
            try:
                with scope, trio.move_on_after(self._settings.handshake_s):
                    muxed = await self._handshake(stream)
            finally:
                self.admission.leave(place)
            if muxed is not None:
                await self._keep(muxed, host)

    async def _handshake(self, stream: TcpStream) -> IMuxedConn | None:
        try:
            secured = await self.upgrader.upgrade_security(RawConnection(stream, False), False)
            stream.trust()
            return await self.upgrader.upgrade_connection(secured, secured.get_remote_peer())
        except Exception as error:  # A stranger can make the handshake fail in any way.
            self._guard.note("handshake", error)
            return None

    async def _keep(self, muxed: IMuxedConn, host: str) -> None:
        peer_id = muxed.peer_id
        # One identity gets a few connections, one host a few more, all together what the settings say.
        # Guarded by tests/p2p/test_bounds.py and tests/p2p/test_hostile_transport.py.
        if peer_id == self.self_id or len(self.get_connections(peer_id)) >= PER_PEER:
            await muxed.close()
            return
        if not self.admission.establish(host):
            await muxed.close()
            return
        try:
            connection = await self.add_conn(muxed, direction="inbound")
            await connection.event_closed.wait()
        finally:
            self.admission.end(host)

    async def dial_peer(self, peer_id: ID) -> list[INetConn]:
        """Try every address we were told by our user, one after the other."""
        existing = [connection for connection in self.get_connections(peer_id) if not connection.is_closed]
        if existing:
            return existing
        try:
            addresses: Sequence[Multiaddr] = self.peerstore.addrs(peer_id)
        except Exception as error:
            raise SwarmException("no known address") from error
        connection, _ = await self.dial_in_turn(peer_id, addresses)
        return [connection]

    async def dial_in_turn(self, peer_id: ID, addresses: Sequence[Multiaddr]) -> tuple[INetConn, Multiaddr]:
        """Dial addresses one after the other until one answers; raises SwarmException if none does."""
        for address in addresses[:DIAL_ADDRESSES]:
            with trio.move_on_after(self._settings.dial_s):
                try:
                    return await self.dial_addr(address, peer_id), address
                except Exception as error:
                    self._guard.note("dial", error)
        raise SwarmException("no address answered")

    async def upgrade_outbound_raw_conn(  # type: ignore[override]
        self,
        raw_conn: RawConnection,
        peer_id: ID,
        pre_scope: object = None,  # noqa: ARG002 - No resource manager, no scope.
    ) -> INetConn:
        """Carry a connection we made through its handshake."""
        stream: ReadWriteCloser = raw_conn.stream
        secured = await self.upgrader.upgrade_security(raw_conn, True, peer_id)
        if isinstance(stream, TcpStream):
            stream.trust()
        muxed = await self.upgrader.upgrade_connection(secured, peer_id)
        return await self.add_conn(muxed, direction="outbound")
