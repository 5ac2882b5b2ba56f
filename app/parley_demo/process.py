"""One process of the demo: started, listened to, and stopped."""

from __future__ import annotations

import json
import subprocess
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import trio
from trio.abc import ReceiveStream

from parley_demo.errors import PartEndedError

STOP_WITHIN_S = 8.0
LONGEST_LINE = 64 * 1024
_LAST_WORDS_BYTES = 4_000
_LONGEST_SENTENCE = 400


@dataclass(frozen=True, slots=True)
class Command:
    """What is started; the environment holds the passphrase and is not shown."""

    arguments: Sequence[str]
    environment: Mapping[str, str] = field(repr=False)


class _Words:
    """The last that a process said, so that a failure can be told and the pipe does not fill up."""

    def __init__(self) -> None:
        self._heard = bytearray()
        self._over = trio.Event()

    async def listen_to(self, process: trio.Process) -> None:
        """Listen until it has ended."""
        assert process.stderr is not None  # noqa: S101 - the pipe was asked for.
        try:
            async for chunk in process.stderr:
                self._heard += chunk
                del self._heard[:-_LAST_WORDS_BYTES]
        finally:
            self._over.set()

    async def last(self) -> str:
        """The last line, shortened, of a process that has ended or is about to; it ends up on a page."""
        with trio.move_on_after(STOP_WITHIN_S):
            await self._over.wait()
        lines = [each.strip() for each in self._heard.decode(errors="replace").splitlines() if each.strip()]
        return lines[-1][:_LONGEST_SENTENCE] if lines else "It ended without a word."


Heard = Callable[[dict[str, Any]], None]
"""Takes one line of JSON that a process said."""


def ignore(_facts: dict[str, Any]) -> None:
    """For a process that says no more than that it is ready."""


async def run_to_end(command: Command, ready: Heard, later: Heard = ignore) -> str:
    """Start a process and wait until it ends by itself; it is stopped if this is cancelled or `ready` refuses it.

    It holds the end of a pipe as its standard input, so that it ends by itself if this process dies
    (`--with-parent`), and is in a session of its own: Ctrl-C reaches this process alone, which stops the others.
    Guarded by tests/processes/test_demo.py::test_nothing_is_left_behind_and_the_next_one_goes_on.

    Args:
        ready: called with the line of JSON by which the process says that it is ready. Raises PartEndedError if it
            is not to go on.
        later: called with each further line.

    Returns:
        What it said last, or why it was refused.

    Raises:
        OSError: it could not be started.
    """
    process = await trio.lowlevel.open_process(
        command.arguments,
        env=command.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    words = _Words()
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(words.listen_to, process)
            reason = await _live(process, ready, later)
            reason = reason or await words.last()
            nursery.cancel_scope.cancel()
    finally:
        with trio.CancelScope(shield=True):
            await _stop(process)
    return reason


async def _live(process: trio.Process, ready: Heard, later: Heard) -> str | None:
    """Until its end; gives why it was refused, if it was."""
    assert process.stdout is not None  # noqa: S101 - the pipe was asked for.
    heard = ready
    async with aclosing(_lines(process.stdout)) as lines:
        async for line in lines:
            try:
                heard(json.loads(line))
            except PartEndedError as error:
                return error.reason
            heard = later
    return None


async def _lines(said: ReceiveStream) -> AsyncGenerator[bytes, None]:
    """Whole lines. What is longer than any of ours is thrown away, so that nothing grows without end."""
    begun = b""
    async for chunk in said:
        *whole, begun = (begun + chunk).split(b"\n")
        for line in whole:
            yield line
        begun = begun[:LONGEST_LINE]


async def _stop(process: trio.Process) -> None:
    if process.returncode is None:
        process.terminate()
        with trio.move_on_after(STOP_WITHIN_S):
            await process.wait()
    if process.returncode is None:
        process.kill()
        await process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            await pipe.aclose()
