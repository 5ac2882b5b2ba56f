"""Timestamps for what we publish: the network's time in nanoseconds, never twice the same."""

from __future__ import annotations

from parley.p2p.network import Clock


class StampClock:
    """Gives strictly rising timestamps, so that the same payload published twice is two messages.

    A clock read in milliseconds stands still for two publishes in one millisecond; the stamp then moves by one
    nanosecond. Guarded by the conformance suite: an identical payload published again arrives again.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last_ns = 0

    def next_ns(self, offset_ms: int = 0) -> int:
        """Return the next timestamp, `offset_ms` being the correction the network asks for."""
        now_ns = (self._clock() + offset_ms) * 1_000_000
        # A clock set back by more than a second is followed: relays would refuse stamps of the old time.
        if now_ns <= self._last_ns < now_ns + 1_000_000_000:
            now_ns = self._last_ns + 1
        self._last_ns = now_ns
        return now_ns
