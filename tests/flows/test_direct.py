"""Two people talk over a network in memory: order, loss, absence and repeats."""

from __future__ import annotations

import pytest
import trio

from harness.people import (
    People,
    acquainted,
    conversation_with,
    delivered,
    introduce,
    received,
    settle,
    story_clock,
    texts,
)
from parley.chat.delivery.model import DeliveryState
from parley.chat.errors import (
    EmptyTextError,
    InvalidContactRecordError,
    OwnRecordError,
    UnknownConversationError,
)
from parley.p2p.api import Faults, MemoryNetwork

BAD_LINE = Faults(seed=7, loss=0.3, duplicate=0.2, reorder=0.2, delay_ms=300)


async def test_a_text_arrives_and_is_acknowledged(autojump_clock: trio.abc.Clock) -> None:
    """The whole way of a message, and of the answer to it."""
    async with acquainted() as two:
        await two.alice.send_text(two.at_alice, "Hello Bob", "form-1")
        await settle(two.bob, two.at_bob, received(1))
        await two.bob.send_text(two.at_bob, "Hello Alice", "form-1")
        await settle(two.alice, two.at_alice, received(1))
        await settle(two.alice, two.at_alice, delivered(1))
        await settle(two.bob, two.at_bob, delivered(1))

        assert await texts(two.alice, two.at_alice) == ["Hello Bob", "Hello Alice"]
        assert await texts(two.bob, two.at_bob) == ["Hello Bob", "Hello Alice"]


async def test_the_traffic_ends(autojump_clock: trio.abc.Clock) -> None:
    """Once everything is acknowledged nobody sends anything: acknowledgements are not acknowledged."""
    async with acquainted() as two:
        await two.alice.send_text(two.at_alice, "Hello", "form-1")
        await settle(two.alice, two.at_alice, delivered(1))
        await trio.sleep(60)  # By the story's clock: long enough for every retry.
        before = [node.counts().published for node in two.people.nodes.values()]
        await trio.sleep(24 * 60 * 60)

        assert [node.counts().published for node in two.people.nodes.values()] == before
        assert (await two.alice.status()).waiting == 0
        assert (await two.bob.status()).waiting == 0


async def test_two_hundred_messages_survive_a_bad_line(autojump_clock: trio.abc.Clock) -> None:
    """30 % lost, 20 % duplicated, 20 % reordered, up to 300 ms late, both ways: all arrive once and in order."""
    async with acquainted(BAD_LINE) as two:
        for number in range(100):
            await two.alice.send_text(two.at_alice, f"a{number}", f"form-{number}")
            await two.bob.send_text(two.at_bob, f"b{number}", f"form-{number}")
        await settle(two.alice, two.at_alice, delivered(100))
        await settle(two.bob, two.at_bob, delivered(100))

        assert all(node.fault_counts.lost > 30 for node in two.people.nodes.values())
        assert all(node.fault_counts.duplicated > 20 for node in two.people.nodes.values())
        assert await texts(two.bob, two.at_bob, own=False) == [f"a{number}" for number in range(100)]
        assert await texts(two.alice, two.at_alice, own=False) == [f"b{number}" for number in range(100)]
        assert await texts(two.alice, two.at_alice) == await texts(two.bob, two.at_bob)


async def test_messages_wait_for_somebody_who_is_away(autojump_clock: trio.abc.Clock) -> None:
    """Sent while the other is closed: queued, then delivered once and in order when they come back."""
    async with MemoryNetwork(story_clock) as network:
        people = People(network)
        await people.make("alice", "bob")
        async with people.open("alice") as alice:
            async with people.open("bob") as bob:
                await introduce(alice, bob)
                at_alice = await conversation_with(alice, bob)
                at_bob = await conversation_with(bob, alice)
                await alice.send_text(at_alice, "first", "form-0")
                await settle(alice, at_alice, delivered(1))
            for number in range(5):
                await alice.send_text(at_alice, f"while away {number}", f"away-{number}")
            await trio.sleep(3 * 24 * 60 * 60)  # By the story's clock: topics have moved on meanwhile.
            waiting = await alice.messages(at_alice)
            async with people.open("bob") as bob:
                await settle(alice, at_alice, delivered(6))

                assert [each.state for each in waiting[1:]] == [DeliveryState.QUEUED] * 5
                assert await texts(bob, at_bob) == ["first", *(f"while away {number}" for number in range(5))]


async def test_a_sender_who_closes_at_once_sends_after_coming_back(autojump_clock: trio.abc.Clock) -> None:
    """What was committed is in the outbox, whether or not it ever left."""
    async with MemoryNetwork(story_clock) as network:
        people = People(network)
        await people.make("alice", "bob")
        async with people.open("bob") as bob:
            async with people.open("alice") as alice:
                await introduce(alice, bob)
                at_alice = await conversation_with(alice, bob)
                network.cut("alice")
                await alice.send_text(at_alice, "from the tunnel", "form-0")
            at_bob = await conversation_with(bob, alice)
            async with people.open("alice"):
                await settle(bob, at_bob, received(1))

            assert await texts(bob, at_bob) == ["from the tunnel"]


async def test_a_form_sent_twice_makes_one_message(autojump_clock: trio.abc.Clock) -> None:
    """A double click, or a reload of the answer, says nothing twice."""
    async with acquainted() as two:
        first = await two.alice.send_text(two.at_alice, "once", "same-form")
        second = await two.alice.send_text(two.at_alice, "once", "same-form")
        await two.alice.send_text(two.at_alice, "once", "another-form")
        await settle(two.bob, two.at_bob, received(2))

        assert first == second
        assert await texts(two.bob, two.at_bob) == ["once", "once"]


async def test_both_start_at_the_same_time(autojump_clock: trio.abc.Clock) -> None:
    """Two first messages cross: both are read, and the talk goes on."""
    async with acquainted() as two:
        two.people.network.cut("alice")
        await two.alice.send_text(two.at_alice, "from Alice", "form-1")
        await two.bob.send_text(two.at_bob, "from Bob", "form-1")
        two.people.network.mend("alice")
        await settle(two.alice, two.at_alice, delivered(1))
        await settle(two.bob, two.at_bob, delivered(1))
        await two.alice.send_text(two.at_alice, "again", "form-2")
        await settle(two.bob, two.at_bob, received(2))

        assert sorted(filter(None, await texts(two.bob, two.at_bob))) == ["again", "from Alice", "from Bob"]
        assert await texts(two.bob, two.at_bob) == await texts(two.alice, two.at_alice)


async def test_a_stranger_is_not_heard_until_they_are_a_contact(autojump_clock: trio.abc.Clock) -> None:
    """Nothing of a stranger is kept or answered; once added, what they sent still arrives."""
    async with MemoryNetwork(story_clock) as network:
        people = People(network)
        await people.make("alice", "bob")
        async with people.open("alice") as alice, people.open("bob") as bob:
            at_alice = await alice.add_contact(bob.contact_record(), "Bob")
            await alice.send_text(at_alice, "let me in", "form-1")
            await trio.sleep(30)
            before = await bob.conversations()
            at_bob = await bob.add_contact(alice.contact_record(), "Alice")
            await settle(bob, at_bob, received(1))
            await settle(alice, at_alice, delivered(1))

            assert before == ()
            assert await texts(bob, at_bob) == ["let me in"]


async def test_what_cannot_be_added_or_sent_says_why(autojump_clock: trio.abc.Clock) -> None:
    """Each refusal is its own error, and changes nothing."""
    async with MemoryNetwork(story_clock) as network:
        people = People(network)
        await people.make("alice", "bob")
        async with people.open("alice") as alice, people.open("bob") as bob:
            record = bytearray(bob.contact_record())
            record[len(record) // 2] ^= 1
            with pytest.raises(InvalidContactRecordError):
                await alice.add_contact(bytes(record), "Bob")
            with pytest.raises(InvalidContactRecordError):
                await alice.add_contact(b"a picture of a cat", "Bob")
            with pytest.raises(OwnRecordError):
                await alice.add_contact(alice.contact_record(), "me")
            with pytest.raises(UnknownConversationError):
                await alice.send_text("0" * 32, "hello", "form-1")
            at_alice = await alice.add_contact(bob.contact_record(), "Bob")
            with pytest.raises(EmptyTextError):
                await alice.send_text(at_alice, " \r\n", "form-1")

            assert await alice.messages(at_alice) == ()
            assert (await alice.status()).waiting == 0


async def test_adding_a_contact_again_renews_it(autojump_clock: trio.abc.Clock) -> None:
    """The same conversation stays; a new nickname replaces the old one, an empty one does not."""
    async with MemoryNetwork(story_clock) as network:
        people = People(network)
        await people.make("alice", "bob")
        async with people.open("alice") as alice, people.open("bob") as bob:
            first = await alice.add_contact(bob.contact_record(), "Bob")
            second = await alice.add_contact(bob.contact_record(), "")
            third = await alice.add_contact(bob.contact_record(), "Robert")
            (only,) = await alice.conversations()

            assert first == second == third
            assert only.nickname == "Robert"
