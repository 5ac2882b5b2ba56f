"""ENS on a real chain: look-alikes, names that point one way, wildcards, gateways."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from eth_account import Account

from harness.embedded_world import (
    DEPLOYER,
    REGISTRY,
    EmbeddedWorld,
    call_data,
    namehash,
    validator_code,
)
from parley.chain.api import (
    EthereumChain,
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


@contextmanager
def gateway() -> Iterator[tuple[str, list[str]]]:
    """A server that notes who asks."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/{{sender}}/{{data}}", asked
        finally:
            server.shutdown()
            thread.join()


async def test_a_gateway_is_never_asked(world: EmbeddedWorld) -> None:
    with gateway() as (url, asked):
        world.own("offchain.eth", world.deploy("OffchainResolver", ["string"], [url]))
        with pytest.raises(OffchainNameError):
            await world.chain.address_of("offchain.eth")
        with pytest.raises(OffchainNameError):
            await world.chain.text_of("who.offchain.eth", "url")
        owner = Account.create()
        world.point_back(owner, "offchain.eth")
        assert await world.chain.name_of(owner.address) is None
        assert asked == []


async def test_a_chain_without_ens_says_so(world: EmbeddedWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parley.chain.names.UNIVERSAL_RESOLVER", "0x" + "22" * 20)
    chain = EthereumChain(world.chain.chain_id, [world.url], validator_code())
    with pytest.raises(NamesUnsupportedError):
        await chain.address_of("alice.eth")
