"""Locks the profile when nobody has asked for anything for a while."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio


class Activity:
    """When a person last did something: a request that is neither a file nor a stream going on by itself."""

    def __init__(self) -> None:
        self._at = -1.0

    def note(self) -> None:
        """Something was done now."""
        self._at = trio.current_time()

    async def call_when_idle(self, seconds: float, lock: Callable[[], Awaitable[None]]) -> None:
        """Call `lock` each time that nothing was done for so long. Runs until cancelled."""
        self.note()
        while True:
            left = self._at + seconds - trio.current_time()
            if left > 0:
                await trio.sleep(left)
            else:
                await lock()
                self.note()
