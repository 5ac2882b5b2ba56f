"""The moment at which a request is over."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import trio

from harness.people import NOON_MS, story_clock
from harness.two_sides import request
from parley.chat.commit import Commit
from parley.chat.events import CardChanged, Event
from parley.chat.payments.model import RequestRow, RequestState
from parley.messenger.money.expiring import MOST_AT_ONCE, Expiry


class Kept:
    """Requests, and who is told of them when."""

    def __init__(self) -> None:
        self.rows: list[RequestRow] = []
        self.told: list[tuple[float, Event]] = []
        self.asked = 0
        self.expiry = Expiry(self, self._tell, story_clock)  # type: ignore[arg-type]
        self.began_s = trio.current_time()

    async def open_transaction_requests(self, after_ms: int, limit: int) -> tuple[RequestRow, ...]:
        """As `PaymentStore`."""
        await trio.lowlevel.checkpoint()
        self.asked += 1
        found = [
            each
            for each in self.rows
            if each.state is RequestState.OPEN and each.request.expires_at_ms > after_ms
        ]
        return tuple(sorted(found, key=lambda each: each.request.expires_at_ms)[:limit])

    def put(self, name: str, expires_in_s: int) -> bytes:
        """Store a request; gives its message."""
        message_id = hashlib.sha256(name.encode()).digest()
        asked = replace(request(), request_id=message_id, expires_at_ms=story_clock() + expires_in_s * 1_000)
        row = RequestRow(asked, "a chat", message_id, False, RequestState.OPEN, NOON_MS)
        self.rows.append(row)
        self.expiry.follow(Commit("test", rows=(row,)))
        return message_id

    def _tell(self, events: tuple[Event, ...]) -> None:
        self.told += [(trio.current_time() - self.began_s, each) for each in events]


@asynccontextmanager
async def told(kept: Kept) -> AsyncIterator[None]:
    """While somebody tells."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(kept.expiry.run)
        await trio.testing.wait_all_tasks_blocked()
        yield
        nursery.cancel_scope.cancel()


async def test_each_is_told_in_its_moment(autojump_clock: trio.abc.Clock) -> None:
    """Also one that comes later and is over before; not one that is no longer open, or was over at the start."""
    kept = Kept()
    kept.put("long over", -5)
    late = kept.put("late", 600)
    async with told(kept):
        await trio.sleep(10)
        early = kept.put("early", 20)
        paid = kept.put("paid", 30)
        kept.rows = [
            replace(each, state=RequestState.SETTLED) if each.message_id == paid else each
            for each in kept.rows
        ]
        await trio.sleep(3_600)
    assert [each for _, each in kept.told] == [CardChanged("a chat", early), CardChanged("a chat", late)]
    assert [round(at_s) for at_s, _ in kept.told] == [30, 600]


async def test_many_at_once(autojump_clock: trio.abc.Clock) -> None:
    """More than are read at a time, each once."""
    kept = Kept()
    for number in range(2 * MOST_AT_ONCE + 1):
        kept.put(str(number), 60 + number % 3)
    async with told(kept):
        await trio.sleep(120)
    assert len(kept.told) == len({each for _, each in kept.told}) == 2 * MOST_AT_ONCE + 1


async def test_nothing_is_looked_at_while_nothing_is_open(autojump_clock: trio.abc.Clock) -> None:
    """No clock ticks for it."""
    kept = Kept()
    async with told(kept):
        await trio.sleep(10**6)
    assert kept.asked == 1
