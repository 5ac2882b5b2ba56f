"""Contract accounts on a real chain: they make profiles, become contacts and talk, if their contracts say so."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import trio
from eth_account import Account
from eth_utils.address import to_checksum_address

from harness.contract_accounts import (
    delegated_account,
    deploy_wallet,
    is_deployed,
    smart_wallet,
    undeployed_wallet,
)
from harness.embedded_world import ETHER, EmbeddedWorld, call_data, validator_code
from harness.people import People, conversation_with, introduce, received, settle, story_clock, texts
from harness.signers import ContractSigner, KeySigner, Signer, new_key, wrapped
from parley.chain.api import Chain, EthereumChain, NoEndpointError
from parley.chat.errors import InvalidContactRecordError
from parley.messenger import Messenger
from parley.messenger.errors import NoNodeError, WrongNodeChainError, WrongSignerError
from parley.p2p.api import MemoryNetwork


@pytest.fixture
def world(embedded_chain: EmbeddedWorld) -> EmbeddedWorld:
    return embedded_chain


@pytest.fixture
async def people(world: EmbeddedWorld) -> AsyncIterator[People]:
    """Everybody reads the embedded chain and no other."""

    def chains(chain_id: int) -> Chain:
        if chain_id != world.chain.chain_id:
            raise NoEndpointError
        return world.chain

    async with MemoryNetwork(story_clock) as network:
        yield People(network, chains=chains)


def chain_id(world: EmbeddedWorld) -> int:
    return world.chain.chain_id


async def record_of(people: People, name: str) -> bytes:
    profile = await people.stores[name].profile()
    assert profile is not None
    return profile.record


async def talk(one: Messenger, other: Messenger) -> None:
    """A text each way."""
    for sender, receiver, text in ((one, other, "hello"), (other, one, "hello back")):
        await sender.send_text(await conversation_with(sender, receiver), text, text)
        await settle(receiver, await conversation_with(receiver, sender), received(1))
        assert await texts(receiver, await conversation_with(receiver, sender), own=False) == [text]


@pytest.mark.parametrize("kind", ["deployed", "undeployed"])
async def test_contract_accounts_talk(people: People, world: EmbeddedWorld, kind: str) -> None:
    """ERC-1271 and ERC-6492: both sides verify the other, a person with a key among them."""
    with trio.fail_after(60):
        signer: Signer = (
            smart_wallet(world, new_key()) if kind == "deployed" else undeployed_wallet(world, new_key())
        )
        address = to_checksum_address(signer.address)
        account = await people.make_outside("alice", signer, chain_id(world))
        await people.make("bob")
        await people.make_outside("carol", smart_wallet(world, new_key()), chain_id(world))
        async with people.open("alice") as alice, people.open("bob") as bob, people.open("carol") as carol:
            await introduce(alice, bob, carol)
            await talk(alice, bob)
            await talk(carol, alice)

            assert alice.account == account == f"eip155:{chain_id(world)}:{address}"
            assert is_deployed(world, address) == (kind == "deployed")


async def test_a_record_signed_before_the_deployment_stays_good(people: People, world: EmbeddedWorld) -> None:
    """The wrapped signature is judged by the contract once it is there."""
    wallet = undeployed_wallet(world, new_key())
    await people.make_outside("alice", wallet, chain_id(world))
    await people.make("bob")
    async with people.open("bob") as bob:
        first = await bob.add_contact(await record_of(people, "alice"), "Alice")
        deploy_wallet(world, wallet)

        assert await bob.add_contact(await record_of(people, "alice"), "") == first


async def test_a_new_owner_takes_the_account_over(people: People, world: EmbeddedWorld) -> None:
    """What the owner before endorsed is neither accepted any more nor kept where it is held."""
    old, new = new_key(), new_key()
    wallet = smart_wallet(world, old)
    await people.make_outside("alice", wallet, chain_id(world))
    await people.make("bob", "carol")
    before = await record_of(people, "alice")
    async with people.open("bob") as bob, people.open("carol") as carol:
        conversation_id = await bob.add_contact(before, "Alice")
        world.fund(old.address, ETHER)
        world.send(old, wallet.address, call_data("setOwner(address)", new.address))

        for person in (bob, carol):
            with pytest.raises(InvalidContactRecordError):
                await person.add_contact(before, "Alice")
        await people.make_outside("alice's new device", ContractSigner(wallet.address, new), chain_id(world))
        after = await record_of(people, "alice's new device")
        assert await bob.add_contact(after, "") == conversation_id
        held = await people.stores["bob"].contact(f"eip155:{chain_id(world)}:{wallet.address}")

        assert held is not None
        assert held.record == after


async def test_an_account_that_delegates_signs_with_its_key(people: People, world: EmbeddedWorld) -> None:
    """EIP-7702: the profile is the bare account's, and the session key of the delegate makes none."""
    key = new_key()
    session = delegated_account(world, key)
    assert await people.make_outside("alice", KeySigner(key), chain_id(world)) == key.address
    with pytest.raises(WrongSignerError):
        await people.make_outside("mallory", session, chain_id(world))


async def test_who_is_not_the_owner_makes_no_profile(people: People, world: EmbeddedWorld) -> None:
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
            await people.make_outside("mallory", signer, chain_id(world))


@pytest.mark.parametrize("trick", range(7))
async def test_a_contract_that_answers_badly_makes_no_profile(
    people: People, world: EmbeddedWorld, trick: int
) -> None:
    """Reverts, invalid opcodes, true for the magic value, too little, too much, and no end."""
    address = to_checksum_address(world.deploy("HostileWallet", ["uint256"], [trick]))
    with pytest.raises(WrongSignerError):
        await people.make_outside("mallory", ContractSigner(address, new_key()), chain_id(world))


async def test_without_a_node_a_contract_account_is_no_contact(people: People, world: EmbeddedWorld) -> None:
    """It is said which chain's node is missing, or that the node is on another, and nothing is added."""
    wallet = smart_wallet(world, new_key())
    await people.make_outside("alice", wallet, chain_id(world))
    await people.make("bob")
    record = await record_of(people, "alice")

    def wrong_chain(_chain_id: int) -> Chain:
        return EthereumChain(1, [world.url], validator_code())

    def no_chain(_chain_id: int) -> Chain:
        raise NoEndpointError

    for chains, error in ((wrong_chain, WrongNodeChainError), (no_chain, NoNodeError)):
        people.chains = chains
        async with people.open("bob") as bob:
            with pytest.raises(error) as caught:
                await bob.add_contact(record, "Alice")
            assert await bob.conversations() == ()
    assert isinstance(caught.value, NoNodeError)
    assert caught.value.chain_id == chain_id(world)


async def test_a_contact_renewed_meanwhile_is_asked_about_again(people: People, world: EmbeddedWorld) -> None:
    """Two renewals of one contact at once: neither takes away what the other brought."""
    owner = new_key()
    wallet = smart_wallet(world, owner)
    for name in ("laptop", "phone", "tablet"):
        await people.make_outside(name, wallet, chain_id(world))
    await people.make("bob")
    async with people.open("bob") as bob, trio.open_nursery() as nursery:
        for name in ("laptop", "phone", "tablet"):
            nursery.start_soon(bob.add_contact, await record_of(people, name), name)
    held = await people.stores["bob"].contact(f"eip155:{chain_id(world)}:{wallet.address}")

    assert held is not None
    assert len(held.devices) == 3
