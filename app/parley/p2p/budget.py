"""What a neighbour may cost us: token buckets of messages and bytes, and strikes for what is plainly wrong.

Pure: time comes in. Scores and reputations are left out on purpose: a budget cannot be gamed into expelling an
honest neighbour, and py-libp2p's own scoring has its sign the wrong way round.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class BudgetLimits:
    """Rates a second and bursts. The defaults let a neighbour forward a busy network and no more."""

    messages_per_s: int = 500
    messages_burst: int = 2_000
    bytes_per_s: int = 2 * 1024 * 1024
    bytes_burst: int = 8 * 1024 * 1024
    controls_per_s: int = 200
    controls_burst: int = 1_000
    strikes: int = 5
    strikes_forgotten_ms: int = 60_000


@dataclass(slots=True)
class Bucket:
    """A token bucket. Debt is allowed once, so that one large item passes, and is then paid off."""

    rate_per_s: int
    burst: int
    tokens: float = field(default=0.0)
    filled_at_ms: int = field(default=0)

    @classmethod
    def full(cls, rate_per_s: int, burst: int, now_ms: int) -> Bucket:
        """Return a bucket that starts with its whole burst."""
        return cls(rate_per_s, burst, float(burst), now_ms)

    def _fill(self, now_ms: int) -> None:
        if now_ms > self.filled_at_ms:
            earned = (now_ms - self.filled_at_ms) * self.rate_per_s / 1000
            self.tokens = min(float(self.burst), self.tokens + earned)
        self.filled_at_ms = now_ms

    def take(self, amount: int, now_ms: int) -> bool:
        """Take `amount` tokens if they are there; return False and take nothing otherwise."""
        self._fill(now_ms)
        if self.tokens < amount:
            return False
        self.tokens -= amount
        return True

    def spend(self, amount: int, now_ms: int) -> int:
        """Take `amount` tokens, going into debt; return the milliseconds until the debt is paid (0 for none)."""
        self._fill(now_ms)
        self.tokens -= amount
        if self.tokens >= 0:
            return 0
        return int(-self.tokens * 1000 / self.rate_per_s) + 1


class NeighbourBudget:
    """One neighbour's account. `now_ms` is any monotonic count of milliseconds."""

    def __init__(self, limits: BudgetLimits, now_ms: int) -> None:
        self._limits = limits
        self._messages = Bucket.full(limits.messages_per_s, limits.messages_burst, now_ms)
        self._bytes = Bucket.full(limits.bytes_per_s, limits.bytes_burst, now_ms)
        self._controls = Bucket.full(limits.controls_per_s, limits.controls_burst, now_ms)
        self._strikes: list[int] = []

    def take_message(self, now_ms: int) -> bool:
        """Whether one more message may be looked at; an unpaid one is dropped before it costs anything."""
        return self._messages.take(1, now_ms)

    def take_control(self, now_ms: int, amount: int = 1) -> bool:
        """Whether `amount` more control entries (subscriptions, grafts, ids) may be looked at."""
        return self._controls.take(amount, now_ms)

    def spend_bytes(self, amount: int, now_ms: int) -> int:
        """Charge bytes read; return how many milliseconds to stop reading from this neighbour.

        Bytes are throttled rather than dropped: not reading pushes back through Yamux and TCP, costs us
        nothing, and loses an honest neighbour nothing.
        """
        return self._bytes.spend(amount, now_ms)

    def strike(self, now_ms: int) -> bool:
        """Note something no correct implementation sends; return True when it is time to hang up."""
        horizon = now_ms - self._limits.strikes_forgotten_ms
        self._strikes = [at for at in self._strikes if at > horizon]
        self._strikes.append(now_ms)
        return len(self._strikes) >= self._limits.strikes
