"""The settings of unlocking: other ways beside the passphrase, and a new passphrase."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import httpx
import pytest
import trio
from eth_account import Account
from fastapi import FastAPI
from trio.testing import MockClock

from harness.memory_keeper import MemoryKeeper
from harness.memory_messenger import MemoryMessenger
from harness.memory_wallet import MemoryVault, key_wallet
from harness.page_client import PORT, page_client
from parley.messenger.errors import ContractAccountError, InsideAccountError
from parley.web.app import create_app

PASSPHRASE = "correct horse battery"
NEW = {"old": PASSPHRASE, "passphrase": "a quite other one", "again": "a quite other one"}
ALICE = Account.from_key(b"\x07" * 32)
FACTS = {"address": str(ALICE.address), "chain": "0x1"}
PAGE = "/settings/unlocking"


@pytest.fixture
def keeper(alice: MemoryMessenger) -> MemoryKeeper:
    """Alice's profile, open, with an account that has a key."""
    alice.account = FACTS["address"]
    keeper = MemoryKeeper(PASSPHRASE, alice)
    keeper.messenger = alice
    return keeper


@pytest.fixture
def app(keeper: MemoryKeeper) -> FastAPI:
    """The application around it."""
    return create_app(keeper, port=PORT)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client as our own pages are."""
    async with page_client(app) as client:
        yield client


async def _signatures(client: httpx.AsyncClient) -> dict[str, str]:
    answer = (await client.post(f"{PAGE}/wallet/request", data=FACTS)).json()
    first, second = answer["requests"]
    assert first == second
    signed = ALICE.sign_typed_data(full_message=json.loads(first["params"][1])).signature
    return {"id": "", "signature_1": "0x" + bytes(signed).hex(), "signature_2": "0x" + bytes(signed).hex()}


async def test_a_wallet_is_set_up_by_two_equal_signatures(
    client: httpx.AsyncClient, keeper: MemoryKeeper
) -> None:
    """Then it unlocks, and once it is removed no longer."""
    form = await _signatures(client)
    done = await client.post(f"{PAGE}/wallet", data=form)
    assert done.headers["location"] == f"{PAGE}?done=wallet"
    page = (await client.get(done.headers["location"])).text
    assert "Your wallet can unlock Parley from now on." in page
    assert "wallet.js" not in page
    await client.post("/lock")
    assert (await client.post("/unlock/wallet", data=form)).headers["location"] == "/"
    await client.post(f"{PAGE}/remove", data={"way": "wallet"})
    await client.post("/lock")

    assert (await client.post("/unlock/wallet", data=form)).status_code == 409
    assert keeper.messenger is None


async def test_signatures_that_differ_set_nothing_up(
    client: httpx.AsyncClient, alice: MemoryMessenger
) -> None:
    """A key that does not repeat would lock its owner out."""
    form = await _signatures(client)
    for changed, words in (
        ({"signature_2": "0x" + "ab" * 65}, "with different results"),
        ({"signature_1": "0x" + "ab" * 65, "signature_2": "0x" + "ab" * 65}, "not of the account"),
        ({"signature_2": "0x"}, "no signature"),
    ):
        answer = await client.post(f"{PAGE}/wallet", data={**form, **changed})
        assert (answer.status_code, words in answer.text) == (422, True)

    assert not alice.unlocking.wallet


@pytest.mark.parametrize(
    ("error", "words"),
    [(ContractAccountError(), "smart account"), (InsideAccountError(), "inside this profile")],
)
async def test_an_account_that_cannot_is_told_before_it_signs(
    client: httpx.AsyncClient, alice: MemoryMessenger, error: Exception, words: str
) -> None:
    """Nobody is asked for two signatures that are of no use."""
    alice.unlocking.refuses_wallet = error
    answer = await client.post(f"{PAGE}/wallet/request", data=FACTS)

    assert answer.status_code == 422
    assert words in answer.json()["sentence"]


async def test_another_account_is_told_before_it_signs(client: httpx.AsyncClient) -> None:
    """In any spelling of its own address it may sign."""
    other = await client.post(f"{PAGE}/wallet/request", data={**FACTS, "address": "0x" + "a" * 40})
    lower = await client.post(f"{PAGE}/wallet/request", data={**FACTS, "address": FACTS["address"].lower()})

    assert (other.status_code, "not of the account" in other.json()["sentence"]) == (422, True)
    assert len(lower.json()["requests"]) == 2


async def test_the_keyring_is_set_up_and_removed(client: httpx.AsyncClient, alice: MemoryMessenger) -> None:
    """Where there is one."""
    alice.unlocking.has_keyring = False
    assert "did not answer" in (await client.post(f"{PAGE}/keyring")).text
    assert not alice.unlocking.keyring
    alice.unlocking.has_keyring = True
    assert (await client.post(f"{PAGE}/keyring")).headers["location"] == f"{PAGE}?done=keyring"
    assert alice.unlocking.keyring
    removed = await client.post(f"{PAGE}/remove", data={"way": "keyring"})

    assert removed.headers["location"] == f"{PAGE}?done=removed"
    assert not alice.unlocking.keyring
    assert (await client.post(f"{PAGE}/remove", data={"way": "passphrase"})).status_code == 422


async def test_the_passphrase_is_changed(client: httpx.AsyncClient) -> None:
    """The old one no longer opens."""
    done = await client.post(f"{PAGE}/passphrase", data=NEW)
    assert done.headers["location"] == f"{PAGE}?done=passphrase"
    await client.post("/lock")

    assert (await client.post("/unlock", data={"passphrase": "a quite other one"})).status_code == 303


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"old": ""}, "opens this profile now"),
        ({"old": "x" * 1025}, "opens this profile now"),
        ({"passphrase": "short", "again": "short"}, "at least 8"),
        ({"again": "another"}, "differ"),
    ],
)
async def test_a_change_that_cannot_be_is_explained(
    client: httpx.AsyncClient, alice: MemoryMessenger, changed: dict[str, str], words: str
) -> None:
    """The form again, with nothing typed in it."""
    answer = await client.post(f"{PAGE}/passphrase", data={**NEW, **changed})

    assert (answer.status_code, words in answer.text) == (422, True)
    assert "a quite other one" not in answer.text
    assert alice.unlocking.passphrase == PASSPHRASE


async def test_a_wrong_old_passphrase_shares_the_wait(
    autojump_clock: MockClock, client: httpx.AsyncClient, alice: MemoryMessenger
) -> None:
    """An open page is no place to guess faster."""
    wrong = await client.post(f"{PAGE}/passphrase", data={**NEW, "old": "wrong"})
    assert (wrong.status_code, "Try again in 1 second." in wrong.text) == (422, True)
    assert (await client.post(f"{PAGE}/passphrase", data=NEW)).status_code == 429
    assert alice.unlocking.passphrase == PASSPHRASE
    await trio.sleep(1)

    assert (await client.post(f"{PAGE}/passphrase", data=NEW)).status_code == 303


async def test_the_settings_are_behind_the_lock(client: httpx.AsyncClient) -> None:
    """Like every page of an opened profile; a sentence that is not ours is not shown."""
    assert "<b>" not in (await client.get(f"{PAGE}?done=<b>hacked")).text
    await client.post("/lock")

    assert (await client.get(PAGE)).headers["location"] == "/unlock"
    assert (await client.post(f"{PAGE}/keyring")).status_code == 423


async def test_an_account_that_cannot_have_the_wallets_way_is_told_at_once(
    client: httpx.AsyncClient, alice: MemoryMessenger
) -> None:
    """Before any wallet is asked: a key inside the profile, and a smart account."""
    assert "/static/wallet.js" in (await client.get(PAGE)).text
    alice.account = f"eip155:1:{ALICE.address}"
    contract = await client.get(PAGE)
    alice.account = FACTS["address"]
    alice.wallet = MemoryVault(key_wallet(), alice.account).wallet()
    inside = await client.get(PAGE)

    assert "smart account, whose signature may change" in contract.text
    assert "key is inside this profile" in inside.text
    assert "/static/wallet.js" not in contract.text + inside.text
