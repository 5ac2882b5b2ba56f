"""Peers of an opened profile: remembered, named, removed, and what a page is told of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import trio

from harness.people import NOON_MS, People, conversation_with, delivered, introduce, settle, story_clock
from parley.chat.events import NetworkChanged
from parley.chat.network.remember import REMEMBERED_PEERS, RENEW_MS
from parley.messenger import Messenger
from parley.messenger.errors import InvalidPeerAddressError, TooManyPeersError
from parley.messenger.neighbourhood import DIALLED_AT_START
from parley.p2p.api import MemoryNetwork, NetworkTime, Reach
from parley.settings import Settings

BOB = "/memory/bob/p2p/memory-bob"
CAROL = "/memory/carol/p2p/memory-carol"


def nobody(number: int) -> str:
    """An address where nobody is."""
    digit = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
    return f"/ip4/192.0.2.1/tcp/1/p2p/{'Q' * 44}{digit[number // 50]}{digit[number % 50]}"


@asynccontextmanager
async def strangers() -> AsyncIterator[People]:
    """Alice, Bob and Carol with profiles; nobody is anybody's neighbour until told."""
    async with MemoryNetwork(story_clock, meshed=False) as network:
        people = People(network)
        await people.make("alice", "bob", "carol")
        yield people


async def until(person: Messenger, fact: Callable[[set[str]], bool]) -> None:
    """Wait until a person's neighbours are so."""
    async with person.events() as events:
        with trio.fail_after(60):
            while not fact({each.peer_id for each in (await person.network()).peers}):
                await events.receive()


def has(*names: str) -> Callable[[set[str]], bool]:
    """Whether these are the neighbours."""
    return lambda found: found == {f"memory-{name}" for name in names}


async def test_who_was_reached_is_found_again_after_a_restart(autojump_clock: trio.abc.Clock) -> None:
    """Without being named again; whoever only dialled us is not remembered."""
    async with strangers() as people:
        async with people.open("bob") as bob:
            async with people.open("alice") as alice:
                await alice.add_peer(BOB)
                await until(alice, has("bob"))
                await until(bob, has("alice"))
                await trio.sleep(1)
            assert [
                (each.address, each.reached) for each in (await people.stores["alice"].remembered_peers(7337))
            ] == [(BOB, True)]
            async with people.open("alice") as alice:
                await until(alice, has("bob"))
        assert await people.stores["bob"].remembered_peers(7337) == ()


async def test_who_was_named_and_not_there_is_dialled_after_the_next_start(
    autojump_clock: trio.abc.Clock,
) -> None:
    """Until it answers."""
    async with strangers() as people:
        async with people.open("alice") as alice:
            await alice.add_peer(BOB)
            (known,) = (await alice.network()).known
            assert (known.address, known.given, known.reached, known.connected) == (BOB, False, False, False)
            assert known.noted_at_ms is not None
        async with people.open("alice") as alice, people.open("bob"):
            await until(alice, has("bob"))
            await trio.sleep(1)
            (known,) = (await alice.network()).known
            assert (known.reached, known.connected) == (True, True)


async def test_a_removed_peer_is_not_dialled_after_the_next_start(autojump_clock: trio.abc.Clock) -> None:
    """Not even though it was a neighbour for a moment after; named again, it is one again."""
    async with strangers() as people, people.open("bob"):
        async with people.open("alice") as alice:
            await alice.add_peer(BOB)
            await until(alice, has("bob"))
            await alice.remove_peer(BOB)
            await until(alice, has())
            await trio.sleep(RENEW_MS / 1_000)
        async with people.open("alice") as alice:
            await trio.sleep(60)
            assert (await alice.network()).peers == ()
            await alice.add_peer(BOB)
            await until(alice, has("bob"))
            await trio.sleep(1)
            assert (await alice.network()).known[0].reached


async def test_peers_of_another_network_are_another_matter(autojump_clock: trio.abc.Clock) -> None:
    """They would only be dialled to be dropped."""
    async with strangers() as people:
        elsewhere = replace(Settings(data=Path("alice")), cluster_id=7399)
        async with people.open("alice") as alice:
            await alice.add_peer(BOB)
        async with people.open("alice", settings=elsewhere) as alice:
            assert (await alice.network()).known == ()
            assert (await alice.network()).cluster_id == 7399


async def test_an_address_that_is_none_and_one_too_many_are_refused(autojump_clock: trio.abc.Clock) -> None:
    """Nothing is remembered of either."""
    async with strangers() as people:
        async with people.open("alice") as alice:
            with pytest.raises(InvalidPeerAddressError):
                await alice.add_peer("nonsense")
            assert (await alice.network()).known == ()
            for number in range(64):
                await alice.add_peer(nobody(number))
            with pytest.raises(TooManyPeersError) as caught:
                await alice.add_peer(nobody(64))
            known = (await alice.network()).known

        assert caught.value.limit == 64
        assert len(known) == REMEMBERED_PEERS
        assert nobody(64) not in {each.address for each in known}


async def test_of_an_invite_what_can_be_dialled_is(autojump_clock: trio.abc.Clock) -> None:
    """The rest is left out without a word: the invite may still be good."""
    async with strangers() as people, people.open("alice") as alice, people.open("bob"):
        await alice.add_peers(["", "/ip4/999.1.1.1/tcp/1/p2p/x", BOB, BOB])
        await until(alice, has("bob"))

        assert [each.address for each in (await alice.network()).known] == [BOB]


async def test_a_start_dials_the_last_ones_only(autojump_clock: trio.abc.Clock) -> None:
    """So many that answered, and so many that were named; the others stay remembered."""
    async with strangers() as people:
        async with people.open("alice") as alice:
            for number in range(2 * DIALLED_AT_START):
                await alice.add_peer(nobody(number))
                await trio.sleep(1)
        async with people.open("alice") as alice:
            await trio.sleep(1)
            dialled = people.nodes["alice"].book.peers()

            assert {nobody(number).rpartition("/")[2] for number in range(8, 16)} == set(dialled)
            assert len((await alice.network()).known) == 2 * DIALLED_AT_START


async def test_a_page_is_told_when_neighbours_change(autojump_clock: trio.abc.Clock) -> None:
    """One event for each change, and none while nothing changes."""
    async with (
        strangers() as people,
        people.open("alice") as alice,
        people.open("bob"),
        alice.events() as events,
    ):
        await alice.add_peer(BOB)
        with trio.fail_after(60):
            assert NetworkChanged() == await events.receive()
        await trio.sleep(60)
        with pytest.raises(trio.WouldBlock):
            events.receive_nowait()


async def test_what_the_network_page_is_told(autojump_clock: trio.abc.Clock) -> None:
    """Neighbours, own addresses and how far they reach, time, and what waits with its tries."""
    async with strangers() as people:
        given = replace(Settings(data=Path("alice")), peers=(CAROL,))
        async with people.open("alice", settings=given) as alice, people.open("bob") as bob:
            await introduce(alice, bob)
            conversation_id = await conversation_with(alice, bob)
            await alice.send_text(conversation_id, "hello", "token")
            lonely = await alice.network()

            assert lonely.peers == ()
            assert [(each.address, each.given, each.connected) for each in lonely.known] == [
                (CAROL, True, False)
            ]
            assert [(each.address, each.reach) for each in lonely.addresses] == [
                ("/memory/alice/p2p/memory-alice", Reach.MACHINE)
            ]
            assert lonely.reach is Reach.MACHINE
            assert lonely.time == NetworkTime(0, 0)
            (waiting,) = lonely.waiting
            assert (waiting.conversation_id, waiting.account) == (conversation_id, bob.account)
            assert (waiting.messages, waiting.attempts, waiting.last_attempt_ms) == (1, 0, 0)
            assert NOON_MS <= waiting.next_attempt_ms <= lonely.now_ms

            await alice.add_peer(BOB)
            await settle(alice, conversation_id, delivered(1))
            met = await alice.network()
            assert [(each.peer_id, each.address, each.outbound) for each in met.peers] == [
                ("memory-bob", BOB, True)
            ]
            assert met.waiting == ()
