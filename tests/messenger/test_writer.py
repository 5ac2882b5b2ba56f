"""The writer: jobs in turn, answers to whoever asked, nothing released that was not stored."""

from __future__ import annotations

from typing import NoReturn

import pytest
import trio

from parley.chat.commit import Commit
from parley.chat.errors import DiskFullError
from parley.messenger.errors import ProfileClosedError
from parley.messenger.writer import Writer


class FullStore:
    """A store with no room."""

    async def apply(self, commit: Commit) -> NoReturn:
        """Refuse."""
        raise DiskFullError(commit.step)


class EmptyStore:
    """A store that takes a moment and keeps nothing."""

    def __init__(self) -> None:
        self.steps: list[str] = []

    async def apply(self, commit: Commit) -> None:
        """Note the step."""
        await trio.sleep(1)
        self.steps.append(commit.step)


async def test_jobs_never_overlap(autojump_clock: trio.abc.Clock, nursery: trio.Nursery) -> None:
    """Two sends must never ratchet from the same state."""
    released: list[Commit] = []
    writer = Writer(EmptyStore(), released.append)
    nursery.start_soon(writer.run)
    running = 0

    async def job() -> None:
        nonlocal running
        running += 1
        assert running == 1
        await writer.apply(Commit("step"))
        running -= 1

    async with trio.open_nursery() as callers:
        for _ in range(20):
            callers.start_soon(writer.do, job)

    assert len(released) == 20


async def test_a_job_that_was_started_is_finished_without_its_caller(
    autojump_clock: trio.abc.Clock, nursery: trio.Nursery
) -> None:
    """A closed browser tab must not cut a commit in two."""
    released: list[Commit] = []
    writer = Writer(EmptyStore(), released.append)
    nursery.start_soon(writer.run)

    with trio.move_on_after(0.5) as patience:
        await writer.do(lambda: writer.apply(Commit("step")))
    await trio.sleep(1)

    assert patience.cancelled_caught
    assert [each.step for each in released] == ["step"]


async def test_nothing_is_released_that_was_not_stored(nursery: trio.Nursery) -> None:
    """No envelope leaves and no page is told."""
    released: list[Commit] = []
    writer = Writer(FullStore(), released.append)
    nursery.start_soon(writer.run)

    with pytest.raises(DiskFullError):
        await writer.do(lambda: writer.apply(Commit("step")))

    assert released == []


async def test_a_failed_job_does_not_stop_the_next(nursery: trio.Nursery) -> None:
    """Its error belongs to whoever asked for it."""
    writer = Writer(FullStore(), lambda _: None)
    nursery.start_soon(writer.run)

    async def bad() -> None:
        raise LookupError

    async def good() -> str:
        return "done"

    with pytest.raises(LookupError):
        await writer.do(bad)

    assert await writer.do(good) == "done"


async def test_who_ends_with_the_writer_is_cancelled_and_who_outlives_it_is_told(
    nursery: trio.Nursery,
) -> None:
    """A page is told that the profile was locked; the profile's own tasks must end without an error."""
    writer = Writer(EmptyStore(), lambda _: None)
    with trio.CancelScope() as life:
        life.cancel()
        await writer.run()

    async def job() -> None:
        """Never run."""

    with pytest.raises(ProfileClosedError):
        await writer.do(job)
    with trio.CancelScope() as own:
        own.cancel()
        await writer.do(job)
    assert own.cancelled_caught
