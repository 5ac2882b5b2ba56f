"""The port: what the rest of Parley sees of a network, real or in memory.

Payloads are opaque. Gossip is never the guarantee of delivery: a message may be lost, late, repeated or out of
order, and `publish` says only how many neighbours it was handed to.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import NewType, Protocol

import trio

from parley.p2p.counts import Counts

Clock = Callable[[], int]
"""Milliseconds since the epoch, UTC."""

WakuHash = NewType("WakuHash", bytes)
"""32 bytes, the deterministic message hash of 14/WAKU2-MESSAGE."""


@dataclass(frozen=True, slots=True)
class Received:
    """A Waku message that passed every check of a relay and is watched here."""

    content_topic: str
    payload: bytes
    timestamp_ns: int
    waku_hash: WakuHash
    ephemeral: bool = False
    meta: bytes = b""


@dataclass(frozen=True, slots=True)
class Published:
    """What became of a `publish`: its hash, and how many neighbours it was handed to (0 is not an error)."""

    waku_hash: WakuHash
    relays: int


@dataclass(frozen=True, slots=True)
class Peer:
    """A neighbour messages can be handed to.

    `address` is where it was reached, or came from where `outbound` is false; then nobody listens there. `relay`:
    it says of itself that it is a service node and no person's. `nearby`: nobody named it, it was
    found on the LAN.
    """

    peer_id: str
    address: str
    since_ms: int
    outbound: bool
    relay: bool = False
    nearby: bool = False


@dataclass(frozen=True, slots=True)
class NetworkTime:
    """What neighbours say about our clock.

    `offset_ms` is the median of their answers minus our clock (0 with fewer than three answers or under two
    seconds, because then our own clock stands); `answers` is how many neighbours answered.
    """

    offset_ms: int
    answers: int


class Network(Protocol):
    """A node of the network. Not thread-safe; use it from one trio event loop."""

    @property
    def peer_id(self) -> str:
        """This node's libp2p peer id (base58 text)."""

    @property
    def addresses(self) -> tuple[str, ...]:
        """Multiaddrs others can dial, each ending in `/p2p/<peer id>`, those first that are reached from farthest."""

    @property
    def messages(self) -> trio.MemoryReceiveChannel[Received]:
        """What arrived on watched topics. Bounded: when it is full the newest is dropped and counted.

        It ends (`trio.EndOfChannel`) when the network is closed.
        """

    def watch(self, content_topics: Collection[str]) -> None:
        """Replace the set of content topics that reach `messages`. Others are relayed, not handed on."""

    async def publish(
        self, content_topic: str, payload: bytes, *, ephemeral: bool = False, meta: bytes = b""
    ) -> Published:
        """Give a message to the network, stamped with the network's time.

        The same payload published again is a new message with a new timestamp and a new hash: identical
        bytes are dropped as seen by every relay. It never comes back to its publisher's own `messages`.

        Args:
            content_topic: 1 to 256 bytes of UTF-8.
            payload: at most 153,600 bytes (150 KiB).
            meta: at most 64 bytes; on a topic that asks for a stamp that is put in its place.

        Raises:
            PayloadTooLargeError, ContentTopicError, MetaTooLargeError: nothing was sent.
            NetworkClosedError: the network was closed.
        """

    def peers(self) -> tuple[Peer, ...]:
        """The neighbours a message published now would be handed to."""

    async def wait_for_peers(self, count: int) -> None:
        """Return once there are at least `count` such neighbours; raises NetworkClosedError when closed."""

    async def peers_changed(self) -> None:
        """Return at the next time that neighbours may have come or gone; raises NetworkClosedError when closed."""

    def add_peer(self, address: str) -> None:
        """Stay connected to a peer from now on: dial it, and again whenever it is lost.

        A further address of a known peer is tried after the others. Our own address is no peer; nothing happens.

        Args:
            address: a multiaddr over TCP that ends in `/p2p/<peer id>`.

        Raises:
            InvalidAddressError: it is none, or not one that can be dialled.
            TooManyPeersError: there are as many peers as are kept.
        """

    def remove_peer(self, address: str) -> None:
        """Forget an address. With the last one of a peer the connection that we made to it ends.

        It may stay a neighbour by dialling us. Harmless for an unknown address.
        """

    def bearers(self, waku_hash: WakuHash) -> frozenset[str]:
        """The peer ids of the neighbours that have brought a watched message so far, at most 8.

        Others may follow within a second or two. Empty for a message that is none of the latest.
        """

    def time(self) -> NetworkTime:
        """How far our clock is from the neighbours' clocks."""

    def counts(self) -> Counts:
        """What was received, relayed, refused and dropped since the start."""
