"""ENS on a real chain: look-alikes, names that point one way, wildcards, gateways."""

from __future__ import annotations

import logging

import pytest
from eth_abi.abi import encode
from eth_account import Account

from harness.embedded_world import (
    DEPLOYER,
    REGISTRY,
    EmbeddedWorld,
    call_data,
    namehash,
    validator_code,
)
from harness.name_gateway import name_gateway
from parley.chain.api import (
    EndpointHealth,
    EthereumChain,
    GatewaysFailedError,
    InvalidNameError,
    NamesUnsupportedError,
    OffchainNameError,
    normalised_name,
)


@pytest.fixture
def world(embedded_chain: EmbeddedWorld) -> EmbeddedWorld:
    return embedded_chain


async def test_the_people_have_names_both_ways(world: EmbeddedWorld) -> None:
    for name, account in world.people.items():
        assert await world.chain.address_of(f"{name}.eth") == account
        assert await world.chain.name_of(account) == f"{name}.eth"
        assert name.capitalize() in (await world.chain.text_of(f"{name}.eth", "description") or "")
        assert (await world.chain.balance(account)).wei == 100 * 10**18


async def test_a_reverse_record_alone_names_nobody(world: EmbeddedWorld) -> None:
    thief = Account.create()
    world.point_back(thief, "alice.eth")
    assert await world.chain.name_of(thief.address) is None
    world.point_back(thief, "never-registered.eth")
    assert await world.chain.name_of(thief.address) is None


@pytest.mark.parametrize(
    "name",
    [
        "\u0430lice.eth",  # Cyrillic a
        "al\u0131ce\u200d.eth",  # a joiner between nothing
        "ali_ce.eth",
        "ali\u0441e.eth",  # Cyrillic es
        "xn--lice-53d.eth",
        "alice\u202e.eth",
        "alice .eth",
        "alice\n.eth",
        "alice\x00.eth",
    ],
)
def test_look_alikes_are_no_names(name: str) -> None:
    with pytest.raises(InvalidNameError):
        normalised_name(name)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("ALICE.eth", "alice.eth"),
        ("\uff21lice.eth", "alice.eth"),
        ("alice\u3002eth", None),
        ("B\u00fccher.eth", "b\u00fccher.eth"),
    ],
)
def test_one_spelling(written: str, normal: str | None) -> None:
    if normal is None:
        with pytest.raises(InvalidNameError):
            normalised_name(written)
    else:
        assert normalised_name(written) == normal


async def test_a_wildcard_answers_for_what_is_below_it(world: EmbeddedWorld) -> None:
    answer = Account.create().address
    world.own("wild.eth", world.deploy("WildcardResolver", ["address"], [answer]))

    assert await world.chain.address_of("anything.wild.eth") == answer
    assert await world.chain.address_of("a.b.wild.eth") == answer
    assert await world.chain.text_of("anything.wild.eth", "url") == "wildcard"


async def test_a_plain_resolver_answers_for_its_own_name_only(world: EmbeddedWorld) -> None:
    assert await world.chain.address_of("alice.eth") is not None
    assert await world.chain.address_of("below.alice.eth") is None


async def test_a_name_without_a_usable_resolver(world: EmbeddedWorld) -> None:
    """A resolver that is no contract, one that does not know the question, and one that was cleared."""
    world.own("empty.eth", "0x" + "11" * 20)
    assert await world.chain.address_of("empty.eth") is None
    world.own("registry.eth", REGISTRY)
    assert await world.chain.address_of("registry.eth") is None
    account = Account.create().address
    world.register("gone.eth", account)
    data = call_data("setAddr(bytes32,address)", namehash("gone.eth"), "0x" + "00" * 20)
    world.send(DEPLOYER, world.resolver, data)
    assert await world.chain.address_of("gone.eth") is None


async def test_a_gateway_is_not_asked_unless_that_is_allowed(world: EmbeddedWorld) -> None:
    with name_gateway() as gateway:
        for name, url in (("offchain.eth", gateway.get_url), ("posting.eth", gateway.post_url)):
            world.own_outside(name, [url])
            with pytest.raises(OffchainNameError):
                await world.chain.address_of(name)
            with pytest.raises(OffchainNameError):
                await world.chain.text_of(f"who.{name}", "url")
        owner = Account.create()
        world.point_back(owner, "offchain.eth")
        assert await world.chain.name_of(owner.address) is None
        assert gateway.asked == []


@pytest.mark.parametrize("rounds", [1, 4])
async def test_a_gateway_is_asked_where_that_is_allowed(
    world: EmbeddedWorld, rounds: int, caplog: pytest.LogCaptureFixture
) -> None:
    """By GET and by POST, for names below the one that is registered, and as often as the contract wants.

    Nobody writes down what was asked.
    """
    caplog.set_level(logging.DEBUG)
    owner = Account.create().address
    with name_gateway() as gateway:
        for way, url in (("got", gateway.get_url), ("posted", gateway.post_url)):
            name = f"who.{way}{rounds}.eth"
            world.own_outside(f"{way}{rounds}.eth", [url], rounds)
            gateway.records[call_data("addr(bytes32)", namehash(name))] = encode(["address"], [owner])
            assert await world.chain.address_of(name, offchain=True) == owner
        assert [method for method, _ in gateway.asked] == ["GET"] * rounds + ["POST"] * rounds
        assert not any(told in caplog.text for told in ("who", "/names", str(gateway.port)))


async def test_what_a_gateway_says_is_nothing_unless_the_contract_takes_it(world: EmbeddedWorld) -> None:
    """An answer without the proof that the contract wants, none at all, and one question more than any may have."""
    with name_gateway() as gateway:
        name, account = "untrue.eth", encode(["address"], [Account.create().address])
        world.own_outside(name, [gateway.get_url])
        gateway.behave = lambda handler: handler.say(f'{{"data":"0x{"22" * 32}{account.hex()}"}}'.encode())
        with pytest.raises(GatewaysFailedError, match="take"):
            await world.chain.address_of(name, offchain=True)
        gateway.behave = None
        with pytest.raises(GatewaysFailedError):
            await world.chain.address_of(name, offchain=True)
        gateway.records[call_data("addr(bytes32)", namehash(name))] = b""
        assert await world.chain.address_of(name, offchain=True) is None, "no account, says the gateway"
        world.own_outside("endless.eth", [gateway.get_url], 5)
        gateway.records[call_data("addr(bytes32)", namehash("endless.eth"))] = account
        gateway.asked.clear()
        with pytest.raises(GatewaysFailedError, match="too many"):
            await world.chain.address_of("endless.eth", offchain=True)
        assert len(gateway.asked) == 4
    assert [each.health for each in world.chain.endpoints()] == [EndpointHealth.ANSWERING]


async def test_a_gateway_on_this_machine_is_asked_by_nobody_else(world: EmbeddedWorld) -> None:
    """As Parley itself asks: the resolver of a name must not choose what is asked on the networks around."""
    with name_gateway() as gateway:
        port = gateway.port
        hosts = ("127.0.0.1", "localhost", "0.0.0.0", "127.1")  # noqa: S104
        world.own_outside("inward.eth", [f"https://{host}:{port}/{{data}}" for host in hosts])
        chain = EthereumChain(world.chain.chain_id, [world.url], validator_code())
        with pytest.raises(GatewaysFailedError):
            await chain.address_of("inward.eth", offchain=True)
        assert gateway.asked == []


async def test_a_chain_without_ens_says_so(world: EmbeddedWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parley.chain.names.UNIVERSAL_RESOLVER", "0x" + "22" * 20)
    chain = EthereumChain(world.chain.chain_id, [world.url], validator_code())
    with pytest.raises(NamesUnsupportedError):
        await chain.address_of("alice.eth")
