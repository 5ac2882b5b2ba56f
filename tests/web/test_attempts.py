"""How long a wrong passphrase makes the next try wait, and when idleness locks."""

from __future__ import annotations

import trio
from trio.testing import MockClock

from parley.web.attempts import LONGEST_S, Attempts
from parley.web.idle import Activity


def test_each_wrong_one_waits_longer_and_never_for_good() -> None:
    """Doubling to a minute; a right one begins anew."""
    attempts = Attempts()
    now, waits = 0.0, []
    for _ in range(20):
        assert attempts.wait_s(now) == 0
        waits.append(attempts.was_wrong(now))
        assert attempts.wait_s(now) == waits[-1]
        assert attempts.wait_s(now + waits[-1] - 0.5) == 1
        now += waits[-1]

    assert waits == [1, 2, 4, 8, 16, 32] + [LONGEST_S] * 14
    attempts.was_right()
    assert attempts.wait_s(now) == 0
    assert attempts.was_wrong(now) == 1


async def test_idleness_locks_and_activity_puts_it_off(autojump_clock: MockClock) -> None:
    """After so long without anything, and again after the next such time."""
    activity = Activity()
    locked: list[float] = []

    async def lock() -> None:
        locked.append(trio.current_time() - started)

    started = trio.current_time()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(activity.call_when_idle, lambda: 60.0, lock)
        await trio.sleep(50)
        activity.note()
        await trio.sleep(59)
        assert locked == []
        await trio.sleep(100)
        nursery.cancel_scope.cancel()

    assert locked == [110, 170]
