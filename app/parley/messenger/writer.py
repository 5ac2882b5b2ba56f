"""The one writer of an opened profile: jobs that load, step and commit run here, one after the other.

Two sends must never ratchet from the same state. With one task doing all the writing there is nothing to lock,
and a job that was started is finished even if whoever asked for it has gone.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from typing import TypeVar

import outcome
import trio

from parley.chat.commit import Commit, CommitStore
from parley.messenger.errors import ProfileClosedError

T = TypeVar("T")

Job = Callable[[], Awaitable[T]]


class Writer:
    """Runs jobs in turn and releases what a commit promised only after it is stored."""

    def __init__(self, store: CommitStore, release: Callable[[Commit], None]) -> None:
        self._store = store
        self._release = release
        self._waiting: set[trio.Event] = set()
        self._stopped = False
        self._send, self._receive = trio.open_memory_channel[Callable[[], Awaitable[None]]](math.inf)

    async def apply(self, commit: Commit) -> None:
        """Store a commit, then release its envelopes and events. Only jobs call this.

        Raises:
            StorageError: nothing was stored and nothing is released.
        """
        await self._store.apply(commit)
        self._release(commit)

    async def do(self, job: Job[T]) -> T:
        """Run a job in its turn and return what it returns, or raise what it raises.

        The queue has no bound of its own: each caller waits for its job, so it holds at most one job a caller.

        Raises:
            ProfileClosedError: the writer stopped before the job was done; nothing waits for ever.
        """
        if self._stopped:
            raise await _closed()
        done = trio.Event()
        result: outcome.Outcome[T] | None = None

        async def run() -> None:
            nonlocal result
            result = await outcome.acapture(job)
            if isinstance(result, outcome.Error) and not isinstance(result.error, Exception):
                raise result.error  # Cancellation of the writer itself, not an answer for the caller.
            done.set()

        self._waiting.add(done)
        try:
            await self._send.send(run)
            await done.wait()
        finally:
            self._waiting.discard(done)
        if result is None or (isinstance(result, outcome.Error) and not isinstance(result.error, Exception)):
            raise await _closed()
        return result.unwrap()

    async def run(self) -> None:
        """Run jobs until cancelled."""
        try:
            async for job in self._receive:
                await job()
        finally:
            # Guarded by tests/messenger/test_keeper.py::test_whoever_waits_while_it_is_locked_is_told.
            self._stopped = True
            for done in self._waiting:
                done.set()


async def _closed() -> ProfileClosedError:
    """The error for whoever outlives the profile; whoever ends with it is cancelled, and told no error."""
    await trio.lowlevel.checkpoint_if_cancelled()
    return ProfileClosedError()
