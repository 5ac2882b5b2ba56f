"""A part that ends is told and started again; processes are real and short."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import trio

from parley_demo.errors import CannotStartError, PartEndedError
from parley_demo.keeping import GIVE_UP_AFTER, LONGEST_WAIT_S, keep_running, waits
from parley_demo.parts import Part, Parts, State
from parley_demo.process import Command, run_to_end

GOES_ON = "import sys; print('{\"who\": 1}', flush=True); sys.stdin.read()"


def python(code: str) -> Command:
    """A process of a few lines."""
    return Command((sys.executable, "-I", "-c", code), dict(os.environ))


def at_once() -> Iterator[int]:
    """No pause between starts."""
    return itertools.repeat(0)


class Told:
    """The parts, and all that was told of them."""

    def __init__(self) -> None:
        self.parts = Parts(lambda part: self.heard.append(part))
        self.heard: list[Part] = []

    def states(self) -> list[State]:
        """One state after the other."""
        return [each.state for each in self.heard]


async def test_an_end_is_told_and_it_starts_again() -> None:
    """With the last thing it said, and what happens now."""
    told = Told()
    codes = itertools.chain(
        ["print('{}', flush=True); raise SystemExit('The disk is full.')"], itertools.repeat(GOES_ON)
    )

    async with trio.open_nursery() as nursery:
        nursery.start_soon(_keep, told, codes)
        await told.parts.until(lambda: [each.state for each in told.heard].count(State.RUNNING) == 2)
        nursery.cancel_scope.cancel()

    assert told.states() == [
        State.STARTING,
        State.RUNNING,
        State.FAILED,
        State.STARTING,
        State.RUNNING,
    ]
    assert told.heard[2].detail == "The disk is full."
    assert "starts again" in told.heard[2].advice


async def test_what_was_never_ready_is_given_up() -> None:
    """Where nobody looks at the page."""
    told = Told()

    with pytest.raises(CannotStartError, match="no luck"):
        await keep_running(
            told.parts,
            "Chain",
            lambda: python("raise SystemExit('no luck')"),
            lambda _facts: "",
            give_up=True,
            pauses=at_once,
        )

    assert told.states().count(State.FAILED) == GIVE_UP_AFTER - 1


async def test_a_program_that_is_not_there_is_told() -> None:
    """As any other reason."""
    told = Told()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(
            keep_running, told.parts, "Relay", lambda: Command(("/nothing/here",), {}), lambda _facts: ""
        )
        await told.parts.until(lambda: told.parts["Relay"].state is State.FAILED)
        nursery.cancel_scope.cancel()

    assert told.parts["Relay"].detail == "It could not be started: No such file or directory."


async def test_what_is_not_as_it_should_be_is_stopped() -> None:
    """A process that is refused is not left behind."""
    seen: list[int] = []

    def refuse(facts: dict[str, Any]) -> None:
        seen.append(facts["pid"])
        raise PartEndedError("This is somebody else.")

    code = "import os, sys; print('{\"pid\": %d}' % os.getpid(), flush=True); sys.stdin.read()"
    reason = await run_to_end(python(code), refuse)

    assert reason == "This is somebody else."
    with pytest.raises(ProcessLookupError):
        os.kill(seen[0], 0)


async def test_later_lines_are_heard_and_long_ones_are_not_kept() -> None:
    """The first line says that it is ready."""
    heard: list[dict[str, Any]] = []
    code = "print('{\"first\": 1}'); print('{\"second\": 2}', flush=True); print('x' * 1_000_000, end='', flush=True)"

    await run_to_end(python(code), heard.append, heard.append)

    assert heard == [{"first": 1}, {"second": 2}]


async def test_one_that_does_not_stop_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is left behind, whatever it does with signals."""
    monkeypatch.setattr("parley_demo.process.STOP_WITHIN_S", 0.1)
    code = (
        "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "print('{\"pid\": %d}' % os.getpid(), flush=True); time.sleep(600)"
    )
    seen: list[int] = []
    async with trio.open_nursery() as nursery:

        def ready(facts: dict[str, Any]) -> None:
            seen.append(facts["pid"])
            nursery.cancel_scope.cancel()

        nursery.start_soon(run_to_end, python(code), ready)

    with pytest.raises(ProcessLookupError):
        os.kill(seen[0], 0)


def test_pauses_grow_to_a_limit() -> None:
    """So that a part that cannot start does not keep the machine busy."""
    assert list(itertools.islice(waits(), 7)) == [1, 2, 4, 8, 16, LONGEST_WAIT_S, LONGEST_WAIT_S]


async def _keep(told: Told, codes: Iterator[str]) -> None:
    await keep_running(
        told.parts, "Chain", lambda: python(next(codes)), lambda _facts: "here", pauses=at_once
    )
