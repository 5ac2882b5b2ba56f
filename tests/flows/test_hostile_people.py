"""Hostile strangers: forged, foreign, old and oversized records, and floods of whatever anybody may send."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
import trio

from flows.test_hostile import Mallory, message
from harness.people import (
    People,
    asked_by,
    delivered,
    found_by,
    settle,
    story_clock,
    texts,
)
from parley.chain.api import recover_typed_data_signer
from parley.chat.contacts.request import MAX_KEPT_BYTES, MAX_KEPT_MESSAGES, MAX_REQUESTS
from parley.chat.content import DELIVERY_SECRET, TEXT, Content, encode_content
from parley.chat.direct.topics import inbox_topic
from parley.e2ee import api as e2ee
from parley.messenger import Messenger
from parley.messenger.records import Refused
from parley.p2p.api import MemoryNetwork, Network

HOUR_S = 60 * 60


@dataclass
class Siege:
    """Alice, who is alone and asks for Bob, and Mallory, whom nobody knows."""

    alice: Messenger
    bob_account: str
    bob_record: bytes
    mallory: Mallory
    people: People
    network: Network

    async def publish(self, envelope: bytes) -> None:
        """Send any bytes to where Bob's record is expected."""
        await self.network.publish(inbox_topic(e2ee.inbox_id(self.bob_account)), envelope)


async def stranger(people: People, name: str, alice: Messenger, network: Network) -> Mallory:
    """Somebody whom Alice does not know, with a device of their own software."""
    await people.make(name)
    profile = await people.stores[name].profile()
    state = (await people.stores[name].device_state()).state
    assert profile is not None
    assert state is not None
    record = e2ee.read_contact_record(alice.contact_record(), recover_typed_data_signer, story_clock())
    inbox_id = e2ee.inbox_id(profile.account)
    return Mallory(e2ee.DeviceState(state), profile.record, profile.head, network, record, inbox_id)


@asynccontextmanager
async def besieged() -> AsyncIterator[Siege]:
    """Alice has asked for Bob, who is away."""
    async with MemoryNetwork(story_clock) as network:
        people = People(network)
        await people.make("alice", "bob")
        profile = await people.stores["bob"].profile()
        assert profile is not None
        async with people.open("alice") as alice:
            wire = network.join("wire")
            mallory = await stranger(people, "mallory", alice, wire)
            await alice.add_by_account(profile.account, "Bob")
            yield Siege(alice, profile.account, profile.record, mallory, people, wire)


def parts(record: bytes) -> tuple[tuple[bytes, ...], tuple[e2ee.Bundle, ...]]:
    """Entries and bundles of a valid record."""
    read = e2ee.read_contact_record(record, recover_typed_data_signer, story_clock())
    return read.entries, tuple(each.bundle for each in read.devices)


def forgeries(siege: Siege) -> dict[str, bytes]:
    """Records that are not Bob's, whatever they say."""
    entries, bundles = parts(siege.bob_record)
    others, other_bundles = parts(siege.mallory.record)
    changed = bytearray(siege.bob_record)
    changed[-1] ^= 1
    return {
        "another account's": siege.mallory.record,
        "another's device in his name": e2ee.make_contact_record(siege.bob_account, others, other_bundles),
        "another's device beside his": e2ee.make_contact_record(
            siege.bob_account, (*entries, *others), (*bundles, *other_bundles)
        ),
        "another's bundle beside his": e2ee.make_contact_record(
            siege.bob_account, entries, (*bundles, *other_bundles)
        ),
        "no device": e2ee.make_contact_record(siege.bob_account, entries, ()),
        "nothing": e2ee.make_contact_record(siege.bob_account, (), ()),
        "one bit changed": bytes(changed),
        "cut short": siege.bob_record[:-9],
        "too large": siege.bob_record + bytes(64 * 1024),
        "empty": b"",
        "garbage": os.urandom(4_000),
    }


async def test_forged_records_make_nobody_a_contact(autojump_clock: trio.abc.Clock) -> None:
    """Each is dropped, sent again is dropped again, and the real one is taken all the same."""
    async with besieged() as siege:
        for record in forgeries(siege).values():
            for _ in range(2):
                await siege.publish(b"\x13" + record)
                await trio.sleep(1)
        before = await siege.alice.conversations(), await siege.alice.pending()
        async with siege.people.open("bob") as bob:
            await found_by(siege.alice, bob.account)
            held = await siege.people.stores["alice"].contact(bob.account)

            assert before[0] == ()
            assert [each.account for each in before[1]] == [bob.account]
            assert held is not None
            assert held.record == bob.contact_record()


async def test_a_flood_of_records_in_his_name_does_not_keep_him_out(autojump_clock: trio.abc.Clock) -> None:
    """What waits to be verified is bounded, for each name and in all; the real one is asked for again."""
    async with besieged() as siege:
        for _ in range(300):
            await siege.publish(b"\x13" + siege.bob_record[:-64] + os.urandom(64))
        async with siege.people.open("bob") as bob:
            at_alice = await found_by(siege.alice, bob.account)
            await siege.alice.send_text(at_alice, "found you", "form-1")
            await bob.accept(await asked_by(bob, siege.alice))
            await settle(siege.alice, at_alice, delivered(1))

        assert siege.people.nodes["alice"].counts().dropped_full == 0


async def test_an_older_record_takes_nothing_back(autojump_clock: trio.abc.Clock) -> None:
    """Played again, on and on, by somebody who kept it."""
    async with besieged() as siege:
        async with siege.people.open("bob") as bob:
            await found_by(siege.alice, bob.account)
            await trio.sleep(8 * 24 * HOUR_S)
            renewed = bob.contact_record()
        for _ in range(3):
            await siege.publish(b"\x13" + siege.bob_record)
            await trio.sleep(1)
        held = await siege.people.stores["alice"].contact(siege.bob_account)

        assert renewed != siege.bob_record
        assert held is not None
        assert held.record == renewed


async def test_an_introduction_is_of_the_device_that_sends_it(autojump_clock: trio.abc.Clock) -> None:
    """Mallory cannot be Bob, who is even asked for, by handing out Bob's record."""
    async with besieged() as siege:
        siege.mallory.record = siege.bob_record
        await siege.mallory.say(message(siege.mallory))
        await trio.sleep(HOUR_S)

        assert await siege.alice.requests() == ()
        assert await siege.alice.conversations() == ()
        assert len(await siege.alice.pending()) == 1


@pytest.mark.parametrize("name", ["another's device in his name", "one bit changed", "garbage", "empty"])
async def test_a_forged_introduction_is_refused(name: str, autojump_clock: trio.abc.Clock) -> None:
    """Nothing is kept of it, however often it comes."""
    async with besieged() as siege:
        siege.mallory.record = forgeries(siege)[name]
        for _ in range(3):
            await siege.mallory.say(message(siege.mallory))
            await trio.sleep(1)

        assert await siege.alice.requests() == ()
        assert await siege.alice.conversations() == ()


async def test_a_stranger_without_a_message_is_no_request(autojump_clock: trio.abc.Clock) -> None:
    """What decrypts to no message takes nobody's place among the requests."""
    async with besieged() as siege:
        for plaintext in (b"", os.urandom(500), message(siege.mallory)[:-7], bytes(20_000)[:16_000]):
            await siege.mallory.say(plaintext)
            await trio.sleep(1)

        assert await siege.alice.requests() == ()


async def test_what_a_stranger_can_store_is_bounded(autojump_clock: trio.abc.Clock) -> None:
    """In number and in bytes, shown or not; their requests are one."""
    async with besieged() as siege:
        largest = encode_content(Content(TEXT, bytes(14_000)))
        hidden = encode_content(Content(DELIVERY_SECRET, b""))
        for content in (largest, hidden) * 20:
            await siege.mallory.say(message(siege.mallory, content, story_clock()))
            await trio.sleep(1)
        (request,) = await siege.alice.requests()
        kept = await siege.people.stores["alice"].kept_of_request(request.conversation_id)

        assert kept.messages <= MAX_KEPT_MESSAGES
        assert kept.size <= MAX_KEPT_BYTES
        assert request.first_content == largest


async def test_a_crowd_of_strangers_is_bounded(autojump_clock: trio.abc.Clock) -> None:
    """Fifty requests; then there is room again when one is blocked, and contacts never notice."""
    async with besieged() as siege:
        crowd = [
            await stranger(siege.people, f"stranger {number}", siege.alice, siege.network)
            for number in range(MAX_REQUESTS + 3)
        ]
        for each in crowd:
            await each.say(message(each))
            await trio.sleep(1)
        requests = await siege.alice.requests()
        await siege.alice.block(requests[0].conversation_id)
        for each in crowd[-3:]:
            await each.say(message(each))
            await trio.sleep(1)
        async with siege.people.open("bob") as bob:
            await found_by(siege.alice, bob.account)

        assert len(requests) == MAX_REQUESTS
        assert len(await siege.alice.requests()) == MAX_REQUESTS


async def test_a_stranger_is_answered_by_nothing(autojump_clock: trio.abc.Clock) -> None:
    """Neither what is kept nor what is refused, nor a repeat of either, makes Alice say a thing."""
    async with besieged() as siege:
        await siege.alice.forget_pending(siege.bob_account)
        await trio.sleep(HOUR_S)
        before = siege.people.nodes["alice"].counts().published
        await siege.mallory.say(message(siege.mallory))
        siege.mallory.record = os.urandom(100)
        await siege.mallory.say(message(siege.mallory))
        for envelope in siege.mallory.sent * 3:
            await siege.mallory.publish(envelope)
            await trio.sleep(5)
        await trio.sleep(HOUR_S)

        assert siege.people.nodes["alice"].counts().published == before
        assert len(await siege.alice.requests()) == 1


async def test_a_request_that_is_accepted_is_an_ordinary_talk(autojump_clock: trio.abc.Clock) -> None:
    """Mallory may just be somebody with other software."""
    async with besieged() as siege:
        await siege.mallory.say(message(siege.mallory))
        await trio.sleep(1)
        (request,) = await siege.alice.requests()
        await siege.alice.accept(request.conversation_id)
        await siege.alice.send_text(request.conversation_id, "and you are?", "form-1")

        assert await texts(siege.alice, request.conversation_id) == ["hello", "and you are?"]


async def test_what_was_refused_is_remembered_in_bounds(autojump_clock: trio.abc.Clock) -> None:
    """The oldest is forgotten first, and all after a while: a contract may change its mind."""
    refused = Refused(limit=3)
    for each in (b"a", b"b", b"c", b"d"):
        refused.add(each)
    before = [each in refused for each in (b"a", b"b", b"c", b"d")]
    await trio.sleep(HOUR_S)

    assert before == [False, True, True, True]
    assert not any(each in refused for each in (b"a", b"b", b"c", b"d"))
