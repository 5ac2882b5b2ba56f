"""A real node: what its owner holds, and the supervision of the libp2p stack underneath."""

from __future__ import annotations

import importlib
import logging
import random
from collections.abc import AsyncIterator, Collection, Hashable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import trio

from parley.p2p.bearers import Bearers
from parley.p2p.counts import Counts
from parley.p2p.errors import AddressInUseError, InvalidAddressError, NetworkClosedError, P2pError
from parley.p2p.faults import FaultCounts, FaultLine
from parley.p2p.interfaces import Reach, own_interfaces, reach_of, spelled_out
from parley.p2p.message import accept, encode, message_id
from parley.p2p.network import NetworkTime, Peer, Published, Received, WakuHash
from parley.p2p.network_time import network_time
from parley.p2p.peer_address import read_peer_address
from parley.p2p.peer_book import PeerBook
from parley.p2p.seen import SeenCache
from parley.p2p.settings import NodeSettings
from parley.p2p.stamp_clock import StampClock
from parley.p2p.stamps import StampBook
from parley.p2p.subscription import Subscription

if TYPE_CHECKING:
    from parley.p2p.libp2p_adapter.stack import Stack

logger = logging.getLogger("parley.p2p")

NEARBY_PATIENCE_S = 3.0


class Node:
    """A node on the real network; satisfies `Network`. It survives the fall of its stack."""

    def __init__(self, settings: NodeSettings, peer_id: str, nursery: trio.Nursery) -> None:
        self._settings = settings
        self._peer_id = peer_id
        self._counts = Counts()
        self._subscription = Subscription(self._counts, settings.channel_messages)
        self._stamps = StampClock(settings.clock)
        self._stamp_book = StampBook(settings.stamps)
        self._peer_book = PeerBook((read_peer_address(text).peer_id, text) for text in settings.peers)
        self._samples: dict[str, int] = {}
        self._seen = SeenCache()
        self._bearers = Bearers()
        self._stack: Stack | None = None
        self._addresses: tuple[str, ...] = ()
        self._changed = trio.Event()
        self._closed = False
        hand_on = self._subscription.hand_on
        self._line = None if settings.faults is None else FaultLine(settings.faults, nursery, hand_on)

    @property
    def peer_id(self) -> str:
        """See `Network.peer_id`."""
        return self._peer_id

    @property
    def addresses(self) -> tuple[str, ...]:
        """See `Network.addresses`."""
        return spelled_out(self._addresses, own_interfaces())

    @property
    def messages(self) -> trio.MemoryReceiveChannel[Received]:
        """See `Network.messages`."""
        return self._subscription.receive

    @property
    def fault_counts(self) -> FaultCounts:
        """What the fault shim did."""
        return FaultCounts() if self._line is None else self._line.counts

    @property
    def stack(self) -> Stack | None:
        """The running libp2p stack, for tests of this room only."""
        return self._stack

    def watch(self, content_topics: Collection[str]) -> None:
        """See `Network.watch`."""
        self._subscription.watch(content_topics)

    async def publish(
        self, content_topic: str, payload: bytes, *, ephemeral: bool = False, meta: bytes = b""
    ) -> Published:
        """See `Network.publish`."""
        if self._closed:
            raise NetworkClosedError
        timestamp_ns, stamp = await self._stamp_book.stamp(
            content_topic, payload, lambda: self._stamps.next_ns(self.time().offset_ms)
        )
        encoded = encode(
            self._settings.topic,
            content_topic,
            payload,
            timestamp_ns=timestamp_ns,
            ephemeral=ephemeral,
            meta=stamp or meta,
        )
        self._counts.published += 1
        relays = 0 if self._stack is None else self._stack.publish(encoded.data)
        await trio.lowlevel.checkpoint()
        return Published(encoded.waku_hash, relays)

    def peers(self) -> tuple[Peer, ...]:
        """See `Network.peers`."""
        return () if self._stack is None else self._stack.peers()

    async def wait_for_peers(self, count: int) -> None:
        """See `Network.wait_for_peers`."""
        while not self._closed and len(self.peers()) < count:
            await self._changed.wait()
        if self._closed:
            raise NetworkClosedError
        await trio.lowlevel.checkpoint()

    async def peers_changed(self) -> None:
        """See `Network.peers_changed`."""
        if not self._closed:
            await self._changed.wait()
        if self._closed:
            raise NetworkClosedError
        await trio.lowlevel.checkpoint()

    def add_peer(self, address: str) -> None:
        """See `Network.add_peer`."""
        from parley.p2p.libp2p_adapter.addresses import peer_and_address

        peer_id, _ = peer_and_address(address)
        name = str(peer_id)
        if name != self._peer_id and self._peer_book.add(name, address) and self._stack is not None:
            self._stack.dialer.keep(peer_id)

    def remove_peer(self, address: str) -> None:
        """See `Network.remove_peer`."""
        from parley.p2p.libp2p_adapter.addresses import peer_and_address

        try:
            peer_id, _ = peer_and_address(address)
        except InvalidAddressError:
            return
        if self._peer_book.remove(str(peer_id), address) and self._stack is not None:
            self._stack.dialer.let_go(peer_id)

    def bearers(self, waku_hash: WakuHash) -> frozenset[str]:
        """See `Network.bearers`."""
        return self._bearers.of(waku_hash)

    def time(self) -> NetworkTime:
        """See `Network.time`."""
        return network_time(self._samples)

    def counts(self) -> Counts:
        """See `Network.counts`."""
        return self._counts

    # What the stack calls.

    def judge(self, data: bytes, bearer: Hashable) -> None:
        """Accept the data of a new message and hand it on, or raise MalformedMessageError."""
        now_ms = self._settings.clock() + self.time().offset_ms
        settings = self._settings
        received = accept(settings.topic, data, now_ms, settings.timestamp_window_ms, settings.stamps)
        if not self._subscription.watches(received.content_topic):
            return
        self._bearers.first(message_id(data), received.waku_hash, bearer)
        if self._line is None:
            self._subscription.hand_on(received)
        else:
            self._line.pass_on(received)

    def announce(self) -> None:
        """Neighbours came or went."""
        self._changed.set()
        self._changed = trio.Event()

    def note_time(self, peer_id: str, offset_ms: int) -> None:
        """Keep a neighbour's latest sample."""
        self._samples[peer_id] = offset_ms

    def forget_time(self, peer_id: str) -> None:
        """Drop the sample of a neighbour that left."""
        self._samples.pop(peer_id, None)

    # The search for nodes nearby.

    async def find_nearby(self) -> None:
        """Dial nodes of our cluster on the LAN, if the settings say so."""
        settings = self._settings
        on_a_lan = settings.mdns_interfaces or any(
            reach_of(each) is not Reach.MACHINE for each in self._addresses
        )
        if not settings.mdns or not on_a_lan:
            return
        mdns = await trio.to_thread.run_sync(importlib.import_module, "parley.p2p.mdns")
        nearby = mdns.Nearby(
            peer_id=self._peer_id,
            cluster_id=settings.cluster_id,
            addresses=lambda: self.addresses,
            only=settings.mdns_interfaces,
            found=self._found,
            lost=self._peer_book.lose,
            counts=self._counts,
        )
        await mdns.search(nearby)

    def _found(self, peer_id: str, addresses: tuple[str, ...]) -> None:
        from parley.p2p.libp2p_adapter.addresses import peer_and_address

        try:
            known, _ = peer_and_address(addresses[0])
        except InvalidAddressError:
            return
        if self._peer_book.find(peer_id, addresses) and self._stack is not None:
            # Both of us have found each other; one of the two goes first, or there would be two connections.
            first = self._peer_id < peer_id
            self._stack.dialer.keep(known, patience_s=0 if first else NEARBY_PATIENCE_S)

    # Supervision.

    async def supervise(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Run a stack, and another one whenever it falls.

        Only the first one may fail to start; a later one is tried again with back-off, on the same ports.
        Guarded by tests/p2p/test_supervision.py::test_a_peer_that_leaves_and_returns_is_a_neighbour_again.
        """
        from parley.p2p.libp2p_adapter.stack import StackOwner, run_stack

        settings = self._settings
        owner = StackOwner(
            settings,
            self._peer_book,
            self._counts,
            self._seen,
            self.judge,
            self._bearers.again,
            lambda: int(trio.current_time() * 1000),
            self.announce,
            self.note_time,
            self.forget_time,
        )
        listen = settings.listen
        jitter = random.SystemRandom().random
        wait_s = settings.restart_first_s
        started = False
        began_s = trio.current_time()
        fall: ExceptionGroup[Exception] = ExceptionGroup("none", [P2pError()])
        while True:
            try:
                async with run_stack(owner, listen) as self._stack:
                    self._addresses = self._stack.addresses
                    listen = tuple(address.rpartition("/p2p/")[0] for address in self._addresses)
                    if not started:
                        started = True
                        task_status.started()
                    self.announce()
                    began_s = trio.current_time()
                    await trio.sleep_forever()
            except* Exception as group:  # A cancellation beside it goes on by itself.
                fall = group
            finally:
                self._stack = None
                self._samples.clear()
                self.announce()
            if not started:
                raise fall
            self._counts.restarts += 1
            logger.warning("the network stack fell (%s) and is started again", type(fall).__name__)
            logger.debug("the network stack fell", exc_info=fall)
            if trio.current_time() - began_s > settings.restart_longest_s:
                wait_s = settings.restart_first_s
            await trio.sleep(wait_s * (0.5 + 0.5 * jitter()))
            wait_s = min(wait_s * 2, settings.restart_longest_s)

    def close(self) -> None:
        """End `messages` and wake those who wait."""
        self._closed = True
        self._subscription.close()
        self.announce()


@asynccontextmanager
async def open_node(settings: NodeSettings) -> AsyncIterator[Node]:
    """Run a node for the length of a block.

    The first node of a process loads libp2p (about two seconds of CPU), in a thread, so that the caller's event
    loop goes on meanwhile.

    Raises:
        AddressInUseError: another process listens on an address of `settings.listen`.
        InvalidAddressError: an address in the settings is not usable.
    """
    await trio.to_thread.run_sync(importlib.import_module, "parley.p2p.libp2p_adapter.stack")
    from parley.p2p.libp2p_adapter.stack import check_addresses, peer_id_of

    check_addresses(settings)
    failure: Exception | None = None
    async with trio.open_nursery() as nursery:
        node = Node(settings, peer_id_of(settings.key), nursery)
        try:
            await nursery.start(node.supervise)
            nursery.start_soon(node.find_nearby)
            yield node
        except Exception as error:  # Raised again below, outside of the nursery and not inside a group.
            failure = error
        finally:
            node.close()
            nursery.cancel_scope.cancel()
    if failure is not None:
        raise _plain(failure)


def _plain(error: Exception) -> Exception:
    """Take this room's own error out of the groups that libp2p's services put around it."""
    if isinstance(error, ExceptionGroup):
        ours = error.subgroup(P2pError)
        while ours is not None and isinstance(ours, ExceptionGroup):
            first = ours.exceptions[0]
            if isinstance(first, AddressInUseError | P2pError):
                return first
            ours = first if isinstance(first, ExceptionGroup) else None
    return error
