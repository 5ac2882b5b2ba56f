"""One run of the libp2p stack: host, relay, small protocols, dialer. If it falls, the node builds another."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import trio
from libp2p.abc import INetConn, INetStream, INetwork, INotifee
from libp2p.crypto.ed25519 import create_new_key_pair
from libp2p.peer.id import ID
from libp2p.tools.anyio_service import background_trio_service

from parley.p2p.counts import Counts
from parley.p2p.errors import InvalidAddressError
from parley.p2p.libp2p_adapter.addresses import Multiaddr, host_and_port, peer_and_address
from parley.p2p.libp2p_adapter.dialer import Dialer
from parley.p2p.libp2p_adapter.guard import Guard, quiet_libp2p
from parley.p2p.libp2p_adapter.host import BoundedHost
from parley.p2p.libp2p_adapter.neighbours import Neighbours
from parley.p2p.libp2p_adapter.protocols import Metadata, TimeProtocol
from parley.p2p.libp2p_adapter.relay import Again, Judge, RelayPubsub
from parley.p2p.libp2p_adapter.router import WakuRelay
from parley.p2p.libp2p_adapter.swarm import BoundedSwarm
from parley.p2p.network import Peer
from parley.p2p.peer_book import PeerBook
from parley.p2p.seen import SeenCache
from parley.p2p.settings import NodeSettings

GREETINGS = 16
"""New peers asked at once."""


@dataclass(frozen=True, slots=True)
class StackOwner:
    """What outlives a stack: the node's state and the calls it answers to."""

    settings: NodeSettings
    book: PeerBook
    counts: Counts
    seen: SeenCache
    judge: Judge
    again: Again
    now_ms: Callable[[], int]
    changed: Callable[[], None]
    note_time: Callable[[str, int], None]
    forget_time: Callable[[str], None]


def peer_id_of(key: bytes) -> str:
    """Return the peer id of a 32-byte Ed25519 secret, as base58 text."""
    return str(ID.from_pubkey(create_new_key_pair(key).public_key))


def check_addresses(settings: NodeSettings) -> None:
    """Refuse settings with an address that cannot be used; raises InvalidAddressError."""
    for text in settings.peers:
        peer_and_address(text)
    for text in settings.listen:
        try:
            host_and_port(Multiaddr(text))
        except Exception as error:
            raise InvalidAddressError(text) from error


class Stack(INotifee):
    """A running stack."""

    def __init__(self, owner: StackOwner, nursery: trio.Nursery) -> None:
        settings = owner.settings
        self._owner = owner
        self._nursery = nursery
        self._since: dict[ID, int] = {}
        self._relays: set[ID] = set()
        self._greeting = trio.CapacityLimiter(GREETINGS)
        self.guard = Guard(owner.counts, settings.fault_injection)
        key_pair = create_new_key_pair(settings.key)
        self.swarm = BoundedSwarm(key_pair, settings, self.guard)
        self.host = BoundedHost(self.swarm, self.guard, nursery)
        self.neighbours = Neighbours(settings.budget)
        self.router = WakuRelay(
            settings.topic, settings.heartbeat_s, self.guard, owner.counts, self.neighbours, owner.seen
        )
        self.pubsub = RelayPubsub(
            self.host,
            self.router,
            settings.topic,
            owner.judge,
            owner.again,
            self.guard,
            owner.counts,
            self.neighbours,
            owner.seen,
            owner.now_ms,
            owner.changed,
        )
        self.dialer = Dialer(self.swarm, self.guard, settings, owner.book, nursery)
        self._metadata = Metadata(self.host, settings, owner.counts, self._note_relay)
        self._time = TimeProtocol(self.host, settings.clock, owner.note_time)
        self.swarm.register_notifee(self)

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where we listen, each with our peer id."""
        return tuple(str(address) for address in self.host.get_addrs())

    def publish(self, data: bytes) -> int:
        """Hand an encoded message to the neighbours; return how many took it."""
        return self.pubsub.publish_own(data)

    def peers(self) -> tuple[Peer, ...]:
        """The neighbours on our topic that we can write to."""
        peers = []
        for peer_id in self.router.subscribers():
            since_ms = self._since.get(peer_id) or self._owner.settings.clock()
            connections = self.swarm.get_connections(peer_id)
            outbound = any(each.muxed_conn.is_initiator for each in connections)
            addresses = connections[0].get_transport_addresses() if connections else []
            address = self._owner.book.reached(str(peer_id)) if outbound else ""
            if not address:
                address = f"{addresses[0]}/p2p/{peer_id}" if addresses else f"/p2p/{peer_id}"
            nearby = self._owner.book.is_found(str(peer_id))
            peers.append(Peer(str(peer_id), address, since_ms, outbound, peer_id in self._relays, nearby))
        return tuple(peers)

    def _note_relay(self, peer_id: ID) -> None:
        # Only of those who are connected, or the set would grow with everybody who ever was.
        if self.swarm.get_connections(peer_id):
            self._relays.add(peer_id)
            self._owner.changed()

    def start_tasks(self) -> None:
        """Start dialling and asking for the time."""
        for peer_id in self._owner.book.peers():
            self.dialer.keep(ID.from_base58(peer_id))
        self._nursery.start_soon(self._ask_time_again)

    async def _ask_time_again(self) -> None:
        while True:
            await trio.sleep(self._owner.settings.time_every_s)
            for peer_id in list(self.swarm.connections):
                with self.guard.step("time"):
                    await self._time.ask(peer_id)

    async def _greet(self, peer_id: ID) -> None:
        async with self._greeting:
            with self.guard.step("metadata"):
                self.guard.reach("metadata")
                await self._metadata.check(peer_id)
            if self.swarm.get_connections(peer_id):
                with self.guard.step("time"):
                    self.guard.reach("time")
                    await self._time.ask(peer_id)

    # What the swarm tells us.

    async def connected(self, network: INetwork, conn: INetConn) -> None:  # noqa: ARG002
        """A connection was made."""
        peer_id = conn.muxed_conn.peer_id
        if peer_id not in self._since:
            self._since[peer_id] = self._owner.settings.clock()
            self._nursery.start_soon(self._greet, peer_id)

    async def disconnected(self, network: INetwork, conn: INetConn) -> None:  # noqa: ARG002
        """A connection ended."""
        peer_id = conn.muxed_conn.peer_id
        if not self.swarm.get_connections(peer_id):
            self._since.pop(peer_id, None)
            self._relays.discard(peer_id)
            self._owner.forget_time(str(peer_id))
            self._owner.changed()

    async def opened_stream(self, network: INetwork, stream: INetStream) -> None:
        """Of no interest."""

    async def closed_stream(self, network: INetwork, stream: INetStream) -> None:
        """Of no interest."""

    async def listen(self, network: INetwork, multiaddr: Multiaddr) -> None:
        """Of no interest."""

    async def listen_close(self, network: INetwork, multiaddr: Multiaddr) -> None:
        """Of no interest."""


@asynccontextmanager
async def run_stack(owner: StackOwner, listen: Sequence[str]) -> AsyncIterator[Stack]:
    """Run a stack for the length of a block.

    Raises:
        AddressInUseError: from entering, possibly inside an exception group.
    """
    quiet_libp2p()
    async with trio.open_nursery() as nursery:
        stack = Stack(owner, nursery)
        async with background_trio_service(stack.swarm):
            await stack.swarm.listen(*(Multiaddr(text) for text in listen))
            async with background_trio_service(stack.pubsub), background_trio_service(stack.router):
                await stack.pubsub.wait_until_ready()
                await stack.pubsub.subscribe(owner.settings.topic)
                stack.start_tasks()
                try:
                    yield stack
                finally:
                    nursery.cancel_scope.cancel()
