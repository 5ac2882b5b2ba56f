"""Keeps one part of the demo running: an end that nobody asked for is told, and it is started again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import trio

from parley_demo.errors import CannotStartError
from parley_demo.parts import Part, Parts, State
from parley_demo.process import Command, Heard, ignore, run_to_end

LONGEST_WAIT_S = 30
STEADY_S = 60.0
"""Who ran for so long begins with the shortest wait again."""

GIVE_UP_AFTER = 4
"""So often, if nobody looks at the page, a part may end before it was ever ready."""

Check = Callable[[dict[str, Any]], str]
"""Gives what is shown of a part that is ready. Raises PartEndedError if it is not what it should be."""


def waits() -> Iterator[int]:
    """Seconds to wait before each start but the first."""
    wait = 1
    while True:
        yield wait
        wait = min(2 * wait, LONGEST_WAIT_S)


async def keep_running(
    parts: Parts,
    name: str,
    command: Callable[[], Command],
    check: Check,
    *,
    later: Heard = ignore,
    give_up: bool = False,
    pauses: Callable[[], Iterator[int]] = waits,
) -> None:
    """Start a part, and start it again whenever it ended, until cancelled.

    Args:
        command: asked for at each start, since addresses may have changed.
        later: called with what it says after it is ready.
        give_up: raise when it ends again and again without ever having been ready.

    Raises:
        CannotStartError: see `give_up`.
    """
    failures = 0
    was_ready = False
    pause = pauses()

    def ready(facts: dict[str, Any]) -> None:
        nonlocal was_ready
        shown = check(facts)
        was_ready = True
        parts.put(Part(name, State.RUNNING, shown, failures=failures, facts=facts))

    while True:
        parts.put(Part(name, State.STARTING, failures=failures))
        began = trio.current_time()
        try:
            reason = await run_to_end(command(), ready, later)
        except OSError as error:
            reason = f"It could not be started: {error.strerror}."
        if trio.current_time() - began > STEADY_S:
            failures, pause = 0, pauses()
        failures += 1
        if give_up and not was_ready and failures >= GIVE_UP_AFTER:
            raise CannotStartError(name, reason)
        seconds = next(pause)
        parts.put(Part(name, State.FAILED, reason, _advice(seconds, failures), failures))
        await trio.sleep(seconds)


def _advice(seconds: int, failures: int) -> str:
    again = f"It starts again in {seconds} s." if seconds > 1 else "It starts again in a second."
    if failures < GIVE_UP_AFTER:
        return again
    return f"{again} If that does not help, stop the demo with Ctrl-C and start it with --fresh."
