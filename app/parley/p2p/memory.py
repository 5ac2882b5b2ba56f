"""The in-memory double: a network without sockets, with the same checks, bounds and faults as the real one.

Every joined node is a neighbour of every other that is not cut off; with `meshed=False` only of those that one of
the two was told of. Messages are encoded and accepted through
the same functions as on the wire, in one step, so tests see no scheduling of their own making.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from types import TracebackType

import trio

from parley.p2p.bearers import Bearers
from parley.p2p.counts import Counts
from parley.p2p.errors import MalformedMessageError, NetworkClosedError
from parley.p2p.faults import FaultCounts, FaultLine, Faults
from parley.p2p.message import TIMESTAMP_WINDOW_MS, accept, encode, message_id
from parley.p2p.network import Clock, NetworkTime, Peer, Published, Received, WakuHash
from parley.p2p.peer_address import read_peer_address
from parley.p2p.peer_book import PeerBook
from parley.p2p.seen import SeenCache
from parley.p2p.settings import CLUSTER_ID, SHARD, system_clock
from parley.p2p.stamp_clock import StampClock
from parley.p2p.stamps import StampBook, Stamps
from parley.p2p.subscription import CHANNEL_MESSAGES, Subscription
from parley.p2p.topics import pubsub_topic


class MemoryNetwork:
    """A whole network in one process: `async with MemoryNetwork() as network: alice = network.join("alice")`.

    `faults` is the default for nodes that join without their own; each node's seed is made its own by its name.
    """

    def __init__(
        self,
        clock: Clock = system_clock,
        *,
        faults: Faults | None = None,
        timestamp_window_ms: int = TIMESTAMP_WINDOW_MS,
        stamps: Stamps | None = None,
        meshed: bool = True,
    ) -> None:
        self._clock = clock
        self.stamps = stamps
        self._meshed = meshed
        self._faults = faults
        self._window_ms = timestamp_window_ms
        self.topic = pubsub_topic(CLUSTER_ID, SHARD)
        self._nodes: dict[str, MemoryNode] = {}
        self._manager = trio.open_nursery()
        self._nursery: trio.Nursery | None = None
        self._changed = trio.Event()

    async def __aenter__(self) -> MemoryNetwork:
        """Open the network."""
        self._nursery = await self._manager.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every node and forget what was still delayed."""
        for node in tuple(self._nodes.values()):
            node.close()
        if self._nursery is not None:
            self._nursery.cancel_scope.cancel()
        # The nursery only holds delayed envelopes; an error of the block stays as it is, outside of a group.
        await self._manager.__aexit__(None, None, None)

    def join(
        self,
        name: str,
        *,
        clock: Clock | None = None,
        faults: Faults | None = None,
        channel_messages: int = CHANNEL_MESSAGES,
        relay: bool = False,
    ) -> MemoryNode:
        """Add a node; a name that left may join again. Raises ValueError if the name is taken."""
        if self._nursery is None:
            raise NetworkClosedError
        if name in self._nodes:
            raise ValueError(f"{name} has already joined")
        chosen = faults or self._faults
        if chosen is not None and faults is None:
            seed = int.from_bytes(hashlib.sha256(f"{chosen.seed}/{name}".encode()).digest()[:8], "big")
            chosen = Faults(seed, chosen.loss, chosen.duplicate, chosen.delay_ms, chosen.reorder)
        node = MemoryNode(self, name, clock or self._clock, chosen, self._nursery, channel_messages, relay)
        self._nodes[name] = node
        self.announce()
        return node

    @asynccontextmanager
    async def node(self, name: str, *, clock: Clock | None = None) -> AsyncIterator[MemoryNode]:
        """Join for the length of a block, as `open_node` does."""
        node = self.join(name, clock=clock)
        try:
            yield node
        finally:
            node.close()

    def cut(self, name: str) -> None:
        """Take a node off the network, as a pulled cable would: it stays open and has no neighbours."""
        self._nodes[name].online = False
        self.announce()

    def mend(self, name: str) -> None:
        """Bring a cut node back; what was published meanwhile does not come by itself."""
        self._nodes[name].online = True
        self.announce()

    def neighbours(self, node: MemoryNode) -> list[MemoryNode]:
        """The nodes a message of `node` is handed to."""
        if not node.online or self._nodes.get(node.name) is not node:
            return []
        return [
            other
            for other in self._nodes.values()
            if other is not node and other.online and (self._meshed or node.wants(other) or other.wants(node))
        ]

    def leave(self, node: MemoryNode) -> None:
        """Forget a node that closed."""
        if self._nodes.get(node.name) is node:
            del self._nodes[node.name]
            self.announce()

    def window_ms(self) -> int:
        """How far a timestamp may be from a node's clock."""
        return self._window_ms

    async def changed(self) -> None:
        """Wait for a node to join, leave, be cut or mended."""
        await self._changed.wait()

    def announce(self) -> None:
        """Wake those who wait for neighbours."""
        self._changed.set()
        self._changed = trio.Event()


class MemoryNode:
    """One node of a MemoryNetwork; satisfies `Network`."""

    def __init__(
        self,
        network: MemoryNetwork,
        name: str,
        clock: Clock,
        faults: Faults | None,
        nursery: trio.Nursery,
        channel_messages: int,
        relay: bool,
    ) -> None:
        self.name = name
        self.online = True
        self.relay = relay
        self.book = PeerBook()
        self._network = network
        self._stamps = StampClock(clock)
        self._book = StampBook(network.stamps)
        self._clock = clock
        self._counts = Counts()
        self._subscription = Subscription(self._counts, channel_messages)
        self._seen = SeenCache()
        self._bearers = Bearers()
        self._line = None if faults is None else FaultLine(faults, nursery, self._subscription.hand_on)
        self._joined_ms = clock()
        self._closed = False

    @property
    def peer_id(self) -> str:
        """The node's name stands for a peer id."""
        return f"memory-{self.name}"

    @property
    def addresses(self) -> tuple[str, ...]:
        """One made-up address; nothing listens there."""
        return (f"/memory/{self.name}/p2p/{self.peer_id}",)

    @property
    def messages(self) -> trio.MemoryReceiveChannel[Received]:
        """See `Network.messages`."""
        return self._subscription.receive

    @property
    def fault_counts(self) -> FaultCounts:
        """What the fault shim of this node did."""
        return FaultCounts() if self._line is None else self._line.counts

    def watch(self, content_topics: Collection[str]) -> None:
        """See `Network.watch`."""
        self._subscription.watch(content_topics)

    async def publish(
        self, content_topic: str, payload: bytes, *, ephemeral: bool = False, meta: bytes = b""
    ) -> Published:
        """See `Network.publish`."""
        if self._closed:
            raise NetworkClosedError
        timestamp_ns, stamp = await self._book.stamp(content_topic, payload, self._stamps.next_ns)
        encoded = encode(
            self._network.topic,
            content_topic,
            payload,
            timestamp_ns=timestamp_ns,
            ephemeral=ephemeral,
            meta=stamp or meta,
        )
        await trio.lowlevel.checkpoint()
        self._counts.published += 1
        self._seen.add(encoded.message_id, self._clock())
        neighbours = self._network.neighbours(self)
        for neighbour in neighbours:
            neighbour.arrive(encoded.data, self.peer_id)
        return Published(encoded.waku_hash, len(neighbours))

    def arrive(self, data: bytes, bearer: str) -> None:
        """Take a message from a neighbour, with the checks of the real node."""
        now_ms = self._clock()
        key = message_id(data)
        if self._closed:
            return
        if not self._seen.add(key, now_ms):
            self._bearers.again(key, bearer)
            return
        self._counts.received += 1
        try:
            window_ms = self._network.window_ms()
            received = accept(self._network.topic, data, now_ms, window_ms, self._network.stamps)
        except MalformedMessageError as error:
            self._counts.refused[error.fact] += 1
            return
        if not self._subscription.watches(received.content_topic):
            return
        self._bearers.first(key, received.waku_hash, bearer)
        if self._line is None:
            self._subscription.hand_on(received)
        else:
            self._line.pass_on(received)

    def peers(self) -> tuple[Peer, ...]:
        """See `Network.peers`."""
        return tuple(
            Peer(
                peer_id=other.peer_id,
                address=other.addresses[0],
                since_ms=max(self._joined_ms, other._joined_ms),
                outbound=self.wants(other) or not other.wants(self),
                relay=other.relay,
            )
            for other in self._network.neighbours(self)
        )

    def wants(self, other: MemoryNode) -> bool:
        """Whether this node was told of the other."""
        return other.addresses[0] in self.book.addresses(other.peer_id)

    async def wait_for_peers(self, count: int) -> None:
        """See `Network.wait_for_peers`."""
        while not self._closed and len(self.peers()) < count:
            await self._network.changed()
        if self._closed:
            raise NetworkClosedError
        await trio.lowlevel.checkpoint()

    async def peers_changed(self) -> None:
        """See `Network.peers_changed`."""
        if not self._closed:
            await self._network.changed()
        if self._closed:
            raise NetworkClosedError
        await trio.lowlevel.checkpoint()

    def add_peer(self, address: str) -> None:
        """See `Network.add_peer`; a node is found at its made-up address, and nobody at any other."""
        peer_id = _peer_id(address)
        if peer_id != self.peer_id and self.book.add(peer_id, address):
            self._network.announce()

    def remove_peer(self, address: str) -> None:
        """See `Network.remove_peer`."""
        self.book.remove(address.rpartition("/p2p/")[2], address)
        self._network.announce()

    def bearers(self, waku_hash: WakuHash) -> frozenset[str]:
        """See `Network.bearers`; only who publishes a message brings it here."""
        return self._bearers.of(waku_hash)

    def time(self) -> NetworkTime:
        """See `Network.time`; nobody is asked here, so our own clock stands."""
        return NetworkTime(0, 0)

    def counts(self) -> Counts:
        """See `Network.counts`."""
        return self._counts

    def close(self) -> None:
        """Leave the network and end `messages`. Closing twice does nothing."""
        if not self._closed:
            self._closed = True
            self._subscription.close()
            self._network.leave(self)


def _peer_id(address: str) -> str:
    made_up = re.fullmatch(r"/memory/[^/]+/p2p/(memory-[^/]+)", address)
    return made_up[1] if made_up else read_peer_address(address).peer_id
