"""A crash around every commit about people: nobody is lost, doubled, let in or kept out by it.

As in test_crash.py, the commits are not listed by hand: the story is told again and again with the crash one commit
later, and the kinds of steps are read from the sources.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trio

from flows.test_crash import people_steps
from harness.crashes import Moment, WatchedStore
from harness.people import People, asked_by, delivered, found_by, received, settle, story_clock, texts, until
from parley.messenger import Messenger
from parley.messenger.system import Store
from parley.p2p.api import Faults, MemoryNetwork

NOBODY = "0x" + "1" * 40
WEEK_S = 8 * 24 * 60 * 60
TELLINGS = 3


async def accept_everybody(person: Messenger) -> None:
    """Live as somebody who lets everybody in."""
    async with person.events() as events:
        while True:
            for each in await person.requests():
                await person.accept(each.conversation_id)
            await events.receive()


async def ask_to_talk(person: Messenger, account: str) -> None:
    """Live as somebody who found an account and writes to it."""
    await person.add_by_account(account, "Alice")
    conversation_id = await found_by(person, account)
    await person.send_text(conversation_id, "let me in", "form-1")


async def live(alice: Messenger, bob: Messenger, carol: Messenger) -> None:
    """All that Alice does about people; harmless to repeat, as a person would after a crash."""
    await alice.unblock(bob.account)
    await alice.add_by_account(NOBODY, "Nobody")
    await alice.forget_pending(NOBODY)
    await alice.add_by_account(bob.account, "Bob")
    at_bob = await found_by(alice, bob.account)
    await alice.rename(at_bob, "Robert")
    await alice.send_text(at_bob, "hello", "form-1")
    await settle(alice, at_bob, delivered(1))
    if not any(each.account == carol.account for each in await alice.conversations()):
        await alice.accept(await asked_by(alice, carol))
    await settle(alice, await found_by(alice, carol.account), received(1))
    await alice.block(bob.account)
    await trio.sleep(60)
    await alice.unblock(bob.account)


@asynccontextmanager
async def three_people(line: Faults) -> AsyncIterator[tuple[People, Messenger, Messenger]]:
    """Alice is to be opened; Bob accepts everybody, and Carol writes to Alice."""
    async with MemoryNetwork(story_clock) as network:
        people = People(network)
        await people.make("alice", "bob", "carol")
        profile = await people.stores["alice"].profile()
        assert profile is not None
        async with (
            people.open("bob", line) as bob,
            people.open("carol", line) as carol,
            trio.open_nursery() as nursery,
        ):
            nursery.start_soon(accept_everybody, bob)
            nursery.start_soon(ask_to_talk, carol, profile.account)
            yield people, bob, carol
            nursery.cancel_scope.cancel()


async def is_quiet(person: Messenger) -> bool:
    """Whether everything of somebody was acknowledged."""
    return (await person.status()).waiting == 0


async def live_with_a_crash(commit_number: int, moment: Moment, line: Faults) -> str | None:
    """Crash Alice around one of her commits, open her again, and check what everybody has.

    Gives the step that she was crashed in, or None if the story ended before.
    """
    crashed = trio.Event()
    watched: list[WatchedStore] = []

    async def crash() -> None:
        crashed.set()
        await trio.sleep_forever()

    def doom(store: Store) -> Store:
        watched.append(WatchedStore(store, commit_number, moment, crash))
        return watched[0]  # type: ignore[return-value]

    async with three_people(line) as (people, bob, carol):
        async with trio.open_nursery() as first_life:

            async def end_at_crash() -> None:
                await crashed.wait()
                first_life.cancel_scope.cancel()

            first_life.start_soon(end_at_crash)
            async with people.open("alice", line, wrap=doom) as alice:
                await live(alice, bob, carol)
                await trio.sleep(WEEK_S)
            first_life.cancel_scope.cancel()
        if not crashed.is_set():
            return None
        async with people.open("alice", line) as alice:
            await live(alice, bob, carol)
            at_bob, at_carol = await found_by(alice, bob.account), await found_by(alice, carol.account)
            at_alice = await found_by(carol, alice.account)
            await settle(carol, at_alice, delivered(1))
            own = await people.stores["alice"].delivery_secrets(alice.account)

            async def is_told() -> bool:
                told = await people.stores["carol"].delivery_secrets(alice.account)
                return told[0].secret == own[0].secret

            await until(carol, is_told)

            assert (
                await texts(alice, at_bob)
                == await texts(bob, await found_by(bob, alice.account))
                == ["hello"]
            )
            assert await texts(alice, at_carol) == await texts(carol, at_alice) == ["let me in"]
            assert sorted(each.nickname for each in await alice.conversations()) == ["", "Robert"]
            assert await alice.pending() == ()
            assert await alice.requests() == ()
            assert await alice.blocked() == ()
            # The last acknowledgement may be lost on this line as well; it is given again.
            with trio.fail_after(WEEK_S):
                for person in (alice, bob, carol):
                    await until(person, lambda person=person: is_quiet(person))  # type: ignore[misc]
    return watched[0].steps[-1]


@pytest.mark.parametrize("moment", list(Moment))
async def test_a_crash_around_every_commit_about_people_changes_nothing(
    moment: Moment, autojump_clock: trio.abc.Clock
) -> None:
    """Each commit of the story in turn, until every kind of step about people was crashed."""
    every_step = people_steps()
    crashed: Counter[str] = Counter()
    for seed in range(TELLINGS):
        commit_number = 1
        while step := await live_with_a_crash(
            commit_number, moment, Faults(seed=seed, loss=0.2, duplicate=0.2)
        ):
            crashed[step] += 1
            commit_number += 1
        if every_step <= set(crashed):
            break

    assert every_step <= set(crashed), every_step - set(crashed)
