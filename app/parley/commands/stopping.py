"""When a command that serves stops: at a signal, or when whoever started it is gone."""

from __future__ import annotations

import os
import signal
import sys

import trio


async def stop_on_signal(stopped: trio.Event) -> None:
    """Set the event at Ctrl-C or SIGTERM; goes on until cancelled, so that a second one does no harm."""
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            stopped.set()


async def stop_at_end_of_input(stopped: trio.Event) -> None:
    """A supervisor that is killed cannot stop its children; the end of its pipe tells them."""
    # Not by way of sys.stdin: its lock, held by the abandoned thread, would abort the interpreter's end.
    # Guarded by tests/processes/test_talk.py::test_both_stop_when_asked_and_go_on_later.
    while await trio.to_thread.run_sync(os.read, sys.stdin.fileno(), 1, abandon_on_cancel=True):
        pass
    stopped.set()
