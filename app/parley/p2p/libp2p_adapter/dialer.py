"""Keeps us connected to the peers of the book: dials, waits for the end, dials again with back-off."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field

import trio
from libp2p.abc import INetConn
from libp2p.peer.id import ID

from parley.p2p.libp2p_adapter.addresses import Multiaddr
from parley.p2p.libp2p_adapter.guard import Guard
from parley.p2p.libp2p_adapter.swarm import BoundedSwarm
from parley.p2p.peer_book import PeerBook
from parley.p2p.settings import NodeSettings


def back_off_s(failures: int, first_s: float, longest_s: float, jitter: Callable[[], float]) -> float:
    """Return how long to wait after so many failures in a row: doubling, capped, half of it at random."""
    doublings = min(max(failures - 1, 0), 32)
    whole = min(longest_s, first_s * float(1 << doublings))
    return whole * (0.5 + 0.5 * jitter())


@dataclass(slots=True)
class _Kept:
    """The task of one peer."""

    scope: trio.CancelScope = field(default_factory=trio.CancelScope)
    hurry: trio.Event = field(default_factory=trio.Event)


class Dialer:
    """One task for each peer of the book."""

    def __init__(
        self, swarm: BoundedSwarm, guard: Guard, settings: NodeSettings, book: PeerBook, nursery: trio.Nursery
    ) -> None:
        self._swarm = swarm
        self._guard = guard
        self._first_s = settings.redial_first_s
        self._longest_s = settings.redial_longest_s
        self._book = book
        self._nursery = nursery
        self._jitter = random.SystemRandom().random
        self._kept: dict[ID, _Kept] = {}
        # Peers added at run time share the places that are kept free of inbound connections, and wait for one;
        # the few in the settings always have theirs. Guarded by tests/p2p/test_peer_book.py::test_places_are_shared.
        self._places = trio.CapacityLimiter(settings.outbound_places)

    def keep(self, peer_id: ID, *, patience_s: float = 0) -> None:
        """Stay connected to a peer of the book; if we are at it, try without waiting.

        Args:
            patience_s: how long it may take to dial us first.
        """
        kept = self._kept.get(peer_id)
        if kept is not None:
            kept.hurry.set()
        elif peer_id != self._swarm.self_id:
            self._kept[peer_id] = _Kept()
            self._nursery.start_soon(self._keep, peer_id, self._kept[peer_id], patience_s)

    def let_go(self, peer_id: ID) -> None:
        """Dial a peer no more, and end the connections that we made to it."""
        kept = self._kept.pop(peer_id, None)
        if kept is not None:
            kept.scope.cancel()
            self._nursery.start_soon(self._hang_up, peer_id)

    async def _hang_up(self, peer_id: ID) -> None:
        for connection in self._open(peer_id):
            if connection.muxed_conn.is_initiator:
                with self._guard.step("hang up"):
                    await connection.close()

    async def _keep(self, peer_id: ID, kept: _Kept, patience_s: float) -> None:
        failures = 0
        with kept.scope:
            with trio.move_on_after(patience_s):
                await kept.hurry.wait()
            while True:
                kept.hurry = trio.Event()
                up_s = trio.current_time()
                if not await self._ended(peer_id):
                    if not self._book.addresses(str(peer_id)):
                        # It was found nearby and is no more. What says so is not believed enough to hang up.
                        self._kept.pop(peer_id, None)
                        return
                    async with self._place(peer_id):
                        if not self._open(peer_id):
                            with self._guard.step("redial"):
                                _, address = await self._swarm.dial_in_turn(peer_id, self._addresses(peer_id))
                                self._book.note_reached(str(peer_id), str(address))
                        up_s = trio.current_time()
                        await self._ended(peer_id)
                # A peer that hangs up at once is as good as one that does not answer.
                failures = 0 if trio.current_time() - up_s > self._longest_s else failures
                failures += 1
                with trio.move_on_after(back_off_s(failures, self._first_s, self._longest_s, self._jitter)):
                    await kept.hurry.wait()

    async def _ended(self, peer_id: ID) -> bool:
        """Wait for the end of a connection, whoever made it; false if there is none."""
        connections = self._open(peer_id)
        if connections:
            await connections[0].event_closed.wait()  # type: ignore[attr-defined]
        return bool(connections)

    def _open(self, peer_id: ID) -> list[INetConn]:
        return [link for link in self._swarm.get_connections(peer_id) if not link.is_closed]

    def _addresses(self, peer_id: ID) -> list[Multiaddr]:
        return [Multiaddr(text) for text in self._book.addresses(str(peer_id))]

    def _place(self, peer_id: ID) -> AbstractAsyncContextManager[object]:
        return nullcontext() if self._book.is_fixed(str(peer_id)) else self._places
