"""A peer that completes Noise and Yamux with stock py-libp2p and then does what it likes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import trio
from libp2p.abc import ISecureConn
from libp2p.crypto.ed25519 import create_new_key_pair
from libp2p.crypto.x25519 import create_new_key_pair as create_noise_key_pair
from libp2p.custom_types import TProtocol
from libp2p.io.trio import TrioTCPStream
from libp2p.network.connection.raw_connection import RawConnection
from libp2p.peer.id import ID
from libp2p.protocol_muxer.multiselect import Multiselect
from libp2p.protocol_muxer.multiselect_client import MultiselectClient
from libp2p.protocol_muxer.multiselect_communicator import MultiselectCommunicator
from libp2p.pubsub.pb import rpc_pb2
from libp2p.security.noise.transport import PROTOCOL_ID as NOISE
from libp2p.security.noise.transport import Transport as NoiseTransport
from libp2p.stream_muxer.yamux.yamux import PROTOCOL_ID as YAMUX
from libp2p.stream_muxer.yamux.yamux import Yamux, YamuxStream
from libp2p.transport.upgrader import TransportUpgrader

from conformance.network_cases import key_of, until
from parley.p2p.libp2p_adapter.addresses import Multiaddr, host_and_port
from parley.p2p.libp2p_adapter.frames import FrameReader, MalformedFrameError, varint
from parley.p2p.libp2p_adapter.outbound import RPC_BYTES
from parley.p2p.libp2p_adapter.protocols import METADATA_PROTOCOL, TIME_PROTOCOL
from parley.p2p.libp2p_adapter.router import RELAY_PROTOCOL
from parley.p2p.settings import CLUSTER_ID, SHARD
from parley.p2p.topics import pubsub_topic

PUBSUB_TOPIC = pubsub_topic(CLUSTER_ID, SHARD)
NEGOTIATE_S = 5


async def open_tcp(address: str) -> trio.SocketStream:
    """A bare TCP connection to a multiaddr."""
    host, port = host_and_port(Multiaddr(address))
    return await trio.open_tcp_stream(host, port)


class Attacker:
    """One hostile peer. `replies` are what it answers on the small protocols (None: it does not speak them)."""

    def __init__(self, nursery: trio.Nursery, victim: str, name: str) -> None:
        self._nursery = nursery
        self._victim = victim
        self.key_pair = create_new_key_pair(key_of(name))
        self.peer_id = ID.from_pubkey(self.key_pair.public_key)
        self._deaf = False
        self.rpcs: list[rpc_pb2.RPC] = []
        self.replies: dict[TProtocol, Callable[[bytes], bytes]] = {}
        self._relay_stream: YamuxStream | None = None
        self.socket: trio.SocketStream | None = None
        self.muxed: Yamux

    async def connect(self) -> Attacker:
        """Dial, shake hands, and answer the streams the victim opens."""
        secured, upgrader, peer_id = await self.secure()
        muxed = await upgrader.upgrade_connection(secured, peer_id)
        assert isinstance(muxed, Yamux)
        self.muxed = muxed
        self._nursery.start_soon(self.muxed.start)
        await self.muxed.event_started.wait()
        self._nursery.start_soon(self._answer_streams)
        return self

    async def secure(self) -> tuple[ISecureConn, TransportUpgrader, ID]:
        """Dial and shake hands up to Noise; return the secured connection, the upgrader and the victim's id."""
        peer_id = ID.from_base58(self._victim.rpartition("/")[2])
        self.socket = await open_tcp(self._victim)
        raw = RawConnection(TrioTCPStream(self.socket), True)
        noise = NoiseTransport(self.key_pair, noise_privkey=create_noise_key_pair().private_key)
        upgrader = TransportUpgrader({NOISE: noise}, {TProtocol(YAMUX): Yamux}, NEGOTIATE_S)
        return await upgrader.upgrade_security(raw, True, peer_id), upgrader, peer_id

    async def frames(self) -> ISecureConn:
        """A secured connection on which Yamux was agreed and nothing sent yet."""
        secured, upgrader, _ = await self.secure()
        await upgrader.muxer_multistream.select_transport(secured)
        return secured

    async def open(self, protocol: str) -> YamuxStream:
        """A stream on which `protocol` was agreed."""
        stream = await self.muxed.open_stream()
        await MultiselectClient().select_one_of(
            [TProtocol(protocol)], MultiselectCommunicator(stream), NEGOTIATE_S
        )
        return stream

    async def send_frame(self, data: bytes) -> None:
        """Send a frame on the relay stream, opening it if there is none or it was reset."""
        if self._relay_stream is None or self._relay_stream.closed:
            self._relay_stream = await self.open(RELAY_PROTOCOL)
        await self._relay_stream.write(varint(len(data)) + data)

    async def send_raw(self, data: bytes) -> None:
        """Send bytes on the relay stream without a length."""
        if self._relay_stream is None or self._relay_stream.closed:
            self._relay_stream = await self.open(RELAY_PROTOCOL)
        await self._relay_stream.write(data)

    def forget_stream(self) -> None:
        """Open a new relay stream for what is sent next."""
        self._relay_stream = None

    def stop_reading(self) -> None:
        """Read no RPC of the victim's from now on; must come before it opens its stream."""
        self._deaf = True

    async def finish(self) -> None:
        """Half-close the relay stream."""
        assert self._relay_stream is not None
        await self._relay_stream.close()

    async def send(self, rpc: rpc_pb2.RPC) -> None:
        """Send an RPC."""
        await self.send_frame(rpc.SerializeToString())

    async def subscribe(self) -> None:
        """Pose as an ordinary relay of the topic."""
        await self.send(
            rpc_pb2.RPC(subscriptions=[rpc_pb2.RPC.SubOpts(subscribe=True, topicid=PUBSUB_TOPIC)])
        )

    async def publish(self, *data: bytes) -> None:
        """Send proper messages with this data in one RPC."""
        messages = [rpc_pb2.Message(data=each, topicIDs=[PUBSUB_TOPIC]) for each in data]
        await self.send(rpc_pb2.RPC(publish=messages))

    def received(self) -> list[bytes]:
        """The data of every message the victim sent us."""
        return [message.data for rpc in self.rpcs for message in rpc.publish]

    async def is_cut_off(self) -> None:
        """Wait for the victim to hang up."""
        await until(lambda: self.muxed.event_shutting_down.is_set())

    async def hang_up(self) -> None:
        """Close the socket without a word."""
        await self.muxed.secured_conn.close()

    async def _answer_streams(self) -> None:
        with suppress(Exception):
            while True:
                stream = await self.muxed.accept_stream()
                assert isinstance(stream, YamuxStream)
                self._nursery.start_soon(self._answer, stream)

    async def _answer(self, stream: YamuxStream) -> None:
        handlers = dict.fromkeys([RELAY_PROTOCOL, *self.replies])
        with suppress(Exception):
            protocol, _ = await Multiselect(handlers).negotiate(  # type: ignore[arg-type]
                MultiselectCommunicator(stream), NEGOTIATE_S
            )
            if protocol == RELAY_PROTOCOL:
                await self._collect(stream)
            elif protocol is not None:
                request = await stream.read(65_536)
                await stream.write(self.replies[protocol](request))
                await stream.close()

    async def _collect(self, stream: YamuxStream) -> None:
        reader = FrameReader(stream, RPC_BYTES)  # type: ignore[arg-type]
        if self._deaf:
            await trio.sleep_forever()
        with suppress(MalformedFrameError):
            while (frame := await reader.next()) is not None:
                self.rpcs.append(rpc_pb2.RPC.FromString(frame))


@asynccontextmanager
async def attackers(victim: str) -> AsyncIterator[Callable[[str], Attacker]]:
    """Make attackers on one victim; all of them are gone at the end."""
    made: list[Attacker] = []

    def make(name: str) -> Attacker:
        made.append(Attacker(nursery, victim, name))
        return made[-1]

    try:
        async with trio.open_nursery() as nursery:
            yield make
            nursery.cancel_scope.cancel()
    finally:
        with trio.CancelScope(shield=True):
            for attacker in made:
                if attacker.socket is not None:
                    await trio.aclose_forcefully(attacker.socket)


__all__ = ["METADATA_PROTOCOL", "PUBSUB_TOPIC", "TIME_PROTOCOL", "Attacker", "attackers", "open_tcp"]
