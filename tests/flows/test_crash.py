"""A crash around every single commit: nothing is lost, nothing is shown twice.

The commits are not listed by hand: the story is told again and again with the crash one commit later, until it ends
before the crash comes. The kinds of steps are read from the sources, and all of them have to have happened.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio

from harness.crashes import Moment, WatchedStore
from harness.people import (
    People,
    conversation_with,
    delivered,
    received,
    settle,
    story_clock,
    texts,
)
from parley import chat
from parley.messenger import Messenger
from parley.messenger.system import Store
from parley.p2p.api import Faults, MemoryNetwork

TEXTS = ("one", "two", "three")
NOBODY = "/ip4/192.0.2.1/tcp/1/p2p/" + "Q" * 46
DAY_S = 24 * 60 * 60
CHAT = Path(chat.__file__).parent
TELLINGS = 12
"""How often the story may be told, with other luck each time, until every kind of step was crashed."""


def bad_line(seed: int) -> Faults:
    """What is heard gets lost often enough that envelopes come again after they were answered."""
    return Faults(seed=seed, loss=0.4, duplicate=0.3)


def steps_in_the_code() -> set[str]:
    """The name of every step that the product can commit, from its sources."""
    return {name for name, _ in _steps()}


def people_steps() -> set[str]:
    """The steps about people, which test_people_crash.py tells a story of."""
    contacts = {name for name, path in _steps() if path.is_relative_to(CHAT / "contacts")}
    return (contacts | {"tell_secret", "renew_record"}) - invite_steps()


def invite_steps() -> set[str]:
    """The steps about invites and safety numbers, which test_invites.py tells a story of."""
    return {name for name, path in _steps() if path.is_relative_to(CHAT / "invites")} | {"compare_number"}


def money_steps() -> set[str]:
    """The steps about money, which test_money_crash.py tells a story of."""
    return {name for name, path in _steps() if path.is_relative_to(CHAT / "payments")}


def _steps() -> set[tuple[str, Path]]:
    named = re.compile(r'(?:Commit\(|\.commit\()\s*"(\w+)"')
    return {
        (name, path)
        for path in CHAT.rglob("*.py")
        for name in named.findall(path.read_text(encoding="utf-8"))
    }


async def talk(person: Messenger, other: Messenger) -> None:
    """Add the other, set something, name a peer and think better of it, say three things, and read.

    Harmless to repeat, as a person would after a crash.
    """
    await person.add_contact(other.contact_record(), "")
    conversation_id = await person.add_contact(other.contact_record(), "again")
    await person.set_lock_after(len(TEXTS))
    await person.add_peer(NOBODY)
    await person.remove_peer(NOBODY)
    for text in TEXTS:
        await person.keep_draft(conversation_id, text)
        await person.retry(await person.send_text(conversation_id, text, f"form-{text}"))
    messages = await settle(person, conversation_id, received(3))
    await person.mark_read(conversation_id, messages[-1].message_id)
    await settle(person, conversation_id, delivered(3))


@asynccontextmanager
async def two_people(line: Faults) -> AsyncIterator[tuple[People, Messenger]]:
    """Alice and Bob on a network; Bob is open."""
    async with MemoryNetwork(story_clock) as network:
        people = People(network)
        await people.make("alice", "bob")
        async with people.open("bob", line) as bob:
            yield people, bob


async def talk_with_a_crash(commit_number: int, moment: Moment, line: Faults) -> str | None:
    """Crash Alice around one of her commits, open her again, and check both sides.

    Gives the step that she was crashed in, or None if the story ended before.
    """
    crashed = trio.Event()

    async def crash() -> None:
        crashed.set()
        await trio.sleep_forever()

    watched: list[WatchedStore] = []

    def doom(store: Store) -> Store:
        watched.append(WatchedStore(store, commit_number, moment, crash))
        return watched[0]  # type: ignore[return-value]

    async with two_people(line) as (people, bob), trio.open_nursery() as nursery:

        async def life_of_alice() -> None:
            async with people.open("alice", line, wrap=doom) as alice:
                nursery.start_soon(talk, bob, alice)
                await talk(alice, bob)
                with trio.move_on_after(DAY_S):
                    await crashed.wait()

        async with trio.open_nursery() as first_life:

            async def end_at_crash() -> None:
                await crashed.wait()
                first_life.cancel_scope.cancel()

            first_life.start_soon(end_at_crash)
            await life_of_alice()
            first_life.cancel_scope.cancel()

        async with people.open("alice", line) as alice:
            await talk(alice, bob)
            if not crashed.is_set():
                return None
            at_alice, at_bob = await conversation_with(alice, bob), await conversation_with(bob, alice)
            await settle(bob, at_bob, delivered(3))
            await trio.sleep(DAY_S)

            assert await texts(alice, at_alice, own=True) == list(TEXTS)
            assert await texts(alice, at_alice, own=False) == list(TEXTS)
            assert await texts(bob, at_bob, own=True) == list(TEXTS)
            assert await texts(bob, at_bob, own=False) == list(TEXTS)
            assert await texts(alice, at_alice) == await texts(bob, at_bob)
            assert (await alice.status()).waiting == 0
            assert (await bob.status()).waiting == 0
    return watched[0].steps[-1]


@pytest.mark.parametrize("moment", list(Moment))
async def test_a_crash_around_every_commit_loses_and_doubles_nothing(
    moment: Moment, autojump_clock: trio.abc.Clock
) -> None:
    """Each commit of the story in turn, until every kind of step that the code can commit was crashed.

    Only the profile is made elsewhere, whole or not at all: see tests/messenger/test_profile.py.
    """
    elsewhere = people_steps() | invite_steps() | money_steps() | {"create_profile"}
    every_step = steps_in_the_code() - elsewhere
    crashed: Counter[str] = Counter()
    for seed in range(TELLINGS):
        commit_number = 1
        while step := await talk_with_a_crash(commit_number, moment, bad_line(seed)):
            crashed[step] += 1
            commit_number += 1
        if every_step <= set(crashed):
            break

    assert every_step <= set(crashed), every_step - set(crashed)
