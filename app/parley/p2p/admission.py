"""Who may be half-open, and who may stay connected: bounds on inbound connections. Pure.

A node that waits politely for 250 silent connections has no place left for a good one. So the table of
half-open connections never refuses: a newcomer pushes out the oldest one of the host that has the most.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

LOOPBACK = ("127.", "::1", "::ffff:127.")


@dataclass(eq=False, slots=True)
class HalfOpen:
    """An inbound connection before the end of its handshake. `drop` ends it."""

    host: str
    drop: Callable[[], None]


class Admission:
    """Counts half-open and established inbound connections."""

    def __init__(self, half_open: int, established: int, per_host: int) -> None:
        self._half_open_limit = half_open
        self._established_limit = established
        self._per_host = per_host
        self._half_open: OrderedDict[HalfOpen, None] = OrderedDict()
        self._established: Counter[str] = Counter()

    @property
    def half_open(self) -> int:
        """How many are half-open now."""
        return len(self._half_open)

    @property
    def established(self) -> int:
        """How many inbound ones are established now."""
        return self._established.total()

    def enter(self, host: str, drop: Callable[[], None]) -> HalfOpen:
        """Take in a new connection; may drop another one to keep the bound."""
        if len(self._half_open) >= self._half_open_limit:
            per_host = Counter(entry.host for entry in self._half_open)
            busiest = max(per_host.values())
            victim = next(entry for entry in self._half_open if per_host[entry.host] == busiest)
            del self._half_open[victim]
            victim.drop()
        entry = HalfOpen(host, drop)
        self._half_open[entry] = None
        return entry

    def leave(self, entry: HalfOpen) -> None:
        """Forget a connection whose handshake ended, either way."""
        self._half_open.pop(entry, None)

    def establish(self, host: str) -> bool:
        """Whether a connection that finished its handshake may stay; if so `end` must follow."""
        local = host.startswith(LOOPBACK)
        if self.established >= self._established_limit:
            return False
        if not local and self._established[host] >= self._per_host:
            return False
        self._established[host] += 1
        return True

    def end(self, host: str) -> None:
        """Forget an established connection."""
        self._established[host] -= 1
        if self._established[host] <= 0:
            del self._established[host]
