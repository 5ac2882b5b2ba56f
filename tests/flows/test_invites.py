"""Invites: two who know nothing of each other meet by one link, and what comes between."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import trio

from flows.test_crash import invite_steps
from harness.crashes import Moment, WatchedStore
from harness.people import (
    NOON_MS,
    People,
    asked_by,
    delivered,
    found_by,
    received,
    settle,
    story_clock,
    texts,
    until,
)
from parley.chat.commit import Commit
from parley.chat.content import TEXT, Content
from parley.chat.direct.topics import INBOX_TOPICS
from parley.chat.errors import (
    BlockedContactError,
    ExpiredInviteError,
    ForeignInviteError,
    OwnRecordError,
    UnknownInviteError,
    WrongSafetyNumberError,
)
from parley.chat.invites.codec import decode_link
from parley.chat.invites.model import DAY_MS, INVITE_DAYS, INVITE_USES
from parley.messenger import Messenger
from parley.messenger.money.model import Card, Wish
from parley.messenger.system import Store
from parley.p2p.api import Faults, MemoryNetwork, Stamps
from parley.settings import Settings

BAD_LINE = Faults(seed=11, loss=0.3, duplicate=0.2, reorder=0.2, delay_ms=300)
CHEAP = Stamps(INBOX_TOPICS, bits=4)
DAY_S = 24 * 60 * 60


@asynccontextmanager
async def strangers(
    line: Faults | None = None, *, meshed: bool = True
) -> AsyncIterator[tuple[Messenger, Messenger, People]]:
    """Alice and Bob, who know nothing of each other; not meshed, they are not even connected."""
    async with MemoryNetwork(story_clock, stamps=CHEAP, meshed=meshed) as network:
        people = People(network)
        await people.make("alice", "bob", "carol")
        async with people.open("alice", line) as alice, people.open("bob", line) as bob:
            yield alice, bob, people


async def left(person: Messenger, invite_id: str) -> int:
    """How many accounts an invite still lets in."""
    return (await person.invite(invite_id)).uses_left


@pytest.mark.parametrize("line", [None, BAD_LINE], ids=["good line", "bad line"])
async def test_one_link_brings_two_together(line: Faults | None, autojump_clock: trio.abc.Clock) -> None:
    """Bob connects to where it says, finds Alice, and what he says first reaches her without a request."""
    async with strangers(line, meshed=False) as (alice, bob, _people):
        invite = await alice.make_invite()
        assert (await bob.status()).peers == 0
        asked = await bob.take_invite(invite.link, "Alice")
        at_bob = await found_by(bob, alice.account)
        await bob.send_text(at_bob, "You invited me", "form-1")
        at_alice = await found_by(alice, bob.account)
        await settle(bob, at_bob, delivered(1))
        await alice.send_text(at_alice, "Welcome", "form-1")
        await settle(bob, at_bob, received(1))

        assert asked == at_bob
        assert await texts(alice, at_alice) == ["You invited me", "Welcome"]
        assert await alice.requests() == ()
        assert await left(alice, invite.invite_id) == INVITE_USES - 1


async def test_the_token_is_said_until_it_was_answered(autojump_clock: trio.abc.Clock) -> None:
    """With each first text, since one may be lost; not to a contact who has answered, or to anybody else."""
    async with strangers() as (alice, bob, _people):
        invite = await alice.make_invite()
        await bob.take_invite(invite.link, "")
        at_bob = await found_by(bob, alice.account)
        await bob.send_text(at_bob, "one", "form-1")
        await bob.send_text(at_bob, "two", "form-2")
        await settle(bob, at_bob, delivered(2))
        await bob.send_text(at_bob, "three", "form-3")
        messages = await bob.messages(at_bob)
        tokens = [decode_link(invite.link).token.hex().encode() in each.content for each in messages]

        assert tokens == [True, True, False]
        assert await left(alice, invite.invite_id) == INVITE_USES - 1


async def test_who_was_invited_may_ask_for_money_first(autojump_clock: trio.abc.Clock) -> None:
    """The token comes with whatever is said first; the card is there at once, without a request to talk."""
    async with strangers() as (alice, bob, _people):
        invite = await alice.make_invite()
        await bob.take_invite(invite.link, "Alice")
        at_bob = await found_by(bob, alice.account)
        await bob.money.ask(Wish(at_bob, 31337, None, 5, "for the train", 600, "form-1"))
        at_alice = await found_by(alice, bob.account)
        await settle(alice, at_alice, received(1))

        (card,) = await alice.money.cards(at_alice)
        assert isinstance(card, Card)
        assert card.row.request.note == "for the train"
        assert await alice.requests() == ()


@pytest.mark.parametrize("ended", ["revoked", "expired", "used up"])
async def test_an_invite_that_ended_makes_a_request(ended: str, autojump_clock: trio.abc.Clock) -> None:
    """What Bob says is asked about like any stranger's."""
    async with strangers() as (alice, bob, people):
        invite = await alice.make_invite()
        await bob.take_invite(invite.link, "")
        at_bob = await found_by(bob, alice.account)
        if ended == "revoked":
            await alice.revoke_invite(invite.invite_id)
            await alice.revoke_invite(invite.invite_id)
        elif ended == "expired":
            await trio.sleep(INVITE_DAYS * DAY_S)
        else:
            await use_up(people, invite.invite_id)
        await bob.send_text(at_bob, "You invited me", "form-1")
        at_alice = await asked_by(alice, bob)

        assert await alice.conversations() == ()
        await alice.accept(at_alice)
        await settle(bob, at_bob, delivered(1))


async def use_up(people: People, invite_id: str) -> None:
    """Have an invite let in as many as it may."""
    store = people.stores["alice"]
    (invite,) = await store.issued_invites()
    await store.apply(Commit("test", rows=(replace(invite, uses_left=0),)))


async def test_an_invite_works_after_both_have_restarted(autojump_clock: trio.abc.Clock) -> None:
    """Alice lets in whoever brings it; Bob goes on looking for her where it says."""
    async with MemoryNetwork(story_clock, stamps=CHEAP, meshed=False) as network:
        people = People(network)
        await people.make("alice", "bob")
        async with people.open("alice") as alice:
            invite = await alice.make_invite()
        async with people.open("bob") as bob:
            await bob.take_invite(invite.link, "Alice")
        async with people.open("bob") as bob, people.open("alice") as alice:
            at_bob = await found_by(bob, alice.account)
            await bob.send_text(at_bob, "Here I am", "form-1")
            await found_by(alice, bob.account)

            assert await alice.requests() == ()
            assert [each.link for each in await alice.invites()] == [invite.link]


async def test_an_invite_of_no_use_does_nothing(autojump_clock: trio.abc.Clock) -> None:
    """Of another network, one's own, expired, of somebody blocked: nobody is asked for and nothing connects."""
    async with strangers(meshed=False) as (alice, bob, people):
        async with people.open("carol", settings=Settings(Path("carol"), cluster_id=1)) as carol:
            foreign = await carol.make_invite()
        invite = await alice.make_invite()
        with pytest.raises(ForeignInviteError):
            await bob.take_invite(foreign.link, "")
        with pytest.raises(OwnRecordError):
            await alice.take_invite(invite.link, "")
        await bob.add_contact(alice.contact_record(), "")
        await bob.block(alice.account)
        with pytest.raises(BlockedContactError):
            await bob.take_invite(invite.link, "")
        await trio.sleep(INVITE_DAYS * DAY_S)
        with pytest.raises(ExpiredInviteError):
            await bob.take_invite(invite.link, "")
        with pytest.raises(UnknownInviteError):
            await alice.invite(invite.invite_id)

        assert await alice.invites() == ()
        assert await bob.pending() == ()
        assert (await bob.status()).peers == 0
        assert await people.stores["bob"].taken_invites() == ()


async def test_a_token_of_nobody_lets_nobody_in(autojump_clock: trio.abc.Clock) -> None:
    """Guessed, or of another one's invite."""
    async with strangers() as (alice, bob, people):
        async with people.open("carol") as carol:
            other = await carol.make_invite()
        await alice.make_invite()
        admits = await alice._meeting.invites.load_admits()
        token = decode_link(other.link).token
        assert admits is not None

        for each in (token, bytes(16)):
            assert admits(Content(TEXT, b"hello", (("invite", each.hex()),)), bob.account) is None


async def test_an_invite_names_relays_before_the_own_address(autojump_clock: trio.abc.Clock) -> None:
    """They are there when this machine is not."""
    async with MemoryNetwork(story_clock, stamps=CHEAP, meshed=False) as network:
        people = People(network)
        await people.make("alice")
        relay = network.join("relay", relay=True)
        async with people.open("alice") as alice:
            people.nodes["alice"].add_peer(relay.addresses[0])
            await people.nodes["alice"].wait_for_peers(1)
            invite = decode_link((await alice.make_invite()).link)

            assert invite.addresses == (relay.addresses[0], *people.nodes["alice"].addresses)
            assert invite.expires_at_ms == NOON_MS + INVITE_DAYS * DAY_MS


# Comparing safety numbers


async def test_both_compare_the_same_number(autojump_clock: trio.abc.Clock) -> None:
    """Once each knows the other; what was compared stays compared, and another number is refused."""
    async with strangers() as (alice, bob, _people):
        at_alice = await alice.add_contact(bob.contact_record(), "")
        at_bob = await bob.add_contact(alice.contact_record(), "")
        seen = (await alice.acquaintance(at_alice)).safety_number
        theirs = (await bob.acquaintance(at_bob)).safety_number
        with pytest.raises(WrongSafetyNumberError):
            await alice.compare(at_alice, seen, "0" * 60)
        with pytest.raises(WrongSafetyNumberError):
            await alice.compare(at_alice, "0" * 60, None)
        assert not (await alice.acquaintance(at_alice)).is_compared
        await alice.compare(at_alice, seen, " ".join(theirs[start : start + 5] for start in range(0, 60, 5)))
        known = await alice.acquaintance(at_alice)

        assert seen == theirs
        assert known.is_compared
        assert [(each.name, each.since_ms) for each in known.devices] == [("bob", NOON_MS)]
        assert not known.record_expired


# Crashes


async def make_and_revoke(person: Messenger, kept_id: str) -> None:
    """Make a further invite and think better of it; harmless to repeat."""
    await person.make_invite()
    for each in await person.invites():
        if each.invite_id != kept_id:
            await person.revoke_invite(each.invite_id)


async def meet(bob: Messenger, link: str) -> None:
    """Bob uses the link and says hello; harmless to repeat, as a person would after a crash."""
    await bob.take_invite(link, "Alice")
    at_bob = await found_by(bob, decode_link(link).account)
    await bob.send_text(at_bob, "hello", "form-1")
    await settle(bob, at_bob, delivered(1))
    number = (await bob.acquaintance(at_bob)).safety_number
    await bob.compare(at_bob, number, None)


@pytest.mark.parametrize("moment", list(Moment))
async def test_a_crash_around_every_commit_costs_nobody_their_invite(
    moment: Moment, autojump_clock: trio.abc.Clock
) -> None:
    """However often the world ends: one conversation on each side, one hello, one use, and no request."""
    crashed: set[str] = set()
    for who in ("alice", "bob"):
        number = 1
        while step := await meet_with_a_crash(who, number, moment):
            crashed.add(step)
            number += 1

    assert invite_steps() | {"receive_request"} <= crashed, crashed


async def meet_with_a_crash(who: str, number: int, moment: Moment) -> str | None:
    """Crash one of them around one of their commits and tell the story on; gives the step, or None at the end."""
    watched: list[WatchedStore] = []
    crashed = trio.Event()

    async def crash() -> None:
        crashed.set()
        await trio.sleep_forever()

    def doom(store: Store) -> Store:
        watched.append(WatchedStore(store, number, moment, crash))
        return watched[0]  # type: ignore[return-value]

    async with MemoryNetwork(story_clock, stamps=CHEAP, meshed=False) as network:
        people = People(network)
        await people.make("alice", "bob")
        async with people.open("alice") as alice:
            invite = await alice.make_invite()
        other = "alice" if who == "bob" else "bob"
        with trio.move_on_after(DAY_S) as life:
            async with people.open(other) as stays, trio.open_nursery() as nursery:

                async def end_at_crash() -> None:
                    await crashed.wait()
                    life.cancel()

                nursery.start_soon(end_at_crash)
                async with people.open(who, wrap=doom) as falls:
                    await make_and_revoke(falls, invite.invite_id)
                    await meet(stays if who == "alice" else falls, invite.link)
                    await trio.sleep(2 * DAY_S)
        async with people.open("alice") as alice, people.open("bob") as bob:
            await make_and_revoke(alice, invite.invite_id)
            await meet(bob, invite.link)
            at_alice = await found_by(alice, bob.account)

            async def is_quiet() -> bool:
                return (await alice.status()).waiting == 0

            await until(alice, is_quiet)

            assert await texts(alice, at_alice) == ["hello"]
            assert await alice.requests() == ()
            assert [each.invite_id for each in await alice.invites()] == [invite.invite_id]
            assert len(await bob.conversations()) == 1
            assert await bob.pending() == ()
            assert await left(alice, invite.invite_id) == INVITE_USES - 1
    return watched[0].steps[-1] if crashed.is_set() else None
