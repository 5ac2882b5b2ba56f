"""SIGKILL around every kind of commit of a real process: nothing is lost, nothing is shown twice.

The kinds of Alice's commits are seen in a first life without a kill; then she is killed before and after the first of
each kind, started again, and both sides are compared. Every single commit is crashed in tests/flows/test_crash.py,
without processes.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import pytest
import trio

from harness.crashes import Moment
from harness.prepared import fork_server
from harness.processes import PASSPHRASE
from harness.story import TEXTS, Part, Told, live
from parley.chat.devices.model import ProfileRow
from parley.messenger.profile import database_path, unlock_profile
from parley.messenger.system import open_store

WITHIN_S = 180
CERTAIN = {"add_contact", "send", "attempted", "receive"}
"""The kinds that no life is done without; others depend on who is faster."""


class Life:
    """One process that plays a part."""

    def __init__(self, part: Part) -> None:
        context = fork_server()
        self.pipe, child = context.Pipe()
        self.process: ForkServerProcess = context.Process(target=live, args=(part, child), daemon=True)
        self.process.start()
        child.close()
        self.addresses: tuple[str, ...] = self._hear()

    def done(self) -> bool:
        """Wait until the part is played; False if the process was killed before."""
        try:
            return bool(self._hear() == "done")
        except EOFError:
            return False

    def tell(self) -> Told:
        """End the part and hear what was seen."""
        self.pipe.send("end")
        told: Told = self._hear()
        return told

    def _hear(self) -> Any:
        if not self.pipe.poll(WITHIN_S):
            raise TimeoutError("the process says nothing")
        return self.pipe.recv()

    def end(self) -> None:
        """End the process whatever it does."""
        self.process.kill()
        self.process.join()
        self.pipe.close()
        self.process.close()


async def _open_once(data: Path) -> tuple[bytes, ProfileRow]:
    key = (await unlock_profile(data, PASSPHRASE)).database
    async with open_store(database_path(data), key) as store:
        profile = await store.profile()
    assert profile is not None
    return key, profile


@pytest.fixture(scope="module")
def parts(profiles: Path) -> tuple[Part, Part]:
    """What Alice and Bob are told, before their folders are copied for each story."""
    alice_key, alice = trio.run(_open_once, profiles / "alice")
    bob_key, bob = trio.run(_open_once, profiles / "bob")
    return (
        Part(profiles / "alice", alice_key, (), bob.record),
        Part(profiles / "bob", bob_key, (), alice.record),
    )


class Story:
    """One telling on fresh copies of both folders."""

    def __init__(self, parts: tuple[Part, Part], folder: Path) -> None:
        self._lives: list[Life] = []
        alice, bob = parts
        for part in parts:
            shutil.copytree(part.data, folder / part.data.name)
        self.bob = self.start(replace(bob, data=folder / "bob"))
        self.alice = replace(alice, data=folder / "alice", peers=(self.bob.addresses[0],))

    def start(self, part: Part) -> Life:
        """Start a life that ends with the story."""
        life = Life(part)
        self._lives.append(life)
        return life

    def end(self) -> None:
        """End every life of the story."""
        for each in self._lives:
            each.end()


def _check(alice: Told, bob: Told) -> None:
    for told in (alice, bob):
        assert told.own == TEXTS
        assert told.received == TEXTS
        assert told.waiting == 0


def test_sigkill_around_every_kind_of_commit(parts: tuple[Part, Part], tmp_path: Path) -> None:
    """Before and after, with all kinds that a life without a kill shows."""
    whole = Story(parts, tmp_path / "whole")
    try:
        alice = whole.start(whole.alice)
        assert alice.done()
        assert whole.bob.done()
        told = alice.tell()
        _check(told, whole.bob.tell())
    finally:
        whole.end()
    assert set(told.steps) >= CERTAIN | {"acknowledge"}

    for step in sorted(set(told.steps)):
        for moment in Moment:
            killed = _kill_once(parts, tmp_path / f"{step}-{moment}", step, moment)
            assert killed or step not in CERTAIN


def _kill_once(parts: tuple[Part, Part], folder: Path, step: str, moment: Moment) -> bool:
    story = Story(parts, folder)
    try:
        alice = story.start(replace(story.alice, step=step, moment=moment))
        was_killed = not alice.done()
        if was_killed:
            alice = story.start(story.alice)
            assert alice.done()
        assert story.bob.done()
        _check(alice.tell(), story.bob.tell())
        return was_killed
    finally:
        story.end()
