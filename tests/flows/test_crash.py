"""A crash around every single commit: nothing is lost, nothing is shown twice.

The commits are not listed by hand: a first run notes the steps that happen, then each is run into.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

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
from parley.messenger import Messenger
from parley.messenger.system import Store
from parley.p2p.api import MemoryNetwork

TEXTS = ("one", "two", "three")
EVERY_STEP = {"add_contact", "hurry_all", "send", "attempted", "receive", "acknowledge", "renew_contact"}


async def talk(person: Messenger, other: Messenger) -> None:
    """Add the other and say three things; harmless to repeat, as a person would after a crash."""
    conversation_id = await person.add_contact(other.contact_record(), "")
    for text in TEXTS:
        await person.send_text(conversation_id, text, f"form-{text}")
    await settle(person, conversation_id, received(3))
    await settle(person, conversation_id, delivered(3))


@asynccontextmanager
async def two_people() -> AsyncIterator[tuple[People, Messenger]]:
    """Alice and Bob on a network; Bob is open."""
    async with MemoryNetwork(story_clock) as network:
        people = People(network)
        await people.make("alice", "bob")
        async with people.open("bob") as bob:
            yield people, bob


async def steps_of_a_talk() -> list[str]:
    """The steps that Alice commits when nothing goes wrong."""
    watched: list[WatchedStore] = []

    def watch(store: Store) -> Store:
        watched.append(WatchedStore(store))
        return watched[-1]  # type: ignore[return-value]

    async with two_people() as (people, bob), people.open("alice", wrap=watch) as alice:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(talk, alice, bob)
            nursery.start_soon(talk, bob, alice)
        await trio.sleep(60)
    return watched[0].steps


async def talk_with_a_crash(commit_number: int, moment: Moment) -> bool:
    """Crash Alice around one of her commits, open her again, and check both sides; False if it never came."""
    crashed = trio.Event()

    async def crash() -> None:
        crashed.set()
        await trio.sleep_forever()

    def doom(store: Store) -> Store:
        return WatchedStore(store, commit_number, moment, crash)  # type: ignore[return-value]

    async with two_people() as (people, bob), trio.open_nursery() as nursery:

        async def life_of_alice() -> None:
            async with people.open("alice", wrap=doom) as alice:
                nursery.start_soon(talk, bob, alice)
                await talk(alice, bob)
                with trio.move_on_after(60):
                    await crashed.wait()

        async with trio.open_nursery() as first_life:

            async def end_at_crash() -> None:
                await crashed.wait()
                first_life.cancel_scope.cancel()

            first_life.start_soon(end_at_crash)
            await life_of_alice()
            first_life.cancel_scope.cancel()

        async with people.open("alice") as alice:
            await talk(alice, bob)
            if not crashed.is_set():
                return False
            at_alice, at_bob = await conversation_with(alice, bob), await conversation_with(bob, alice)
            await settle(bob, at_bob, delivered(3))
            await trio.sleep(60)

            assert await texts(alice, at_alice, own=True) == list(TEXTS)
            assert await texts(alice, at_alice, own=False) == list(TEXTS)
            assert await texts(bob, at_bob, own=True) == list(TEXTS)
            assert await texts(bob, at_bob, own=False) == list(TEXTS)
            assert await texts(alice, at_alice) == await texts(bob, at_bob)
            assert (await alice.status()).waiting == 0
            assert (await bob.status()).waiting == 0
    return True


async def test_a_talk_commits_every_kind_of_step(autojump_clock: trio.abc.Clock) -> None:
    """The story that is crashed below leaves no step out."""
    assert EVERY_STEP - {"renew_contact"} <= set(await steps_of_a_talk())


@pytest.mark.parametrize("moment", list(Moment))
async def test_a_crash_around_every_commit_loses_and_doubles_nothing(
    moment: Moment, autojump_clock: trio.abc.Clock
) -> None:
    """Each commit of the story in turn, until the story ends before the crash comes."""
    expected = len(await steps_of_a_talk())
    commit_number = 1
    while await talk_with_a_crash(commit_number, moment):
        commit_number += 1

    assert commit_number >= expected - 3
