"""One thread on which all calls to one database run in turn, each to its end.

A caller that is cancelled while its call runs waits for the end of it and gets its result: whether a commit was
stored is never left open. Guarded by tests/database/test_thread.py.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn, TypeVar

import outcome
import trio

Result = TypeVar("Result")


class _Job(NamedTuple):
    call: Callable[[], Any]
    task: trio.lowlevel.Task
    token: trio.lowlevel.TrioToken


class DatabaseThread:
    """A thread that runs calls in the order they were made."""

    def __init__(self, name: str) -> None:
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._closed = False
        # A daemon, so that a program that dies without closing is not kept alive by its database; SQLite's
        # journal makes such a death harmless.
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    # An interrupt between handing the call over and waiting for it would leave a result that nobody waits for.
    @trio.lowlevel.enable_ki_protection
    async def run(self, call: Callable[[], Result]) -> Result:
        """Run `call` on the thread and return or raise what it does.

        Cancellation is noticed before the call is handed over, never afterwards.

        Raises:
            trio.ClosedResourceError: the thread was stopped.
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        if self._closed:
            raise trio.ClosedResourceError("the database is closed")
        token = trio.lowlevel.current_trio_token()
        self._jobs.put(_Job(call, trio.lowlevel.current_task(), token))
        result: Result = await trio.lowlevel.wait_task_rescheduled(_never_abandon)
        return result

    def stop(self) -> None:
        """End the thread after the calls that were made before; later calls are refused."""
        self._closed = True
        self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            result = outcome.capture(job.call)
            try:
                job.token.run_sync_soon(trio.lowlevel.reschedule, job.task, result)
            except trio.RunFinishedError:
                # The program ended without waiting; nobody is left to tell.
                continue
            finally:
                # An idle thread must not keep the last rows, or a key, alive.
                del job, result


def _never_abandon(_raise_cancel: Callable[[], NoReturn]) -> trio.lowlevel.Abort:
    return trio.lowlevel.Abort.FAILED
