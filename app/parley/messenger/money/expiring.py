"""Tells that a request has expired at the moment it does, so that its card says so without a reload."""

from __future__ import annotations

from collections.abc import Callable

import trio

from parley.chat.commit import Commit
from parley.chat.events import CardChanged, Event
from parley.chat.payments.model import RequestRow, RequestState
from parley.chat.payments.ports import PaymentStore

MOST_AT_ONCE = 100
_LOOK_AROUND_S = 60.0
"""How often the clock is looked at while a request is open: it may be set, and the machine may sleep."""


class Expiry:
    """Tells it for one opened profile.

    Args:
        tell: hands events to whoever listens.
        clock: milliseconds since the epoch, UTC.
    """

    def __init__(
        self, store: PaymentStore, tell: Callable[[tuple[Event, ...]], None], clock: Callable[[], int]
    ) -> None:
        self._store = store
        self._tell = tell
        self._clock = clock
        self._next_ms: int | None = None
        self._woken = trio.Event()

    def follow(self, commit: Commit) -> None:
        """Look anew where a request was stored that expires before all others."""
        for row in commit.rows:
            if not isinstance(row, RequestRow) or row.state is not RequestState.OPEN:
                continue
            if self._next_ms is None or row.request.expires_at_ms < self._next_ms:
                self._woken.set()

    async def run(self) -> None:
        """Tell until cancelled."""
        told_ms = self._clock()
        while True:
            self._woken, self._next_ms = trio.Event(), None
            coming = await self._store.open_transaction_requests(told_ms, MOST_AT_ONCE)
            now_ms = self._clock()
            over = [each for each in coming if each.request.expires_at_ms < now_ms]
            if over:
                self._tell(tuple(CardChanged(each.conversation_id, each.message_id) for each in over))
                told_ms = over[-1].request.expires_at_ms
                continue
            told_ms = max(told_ms, now_ms - 1)
            self._next_ms = coming[0].request.expires_at_ms if coming else None
            wait_s = float("inf")
            if self._next_ms is not None:
                wait_s = min((self._next_ms + 1 - now_ms) / 1_000, _LOOK_AROUND_S)
            with trio.move_on_after(wait_s):
                await self._woken.wait()
