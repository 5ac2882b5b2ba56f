"""Wrong passphrases make the next try wait: longer with each, never for good, and nothing is ever destroyed.

One count for all browsers. It is kept in memory only: a restart takes longer than what it would save. Plain steps:
the caller gives the time, in seconds of a clock that only goes forward.
"""

from __future__ import annotations

import math

LONGEST_S = 60


class Attempts:
    """Counts wrong passphrases since the last right one."""

    def __init__(self) -> None:
        self._wrong = 0
        self._not_before = -math.inf

    def wait_s(self, now: float) -> int:
        """Whole seconds until the next try is looked at; 0 if it is now."""
        return 0 if now >= self._not_before else math.ceil(self._not_before - now)

    def was_wrong(self, now: float) -> int:
        """Note a wrong one; gives the seconds to wait: 1, 2, 4, ... up to 60."""
        wait: int = min(2 ** min(self._wrong, 10), LONGEST_S)
        self._wrong += 1
        self._not_before = now + wait
        return wait

    def was_right(self) -> None:
        """Note a right one."""
        self._wrong = 0
        self._not_before = -math.inf
