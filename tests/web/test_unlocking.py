"""The first run, the locked page, and locking again: what there is while the profile is closed."""

from __future__ import annotations

import json

import httpx
import pytest
import trio
from fastapi import FastAPI
from trio.testing import MockClock

from harness.memory_keeper import MemoryKeeper
from harness.memory_messenger import MemoryMessenger
from harness.page_client import HTMX, ORIGIN, PORT, PageTransport, open_stream, page_client
from parley.web.app import create_app

PASSPHRASE = "correct horse battery"


@pytest.fixture
def keeper(alice: MemoryMessenger) -> MemoryKeeper:
    """Alice's profile, locked."""
    return MemoryKeeper(PASSPHRASE, alice)


@pytest.fixture
def app(keeper: MemoryKeeper) -> FastAPI:
    """The application; a broken disk is an error that it has a sentence for."""
    return create_app(
        keeper, port=PORT, sentence_of=lambda e: "Check the disk." if isinstance(e, OSError) else None
    )


async def test_while_locked_every_page_leads_to_unlocking(
    client: httpx.AsyncClient, alice: MemoryMessenger, bob: str
) -> None:
    """303 for pages, 423 for what a page asks for in the background and for forms; nothing is read or done."""
    alice.receive(bob, "private words")
    for path in ("/", f"/conversations/{bob}", "/contacts/new", "/contact-record", "/live"):
        answer = await client.get(path)
        assert (path, answer.status_code, answer.headers["location"]) == (path, 303, "/unlock")
        assert (await client.get(path, headers=HTMX)).status_code == 423
    form = {"text": "hello", "form_token": "t" * 20}
    assert (await client.post(f"/conversations/{bob}/messages", data=form)).status_code == 423
    page = await client.get("/unlock")

    assert page.status_code == 200
    assert "<title>Locked: not receiving — Parley</title>" in page.text
    assert alice.account not in page.text
    assert len(await alice.messages(bob)) == 1
    assert alice.listeners == 0


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/unlock"),
        ("POST", "/unlock"),
        ("POST", "/unlock/wallet/request"),
        ("POST", "/unlock/wallet"),
        ("POST", "/unlock/keyring"),
        ("POST", "/lock"),
        ("GET", "/welcome"),
        ("POST", "/welcome"),
        ("POST", "/welcome/wallet"),
        ("POST", "/welcome/words"),
        ("POST", "/welcome/import/key"),
    ],
)
async def test_only_a_signed_in_browser_may_try(
    app: FastAPI, keeper: MemoryKeeper, method: str, path: str
) -> None:
    """Whoever only reaches the port cannot even guess, nor lock."""
    async with httpx.AsyncClient(transport=PageTransport(app), base_url=ORIGIN) as stranger:
        answer = await stranger.request(
            method, path, data={"passphrase": PASSPHRASE}, headers={"Origin": ORIGIN}
        )

    assert answer.status_code == 401
    assert keeper.tries == 0


async def test_the_passphrase_opens_and_the_button_locks(
    client: httpx.AsyncClient, app: FastAPI, bob: str
) -> None:
    """And the streams end with the profile."""
    opened = await client.post("/unlock", data={"passphrase": PASSPHRASE})
    assert (opened.status_code, opened.headers["location"]) == (303, "/")
    assert (await client.get(f"/conversations/{bob}")).status_code == 200
    assert (await client.get("/unlock")).status_code == 303
    async with open_stream(app, f"/conversations/{bob}/live") as stream:
        await stream.change()
        locked = await client.post("/lock")
        with trio.fail_after(5), pytest.raises(trio.EndOfChannel):
            await stream.change()

    assert (locked.status_code, locked.headers["location"]) == (303, "/unlock")
    assert (await client.get("/")).headers["location"] == "/unlock"


async def test_wrong_passphrases_wait_longer_each_time(
    autojump_clock: MockClock, client: httpx.AsyncClient, app: FastAPI, keeper: MemoryKeeper
) -> None:
    """Over all browsers; before its time even the right one is not looked at; afterwards it opens."""
    for wait in ("1 second.", "2 seconds.", "4 seconds."):
        answer = await client.post("/unlock", data={"passphrase": "wrong"})
        assert answer.status_code == 422
        assert "Nothing was changed." in answer.text
        assert f"Try again in {wait}" in answer.text
        tries = keeper.tries
        async with page_client(app) as other:
            early = await other.post("/unlock", data={"passphrase": PASSPHRASE})
        assert early.status_code == 429
        assert f"Try again in {wait}" in early.text
        assert early.headers["retry-after"] == wait.split()[0]
        assert keeper.tries == tries
        await trio.sleep(int(wait.split()[0]))

    assert (await client.post("/unlock", data={"passphrase": PASSPHRASE})).status_code == 303


async def test_tries_side_by_side_count_one_after_the_other(
    client: httpx.AsyncClient, keeper: MemoryKeeper
) -> None:
    """Ten at once are one guess and nine that have to wait."""
    statuses: list[int] = []

    async def guess() -> None:
        statuses.append((await client.post("/unlock", data={"passphrase": "wrong"})).status_code)

    async with trio.open_nursery() as nursery:
        for _ in range(10):
            nursery.start_soon(guess)

    assert sorted(statuses) == [422] + [429] * 9
    assert keeper.tries == 1


@pytest.mark.parametrize("passphrase", ["", "x" * 1025])
async def test_what_is_no_passphrase_is_not_tried(
    client: httpx.AsyncClient, keeper: MemoryKeeper, passphrase: str
) -> None:
    """An empty field, or a book."""
    assert (await client.post("/unlock", data={"passphrase": passphrase})).status_code == 422
    assert keeper.tries == 0


async def test_what_else_is_wrong_is_told(client: httpx.AsyncClient, keeper: MemoryKeeper) -> None:
    """In the sentence that there is for it; the next try is not slowed."""
    keeper.fails_with = OSError()
    answer = await client.post("/unlock", data={"passphrase": PASSPHRASE})

    assert answer.status_code == 503
    assert "Check the disk." in answer.text
    assert (await client.post("/unlock", data={"passphrase": PASSPHRASE})).status_code == 303


async def test_an_unexpected_error_shows_no_text(client: httpx.AsyncClient, keeper: MemoryKeeper) -> None:
    """It is ours."""
    keeper.fails_with = RuntimeError(PASSPHRASE)
    answer = await client.post("/unlock", data={"passphrase": PASSPHRASE})

    assert answer.status_code == 500
    assert PASSPHRASE not in answer.text


async def test_the_system_keyring_opens(
    client: httpx.AsyncClient, keeper: MemoryKeeper, alice: MemoryMessenger
) -> None:
    """Only where it is set up; one that does not answer is told, and the passphrase still works."""
    assert "keyring" not in (await client.get("/unlock")).text
    assert (await client.post("/unlock/keyring")).status_code == 409
    alice.unlocking.add_keyring()
    alice.unlocking.has_keyring = False
    assert "Unlock with the system keyring" in (await client.get("/unlock")).text
    silent = await client.post("/unlock/keyring")
    assert silent.status_code == 503
    assert "did not answer" in silent.text
    alice.unlocking.has_keyring = True

    assert (await client.post("/unlock/keyring")).headers["location"] == "/"
    assert keeper.messenger is alice


async def test_a_wallet_opens_and_shares_the_wait(
    autojump_clock: MockClock, client: httpx.AsyncClient, keeper: MemoryKeeper, alice: MemoryMessenger
) -> None:
    """A wrong signature makes passphrases wait, and a wrong passphrase signatures."""
    alice.unlocking.signature = b"s" * 64
    wrong, right = ({"signature_1": "0x" + text.hex()} for text in (b"x" * 65, b"s" * 64 + b"\x1b"))
    refused = await client.post("/unlock/wallet", data=wrong)
    assert refused.status_code == 422
    assert "This signature does not open the profile." in refused.text
    assert "Try again in 1 second." in refused.text
    for path, form in (("/unlock", {"passphrase": PASSPHRASE}), ("/unlock/wallet", right)):
        early = await client.post(path, data=form)
        assert (early.status_code, early.headers["retry-after"]) == (429, "1")
    await trio.sleep(1)
    assert "Try again in 2 seconds." in (await client.post("/unlock", data={"passphrase": "wrong"})).text
    assert (await client.post("/unlock/wallet", data=right)).status_code == 429
    await trio.sleep(2)

    # The last byte of a signature differs among wallets.
    assert (await client.post("/unlock/wallet", data=right)).headers["location"] == "/"
    assert keeper.messenger is alice


async def test_what_is_no_signature_is_not_tried(client: httpx.AsyncClient, keeper: MemoryKeeper) -> None:
    """Not hexadecimal, half a byte, none, or far too long."""
    for text in ("", "0x", "0xabc", "zz", "0x" + "ab" * 2049, "0x" + "٣٣"):
        answer = await client.post("/unlock/wallet", data={"signature_1": text})
        assert answer.status_code == 422
        assert "no signature" in answer.text

    assert keeper.tries == 0


async def test_a_locked_page_says_what_the_wallet_is_to_sign(
    client: httpx.AsyncClient, alice: MemoryMessenger
) -> None:
    """A message without a chain, so that any network will do; nothing where it is not set up."""
    facts = {"address": "0x" + "aB" * 20, "chain": "0x1"}
    none = await client.post("/unlock/wallet/request", data=facts)
    assert (none.status_code, "not set up" in none.json()["sentence"]) == (409, True)
    assert "wallet.js" not in (await client.get("/unlock")).text
    alice.unlocking.signature = b"s" * 64
    assert "wallet.js" in (await client.get("/unlock")).text
    (asked,) = (await client.post("/unlock/wallet/request", data=facts)).json()["requests"]

    assert (asked["method"], asked["params"][0]) == ("eth_signTypedData_v4", facts["address"])
    assert "chainId" not in json.loads(asked["params"][1])["domain"]


@pytest.mark.parametrize(
    ("address", "chain"),
    [("", "0x1"), ("0x12", "0x1"), ("0x" + "g" * 40, "0x1"), ("0x" + "a" * 40, ""), ("0x" + "a" * 40, "1")]
    + [("0x" + "a" * 40, chain) for chain in ("0x0", "0x", "-0x1", "0x" + "f" * 14, "0x١")],
)
async def test_what_a_wallet_cannot_be_is_told(
    client: httpx.AsyncClient, alice: MemoryMessenger, address: str, chain: str
) -> None:
    """No address, no chain id, or one that a script could not tell from its neighbour."""
    alice.unlocking.signature = b"s" * 64
    answer = await client.post("/unlock/wallet/request", data={"address": address, "chain": chain})

    assert answer.status_code == 422
    assert answer.json()["sentence"].endswith("start again.")


async def test_a_stream_that_goes_on_is_no_activity(
    autojump_clock: MockClock, client: httpx.AsyncClient, app: FastAPI, keeper: MemoryKeeper
) -> None:
    """An open page alone does not keep the profile open; a page that is loaded does."""
    await client.post("/unlock", data={"passphrase": PASSPHRASE})
    async with trio.open_nursery() as nursery:
        nursery.start_soon(app.state.activity.call_when_idle, lambda: 60.0, keeper.lock)
        await trio.sleep(50)
        await client.get("/")
        await trio.sleep(50)
        assert keeper.messenger is not None
        async with open_stream(app, "/live") as stream:
            await stream.change()
        await trio.sleep(20)
        assert keeper.messenger is None
        nursery.cancel_scope.cancel()
