"""People who know only an account find each other over the network, and keep their own record."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trio

from harness.people import (
    People,
    acquainted,
    asked_by,
    delivered,
    found_by,
    received,
    settle,
    story_clock,
    texts,
)
from parley.chain.api import recover_typed_data_signer
from parley.chat.direct.topics import INBOX_TOPICS, inbox_topic
from parley.chat.errors import (
    InvalidAccountError,
    OwnRecordError,
    TooManyPendingError,
)
from parley.e2ee import api as e2ee
from parley.messenger import Messenger
from parley.p2p.api import Faults, MemoryNetwork, Stamps

BAD_LINE = Faults(seed=11, loss=0.3, duplicate=0.2, reorder=0.2, delay_ms=300)
DAY_S = 24 * 60 * 60
AGES_S = 4 * 60 * 60
"""Longer than any retry waits."""
CHEAP = Stamps(INBOX_TOPICS, bits=4)


@asynccontextmanager
async def strangers(line: Faults | None = None) -> AsyncIterator[tuple[Messenger, Messenger, People]]:
    """Alice and Bob, who know nothing of each other, on a network that asks for stamps."""
    async with MemoryNetwork(story_clock, stamps=CHEAP) as network:
        people = People(network)
        await people.make("alice", "bob", "carol")
        async with people.open("alice", line) as alice, people.open("bob", line) as bob:
            yield alice, bob, people


# Asked for by account


@pytest.mark.parametrize("line", [None, BAD_LINE], ids=["good line", "bad line"])
async def test_two_who_know_only_an_account_talk(line: Faults | None, autojump_clock: trio.abc.Clock) -> None:
    """The whole way: asked for, found, written to, asked about, accepted, answered."""
    async with strangers(line) as (alice, bob, _people):
        pending_id = await alice.add_by_account(bob.account, "Bob")
        at_alice = await found_by(alice, bob.account)
        await alice.send_text(at_alice, "Hello Bob, we met in Lisbon", "form-1")
        at_bob = await asked_by(bob, alice)
        await bob.accept(at_bob)
        await settle(alice, at_alice, delivered(1))
        await bob.send_text(at_bob, "I remember", "form-1")
        await settle(alice, at_alice, received(1))
        await settle(bob, at_bob, delivered(1))

        assert at_alice == pending_id
        assert await alice.pending() == ()
        assert await bob.requests() == ()
        assert [each.nickname for each in await alice.conversations()] == ["Bob"]
        assert await texts(alice, at_alice) == await texts(bob, at_bob)
        assert await texts(bob, at_bob) == ["Hello Bob, we met in Lisbon", "I remember"]


async def test_who_is_away_is_found_when_they_come(autojump_clock: trio.abc.Clock) -> None:
    """However long it takes; meanwhile it is asked ever more rarely, and the last try is told."""
    async with strangers() as (alice, _bob, people):
        profile = await people.stores["carol"].profile()
        assert profile is not None
        await alice.add_by_account(profile.account, "Carol")
        before = people.nodes["alice"].counts().published
        await trio.sleep(AGES_S)
        tries = people.nodes["alice"].counts().published - before
        (pending,) = await alice.pending()
        async with people.open("carol") as carol:
            at_alice = await found_by(alice, carol.account)

            assert at_alice == pending.conversation_id
        assert AGES_S / 400 < tries < AGES_S / 200
        assert pending.last_try_ms is not None
        assert story_clock() - pending.last_try_ms < 400_000


async def test_who_is_pending_is_still_after_a_restart(autojump_clock: trio.abc.Clock) -> None:
    """And asked for at once."""
    async with MemoryNetwork(story_clock) as network:
        people = People(network)
        await people.make("alice", "bob", "carol")
        profile = await people.stores["carol"].profile()
        assert profile is not None
        async with people.open("bob"):
            async with people.open("alice") as alice:
                first = await alice.add_by_account(profile.account, "Carol")
            async with people.open("alice") as alice, people.open("carol"):
                with trio.fail_after(30):
                    second = await found_by(alice, profile.account)

        assert first == second


async def test_who_was_asked_for_and_writes_first_is_a_contact(autojump_clock: trio.abc.Clock) -> None:
    """I asked for them: no need to ask me."""
    async with MemoryNetwork(story_clock) as network:
        people = People(network)
        await people.make("alice", "bob")
        async with people.open("alice") as alice, people.open("bob") as bob:
            network.cut("alice")
            pending_id = await alice.add_by_account(bob.account, "Bob")
            at_bob = await bob.add_contact(alice.contact_record(), "Alice")
            await bob.send_text(at_bob, "I was first", "form-1")
            # Only what is in the outbox comes by: the record was published before, and is not asked for.
            people.nodes["alice"].watch([])
            network.mend("alice")
            at_alice = await found_by(alice, bob.account)
            await settle(alice, at_alice, received(1))
            await settle(bob, at_bob, delivered(1))

            assert at_alice == pending_id
            assert await alice.pending() == ()
            assert await alice.requests() == ()


async def test_asking_again_names_them_and_asking_is_bounded(autojump_clock: trio.abc.Clock) -> None:
    """Each refusal is its own error."""
    async with strangers() as (alice, bob, _people):
        nobody = [f"0x{number:040x}" for number in range(1, 66)]
        first = await alice.add_by_account(nobody[0], "")
        again = await alice.add_by_account(nobody[0], " a  name ")
        for each in nobody[1:64]:
            await alice.add_by_account(each, "")
        with pytest.raises(TooManyPendingError):
            await alice.add_by_account(nobody[64], "")
        await alice.forget_pending(nobody[1])
        await alice.forget_pending(nobody[1])
        await alice.add_by_account(nobody[64], "")
        with pytest.raises(OwnRecordError):
            await alice.add_by_account(alice.account, "me")
        for wrong in ("bob", "0x12", bob.account.swapcase(), f"eip155:0:{bob.account}", "\ud800"):
            with pytest.raises(InvalidAccountError):
                await alice.add_by_account(wrong, "")
        pending = await alice.pending()

        assert first == again
        assert [each.name for each in pending if each.account == nobody[0]] == ["a name"]
        assert len(pending) == 64


async def test_adding_who_is_known_asks_nobody(autojump_clock: trio.abc.Clock) -> None:
    """A contact is given back, under the new name; small letters are as good as EIP-55's."""
    async with acquainted() as two:
        same = await two.alice.add_by_account(two.bob.account.lower(), "Robert")
        (only,) = await two.alice.conversations()

        assert same == two.at_alice == only.conversation_id
        assert only.nickname == "Robert"
        assert await two.alice.pending() == ()


async def test_a_record_in_a_file_ends_the_wait(autojump_clock: trio.abc.Clock) -> None:
    """Under the id that was given, and the name."""
    async with MemoryNetwork(story_clock) as network:
        people = People(network)
        await people.make("alice", "bob")
        async with people.open("alice") as alice, people.open("bob") as bob:
            network.cut("bob")
            pending_id = await alice.add_by_account(bob.account, "Bob")
            added_id = await alice.add_contact(bob.contact_record(), "")

            assert added_id == pending_id
            assert await alice.pending() == ()
            assert [each.nickname for each in await alice.conversations()] == ["Bob"]


# The own record


async def test_many_who_ask_get_one_answer(autojump_clock: trio.abc.Clock) -> None:
    """At most one in ten seconds, whoever asks how often; and none for another inbox."""
    async with strangers() as (alice, bob, people):
        await trio.sleep(60)
        flood = people.network.join("flood")
        inbox_id = e2ee.inbox_id(bob.account)
        before = people.nodes["bob"].counts().published
        for number in range(100):
            request = e2ee.ask_for_record(inbox_id, number.to_bytes(16, "big"))
            await flood.publish(inbox_topic(inbox_id), request)
            await trio.sleep(0.3)
        await trio.sleep(60)
        answers = people.nodes["bob"].counts().published - before
        other = e2ee.ask_for_record(inbox_id[:1] + bytes(31), bytes(16))
        await flood.publish(inbox_topic(inbox_id), other)
        await trio.sleep(60)

        assert 3 <= answers <= 5
        assert people.nodes["bob"].counts().published - before == answers
        assert await alice.conversations() == ()


async def test_a_record_is_made_anew_weekly_and_prekeys_monthly(autojump_clock: trio.abc.Clock) -> None:
    """Contacts follow by what is published, and the talk goes on over every rotation."""
    async with acquainted() as two:
        bundles = []
        for week in range(6):
            record = e2ee.read_contact_record(
                two.bob.contact_record(), recover_typed_data_signer, story_clock()
            )
            held = await two.people.stores["alice"].contact(two.bob.account)
            assert held is not None
            bundles.append((record.devices[0].bundle, held.devices[0].bundle, record.expired))
            await two.alice.send_text(two.at_alice, f"week {week}", f"form-{week}")
            await settle(two.alice, two.at_alice, delivered(week + 1))
            await trio.sleep(7 * DAY_S + 3_600)
        states = await two.people.stores["bob"].device_state()

        assert len({own for own, _, _ in bundles}) == 6
        assert all(own == held for own, held, _ in bundles)
        assert not any(expired for _, _, expired in bundles)
        assert states.version == 2
        assert await texts(two.bob, two.at_bob) == [f"week {week}" for week in range(6)]
