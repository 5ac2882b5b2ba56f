"""A hostile contact and a hostile network: nothing they send stops, fills or confuses the other side."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
import trio

from harness.people import (
    People,
    conversation_with,
    delivered,
    introduce,
    received,
    settle,
    story_clock,
    texts,
)
from parley.chat.contacts.add import direct_channel_id
from parley.chat.content import TEXT, Content, ContentType, encode_content
from parley.chat.direct.topics import inbox_topic
from parley.chat.events import MessageAdded
from parley.e2ee import api as e2ee
from parley.messenger import Messenger
from parley.messenger.inbox import Inbox
from parley.p2p.api import MemoryNetwork, Network
from parley.sync import api as sync

DAY_MS = 24 * 60 * 60 * 1000


@dataclass
class Mallory:
    """A contact of Alice with a device of their own software: says whatever they like in a valid session."""

    device: e2ee.DeviceState
    record: bytes
    head: bytes
    network: Network
    alice: e2ee.ContactRecord
    own_inbox: bytes
    session: e2ee.SessionState | None = None
    sent: list[bytes] = field(default_factory=list)

    @property
    def channel(self) -> sync.ChannelState:
        """A fresh channel with Alice."""
        return sync.new_channel(
            direct_channel_id(self.alice.inbox_id, self.own_inbox), e2ee.device_id(self.device)
        )

    async def say(self, plaintext: bytes) -> None:
        """Encrypt any bytes to Alice and send them to her inbox."""
        self.session, envelope = e2ee.encrypt(
            self.device,
            self.session,
            self.alice.devices[0].bundle,
            plaintext,
            head=self.head,
            introduction=self.record,
            now_ms=story_clock(),
        )
        self.sent.append(envelope)
        await self.publish(envelope)

    async def publish(self, envelope: bytes) -> None:
        """Send any bytes to Alice's inbox."""
        await self.network.publish(inbox_topic(self.alice.inbox_id), envelope)


@asynccontextmanager
async def besieged() -> AsyncIterator[tuple[Messenger, Messenger, Mallory, People]]:
    """Alice and Bob, who is honest, and Mallory, all contacts of Alice."""
    from parley.chain.api import recover_typed_data_signer

    async with MemoryNetwork(story_clock) as network:
        people = People(network)
        await people.make("alice", "bob", "mallory")
        profile = await people.stores["mallory"].profile()
        state = (await people.stores["mallory"].device_state()).state
        assert profile is not None
        assert state is not None
        async with people.open("alice") as alice, people.open("bob") as bob:
            await introduce(alice, bob)
            await alice.add_contact(profile.record, "Mallory")
            record = e2ee.read_contact_record(
                alice.contact_record(), recover_typed_data_signer, story_clock()
            )
            mallory = Mallory(
                e2ee.DeviceState(state),
                profile.record,
                profile.head,
                network.join("mallory"),
                record,
                e2ee.inbox_id(profile.account),
            )
            yield alice, bob, mallory, people


async def still_alive(alice: Messenger, bob: Messenger) -> None:
    """Alice and Bob can still talk, both ways."""
    at_alice, at_bob = await conversation_with(alice, bob), await conversation_with(bob, alice)
    before = len(await texts(bob, at_bob, own=False))
    await alice.send_text(at_alice, "still here", f"alive-{before}")
    await settle(bob, at_bob, received(before + 1))
    await settle(alice, at_alice, delivered(before + 1))


def message(mallory: Mallory, content: bytes = b"", now_ms: int | None = None) -> bytes:
    """A well-formed SDS message of Mallory's with this content."""
    content = content or encode_content(Content(TEXT, b"hello"))
    _, composed = sync.compose(mallory.channel, content, story_clock() if now_ms is None else now_ms)
    return composed.encoded


NOT_MESSAGES: dict[str, Callable[[Mallory], bytes]] = {
    "nothing": lambda _: b"",
    "garbage": lambda _: os.urandom(500),
    "all zero": lambda _: bytes(10_000),
    "a changed id": lambda mallory: message(mallory).replace(b"hello", b"hallo"),
    "cut short": lambda mallory: message(mallory)[:-7],
    "another channel": lambda mallory: (
        sync.compose(
            sync.new_channel(b"\x01" * 32, e2ee.device_id(mallory.device)), b"\x0a\x00", story_clock()
        )[1].encoded
    ),
    "another's name": lambda mallory: (
        sync.compose(
            sync.new_channel(direct_channel_id(mallory.alice.inbox_id, mallory.own_inbox), b"\x02" * 32),
            b"\x0a\x00",
            story_clock(),
        )[1].encoded
    ),
}


@pytest.mark.parametrize("name", list(NOT_MESSAGES))
async def test_what_is_no_message_is_dropped(name: str, autojump_clock: trio.abc.Clock) -> None:
    """A valid envelope of a contact with something else inside is neither shown nor answered."""
    async with besieged() as (alice, bob, mallory, people):
        published = people.nodes["alice"].counts().published
        await mallory.say(NOT_MESSAGES[name](mallory))
        await trio.sleep(10)
        answered = people.nodes["alice"].counts().published - published
        summaries = {each.nickname: each for each in await alice.conversations()}

        assert answered == 0
        assert await alice.messages(summaries["Mallory"].conversation_id) == ()
        await still_alive(alice, bob)


@pytest.mark.parametrize(
    "content",
    [b"\xff" * 100, encode_content(Content(ContentType("parley", "deliverySecret"), b"\xff")), b"\x0a\x00"],
    ids=["no content", "a broken delivery secret", "no type"],
)
async def test_broken_content_is_acknowledged_and_harmless(
    content: bytes, autojump_clock: trio.abc.Clock
) -> None:
    """It arrived, so it is acknowledged once; what there is to read in it is little."""
    async with besieged() as (alice, bob, mallory, _people):
        await mallory.say(message(mallory, content))
        await trio.sleep(10)

        await still_alive(alice, bob)


async def test_a_message_from_the_far_future_is_refused_until_its_time(
    autojump_clock: trio.abc.Clock,
) -> None:
    """A clock 25 hours ahead would pull every later message behind it. Sent again in two hours, it is taken."""
    async with besieged() as (alice, bob, mallory, _people):
        await mallory.say(message(mallory, now_ms=story_clock() + DAY_MS + 60 * 60 * 1000))
        await trio.sleep(10)
        (at_mallory,) = [each for each in await alice.conversations() if each.nickname == "Mallory"]
        early = await alice.messages(at_mallory.conversation_id)
        await trio.sleep(2 * 60 * 60)
        await mallory.publish(mallory.sent[0])
        await trio.sleep(10)

        assert early == ()
        assert await texts(alice, at_mallory.conversation_id) == ["hello"]
        await still_alive(alice, bob)


async def test_a_replayed_envelope_is_answered_at_most_once_a_second(autojump_clock: trio.abc.Clock) -> None:
    """Replaying costs the sender more than the receiver, and shows nothing twice."""
    async with besieged() as (alice, bob, mallory, people):
        await mallory.say(message(mallory))
        await trio.sleep(5)
        published = people.nodes["alice"].counts().published
        for _ in range(300):
            await mallory.publish(mallory.sent[0])
            await trio.sleep(0.01)
        await trio.sleep(5)
        (at_mallory,) = [each for each in await alice.conversations() if each.nickname == "Mallory"]

        assert people.nodes["alice"].counts().published - published <= 4
        assert await texts(alice, at_mallory.conversation_id) == ["hello"]
        await still_alive(alice, bob)


async def test_garbage_on_the_inbox_topic_is_dropped(autojump_clock: trio.abc.Clock) -> None:
    """Envelopes of every first byte and many lengths, opened with the device's keys and found to be nothing."""
    async with besieged() as (alice, bob, mallory, _people):
        for first in range(256):
            await mallory.publish(bytes([first]) + os.urandom(first * 11))
        await mallory.publish(b"")
        await trio.sleep(5)

        await still_alive(alice, bob)


async def test_acknowledgements_of_what_was_never_sent_store_nothing(autojump_clock: trio.abc.Clock) -> None:
    """A contact may claim to hold anything; only what was sent to them moves."""
    async with besieged() as (alice, bob, mallory, _people):
        at_bob = await conversation_with(alice, bob)
        bob_message = await alice.send_text(at_bob, "to Bob", "form-b")
        channel = mallory.channel
        for each in (bob_message, b"\x07" * 32):
            channel = sync.owe(channel, each)
        _, encoded = sync.acknowledge(channel, story_clock())
        assert encoded is not None
        async with alice.events() as events:
            await mallory.say(encoded)
            await trio.sleep(10)
            told = []
            while events.statistics().current_buffer_used:
                told.append(events.receive_nowait())

        assert not any(isinstance(each, MessageAdded) for each in told)
        await still_alive(alice, bob)


async def test_a_fault_in_a_step_stops_nothing(
    autojump_clock: trio.abc.Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A bug that one envelope can reach costs that envelope, not the node."""
    receive = Inbox._receive

    async def faulty(self: Inbox, envelope: e2ee.Envelope) -> str | None:
        if len(envelope) == 666:
            raise ZeroDivisionError
        return await receive(self, envelope)

    monkeypatch.setattr(Inbox, "_receive", faulty)
    async with besieged() as (alice, bob, mallory, _people):
        await mallory.publish(b"\x12" + os.urandom(665))

        await still_alive(alice, bob)
    assert "ZeroDivisionError" in caplog.text
