"""Strangers meet over the network: requests, accepted and blocked."""

from __future__ import annotations

import pytest
import trio

from flows.test_people import AGES_S, strangers
from harness.people import (
    People,
    acquainted,
    asked_by,
    conversation_with,
    delivered,
    introduce,
    received,
    settle,
    story_clock,
    texts,
    until,
)
from parley.chat.delivery.model import DeliveryState
from parley.chat.errors import (
    BlockedContactError,
    UnknownContactError,
    UnknownConversationError,
)
from parley.p2p.api import MemoryNetwork

# Requests


async def test_a_stranger_is_told_nothing_until_accepted(autojump_clock: trio.abc.Clock) -> None:
    """Not listed, not acknowledged, not answered, not written to by mistake; then all of it arrives."""
    async with strangers() as (alice, bob, people):
        await trio.sleep(30)
        at_alice = await alice.add_contact(bob.contact_record(), "Bob")
        silent = people.nodes["bob"].counts().published
        for number in range(3):
            await alice.send_text(at_alice, f"let me in {number}", f"form-{number}")
        at_bob = await asked_by(bob, alice)
        await trio.sleep(AGES_S)
        before = await alice.messages(at_alice)
        (request,) = await bob.requests()
        with pytest.raises(UnknownConversationError):
            await bob.send_text(at_bob, "oh", "form-1")
        with pytest.raises(UnknownConversationError):
            await bob.conversation(at_bob)
        with pytest.raises(UnknownConversationError):
            await bob.rename(at_bob, "Alice")
        kept = await texts(bob, at_bob)
        spoke = people.nodes["bob"].counts().published - silent
        await bob.accept(at_bob)
        await bob.accept(at_bob)
        await settle(alice, at_alice, delivered(3))

        assert {each.state for each in before} == {DeliveryState.SENT}
        assert request.account == alice.account
        assert spoke == 0
        assert kept == [f"let me in {number}" for number in range(3)]
        assert [each.conversation_id for each in await bob.conversations()] == [at_bob]
        assert await texts(bob, at_bob) == kept


async def test_a_request_is_accepted_by_adding_them(autojump_clock: trio.abc.Clock) -> None:
    """By account or by record, it is the same conversation."""
    for by_record in (False, True):
        async with strangers() as (alice, bob, _people):
            at_alice = await alice.add_contact(bob.contact_record(), "Bob")
            await alice.send_text(at_alice, "let me in", "form-1")
            at_bob = await asked_by(bob, alice)
            if by_record:
                added = await bob.add_contact(alice.contact_record(), "Alice")
            else:
                added = await bob.add_by_account(alice.account, "Alice")
            await settle(alice, at_alice, delivered(1))

            assert added == at_bob
            assert [each.nickname for each in await bob.conversations()] == ["Alice"]


async def test_what_is_kept_of_a_stranger_is_bounded(autojump_clock: trio.abc.Clock) -> None:
    """Five texts; the rest arrives once they are accepted, because their device goes on sending."""
    async with strangers() as (alice, bob, _people):
        at_alice = await alice.add_contact(bob.contact_record(), "Bob")
        for number in range(9):
            await alice.send_text(at_alice, f"text {number}", f"form-{number}")
        at_bob = await asked_by(bob, alice)
        await trio.sleep(AGES_S)
        kept = await texts(bob, at_bob)
        await bob.accept(at_bob)
        await settle(bob, at_bob, received(9))
        await settle(alice, at_alice, delivered(9))

        assert len(kept) == 5
        assert await texts(bob, at_bob) == [f"text {number}" for number in range(9)]


# Blocked


async def test_a_blocked_stranger_is_gone_until_unblocked(autojump_clock: trio.abc.Clock) -> None:
    """What they said is deleted, what they say is dropped; then they have to ask again."""
    async with strangers() as (alice, bob, people):
        at_alice = await alice.add_contact(bob.contact_record(), "Bob")
        await alice.send_text(at_alice, "buy this", "form-1")
        at_bob = await asked_by(bob, alice)
        await bob.block(at_bob)
        await alice.send_text(at_alice, "buy that", "form-2")
        await trio.sleep(AGES_S)
        blocked = await bob.blocked()
        with pytest.raises(BlockedContactError):
            await bob.add_by_account(alice.account, "")
        with pytest.raises(BlockedContactError):
            await bob.add_contact(alice.contact_record(), "")
        with pytest.raises(UnknownConversationError):
            await bob.accept(at_bob)
        kept = await texts(bob, at_bob), await bob.requests(), await bob.conversations()
        held = await people.stores["bob"].kept_of_request(at_bob)
        await bob.unblock(alice.account)
        await bob.unblock(alice.account)
        again = await asked_by(bob, alice)

        assert [each.account for each in blocked] == [alice.account]
        assert kept == ([], (), ())
        assert held.messages == 0
        assert await bob.blocked() == ()
        assert again != at_bob
        assert await texts(bob, again) == ["buy that"]


async def test_a_blocked_contact_is_hidden_and_comes_back(autojump_clock: trio.abc.Clock) -> None:
    """Nothing is taken or sent meanwhile; unblocked, the talk goes on where it was and what waited arrives."""
    async with acquainted() as two:
        await two.alice.send_text(two.at_alice, "before", "form-1")
        await settle(two.alice, two.at_alice, delivered(1))
        two.people.network.cut("bob")
        await two.bob.send_text(two.at_bob, "on its way", "form-1")
        await two.bob.block(two.alice.account)
        two.people.network.mend("bob")
        await two.alice.send_text(two.at_alice, "while blocked", "form-2")
        await trio.sleep(AGES_S)
        hidden = await two.bob.conversations(), await texts(two.bob, two.at_bob), await two.bob.status()
        unheard = await texts(two.alice, two.at_alice, own=False)
        with pytest.raises(UnknownConversationError):
            await two.bob.send_text(two.at_bob, "to nobody", "form-2")
        await two.bob.unblock(two.alice.account)
        await settle(two.bob, two.at_bob, received(2))
        await settle(two.alice, two.at_alice, delivered(2))
        await settle(two.bob, two.at_bob, delivered(1))

        assert hidden[0] == ()
        assert hidden[1] == ["before", "on its way"]
        assert hidden[2].waiting == 0
        assert unheard == []
        assert sorted(filter(None, await texts(two.bob, two.at_bob))) == [
            "before",
            "on its way",
            "while blocked",
        ]


async def test_blocking_a_contact_gives_the_others_a_new_delivery_secret(
    autojump_clock: trio.abc.Clock,
) -> None:
    """They are told at once, the blocked one is not, and after thirty days the old one is not watched."""
    async with MemoryNetwork(story_clock) as network:
        people = People(network)
        await people.make("alice", "bob", "carol")
        async with people.open("alice") as alice, people.open("bob") as bob, people.open("carol") as carol:
            await introduce(alice, bob, carol)
            for other in (bob, carol):
                at_alice = await conversation_with(alice, other)
                await alice.send_text(at_alice, "hello", f"form-{other.account}")
                await settle(alice, at_alice, delivered(1))
            before = await people.stores["carol"].delivery_secrets(alice.account)
            await alice.block(bob.account)

            async def is_told() -> bool:
                return len(await people.stores["carol"].delivery_secrets(alice.account)) == 2

            await until(carol, is_told)
            own = await people.stores["alice"].delivery_secrets(alice.account)

            assert (await people.stores["carol"].delivery_secrets(alice.account))[0].secret == own[0].secret
            assert len(await people.stores["bob"].delivery_secrets(alice.account)) == 1
            assert before[0].secret == own[1].secret
            at_carol = await conversation_with(carol, alice)
            await carol.send_text(at_carol, "under the new one", "form-1")
            await settle(carol, at_carol, delivered(1))


async def test_blocking_needs_somebody(autojump_clock: trio.abc.Clock) -> None:
    """Nobody known by it is an error; blocking twice is not."""
    async with acquainted() as two:
        for nobody in ("0" * 32, "0x" + "1" * 40, ""):
            with pytest.raises(UnknownContactError):
                await two.alice.block(nobody)
        await two.alice.block(two.at_alice)
        await two.alice.block(two.bob.account)

        assert [each.account for each in await two.alice.blocked()] == [two.bob.account]


async def test_a_contact_is_renamed(autojump_clock: trio.abc.Clock) -> None:
    """Blanks are evened out, too much is cut, and no name is a name."""
    async with acquainted() as two:
        names = []
        for typed in ("  Bob  of\nLisbon ", "x" * 99, ""):
            await two.alice.rename(two.at_alice, typed)
            names.append((await two.alice.conversation(two.at_alice)).nickname)
        with pytest.raises(UnknownConversationError):
            await two.alice.rename("0" * 32, "nobody")

        assert names == ["Bob of Lisbon", "x" * 64, ""]
