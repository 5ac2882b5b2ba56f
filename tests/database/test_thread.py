"""The database's thread: calls run in turn, each to its end, whatever happens to the caller."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator

import pytest
import trio
import trio.testing

from parley.database.thread import DatabaseThread


@pytest.fixture
async def thread() -> AsyncIterator[DatabaseThread]:
    """A running thread."""
    running = DatabaseThread("test")
    yield running
    running.stop()


async def test_calls_run_on_one_thread_in_the_order_they_were_made(thread: DatabaseThread) -> None:
    """Whatever task makes them."""
    ran: list[int] = []
    names: set[str] = set()

    def call(number: int) -> None:
        names.add(threading.current_thread().name)
        ran.append(number)

    async with trio.open_nursery() as nursery:
        for number in range(50):

            async def one(number: int = number) -> None:
                made.append(number)
                await thread.run(lambda: call(number))

            nursery.start_soon(one)
        made: list[int] = []

    assert names == {"test"}
    assert ran == made


async def test_a_call_returns_and_raises_what_it_does(thread: DatabaseThread) -> None:
    """The thread goes on after an error."""
    assert await thread.run(lambda: 42) == 42

    with pytest.raises(ZeroDivisionError):
        await thread.run(lambda: 1 // 0)

    assert await thread.run(lambda: "still there") == "still there"


async def test_a_cancelled_caller_gets_the_result_of_a_call_that_was_made(thread: DatabaseThread) -> None:
    """Cancellation while a call runs waits for its end; the result is not lost."""
    started, go_on = threading.Event(), threading.Event()
    results: list[str] = []

    def slow() -> str:
        started.set()
        go_on.wait(10)
        return "stored"

    async def caller() -> None:
        results.append(await thread.run(slow))
        await trio.lowlevel.checkpoint()
        results.append("not reached")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(caller)
        await trio.to_thread.run_sync(started.wait, 10)
        nursery.cancel_scope.cancel()
        go_on.set()

    assert nursery.cancel_scope.cancelled_caught
    assert results == ["stored"]


async def test_a_caller_cancelled_before_does_not_make_the_call(thread: DatabaseThread) -> None:
    """Nothing runs for somebody who has already gone."""
    calls: list[int] = []

    with trio.CancelScope() as scope:
        scope.cancel()
        await thread.run(lambda: calls.append(1))

    await thread.run(lambda: None)
    assert scope.cancelled_caught
    assert calls == []


async def test_a_stopped_thread_ends_its_calls_and_refuses_more(thread: DatabaseThread) -> None:
    """What was made before is done; later calls are told that it is closed."""
    go_on = threading.Event()
    results: list[bool] = []

    async def caller() -> None:
        results.append(await thread.run(lambda: go_on.wait(10)))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(caller)
        await trio.testing.wait_all_tasks_blocked()
        thread.stop()
        with pytest.raises(trio.ClosedResourceError):
            await thread.run(lambda: None)
        go_on.set()

    assert results == [True]


async def test_the_thread_keeps_no_result_alive(thread: DatabaseThread) -> None:
    """An idle database holds neither the last rows nor the key that opened it."""
    import gc
    import weakref

    class Rows:
        """Stands for what a call returns."""

    rows: Rows | None = await thread.run(Rows)
    assert rows is not None
    seen = weakref.ref(rows)
    rows = None
    # The thread may still be on its way back to waiting.
    with trio.fail_after(5):
        while seen() is not None:
            gc.collect()
            await trio.lowlevel.checkpoint()
