"""Finding out whom a person means: names both ways and one way, look-alikes, addresses, invites, and nonsense."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from harness.memory_nodes import MemoryNodes
from harness.people import People, story_clock
from parley.chain.api import MemoryChain, NamesUnsupportedError, OffchainNameError
from parley.chat.errors import (
    ChatError,
    ExpiredInviteError,
    InvalidAccountError,
    NotAnInviteError,
    OwnRecordError,
)
from parley.chat.invites.model import DAY_MS, INVITE_DAYS
from parley.messenger import Messenger
from parley.messenger.errors import (
    InvalidNameTypedError,
    MessengerError,
    NameServersFailedError,
    NamesUnsupportedHereError,
    NameUnknownError,
    NodesUnreachableError,
    NoNodeError,
    NothingTypedError,
    OffchainNameTypedError,
    WrongChecksumError,
    WrongNodeChainError,
)
from parley.messenger.finding import MAX_TYPED_CHARACTERS, Found, Standing, Way
from parley.p2p.api import MemoryNetwork
from parley.settings import Settings

NODE = "https://node.example/"
BOB = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"
EVE = "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB"


class World:
    """A chain with Bob and Eve on it, and nodes that read it."""

    def __init__(self, people: People) -> None:
        self.people = people
        self.nodes = MemoryNodes()
        self.chain = MemoryChain(1)
        self.nodes.serve(NODE, self.chain)
        self.name(BOB, "bob.eth")

    def name(self, account: str, name: str) -> None:
        """Let a name stand for an account, and the account for the name."""
        self.chain.set_address(name, account)
        self.chain.set_reverse(account, name)

    @asynccontextmanager
    async def open(
        self, name: str = "alice", *rpc: str, chain_id: int | None = None
    ) -> AsyncIterator[Messenger]:
        """Open a profile whose run is started with these nodes."""
        settings = Settings(data=Path(name), rpc=rpc, chain_id=chain_id)
        async with self.people.open(name, settings=settings, make_chain=self.nodes.make_chain) as messenger:
            yield messenger

    async def find(self, typed: str) -> Found:
        """What Alice finds through the node."""
        async with self.open("alice", NODE) as alice:
            return await alice.find(typed)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """Alice, and somebody whose invite she may have."""
    async with MemoryNetwork(story_clock) as network:
        people = People(network)
        await people.make("alice", "bob")
        yield World(people)


@pytest.mark.parametrize("typed", ["bob.eth", "  Bob.ETH\n", "bob\u200b.eth", "ｂｏｂ.eth"])
async def test_a_name_that_leads_both_ways(world: World, typed: str) -> None:
    """It is shown as it is spelled normally, and nothing about it is to be warned of."""
    found = await world.find(typed)

    assert (found.account, found.way, found.typed_name, found.name) == (BOB, Way.NAME, "bob.eth", "bob.eth")
    assert not found.one_way
    assert found.name_asked
    assert (found.alike, found.standing, found.conversation_id) == (None, Standing.NEW, None)


@pytest.mark.parametrize("back", [None, "eve.eth", "bob.eth"])
async def test_a_name_that_leads_one_way(world: World, back: str | None) -> None:
    """Anybody may let their own name stand for anybody's account; the account's own name is shown beside it."""
    world.chain.set_address("friend.eth", EVE)
    if back == "eve.eth":
        world.name(EVE, back)
    elif back is not None:
        world.chain.set_reverse(EVE, back)  # Which is Bob's, and does not lead back to Eve.
    found = await world.find("friend.eth")

    assert found.one_way
    assert found.name == (back if back == "eve.eth" else None)


@pytest.mark.parametrize("typed", [BOB, BOB.lower(), "0X" + BOB[2:].upper(), BOB.upper().replace("0X", "0x")])
async def test_an_address_with_and_without_a_checksum(world: World, typed: str) -> None:
    """Its primary name is shown; digits of one case do not show that one was mistyped."""
    found = await world.find(typed)

    assert (found.account, found.way, found.name, found.typed_name) == (BOB, Way.ADDRESS, "bob.eth", None)
    assert found.unchecked is (typed != BOB)
    assert not found.one_way


async def test_a_smart_account_is_found_with_its_chain(world: World) -> None:
    """Its name is asked on its own chain only."""
    found = await world.find(f"eip155:10:{BOB}")

    assert (found.account, found.name, found.name_asked) == (f"eip155:10:{BOB}", None, False)


@pytest.mark.parametrize("other", ["b0b.eth", "bob.eth", "bób.eth"])
async def test_a_name_that_looks_like_a_contacts(world: World, other: str) -> None:
    """Whatever it is spelled with, and whether the contact is known by name or nickname."""
    async with world.open("bob") as bob:
        record, account = bob.contact_record(), bob.account
    world.chain.set_address(other, EVE)
    async with world.open("alice", NODE) as alice:
        await alice.add_contact(record, "Bob")
        found = await alice.find(other)
        known = await alice.find(account)

    assert found.alike == ("Bob", account)
    assert (known.alike, known.standing) == (None, Standing.CONTACT)


async def test_who_is_known_already(world: World) -> None:
    """Pending, contact and blocked; the conversation is named where there is one."""
    async with world.open("alice", NODE) as alice:
        pending_id = await alice.add_by_account(BOB, "Bob")
        found = await alice.find(BOB)

        assert (found.standing, found.conversation_id) == (Standing.PENDING, pending_id)
        async with world.open("bob") as bob:
            record, account = bob.contact_record(), bob.account
        await alice.add_contact(record, "")
        await alice.block(account)
        assert (await alice.find(account)).standing is Standing.BLOCKED


async def test_an_invite_says_who_it_is_of(world: World) -> None:
    """Nothing was done with it yet."""
    async with world.open("bob") as bob:
        link, account = (await bob.make_invite()).link, bob.account
    world.name(account, "robert.eth")
    async with world.open("alice", NODE) as alice:
        found = await alice.find(f" {link}\n")

        assert (found.account, found.way, found.name) == (account, Way.INVITE, "robert.eth")
        assert found.invite is not None
        assert found.invite.expires_at_ms > story_clock()
        assert (await alice.pending(), await world.people.stores["alice"].taken_invites()) == ((), ())


async def test_an_invite_that_expired_is_refused(world: World, autojump_clock: MockClock) -> None:
    """By the own clock."""
    async with world.open("bob") as bob:
        link = (await bob.make_invite()).link
    await trio.sleep(INVITE_DAYS * DAY_MS / 1000)
    async with world.open("alice") as alice:
        assert await refused(lambda: alice.find(link)) is ExpiredInviteError


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("", NothingTypedError),
        (" \n\t", NothingTypedError),
        ("x" * (MAX_TYPED_CHARACTERS + 1), NothingTypedError),
        ("x" * 64 * 1024, NothingTypedError),
        (BOB[:-1] + "8", WrongChecksumError),
        (BOB[:-1], InvalidAccountError),
        (BOB + "0", InvalidAccountError),
        ("0x" + "g" * 40, InvalidAccountError),
        ("0x" + "\u0661" * 40, InvalidAccountError),
        ("eip155:1:bob.eth", InvalidAccountError),
        ("eip155:0:" + BOB, InvalidAccountError),
        ("parley:AAAA", NotAnInviteError),
        ("bob", InvalidNameTypedError),
        ("bo\u0431.eth", InvalidNameTypedError),  # a Cyrillic letter among Latin ones
        ("\u0430\u0440\u0440\u04cf\u0435.eth", InvalidNameTypedError),  # "apple" in Cyrillic
        ("bob\u202e.eth", InvalidNameTypedError),
        ("b\u0000b.eth", InvalidNameTypedError),
        ("b\x1b[31m.eth", InvalidNameTypedError),
        ("bo\u200db.eth", InvalidNameTypedError),
        ("z" + "\u0351\u036b\u0343" * 50 + ".eth", InvalidNameTypedError),
        ("bob_.eth", InvalidNameTypedError),
        ("bob .eth", InvalidNameTypedError),
        ("bob..eth", InvalidNameTypedError),
        (".eth", InvalidNameTypedError),
        ("a." * 200 + "eth", InvalidNameTypedError),
        ("https://bob.eth/", InvalidNameTypedError),
        ("\ud800.eth", InvalidNameTypedError),
        ("nobody.eth", NameUnknownError),
    ],
)
async def test_what_names_nobody(world: World, typed: str, error: type[Exception]) -> None:
    """Each kind is told apart, and none is a fault of ours."""
    async with world.open("alice", NODE) as alice:
        assert await refused(lambda: alice.find(typed)) is error


async def test_oneself_is_nobody_to_add(world: World) -> None:
    """By address, as by name."""
    async with world.open("alice", NODE) as alice:
        world.name(alice.account, "alice.eth")
        for typed in (alice.account, "alice.eth"):
            with pytest.raises(OwnRecordError):
                await alice.find(typed)


async def refused(find: Callable[[], Awaitable[Found]]) -> type[Exception]:
    """Which error a find ends with."""
    with pytest.raises((MessengerError, ChatError)) as caught:
        await find()
    return caught.type


async def test_a_name_needs_a_node_that_answers(world: World) -> None:
    """Each reason why there is none is told apart; an address is found all the same, without a name."""
    async with world.open("alice") as alice:
        assert await refused(lambda: alice.find("bob.eth")) is NoNodeError
        found = await alice.find(BOB)
        assert (found.account, found.name, found.name_asked) == (BOB, None, False)
    world.nodes.down.add(NODE)
    async with world.open("alice", NODE) as alice:
        assert await refused(lambda: alice.find("bob.eth")) is NodesUnreachableError
        assert not (await alice.find(BOB)).name_asked
    world.nodes.down.clear()
    async with world.open("alice", NODE, chain_id=5) as alice:
        assert await refused(lambda: alice.find("bob.eth")) is WrongNodeChainError


async def test_a_name_whose_way_back_cannot_be_asked_is_not_shown_as_whole(world: World) -> None:
    """Otherwise a name that leads one way only would look like any other while the node fails."""
    world.nodes.fault[BOB] = OffchainNameError("a gateway")
    async with world.open("alice", NODE) as alice:
        assert await refused(lambda: alice.find("bob.eth")) is NodesUnreachableError


@pytest.mark.parametrize(
    ("raised", "told"),
    [("offchain", OffchainNameTypedError), ("unsupported", NamesUnsupportedHereError)],
)
async def test_names_that_cannot_be_looked_up_here(
    world: World, raised: str, told: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gateway would learn who asks; a network may have no names."""
    error = OffchainNameError("a gateway") if raised == "offchain" else NamesUnsupportedError("none here")

    async def address_of(_name: str, *, offchain: bool) -> str | None:
        raise error

    monkeypatch.setattr(world.chain, "address_of", address_of)
    async with world.open("alice", NODE) as alice:
        assert await refused(lambda: alice.find("bob.eth")) is told


async def test_a_name_that_is_known_outside_the_chain(world: World) -> None:
    """Who knows it is asked only once that was allowed, which is kept; then it leads both ways as any other."""
    world.chain.set_outside("bob.eth")
    async with world.open("alice", NODE) as alice:
        assert await refused(lambda: alice.find("bob.eth")) is OffchainNameTypedError
        assert (await alice.find(BOB)).name is None
        assert world.chain.gateways_asked == []
        await alice.ethereum.allow_offchain_names(True)
    async with world.open("alice", NODE) as alice:
        found = await alice.find("Bob.eth")
        assert (found.account, found.typed_name, found.name) == (BOB, "bob.eth", "bob.eth")
        assert world.chain.gateways_asked == ["bob.eth"]
        assert (await alice.find(BOB)).name is None, "a claimed name has nobody asked"
        assert world.chain.gateways_asked == ["bob.eth"]

        world.chain.gateways_answer = False
        assert await refused(lambda: alice.find("bob.eth")) is NameServersFailedError
        await alice.ethereum.allow_offchain_names(False)
        assert await refused(lambda: alice.find("bob.eth")) is OffchainNameTypedError
