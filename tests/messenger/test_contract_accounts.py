"""Contract accounts on a real chain: they make profiles, become contacts and talk, if their contracts say so."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
import trio
from eth_account import Account
from eth_utils.address import to_checksum_address

from conformance.network_cases import until
from harness.contract_accounts import (
    delegated_account,
    deploy_wallet,
    is_deployed,
    smart_wallet,
    undeployed_wallet,
)
from harness.embedded_world import ETHER, EmbeddedWorld, call_data
from harness.people import (
    People,
    asked_by,
    conversation_with,
    delivered,
    found_by,
    introduce,
    received,
    settle,
    story_clock,
    texts,
)
from harness.signers import ContractSigner, KeySigner, Signer, new_key, wrapped
from parley.chain.api import Chain
from parley.chat.contacts.model import ContactRow
from parley.chat.errors import InvalidContactRecordError
from parley.messenger import Messenger
from parley.messenger.errors import NodesUnreachableError, NoNodeError, WrongNodeChainError, WrongSignerError
from parley.messenger.rechecking import Rechecking
from parley.p2p.api import MemoryNetwork
from parley.settings import Settings


@pytest.fixture
def world(embedded_chain: EmbeddedWorld) -> EmbeddedWorld:
    return embedded_chain


class OnChain:
    """People in memory who read a real chain, each through a node of their own settings."""

    def __init__(self, world: EmbeddedWorld, people: People) -> None:
        self.world = world
        self.people = people
        self.chain_id = world.chain.chain_id

    async def make(self, name: str, signer: Signer) -> str:
        """Make a profile with a wallet outside; gives the account's text."""
        return await self.people.make_outside(name, signer, self.chain_id, lambda _chain_id: self.world.chain)

    def open(
        self, name: str, *rpc: str, chain_id: int | None = None
    ) -> AbstractAsyncContextManager[Messenger]:
        """Open a profile that reads the chain, or other nodes."""
        settings = Settings(data=Path(name), rpc=rpc or (self.world.url,), chain_id=chain_id or self.chain_id)
        return self.people.open(name, settings=settings)

    async def record(self, name: str) -> bytes:
        """Somebody's contact record."""
        profile = await self.people.stores[name].profile()
        assert profile is not None
        return profile.record

    async def held(self, holder: str, address: str) -> ContactRow:
        """What somebody holds of a contract account."""
        contact = await self.people.stores[holder].contact(f"eip155:{self.chain_id}:{address}")
        assert contact is not None
        return contact


@pytest.fixture
async def here(world: EmbeddedWorld) -> AsyncIterator[OnChain]:
    async with MemoryNetwork(story_clock) as network:
        people = People(network)
        await people.make("bob")
        yield OnChain(world, people)


async def talk(one: Messenger, other: Messenger) -> None:
    """A text each way."""
    for sender, receiver, text in ((one, other, "hello"), (other, one, "hello back")):
        await sender.send_text(await conversation_with(sender, receiver), text, text)
        await settle(receiver, await conversation_with(receiver, sender), received(1))
        assert await texts(receiver, await conversation_with(receiver, sender), own=False) == [text]


@pytest.mark.parametrize("kind", ["deployed", "undeployed"])
async def test_contract_accounts_talk(here: OnChain, world: EmbeddedWorld, kind: str) -> None:
    """ERC-1271 and ERC-6492: both sides verify the other, a person with a key among them."""
    with trio.fail_after(60):
        signer: Signer = (
            smart_wallet(world, new_key()) if kind == "deployed" else undeployed_wallet(world, new_key())
        )
        address = to_checksum_address(signer.address)
        account = await here.make("alice", signer)
        await here.make("carol", smart_wallet(world, new_key()))
        async with here.open("alice") as alice, here.open("bob") as bob, here.open("carol") as carol:
            await introduce(alice, bob, carol)
            await talk(alice, bob)
            await talk(carol, alice)

            assert alice.account == account == f"eip155:{here.chain_id}:{address}"
            assert is_deployed(world, address) == (kind == "deployed")


async def test_a_contract_account_finds_and_asks_somebody(here: OnChain, world: EmbeddedWorld) -> None:
    """By account over the network, and as a stranger: its contract is asked both times."""
    with trio.fail_after(60):
        account = await here.make("alice", smart_wallet(world, new_key()))
        async with here.open("alice") as alice, here.open("bob") as bob:
            at_alice = await alice.add_by_account(bob.account, "Bob")
            assert await found_by(alice, bob.account) == at_alice
            await alice.send_text(at_alice, "hello", "form-1")
            await bob.accept(await asked_by(bob, alice))
            await settle(alice, at_alice, delivered(1))
            await bob.add_by_account(account, "Alice")

            assert [(each.account, each.nickname) for each in await bob.conversations()] == [
                (account, "Alice")
            ]


async def test_a_contract_account_that_nobody_can_vouch_for_is_no_request(
    here: OnChain, world: EmbeddedWorld, caplog: pytest.LogCaptureFixture
) -> None:
    """Without a node nothing is kept, and what they send goes on coming; with one it is."""
    caplog.set_level(logging.INFO)
    with trio.fail_after(60):
        await here.make("alice", smart_wallet(world, new_key()))
        async with here.open("alice") as alice:
            async with here.people.open("bob") as bob:
                at_alice = await alice.add_contact(bob.contact_record(), "Bob")
                await alice.send_text(at_alice, "hello", "form-1")
                await until(lambda: "first contact was not taken: NoNodeError" in caplog.text)
                assert await bob.requests() == ()
            async with here.open("bob") as bob:
                await bob.accept(await asked_by(bob, alice))
                await settle(alice, at_alice, delivered(1))


async def test_a_record_signed_before_the_deployment_stays_good(here: OnChain, world: EmbeddedWorld) -> None:
    """The wrapped signature is judged by the contract once it is there."""
    wallet = undeployed_wallet(world, new_key())
    await here.make("alice", wallet)
    async with here.open("bob") as bob:
        first = await bob.add_contact(await here.record("alice"), "Alice")
        deploy_wallet(world, wallet)

        assert await bob.add_contact(await here.record("alice"), "") == first


async def test_a_new_owner_takes_the_account_over(here: OnChain, world: EmbeddedWorld) -> None:
    """What the owner before endorsed is not accepted, doubted when asked about, and not kept where it is held."""
    old, new = new_key(), new_key()
    wallet = smart_wallet(world, old)
    await here.make("alice", wallet)
    await here.people.make("carol")
    before = await here.record("alice")
    async with here.open("bob") as bob, here.open("carol") as carol:
        conversation_id = await bob.add_contact(before, "Alice")
        freshness, store = bob._people.freshness, here.people.stores["bob"]
        account = (await here.held("bob", wallet.address)).account
        await Rechecking(store, bob.ethereum.chains, freshness).check_due()
        assert not freshness.doubts(account).disowned
        world.fund(old.address, ETHER)
        world.send(old, wallet.address, call_data("setOwner(address)", new.address))

        for person in (bob, carol):
            with pytest.raises(InvalidContactRecordError):
                await person.add_contact(before, "Alice")
        await bob._people.rechecking.check_due()
        assert freshness.doubts(account).disowned
        await here.make("alice's new device", ContractSigner(wallet.address, new))
        after = await here.record("alice's new device")
        assert await bob.add_contact(after, "") == conversation_id
        held = await here.held("bob", wallet.address)
        await until(lambda: not freshness.doubts(account).disowned)

        assert held.record == after


async def test_an_account_that_delegates_signs_with_its_key(here: OnChain, world: EmbeddedWorld) -> None:
    """EIP-7702: the profile is the bare account's, and the session key of the delegate makes none."""
    key = new_key()
    session = delegated_account(world, key)
    assert await here.make("alice", KeySigner(key)) == key.address
    with pytest.raises(WrongSignerError):
        await here.make("mallory", session)


async def test_who_is_not_the_owner_makes_no_profile(here: OnChain, world: EmbeddedWorld) -> None:
    """A stranger's key, an address without a contract, another contract, and wrappings that make no such account."""
    stranger = new_key()
    wallet = smart_wallet(world, new_key())
    future = undeployed_wallet(world, new_key())

    class Wrapping(ContractSigner):
        def sign(self, digest: bytes) -> bytes:
            return wrapped(future.factory, future.prepare, super().sign(digest))

    for signer in (
        ContractSigner(wallet.address, stranger),
        ContractSigner(str(Account.create().address), stranger),
        ContractSigner(world.resolver, stranger),
        ContractSigner(future.address, future.owner),
        Wrapping(future.address, stranger),
        Wrapping(wallet.address, future.owner),
        Wrapping(str(Account.create().address), future.owner),
    ):
        with pytest.raises(WrongSignerError):
            await here.make("mallory", signer)


@pytest.mark.parametrize("trick", range(7))
async def test_a_contract_that_answers_badly_makes_no_profile(
    here: OnChain, world: EmbeddedWorld, trick: int
) -> None:
    """Reverts, invalid opcodes, true for the magic value, too little, too much, and no end."""
    address = to_checksum_address(world.deploy("HostileWallet", ["uint256"], [trick]))
    with pytest.raises(WrongSignerError):
        await here.make("mallory", ContractSigner(address, new_key()))


async def test_without_a_node_a_contract_account_is_no_contact(here: OnChain, world: EmbeddedWorld) -> None:
    """It is said which chain's node is missing or silent, and nothing is added."""
    await here.make("alice", smart_wallet(world, new_key()))
    record = await here.record("alice")
    for person, error in (
        (here.people.open("bob"), NoNodeError),
        (here.open("bob", chain_id=1), NoNodeError),
        (here.open("bob", "http://127.0.0.1:1"), NodesUnreachableError),
    ):
        async with person as bob:
            with pytest.raises((NoNodeError, NodesUnreachableError)) as caught:
                await bob.add_contact(record, "Alice")
            assert type(caught.value) is error
            assert caught.value.chain_id == here.chain_id
            assert await bob.conversations() == ()


async def test_a_node_on_another_chain_is_not_believed(here: OnChain, world: EmbeddedWorld) -> None:
    """The account is on mainnet, for which the node of another chain is set; its contract there would accept."""
    wallet = smart_wallet(world, new_key())

    def any_chain(_chain_id: int) -> Chain:
        return world.chain

    await here.people.make_outside("alice", wallet, 1, any_chain)
    async with here.open("bob", chain_id=1) as bob:
        with pytest.raises(WrongNodeChainError) as caught:
            await bob.add_contact(await here.record("alice"), "Alice")
        assert (caught.value.expected, caught.value.claimed) == (1, here.chain_id)
        assert await bob.conversations() == ()


async def test_a_contact_renewed_meanwhile_is_asked_about_again(here: OnChain, world: EmbeddedWorld) -> None:
    """Two renewals of one contact at once: neither takes away what the other brought."""
    owner = new_key()
    wallet = smart_wallet(world, owner)
    for name in ("laptop", "phone", "tablet"):
        await here.make(name, wallet)
    async with here.open("bob") as bob, trio.open_nursery() as nursery:
        for name in ("laptop", "phone", "tablet"):
            nursery.start_soon(bob.add_contact, await here.record(name), name)
    held = await here.held("bob", wallet.address)

    assert len(held.devices) == 3
