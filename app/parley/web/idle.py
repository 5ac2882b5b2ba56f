"""Locks the profile when nobody has asked for anything for a while."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio

LOOK_EVERY_S = 10.0
"""How soon another time, set meanwhile, counts."""


class Activity:
    """When a person last did something: a request that is neither a file nor a stream going on by itself."""

    def __init__(self) -> None:
        self._at = -1.0

    def note(self) -> None:
        """Something was done now."""
        self._at = trio.current_time()

    async def call_when_idle(self, seconds: Callable[[], float], lock: Callable[[], Awaitable[None]]) -> None:
        """Call `lock` each time that nothing was done for so long. Runs until cancelled.

        Args:
            seconds: how long; 0 for never. Asked again and again, since a person may set it meanwhile.
        """
        self.note()
        while True:
            limit = seconds()
            left = self._at + limit - trio.current_time()
            if limit and left <= 0:
                await lock()
                self.note()
            else:
                await trio.sleep(min(left, LOOK_EVERY_S) if limit else LOOK_EVERY_S)
