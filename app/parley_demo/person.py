"""One person of the demo: a profile folder and the process that has it open."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import trio

from parley_demo.errors import PersonFailedError

STOP_WITHIN_S = 5.0
_LAST_WORDS_BYTES = 2_000


@dataclass(frozen=True, slots=True)
class Person:
    """A person whose page answers; `launch` signs a browser in, once."""

    name: str
    url: str
    launch: str = field(repr=False)
    account: str
    addresses: tuple[str, ...]
    pid: int
    data: Path


async def make_profile(name: str, data: Path, environment: Mapping[str, str]) -> None:
    """Make a person's profile unless the folder has one.

    Raises:
        PersonFailedError: the folder cannot hold a profile.
    """
    if await trio.Path(data / "profile.db").exists():
        return
    command = [
        sys.executable,
        "-m",
        "parley",
        "create",
        "--data",
        str(data),
        "--device-name",
        f"{name}'s computer",
    ]
    done = await trio.run_process(
        command, env=environment, stdin=b"", capture_stdout=True, capture_stderr=True, check=False
    )
    if done.returncode:
        raise PersonFailedError(name, _last_line(done.stderr))


async def new_launch_link(person: Person, environment: Mapping[str, str]) -> str:
    """Another launch link of a person, as `parley open` prints it.

    Raises:
        PersonFailedError: the person's process no longer runs.
    """
    command = [sys.executable, "-m", "parley", "open", "--data", str(person.data), "--no-open"]
    done = await trio.run_process(
        command, env=environment, stdin=b"", capture_stdout=True, capture_stderr=True, check=False
    )
    if done.returncode:
        raise PersonFailedError(person.name, _last_line(done.stderr))
    return done.stdout.decode().strip()


@asynccontextmanager
async def start_person(
    name: str, data: Path, peers: tuple[str, ...], environment: Mapping[str, str]
) -> AsyncIterator[Person]:
    """Run a person's process; it is stopped at the end of the block, and by itself if this process dies.

    Raises:
        PersonFailedError: the process ended before the page answered.
    """
    command = [
        sys.executable,
        "-m",
        "parley",
        "up",
        "--data",
        str(data),
        "--no-open",
        "--json",
        "--with-parent",
    ]
    for peer in peers:
        command += ["--peer", peer]
    process = await trio.lowlevel.open_process(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    words = bytearray()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_listen_to, process, words)
        try:
            facts = await _first_line(process)
            if facts is None:
                await process.wait()
                raise PersonFailedError(name, _last_line(bytes(words)))
            yield Person(
                name=name,
                url=facts["url"],
                launch=facts["launch"],
                account=facts["account"],
                addresses=tuple(facts["addresses"]),
                pid=process.pid,
                data=data,
            )
        finally:
            with trio.CancelScope(shield=True):
                await _stop(process)
            nursery.cancel_scope.cancel()


async def _first_line(process: trio.Process) -> dict[str, str] | None:
    assert process.stdout is not None  # noqa: S101 - the pipe was asked for.
    line = bytearray()
    async for chunk in process.stdout:
        line += chunk
        if b"\n" in line:
            facts: dict[str, str] = json.loads(line.partition(b"\n")[0])
            return facts
    return None


async def _listen_to(process: trio.Process, words: bytearray) -> None:
    """Keep the last words, so that a failure can be told, and the pipe from filling up."""
    assert process.stderr is not None  # noqa: S101 - the pipe was asked for.
    async for chunk in process.stderr:
        words += chunk
        del words[:-_LAST_WORDS_BYTES]


async def _stop(process: trio.Process) -> None:
    process.terminate()
    with trio.move_on_after(STOP_WITHIN_S):
        await process.wait()
    if process.returncode is None:
        process.kill()
        await process.wait()


def _last_line(words: bytes) -> str:
    lines = [line for line in words.decode(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else "it ended without a word"
