"""SIGKILL around every commit of a real process: nothing is lost, nothing is shown twice.

Alice's commits are counted in a first life without a kill; then she is killed before and after each of them in turn,
started again, and both sides are compared.
"""

from __future__ import annotations

import multiprocessing
import shutil
from dataclasses import replace
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any

import pytest
import trio

from harness.crashes import Moment
from harness.processes import PASSPHRASE
from harness.story import TEXTS, Part, Told, live
from parley.chat.devices.model import ProfileRow
from parley.messenger.profile import database_path, unlock_profile
from parley.messenger.system import open_store

WITHIN_S = 180


class Life:
    """One process that plays a part."""

    def __init__(self, context: ForkServerContext, part: Part) -> None:
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


@pytest.fixture(scope="module")
def context() -> ForkServerContext:
    """A fork server that has imported what is slow to import."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["parley.messenger", "parley.p2p.libp2p_adapter.stack", "eth_account.messages"]
    )
    return context


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

    def __init__(self, context: ForkServerContext, parts: tuple[Part, Part], folder: Path) -> None:
        self._context = context
        self._lives: list[Life] = []
        alice, bob = parts
        for part in parts:
            shutil.copytree(part.data, folder / part.data.name)
        self.bob = self.start(replace(bob, data=folder / "bob"))
        self.alice = replace(alice, data=folder / "alice", peers=(self.bob.addresses[0],))

    def start(self, part: Part) -> Life:
        """Start a life that ends with the story."""
        life = Life(self._context, part)
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


def test_sigkill_around_every_commit(
    context: ForkServerContext, parts: tuple[Part, Part], tmp_path: Path
) -> None:
    """Before and after each of Alice's commits, as many as a life without a kill shows."""
    whole = Story(context, parts, tmp_path / "whole")
    try:
        alice = whole.start(whole.alice)
        assert alice.done()
        assert whole.bob.done()
        told = alice.tell()
        _check(told, whole.bob.tell())
    finally:
        whole.end()
    assert {"add_contact", "send", "attempted", "receive", "acknowledge"} <= set(told.steps)

    killed = 0
    for number in range(1, len(told.steps) + 1):
        for moment in Moment:
            killed += _kill_once(context, parts, tmp_path / f"{number}-{moment}", number, moment)
    assert killed >= 2 * (len(told.steps) - 3)  # Acknowledgements may share a commit more often than before.


def _kill_once(
    context: ForkServerContext, parts: tuple[Part, Part], folder: Path, number: int, moment: Moment
) -> bool:
    story = Story(context, parts, folder)
    try:
        alice = story.start(replace(story.alice, commit_number=number, moment=moment))
        was_killed = not alice.done()
        if was_killed:
            alice = story.start(story.alice)
            assert alice.done()
        assert story.bob.done()
        _check(alice.tell(), story.bob.tell())
        return was_killed
    finally:
        story.end()
