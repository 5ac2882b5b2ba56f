"""The first run with a wallet outside."""

from __future__ import annotations

import json
import re

import httpx
import pytest

from harness.memory_keeper import MemoryKeeper
from harness.memory_setup import MemorySetUp
from parley.messenger.errors import NodesUnreachableError, WrongNodeChainError
from web.welcome.form import ALICE, FACTS, sign


async def test_one_signature_of_a_wallet_makes_the_profile(
    client: httpx.AsyncClient, keeper: MemoryKeeper, set_up: MemorySetUp
) -> None:
    """It is open then, and its account is the wallet's."""
    made = await sign(client)

    assert (made.status_code, made.headers["location"]) == (303, "/")
    assert keeper.messenger is not None
    assert (keeper.messenger.account, keeper.device_name) == (FACTS["address"], "Alice's laptop")
    assert (await client.get("/")).status_code == 200


async def test_a_signature_serves_once(
    client: httpx.AsyncClient, keeper: MemoryKeeper, set_up: MemorySetUp
) -> None:
    """Also one that failed; another begins anew."""
    set_up.fails_with = OSError()
    answer = (await client.post("/welcome/wallet/request", data=FACTS)).json()
    signed = ALICE.sign_typed_data(full_message=json.loads(answer["requests"][0]["params"][1])).signature
    form = {"id": answer["id"], "signature_1": "0x" + bytes(signed).hex(), "endpoint": ""}
    assert (await client.post("/welcome/wallet", data=form)).status_code == 503
    again = await client.post("/welcome/wallet", data=form)

    assert again.status_code == 409
    assert "expired or was used" in again.text
    assert keeper.messenger is None
    assert (await sign(client)).status_code == 303


async def test_a_smart_account_needs_a_node(
    client: httpx.AsyncClient, keeper: MemoryKeeper, set_up: MemorySetUp
) -> None:
    """Which is asked for, with its network; what was typed of it stays."""
    without = await sign(client, signature=b"c" * 100)
    assert without.status_code == 422
    assert "only an Ethereum node can check it" in without.text
    assert "Ethereum Mainnet" in without.text
    assert re.search(r'<input id="endpoint"[^>]*aria-invalid="true"', without.text)
    unusable = await sign(client, "ftp://node", b"c" * 100)
    assert (unusable.status_code, 'value="ftp://node"' in unusable.text) == (422, True)
    assert (await sign(client, "https://" + "x" * 2048, b"c" * 100)).status_code == 422
    assert keeper.messenger is None

    assert (await sign(client, " https://node.example ", b"c" * 100)).status_code == 303
    assert set_up.endpoint == "https://node.example"


async def test_a_node_is_named_without_signing_again(
    client: httpx.AsyncClient, keeper: MemoryKeeper, set_up: MemorySetUp
) -> None:
    """The page keeps what was signed, in the form that the node's field belongs to; nothing else keeps it."""
    page = (await sign(client, "ftp://node", b"c" * 100)).text
    form = re.search(r'<form id="wallet-form".*?</form>', page, re.DOTALL)
    assert form is not None
    kept = dict(re.findall(r'name="(\w+)" value="(\w+)"', form.group()))
    assert kept["signature_1"] == "0x" + "63" * 100
    assert '<button class="button primary wide" type="submit" form="wallet-form"' in page
    answer = await client.post("/welcome/wallet", data={**kept, "endpoint": "https://node.example"})

    assert (answer.status_code, set_up.endpoint) == (303, "https://node.example")
    assert keeper.messenger is not None


async def test_what_no_node_could_check_is_not_kept(client: httpx.AsyncClient, set_up: MemorySetUp) -> None:
    """Neither another account's signature nor what is none."""
    wrong = await sign(client, signature=b"\x01" * 64 + b"\x1b")
    none = await client.post("/welcome/wallet", data={"id": "x", "signature_1": "<b>", "endpoint": "ftp://"})

    for each in (wrong, none):
        assert each.status_code == 422
        assert 'name="signature_1"' not in each.text


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (NodesUnreachableError(31337), 503, "No Ethereum node of Local development chain answered"),
        (WrongNodeChainError(1, 11155111), 422, "on Sepolia, not on Ethereum Mainnet"),
    ],
)
async def test_a_node_that_does_not_help_is_told(
    client: httpx.AsyncClient, set_up: MemorySetUp, error: Exception, status: int, words: str
) -> None:
    """With the names of the networks."""
    set_up.fails_with = error
    answer = await sign(client, "https://node.example")

    assert (answer.status_code, words in answer.text) == (status, True)


async def test_a_wallet_that_signs_as_another_is_told(
    client: httpx.AsyncClient, keeper: MemoryKeeper, set_up: MemorySetUp
) -> None:
    """So is what is no signature."""
    assert "not of the account" in (await sign(client, signature=b"\x01" * 64 + b"\x1b")).text
    form = {"id": "x", "signature_1": "signed", "endpoint": ""}
    answer = await client.post("/welcome/wallet", data=form)

    assert (answer.status_code, "no signature" in answer.text) == (422, True)
    assert keeper.messenger is None
