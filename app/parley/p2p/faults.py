"""Seeded faults on whole envelopes: loss, delay, duplication and reordering of what arrives.

They are applied where an accepted message would be handed to the owner of the node, after it was relayed: each
receiver then has its own luck and a relay never loses for others. The same class serves the real node and the
in-memory double. Decisions depend only on the seed and the order of arrivals.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import trio

from parley.p2p.errors import InvalidFaultsError
from parley.p2p.network import Received

REORDER_MS = 250
"""A reordered envelope is held up to this long, so that later ones overtake it."""
HELD_ENVELOPES = 1024
"""At most this many are held at once; above it an envelope passes untouched."""


@dataclass(frozen=True, slots=True)
class Faults:
    """A fault setting: probabilities between 0 and 1, `delay_ms` the longest added delay."""

    seed: int = 0
    loss: float = 0.0
    duplicate: float = 0.0
    delay_ms: int = 0
    reorder: float = 0.0

    def __post_init__(self) -> None:
        """Refuse values out of range; raises InvalidFaultsError."""
        for name in ("loss", "duplicate", "reorder"):
            value = getattr(self, name)
            if not 0.0 <= value <= 1.0:
                raise InvalidFaultsError(f"{name}={value}")
        if not 0 <= self.delay_ms <= 600_000:
            raise InvalidFaultsError(f"delay_ms={self.delay_ms}")

    @classmethod
    def parse(cls, text: str) -> Faults:
        """Read `seed=1,loss=0.3,duplicate=0.2,reorder=0.2,delay_ms=50`; missing names are 0.

        Raises:
            InvalidFaultsError: an unknown or repeated name, or a value that is not a number in range.
        """
        values: dict[str, float] = {}
        for part in filter(None, (piece.strip() for piece in text.split(","))):
            name, _, value = part.partition("=")
            if name not in cls.__dataclass_fields__ or name in values:
                raise InvalidFaultsError(part)
            try:
                values[name] = int(value) if name in ("seed", "delay_ms") else float(value)
            except ValueError:
                raise InvalidFaultsError(part) from None
        return cls(**values)  # type: ignore[arg-type]


@dataclass(slots=True)
class FaultCounts:
    """What the shim did so far, in envelopes."""

    arrived: int = 0
    lost: int = 0
    duplicated: int = 0
    delayed: int = 0
    reordered: int = 0
    handed_on: int = 0


class FaultLine:
    """Applies a `Faults` to envelopes on their way to `hand_on`, with delayed ones in `nursery`."""

    def __init__(self, faults: Faults, nursery: trio.Nursery, hand_on: Callable[[Received], object]) -> None:
        self._faults = faults
        self._nursery = nursery
        self._hand_on = hand_on
        self._random = random.Random(faults.seed)  # noqa: S311 - repeatable faults, no secret.
        self._held = 0
        self.counts = FaultCounts()

    def _delays_s(self) -> list[float]:
        """Decide the delays of each copy; an empty list means that the envelope is lost."""
        lost, copied, moved = (self._random.random() for _ in range(3))
        jitter = [self._random.random() for _ in range(3)]
        if lost < self._faults.loss:
            self.counts.lost += 1
            return []
        copies = 1
        if copied < self._faults.duplicate:
            self.counts.duplicated += 1
            copies = 2
        delays = [jitter[index] * self._faults.delay_ms / 1000 for index in range(copies)]
        if self._faults.delay_ms:
            self.counts.delayed += 1
        if moved < self._faults.reorder:
            self.counts.reordered += 1
            delays[0] += (0.2 + 0.8 * jitter[2]) * REORDER_MS / 1000
        return delays

    def pass_on(self, received: Received) -> None:
        """Let one arrived envelope meet its fate."""
        self.counts.arrived += 1
        for delay_s in self._delays_s():
            if delay_s <= 0 or self._held >= HELD_ENVELOPES:
                self._deliver(received)
            else:
                self._held += 1
                self._nursery.start_soon(self._deliver_later, received, delay_s)

    def _deliver(self, received: Received) -> None:
        self.counts.handed_on += 1
        self._hand_on(received)

    async def _deliver_later(self, received: Received, delay_s: float) -> None:
        try:
            await trio.sleep(delay_s)
        finally:
            self._held -= 1
        self._deliver(received)
