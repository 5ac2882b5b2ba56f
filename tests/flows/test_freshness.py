"""Records that may not be the newest: brought by one neighbour alone, older than was named, and asked for anew."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import trio

from flows.test_hostile import Mallory, message
from harness.people import People, found_by, story_clock, until
from parley.chain.api import recover_typed_data_signer
from parley.chat.direct.topics import INBOX_TOPICS, inbox_topic
from parley.chat.invites.codec import decode_link, encode_link
from parley.e2ee import api as e2ee
from parley.messenger import Messenger
from parley.messenger.freshness import BEARERS_AFTER_S, Doubts
from parley.p2p.api import MemoryNetwork, MemoryNode, Stamps

CHEAP = Stamps(INBOX_TOPICS, bits=4)
HOUR_S = 60 * 60


@dataclass
class Scene:
    """Alice; Bob, who is away and has a phone and a laptop; and a node that passes on what it likes."""

    alice: Messenger
    people: People
    wire: MemoryNode
    bob: str
    old: bytes
    whole: bytes

    async def publish(self, record: bytes) -> None:
        """Hand a record of Bob's to the network."""
        await self.wire.publish(inbox_topic(e2ee.inbox_id(self.bob)), e2ee.wrap_record(record))

    async def phone(self) -> Mallory:
        """Bob's phone, which knows of both devices."""
        state = (await self.people.stores["bob"].device_state()).state
        assert state is not None
        record = e2ee.read_contact_record(
            self.alice.contact_record(), recover_typed_data_signer, story_clock()
        )
        head = e2ee.read_contact_record(self.whole, recover_typed_data_signer, story_clock()).head
        inbox_id = e2ee.inbox_id(self.bob)
        return Mallory(e2ee.DeviceState(state), self.old, head, self.wire, record, inbox_id)

    async def doubts(self) -> Doubts:
        """What Alice's page says of Bob's record."""
        return (await self.alice.acquaintance(await found_by(self.alice, self.bob))).doubts

    def requests(self) -> int:
        """How many requests for a record have come to the network since it was asked last."""
        count = 0
        while True:
            try:
                received = self.wire.messages.receive_nowait()
            except trio.WouldBlock:
                return count
            count += e2ee.envelope_kind(received.payload) is e2ee.Kind.RECORD_REQUEST


@asynccontextmanager
async def scene() -> AsyncIterator[Scene]:
    """Nobody knows anybody yet."""
    async with MemoryNetwork(story_clock, stamps=CHEAP) as network:
        people = People(network)
        await people.make("alice", "bob")
        await people.make_device("laptop", of="bob")
        phone, laptop = await people.stores["bob"].profile(), await people.stores["laptop"].profile()
        assert phone is not None
        assert laptop is not None
        records = (phone.record, laptop.record)
        whole = e2ee.merge_contact_records(*records, recover_typed_data_signer, story_clock())
        wire = network.join("wire")
        wire.watch([inbox_topic(e2ee.inbox_id(phone.account))])
        async with people.open("alice") as alice:
            yield Scene(alice, people, wire, phone.account, phone.record, whole)


async def doubted(scene: Scene, doubts: Doubts) -> None:
    """Wait until so much is doubted of Bob's record."""

    async def is_so() -> bool:
        return await scene.doubts() == doubts

    with trio.fail_after(HOUR_S):
        await until(scene.alice, is_so)


async def test_one_source_is_told_until_there_is_a_second(autojump_clock: trio.abc.Clock) -> None:
    """Again from the same neighbour is no second source; an older record from another one is none either."""
    async with scene() as each:
        await each.alice.add_by_account(each.bob, "Bob")
        await trio.sleep(1)
        await each.publish(each.whole)
        await found_by(each.alice, each.bob)
        await doubted(each, Doubts(1))
        await each.publish(each.whole)
        other = each.people.network.join("other")
        topic = inbox_topic(e2ee.inbox_id(each.bob))
        await other.publish(topic, e2ee.wrap_record(each.old))
        await trio.sleep(3 * BEARERS_AFTER_S)
        still = await each.doubts()
        await other.publish(topic, e2ee.wrap_record(each.whole))
        await doubted(each, Doubts(2))

        assert still == Doubts(1)


async def test_a_second_source_is_asked_where_there_is_one(autojump_clock: trio.abc.Clock) -> None:
    """Once an hour, a few times; alone with one neighbour nobody else could answer."""
    async with scene() as each:
        await each.alice.add_by_account(each.bob, "Bob")
        await trio.sleep(1)
        await each.publish(each.whole)
        await doubted(each, Doubts(1))
        each.requests()
        await trio.sleep(5 * HOUR_S)
        alone = each.requests()
        each.people.network.join("other")
        await trio.sleep(24 * HOUR_S)

        assert alone == 0
        assert 2 <= each.requests() <= 6


async def test_a_set_that_a_message_names_is_asked_for(autojump_clock: trio.abc.Clock) -> None:
    """Bob's phone says that there is a laptop; until its record comes Alice's page says that something is missing."""
    async with scene() as each:
        await each.alice.add_contact(each.old, "Bob")
        phone = await each.phone()
        await phone.say(message(phone))
        await doubted(each, Doubts(awaits_newer=True))
        await trio.sleep(1)
        asked = each.requests()
        await each.publish(each.whole)
        await doubted(each, Doubts(1))
        known = await each.alice.acquaintance(await found_by(each.alice, each.bob))

        assert asked == 1
        assert len(known.devices) == 2


async def test_a_set_from_before_is_not_asked_for(autojump_clock: trio.abc.Clock) -> None:
    """A message that was long on its way names what was true then."""
    async with scene() as each:
        await each.alice.add_contact(each.whole, "Bob")
        phone = await each.phone()
        phone.head = e2ee.read_contact_record(each.old, recover_typed_data_signer, story_clock()).head
        await phone.say(message(phone))
        await trio.sleep(HOUR_S)

        assert await each.doubts() == Doubts()
        assert each.requests() == 0


async def test_whoever_names_many_sets_is_asked_for_seldom(autojump_clock: trio.abc.Clock) -> None:
    """A contact with other software, who names another one with every message, costs a few requests."""
    async with scene() as each:
        await each.alice.add_contact(each.old, "Bob")
        phone = await each.phone()
        for _ in range(50):
            phone.head = os.urandom(32)
            await phone.say(message(phone, now_ms=story_clock()))
            await trio.sleep(1)
        at_first = each.requests()
        await trio.sleep(24 * HOUR_S)

        assert 1 <= at_first <= 6
        assert each.requests() <= 30


async def test_an_older_record_than_the_invite_names_is_told(autojump_clock: trio.abc.Clock) -> None:
    """Also after a restart, since the invite is kept; the record that the invite names ends it."""
    async with scene() as each:
        async with each.people.open("bob") as bob:
            invite = decode_link((await bob.make_invite()).link)
        state = (await each.people.stores["bob"].device_state()).state
        assert state is not None
        head = e2ee.read_contact_record(each.whole, recover_typed_data_signer, story_clock()).head
        each.requests()
        await each.alice.take_invite(encode_link(replace(invite, head=head), state), "Bob")
        await trio.sleep(1)
        await each.publish(each.old)
        await doubted(each, Doubts(1, awaits_newer=True))
        await each.publish(each.whole)
        await doubted(each, Doubts(1))


async def test_an_older_record_is_told_after_a_restart(autojump_clock: trio.abc.Clock) -> None:
    """The invite is kept, and looked at again."""
    async with scene() as each:
        state = (await each.people.stores["bob"].device_state()).state
        assert state is not None
        async with each.people.open("bob") as bob:
            invite = decode_link((await bob.make_invite()).link)
        link = encode_link(replace(invite, head=bytes(32)), state)
        await each.people.make("carol")
        async with each.people.open("carol") as carol:
            await carol.take_invite(link, "Bob")
            await trio.sleep(1)
            await each.publish(each.old)
            await found_by(carol, each.bob)
        async with each.people.open("carol") as carol:
            again = replace(each, alice=carol)
            await doubted(again, Doubts(awaits_newer=True))
