"""The network and the own balance, as every page shows them."""

from __future__ import annotations

import re

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from harness.memory_messenger import MemoryMessenger
from harness.page_client import open_stream
from parley.chain.api import Balance, Block, EndpointHealth, EndpointState
from parley.messenger.ethereum import EthereumState
from parley.web.display import exact_amount
from parley.web.ethereum_view import amount, ethereum_view

SEPOLIA = 11155111
NODE = "https://node.example/key"
ETHER = 10**18


async def test_without_a_node_the_page_says_what_to_do(client: httpx.AsyncClient, bob: str) -> None:
    """On every page, where the balance would be."""
    for path in ("/", f"/conversations/{bob}", "/contacts/new", "/settings"):
        page = (await client.get(path)).text

        assert '<span class="network main"><bdi>Ethereum Mainnet</bdi></span>' in page
        assert "No Ethereum node set." in page
        assert '<a href="/settings/network">Add one in Settings.</a>' in page


async def test_a_test_network_looks_different(client: httpx.AsyncClient, alice: MemoryMessenger) -> None:
    """By its badge and in words."""
    await alice.ethereum.choose(SEPOLIA)
    assert '<span class="network test">Test network <bdi>Sepolia</bdi></span>' in (await client.get("/")).text
    await alice.ethereum.choose(4242)
    assert '<span class="network other"><bdi>Network 4242</bdi></span>' in (await client.get("/")).text


async def test_the_balance_is_exact_and_dated(client: httpx.AsyncClient, alice: MemoryMessenger) -> None:
    """To the last wei, with the time of the block."""
    await alice.ethereum.set_nodes(1, (NODE,))
    assert "Asking the Ethereum node …" in (await client.get("/")).text
    alice.ethereum.learn_balance(123456789 * ETHER + 1)
    page = (await client.get("/")).text

    assert '<bdi class="amount">123456789.000000000000000001 ETH</bdi> as of' in page
    assert '<time datetime="2027-01-15T08:00:00.000+00:00">' in page
    assert "No Ethereum node" not in page


async def test_an_old_balance_is_said_to_be_old(client: httpx.AsyncClient, alice: MemoryMessenger) -> None:
    """The last known one stays, with its time; without one nothing is shown in its place."""
    await alice.ethereum.set_nodes(1, (NODE,))
    alice.ethereum.learn_balance(None)
    page = (await client.get("/")).text
    assert "No Ethereum node answers." in page
    assert "ETH</bdi>" not in page
    alice.ethereum.learn_balance(5)
    alice.ethereum.learn_balance(None)
    page = (await client.get("/")).text

    assert "0.000000000000000005 ETH</bdi> as of" in page
    assert "No Ethereum node answers." in page


async def test_a_new_balance_is_shown_at_once(app: FastAPI, alice: MemoryMessenger) -> None:
    """By the stream, in its own place."""
    await alice.ethereum.set_nodes(1, (NODE,))
    async with open_stream(app, "/live") as stream:
        await stream.change()
        alice.ethereum.learn_balance(ETHER)
        told = await stream.change()

    assert re.findall(r'hx-target="([^"]+)"', told.data or "") == ["#ethereum"]
    assert '<bdi class="amount">1 ETH</bdi>' in (told.data or "")


@pytest.mark.parametrize(
    ("health", "elsewhere", "sentence"),
    [
        (EndpointHealth.UNREACHABLE, None, "No Ethereum node answers."),
        (EndpointHealth.BAD_ANSWER, None, "No Ethereum node answers."),
        (EndpointHealth.WRONG_CHAIN, None, "The Ethereum node is on another network."),
        (EndpointHealth.ANSWERING, 10, "Your account is on OP Mainnet."),
    ],
)
def test_what_is_wrong_is_said(health: EndpointHealth, elsewhere: int | None, sentence: str) -> None:
    """Each in words of its own, with a way to change it."""
    state = EthereumState(1, (EndpointState("https://node", health, 1),), None, False, elsewhere)
    view = ethereum_view(state)

    assert view.sentence == sentence
    assert view.link_text is not None


def test_a_date_that_is_none_is_left_out() -> None:
    """A node may say anything."""
    state = EthereumState(1, (), Balance("0x", 1, Block(1, b"", 2**60)), True, None)

    assert ethereum_view(state).as_of is None


@given(st.integers(0, 2**128))
def test_an_amount_is_exact(wei: int) -> None:
    """Read back, it is the same number of wei; nothing is rounded and no zero is idle."""
    text = exact_amount(wei, 18)
    whole, _, fraction = text.partition(".")

    assert int(whole) * 10**18 + int(fraction.ljust(18, "0") or 0) == wei
    assert not fraction.endswith("0")
    assert "e" not in text


def test_amounts_have_their_unit() -> None:
    """Of a network that is not known here, none is made up."""
    assert exact_amount(1_500_000, 6) == "1.5"
    assert amount(0, 1) == "0 ETH"
    assert amount(ETHER, 100) == "1 xDAI"
    assert amount(ETHER, 4242) == "1 of this network's own coin"
    with pytest.raises(ValueError, match="negative"):
        exact_amount(-1, 18)
