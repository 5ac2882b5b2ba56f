"""Keeps us connected to the peers our user named: dials, waits for the end, dials again with back-off."""

from __future__ import annotations

import random
from collections.abc import Callable

import trio
from libp2p.peer.id import ID

from parley.p2p.libp2p_adapter.addresses import Multiaddr
from parley.p2p.libp2p_adapter.guard import Guard
from parley.p2p.libp2p_adapter.swarm import BoundedSwarm


def back_off_s(failures: int, first_s: float, longest_s: float, jitter: Callable[[], float]) -> float:
    """Return how long to wait after so many failures in a row: doubling, capped, half of it at random."""
    doublings = min(max(failures - 1, 0), 32)
    whole = min(longest_s, first_s * float(1 << doublings))
    return whole * (0.5 + 0.5 * jitter())


class Dialer:
    """One task for each named peer."""

    def __init__(self, swarm: BoundedSwarm, guard: Guard, first_s: float, longest_s: float) -> None:
        self._swarm = swarm
        self._guard = guard
        self._first_s = first_s
        self._longest_s = longest_s
        self._jitter = random.SystemRandom().random

    async def keep(self, peer_id: ID, addresses: list[Multiaddr]) -> None:
        """Stay connected to one peer for as long as the node runs."""
        failures = 0
        while peer_id != self._swarm.self_id:
            connections = [link for link in self._swarm.get_connections(peer_id) if not link.is_closed]
            if not connections:
                with self._guard.step("redial"):
                    connections = [await self._swarm.dial_in_turn(peer_id, addresses)]
            if connections:
                up_s = trio.current_time()
                await connections[0].event_closed.wait()  # type: ignore[attr-defined]
                # A peer that hangs up at once is as good as one that does not answer.
                failures = 0 if trio.current_time() - up_s > self._longest_s else failures
            failures += 1
            await trio.sleep(back_off_s(failures, self._first_s, self._longest_s, self._jitter))
