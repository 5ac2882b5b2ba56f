"""Receiving, tokens, and addresses that are kept."""

from __future__ import annotations

import re

import httpx
import pytest

from harness.memory_messenger import MemoryMessenger
from harness.memory_money import DEMO_CHAIN, SEPOLIA, TEST_DOLLAR, MemoryMoney
from harness.memory_purse import MOST_SAVED
from harness.sample_money import CONTRACT, STRANGER
from parley.chain.api import TokenFacts, checksummed
from parley.chat.payments.model import SavedAddress
from parley.messenger.errors import NodesUnreachableError
from web.money.reading import sheet, told, value, words

NETWORK = {"network": str(DEMO_CHAIN)}
IMITATION = checksummed("0x" + "1d" * 20)


# --- Receiving ---


async def test_the_code_names_account_network_and_amount(
    client: httpx.AsyncClient, money: MemoryMoney, own: str
) -> None:
    """As a text, too; the page shows the whole address."""
    page = (await client.get("/money/receive")).text
    assert f"ethereum:{own}@{DEMO_CHAIN}<" in page
    assert own in words(sheet(page))
    assert "<svg" in page
    form = {"of": "1", "asset": f"{SEPOLIA}-coin", "amount": "0.5"}
    page = (await client.post("/money/receive", data=form)).text
    assert f"ethereum:{own}@{SEPOLIA}?value=500000000000000000<" in page
    assert "0.5 ETH" in words(sheet(page))
    assert "Test network Sepolia" in words(sheet(page))
    form = {"of": "1", "asset": f"{DEMO_CHAIN}-{TEST_DOLLAR}", "amount": "2.5"}
    page = (await client.post("/money/receive", data=form)).text
    assert f"ethereum:{TEST_DOLLAR}@{DEMO_CHAIN}/transfer?address={own}&amp;uint256=2500000<" in page


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ({"amount": "much"}, "This is no amount."),
        ({"amount": "0"}, "This is no amount."),
        ({"amount": "0." + "0" * 18 + "1"}, "at most 18 digits"),
    ],
)
async def test_an_amount_that_is_none_is_told(
    client: httpx.AsyncClient, money: MemoryMoney, form: dict[str, str], text: str
) -> None:
    """Beside the code without one."""
    asset = f"{DEMO_CHAIN}-coin"
    answer = await client.post("/money/receive", data={"of": "1", "asset": asset, **form})

    assert answer.status_code == 422
    assert text in told(answer.text)
    assert value(answer.text, "amount") == form["amount"]
    assert "value=" not in answer.text.partition("What the code says")[2].partition("</code>")[0]


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"of": "9", "asset": "31337-coin", "amount": ""}, 404),
        ({"of": "1", "asset": "1-coin", "amount": ""}, 422),
        ({"of": "1"}, 422),
        ({}, 422),
    ],
)
async def test_forms_that_no_page_sends(
    client: httpx.AsyncClient, money: MemoryMoney, form: dict[str, str], status: int
) -> None:
    """Are refused."""
    assert (await client.post("/money/receive", data=form)).status_code == status


# --- Tokens ---


async def test_a_token_is_looked_at_before_it_is_added(client: httpx.AsyncClient, money: MemoryMoney) -> None:
    """By what it says of itself, marked as that; then it can be sent, and removed again."""
    money.facts[DEMO_CHAIN, CONTRACT] = TokenFacts(CONTRACT, "Garden Coin", "GRDN", 9)
    form = {**NETWORK, "address": CONTRACT}
    found = (await client.post("/money/tokens/find", data=form)).text
    assert "Is it this one?" in found
    assert "GRDN Garden Coin 9 digits after the point" in words(found)
    assert "in no list" in found
    assert money.added == []
    added = await client.post("/money/tokens", data=form)
    assert (added.status_code, added.headers["location"]) == (303, f"/money/tokens?on={DEMO_CHAIN}")
    assert "GRDN" in (await client.get(added.headers["location"])).text
    send = (await client.get("/money/send")).text
    assert "GRDN on Local development chain (test), a token in no list" in words(send)
    await client.post("/money/tokens", data=form)
    assert len(money.added) == 1
    assert (await client.post("/money/tokens/remove", data=form)).status_code == 303
    assert money.added == []


async def test_one_that_imitates_another_is_told(client: httpx.AsyncClient, money: MemoryMoney) -> None:
    """By its symbol alone it could not be told from it."""
    money.facts[DEMO_CHAIN, IMITATION] = TokenFacts(IMITATION, "Test Dollar", "tUЅD", 6)
    page = (await client.post("/money/tokens/find", data={**NETWORK, "address": IMITATION})).text

    assert "Not the known tUSD: another token that looks like it" in words(page)


@pytest.mark.parametrize("path", ["/money/tokens/find", "/money/tokens"])
@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("", "This is no address"),
        ("0x12", "This is no address"),
        ("GRDN", "This is no address"),
        ("x" * 500, "This is no address"),
        (STRANGER, "There is no token at this address"),
    ],
)
async def test_what_is_no_token(
    client: httpx.AsyncClient, money: MemoryMoney, path: str, address: str, text: str
) -> None:
    """Is told, and what was typed stays."""
    answer = await client.post(path, data={**NETWORK, "address": address})

    assert answer.status_code == 422
    assert text in told(answer.text)
    assert value(answer.text, "address") == address[:100]
    assert money.added == []


async def test_tokens_while_no_node_answers(client: httpx.AsyncClient, money: MemoryMoney) -> None:
    """Nothing is added that was not read."""
    money.fails_with = NodesUnreachableError(DEMO_CHAIN)
    answer = await client.post("/money/tokens", data={**NETWORK, "address": CONTRACT})

    assert answer.status_code == 503
    assert money.added == []


async def test_tokens_without_a_network(client: httpx.AsyncClient, money: MemoryMoney) -> None:
    """There is nothing to choose from."""
    for path in ("/money/tokens", "/money/tokens/find", "/money/tokens/remove"):
        answer = await client.post(path, data={"network": "1", "address": CONTRACT})
        assert answer.status_code == 422
    money.chains = ()
    assert "No Ethereum node is set." in (await client.get("/money/tokens")).text


# --- Addresses ---


async def test_addresses_are_saved_watched_and_forgotten(
    client: httpx.AsyncClient, alice: MemoryMessenger, money: MemoryMoney
) -> None:
    """A watched one is an account of the overview."""
    saved = await client.post("/money/addresses", data={"address": STRANGER, "label": " Landlord "})
    await client.post(
        "/money/addresses", data={"address": CONTRACT.lower(), "label": "Cold", "watched": "yes"}
    )
    assert (saved.status_code, saved.headers["location"]) == (303, "/money/addresses")
    page = words(sheet((await client.get("/money/addresses")).text))
    assert f"Landlord {STRANGER}" in page
    assert f"Cold {CONTRACT} watched: its money is shown" in page
    assert "Cold" in words(sheet((await client.get("/money?of=2")).text))
    for each in (STRANGER, CONTRACT, CONTRACT):
        assert (await client.post("/money/addresses/forget", data={"address": each})).status_code == 303
    assert "None yet." in (await client.get("/money/addresses")).text


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ({"address": "", "label": "x"}, "This is no address"),
        ({"address": "bob.eth", "label": "x"}, "This is no address"),
        ({"address": STRANGER, "label": " "}, "A name has 1 to 64 characters."),
        ({"address": STRANGER, "label": "x" * 65}, "A name has 1 to 64 characters."),
    ],
)
async def test_what_cannot_be_saved(
    client: httpx.AsyncClient, money: MemoryMoney, form: dict[str, str], text: str
) -> None:
    """Is told, and the whole form stays."""
    answer = await client.post("/money/addresses", data={**form, "watched": "yes"})

    assert answer.status_code == 422
    assert text in told(answer.text)
    assert value(answer.text, "address") == form["address"]
    assert value(answer.text, "label") == form["label"]
    assert re.search('name="watched" value="yes" checked', answer.text)
    assert money.saved == {}


async def test_no_more_are_saved_than_are_kept(client: httpx.AsyncClient, money: MemoryMoney) -> None:
    """The sentence says how many."""
    for number in range(MOST_SAVED):
        key = checksummed(f"0x{number:040x}")
        money.saved[key] = SavedAddress(key, "x", False, 0)
    answer = await client.post("/money/addresses", data={"address": STRANGER, "label": "one more"})

    assert answer.status_code == 409
    assert f"At most {MOST_SAVED} are kept." in told(answer.text)


async def test_forgetting_what_is_no_address(client: httpx.AsyncClient, money: MemoryMoney) -> None:
    """No page of ours sends that."""
    for path in ("/money/addresses/forget", "/money/tokens/remove"):
        answer = await client.post(path, data={**NETWORK, "address": "nonsense"})
        assert answer.status_code == 422
