"""Crowds of strangers: whoever was invited gets through them, and they cost a bounded amount of work."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trio

from flows.test_hostile import Mallory, message
from flows.test_hostile_people import stranger
from harness.people import People, delivered, found_by, settle, story_clock, texts
from parley.chat.contacts.request import MAX_REQUESTS
from parley.chat.direct.topics import INBOX_TOPICS
from parley.e2ee import api as e2ee
from parley.messenger import Messenger, strangers
from parley.messenger.glances import GLANCES_AT_ONCE, Glances
from parley.p2p.api import MemoryNetwork, Network, Stamps

CHEAP = Stamps(INBOX_TOPICS, bits=4)


@asynccontextmanager
async def crowded() -> AsyncIterator[tuple[Messenger, list[Mallory], People, Network]]:
    """Alice, whose Requests are full."""
    async with MemoryNetwork(story_clock, stamps=CHEAP) as network:
        people = People(network)
        await people.make("alice", "bob")
        async with people.open("alice") as alice:
            wire = network.join("wire")
            crowd = [
                await stranger(people, f"stranger {number}", alice, wire)
                for number in range(MAX_REQUESTS + 3)
            ]
            for each in crowd:
                await each.say(message(each))
                await trio.sleep(1)
            assert len(await alice.requests()) == MAX_REQUESTS
            yield alice, crowd, people, wire


async def test_an_invite_gets_through_a_crowd(autojump_clock: trio.abc.Clock) -> None:
    """Fifty strangers wait, and more knock on: who brings a token is a contact all the same, and they are not."""
    async with crowded() as (alice, crowd, people, _wire):
        invite = await alice.make_invite()
        async with people.open("bob") as bob:
            await bob.take_invite(invite.link, "")
            at_bob = await found_by(bob, alice.account)
            for each in crowd[-3:]:
                await each.say(message(each))
            await bob.send_text(at_bob, "You invited me", "form-1")
            at_alice = await found_by(alice, bob.account)
            await settle(bob, at_bob, delivered(1))

            assert await texts(alice, at_alice) == ["You invited me"]
            assert [each.account for each in await alice.conversations()] == [bob.account]
            assert len(await alice.requests()) == MAX_REQUESTS
            assert alice._people._strangers.dropped >= 3


async def test_a_crowd_is_not_decrypted_without_end(
    autojump_clock: trio.abc.Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without an open invite nothing is, and with one a few of each and a few a second."""
    opened: list[bytes] = []
    genuine = strangers.decrypted

    async def counting(*arguments: object) -> object:
        opened.append(b"")
        return await genuine(*arguments)  # type: ignore[arg-type]

    async with crowded() as (alice, crowd, _people, _wire):
        monkeypatch.setattr(strangers, "decrypted", counting)
        for _ in range(20):
            await crowd[-1].say(message(crowd[-1]))
        await trio.sleep(1)
        without_an_invite = len(opened)
        await alice.make_invite()
        for _ in range(20):
            await crowd[-1].say(message(crowd[-1]))
            await trio.sleep(1)

        assert without_an_invite == 0
        assert len(opened) == 3
        assert len(await alice.requests()) == MAX_REQUESTS


async def test_glances_are_few_and_of_everybody(autojump_clock: trio.abc.Clock) -> None:
    """A burst, then one a second; nobody twice with the same, and each a few times in ten minutes."""
    glances = Glances()
    burst = sum(glances.take(b"%d" % number, bytes(32)) for number in range(100))
    await trio.sleep(3)
    later = sum(glances.take(b"%d" % number, bytes(32)) for number in range(100, 200))
    await trio.sleep(60)
    of_one = [glances.take(b"one", b"%032d" % number) for number in (1, 1, 2, 3, 4)]
    await trio.sleep(601)

    assert burst == GLANCES_AT_ONCE
    assert later == 3
    assert of_one == [True, False, True, True, False]
    assert glances.take(b"one", b"%032d" % 4)


async def test_a_flood_of_one_leaves_room_for_others(autojump_clock: trio.abc.Clock) -> None:
    """What waits to be verified is bounded for each introduction: another stranger's hello is kept at once."""
    async with MemoryNetwork(story_clock, stamps=CHEAP) as network:
        people = People(network)
        await people.make("alice")
        async with people.open("alice") as alice:
            wire = network.join("wire")
            loud = await stranger(people, "loud", alice, wire)
            quiet = await stranger(people, "quiet", alice, wire)
            await loud.say(message(loud))
            await trio.sleep(1)
            await alice.block((await alice.requests())[0].conversation_id)
            held = alice._people._strangers
            opened = [
                e2ee.Opened(e2ee.Kind.FIRST_CONTACT, e2ee.DeviceId(bytes(32)), bytes(32), loud.record, b"")
                for _ in range(100)
            ]
            for each in opened:
                held.offer(each, e2ee.Envelope(b"\x11"))
            await quiet.say(message(quiet))
            await trio.sleep(1)

            assert held.dropped == 96
            assert len(await alice.requests()) == 1
