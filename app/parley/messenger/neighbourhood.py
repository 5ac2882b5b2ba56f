"""Whom the node of an opened profile is connected to: remembered peers, those a person names, and what pages show.

Only peers that we dialled are remembered: where somebody came from, nobody listens. Those nearby are not: they are
found again, and on another LAN their addresses are somebody else's.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import trio

from parley.chat.commit import Commit
from parley.chat.delivery.model import WaitingConversation
from parley.chat.delivery.ports import OutboxStore
from parley.chat.errors import DiskFullError
from parley.chat.network.model import RememberedPeer
from parley.chat.network.ports import PeerStore
from parley.chat.network.remember import RENEW_MS, forget, remember_named, remember_reached
from parley.messenger.errors import InvalidPeerAddressError, TooManyPeersError
from parley.messenger.writer import Writer
from parley.p2p import api as p2p
from parley.settings import Settings

_log = logging.getLogger(__name__)

DIALLED_AT_START = 8
"""Of those that answered before and of those that were only named: the last ones, so many of each."""

_LOOK_AGAIN_S = 0.5
"""Neighbours that come and go quickly are looked at no more often."""


class Store(PeerStore, OutboxStore, Protocol):
    """What is read here."""


@dataclass(frozen=True, slots=True)
class OwnAddress:
    """A multiaddr under which this node can be dialled, and from how far: a firewall may be in between."""

    address: str
    reach: p2p.Reach


@dataclass(frozen=True, slots=True)
class KnownPeer:
    """A peer that is dialled again and again.

    Attributes:
        given: named by an option of this run, where it is not remembered.
        reached: whether it ever answered there.
        noted_at_ms: when it last did or was named; None if that was not noted.
        connected: whether it is a neighbour now, under whatever address.
    """

    address: str
    given: bool
    reached: bool
    noted_at_ms: int | None
    connected: bool


@dataclass(frozen=True, slots=True)
class Drops:
    """What found no room since the profile was opened; whoever means it sends it again.

    Attributes:
        messages: of the network, that came faster than they were taken.
        first_contacts: of strangers.
        records: contact records of known people.
    """

    messages: int = 0
    first_contacts: int = 0
    records: int = 0


@dataclass(frozen=True, slots=True)
class NetworkView:
    """How the node of this profile is doing.

    Attributes:
        peer_id: under which the network knows this node; it names no account.
        cluster_id: the Waku cluster.
        peers: neighbours that a message would be handed to now, the longest connected first.
        known: peers of the options and of memory.
        addresses: where this node listens, what is reached from farthest first.
        reach: of the first of them; None if it listens nowhere, and only dials.
        mdns: whether nodes on the LAN are looked for; that takes an address that reaches it.
        time: how far our clock is from the neighbours'.
        waiting: what has not been acknowledged, by conversation.
        now_ms: our clock when this was put together.
        taken_ports: those that this node had before, and another program has now.
        drops: what found no room.
    """

    peer_id: str
    cluster_id: int
    peers: tuple[p2p.Peer, ...]
    known: tuple[KnownPeer, ...]
    addresses: tuple[OwnAddress, ...]
    reach: p2p.Reach | None
    mdns: bool
    time: p2p.NetworkTime
    waiting: tuple[WaitingConversation, ...]
    now_ms: int
    taken_ports: tuple[int, ...] = ()
    drops: Drops = Drops()


class Neighbourhood:
    """Peers of one opened profile.

    Args:
        tell: told when neighbours came or went.
        dropped: gives how many first contacts and records found no room.
        taken_ports: those the node had before, and could not have again.
    """

    def __init__(
        self,
        store: Store,
        writer: Writer,
        network: p2p.Network,
        settings: Settings,
        clock: Callable[[], int],
        tell: Callable[[], None],
        dropped: Callable[[], tuple[int, int]] = lambda: (0, 0),
        taken_ports: tuple[int, ...] = (),
    ) -> None:
        self._store = store
        self._writer = writer
        self._network = network
        self._given = settings.peers
        self._mdns = settings.mdns
        self._cluster_id = settings.cluster_id
        self._clock = clock
        self._tell = tell
        self._dropped = dropped
        self._taken_ports = taken_ports
        self._unwanted: set[str] = set()

    async def run(self) -> None:
        """Dial who is remembered, and remember who answers, until cancelled or until the network closes."""
        await self._dial_remembered()
        shown: tuple[p2p.Peer, ...] = ()
        while True:
            peers = self._network.peers()
            if peers != shown:
                shown = peers
                self._tell()
            await self._note(peers)
            if self._network.peers() == shown:
                with trio.move_on_after(RENEW_MS / 1_000):
                    await self._network.peers_changed()
            await trio.sleep(_LOOK_AGAIN_S)

    async def view(self) -> NetworkView:
        """How the node is doing now."""
        remembered = await self._store.remembered_peers(self._cluster_id)
        waiting = await self._store.waiting_conversations()
        peers = tuple(sorted(self._network.peers(), key=lambda each: (each.since_ms, each.peer_id)))
        addresses = tuple(OwnAddress(each, p2p.reach_of(each)) for each in self._network.addresses)
        return NetworkView(
            peer_id=self._network.peer_id,
            cluster_id=self._cluster_id,
            peers=peers,
            known=self._known(remembered, frozenset(each.peer_id for each in peers)),
            addresses=addresses,
            reach=max((each.reach for each in addresses), key=lambda reach: reach.rank, default=None),
            mdns=self._mdns,
            time=self._network.time(),
            waiting=waiting,
            now_ms=self._clock(),
            taken_ports=self._taken_ports,
            drops=Drops(self._network.counts().dropped_full, *self._dropped()),
        )

    async def add_peer(self, address: str) -> None:
        """Dial a peer that a person named from now on, also after the next start.

        Raises:
            InvalidPeerAddressError, TooManyPeersError, StorageError: nothing was changed.
        """
        try:
            self._network.add_peer(address)
        except p2p.InvalidAddressError:
            raise InvalidPeerAddressError from None
        except p2p.TooManyPeersError as error:
            raise TooManyPeersError(error.limit) from None
        self._unwanted.discard(address)
        await self._change(lambda held: remember_named(held, self._cluster_id, [address], self._clock()))

    async def add_named(self, addresses: Iterable[str]) -> None:
        """Dial those of an invite that can be dialled; what cannot is left out.

        Raises:
            StorageError: they are dialled, and not remembered.
        """
        taken = []
        for address in addresses:
            try:
                self._network.add_peer(address)
            except (p2p.InvalidAddressError, p2p.TooManyPeersError):
                continue
            taken.append(address)
        self._unwanted.difference_update(taken)
        await self._change(lambda held: remember_named(held, self._cluster_id, taken, self._clock()))

    async def remove_peer(self, address: str) -> None:
        """Forget a peer's address and dial it no more; one of the options comes back with the next start.

        Raises:
            StorageError: it is not dialled any more, and will be after the next start.
        """
        # It stays a neighbour for a moment, and must not be remembered for that.
        # Guarded by tests/messenger/test_neighbourhood.py::test_a_removed_peer_is_not_dialled_after_the_next_start.
        self._unwanted.add(address)
        self._network.remove_peer(address)
        await self._change(lambda _held: forget(self._cluster_id, address))

    async def _dial_remembered(self) -> None:
        remembered = await self._store.remembered_peers(self._cluster_id)
        for reached in (True, False):
            for each in [each for each in remembered if each.reached is reached][:DIALLED_AT_START]:
                try:
                    self._network.add_peer(each.address)
                except (p2p.InvalidAddressError, p2p.TooManyPeersError) as error:
                    _log.warning("network.remembered_peer_not_dialled error=%s", type(error).__name__)

    async def _note(self, peers: tuple[p2p.Peer, ...]) -> None:
        reached = [
            each.address
            for each in peers
            if each.outbound and not each.nearby and each.address not in self._unwanted
        ]
        if not reached:
            return
        try:
            await self._change(lambda held: remember_reached(held, self._cluster_id, reached, self._clock()))
        except DiskFullError:
            _log.warning("no room on the disk: reached peers are not remembered")

    async def _change(self, step: Callable[[tuple[RememberedPeer, ...]], Commit | None]) -> None:
        async def job() -> None:
            commit = step(await self._store.remembered_peers(self._cluster_id))
            if commit is not None:
                await self._writer.apply(commit)

        await self._writer.do(job)

    def _known(
        self, remembered: tuple[RememberedPeer, ...], connected: frozenset[str]
    ) -> tuple[KnownPeer, ...]:
        noted = {each.address: each for each in remembered}
        known = []
        for address in dict.fromkeys((*self._given, *noted)):
            held = noted.get(address)
            known.append(
                KnownPeer(
                    address=address,
                    given=address in self._given,
                    reached=held is not None and held.reached,
                    noted_at_ms=None if held is None else held.noted_at_ms,
                    connected=address.rpartition("/p2p/")[2] in connected,
                )
            )
        return tuple(known)


class HasNeighbours:
    """The part of a messenger that is about its node; web/network_ports.py says what each does and raises."""

    _neighbourhood: Neighbourhood

    async def network(self) -> NetworkView:
        """How the node of this profile is doing now."""
        return await self._neighbourhood.view()

    async def add_peer(self, address: str) -> None:
        """Dial a peer from now on, also after the next start.

        Raises:
            InvalidPeerAddressError, TooManyPeersError, StorageError: nothing was changed.
        """
        await self._neighbourhood.add_peer(address)

    async def add_peers(self, addresses: Iterable[str]) -> None:
        """Dial those of an invite's addresses that can be dialled from now on. Raises StorageError."""
        await self._neighbourhood.add_named(addresses)

    async def remove_peer(self, address: str) -> None:
        """Dial a peer no more, and forget it. Raises StorageError."""
        await self._neighbourhood.remove_peer(address)
