"""Signing a browser in by the wallet of the profile's account."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from fastapi import FastAPI

from harness.memory_keeper import MemoryKeeper
from harness.memory_messenger import MemoryMessenger
from harness.page_client import ORIGIN, OURS, PORT, PageTransport, page_client
from parley.messenger.errors import NodesUnreachableError
from parley.web.app import create_app
from parley.web.entrance import MAX_TEXTS, MAX_WRONG, Entrance
from parley.web.nonces import LIFETIME_MS

ALICE, MALLORY = Account.from_key(b"\x07" * 32), Account.from_key(b"\x08" * 32)
FACTS = {"address": str(ALICE.address), "chain": "0x1"}


class Clock:
    """A clock that a test sets."""

    now_ms = 1_800_000_000_000

    def __call__(self) -> int:
        return self.now_ms


@pytest.fixture
def clock() -> Clock:
    """The entrance's clock."""
    return Clock()


@pytest.fixture
def keeper(alice: MemoryMessenger) -> MemoryKeeper:
    """Alice's profile, open, with an account that has a key."""
    alice.account = FACTS["address"]
    keeper = MemoryKeeper("correct horse battery", alice)
    keeper.messenger = alice
    return keeper


@pytest.fixture
def app(keeper: MemoryKeeper, clock: Clock) -> FastAPI:
    """The application around it."""
    return create_app(keeper, port=PORT, entrance=Entrance(PORT, clock=clock))


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that is not signed in, with a cookie jar."""
    async with httpx.AsyncClient(transport=PageTransport(app), base_url=ORIGIN, headers=OURS) as client:
        yield client


async def _asked(browser: httpx.AsyncClient) -> tuple[str, str]:
    """The nonce and the text that the wallet is asked to sign."""
    answer = (await browser.post("/sign-in/request", data=FACTS)).json()
    (asked,) = answer["requests"]
    assert (asked["method"], asked["params"][1]) == ("personal_sign", FACTS["address"])
    return answer["id"], bytes.fromhex(asked["params"][0][2:]).decode()


def _form(nonce: str, text: str, account: object = ALICE) -> dict[str, str]:
    signed = account.sign_message(encode_defunct(text=text))  # type: ignore[attr-defined]
    return {"id": nonce, "signature_1": "0x" + bytes(signed.signature).hex()}


async def test_the_account_s_wallet_signs_a_browser_in(browser: httpx.AsyncClient) -> None:
    """With a text that names this address, the account and the nonce; the cookie is as a launch link's."""
    page = await browser.get("/sign-in")
    assert page.status_code == 200
    assert "parley open" in page.text
    nonce, text = await _asked(browser)
    assert text.startswith(
        f"localhost:{PORT} wants you to sign in with your Ethereum account:\n{FACTS['address']}\n"
    )
    assert f"URI: {ORIGIN}\n" in text
    assert f"Nonce: {nonce}\n" in text
    answer = await browser.post("/sign-in", data=_form(nonce, text))

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "HttpOnly; SameSite=Strict" in answer.headers["set-cookie"]
    assert (await browser.get("/")).status_code == 200
    assert (await browser.get("/sign-in")).headers["location"] == "/"


async def test_the_page_tells_nobody_whose_profile_it_is(browser: httpx.AsyncClient, bob: str) -> None:
    """Neither by itself nor by what it answers to an address."""
    page = (await browser.get("/sign-in")).text
    other = await browser.post("/sign-in/request", data={**FACTS, "address": str(MALLORY.address)})

    assert FACTS["address"][2:8] not in page
    assert "Bob" not in page
    assert other.status_code == 200
    assert FACTS["address"][2:8] not in other.text


@pytest.mark.parametrize(
    "change",
    [
        lambda nonce, text: _form(nonce, text, MALLORY),
        lambda nonce, text: _form(nonce, text.replace("localhost", "phishing.example")),
        lambda _nonce, text: _form("0" * 32, text),
        lambda nonce, text: _form(nonce, text) | {"signature_1": "0x"},
        lambda nonce, text: _form(nonce, text) | {"signature_1": "0x" + "00" * 65},
    ],
)
async def test_what_is_wrong_signs_nobody_in(
    browser: httpx.AsyncClient, change: Callable[[str, str], dict[str, str]]
) -> None:
    """Another account, another text, another nonce, no signature; the nonce is used up by it."""
    nonce, text = await _asked(browser)
    form = change(nonce, text)
    answer = await browser.post("/sign-in", data=form)
    assert answer.status_code in (401, 409, 422)
    assert 'role="alert"' in answer.text
    assert "set-cookie" not in answer.headers
    assert (await browser.get("/")).status_code == 401

    right = await browser.post("/sign-in", data=_form(nonce, text))
    assert right.status_code == (303 if form["id"] != nonce else 409)


async def test_another_account_s_own_text_signs_nobody_in(browser: httpx.AsyncClient) -> None:
    """Mallory asks for her own address and signs it rightly."""
    facts = {**FACTS, "address": str(MALLORY.address)}
    answer = (await browser.post("/sign-in/request", data=facts)).json()
    text = bytes.fromhex(answer["requests"][0]["params"][0][2:]).decode()
    refused = await browser.post("/sign-in", data=_form(answer["id"], text, MALLORY))

    assert refused.status_code == 401
    assert "not of this profile" in refused.text


async def test_a_signature_serves_once_and_for_five_minutes(browser: httpx.AsyncClient, clock: Clock) -> None:
    """A copy of it is worth nothing."""
    form = _form(*await _asked(browser))
    assert (await browser.post("/sign-in", data=form)).status_code == 303
    browser.cookies.clear()
    assert (await browser.post("/sign-in", data=form)).status_code == 409
    late = _form(*await _asked(browser))
    clock.now_ms += LIFETIME_MS

    assert (await browser.post("/sign-in", data=late)).status_code == 409


async def test_while_locked_no_wallet_signs_in(
    browser: httpx.AsyncClient, keeper: MemoryKeeper, app: FastAPI
) -> None:
    """There is nobody to ask who the account is; the page says how to get in."""
    form = _form(*await _asked(browser))
    await keeper.lock()
    for answer in (
        await browser.get("/sign-in"),
        await browser.post("/sign-in", data=form),
        await browser.post("/sign-in/request", data=FACTS),
    ):
        assert answer.status_code == 401
        assert "Parley is locked" in answer.text
        assert "parley open" in answer.text
    async with page_client(app) as inside:
        assert (await inside.get("/sign-in")).headers["location"] == "/"


async def test_only_these_addresses_are_open(browser: httpx.AsyncClient) -> None:
    """No other spelling of them, and nothing below."""
    for path in ("/sign-in/", "/sign-in/x", "/sign-in/request/x", "//sign-in", "/Sign-In", "/sign-out"):
        assert (await browser.get(path)).status_code == 401


async def test_a_page_elsewhere_cannot_ask(browser: httpx.AsyncClient) -> None:
    """Without a session the guard against other pages still stands."""
    foreign = {"Origin": "http://localhost:1", "Sec-Fetch-Site": "same-site"}
    for path in ("/sign-in", "/sign-in/request"):
        assert (await browser.post(path, data=FACTS, headers=foreign)).status_code == 403


async def test_many_requests_are_refused(browser: httpx.AsyncClient, clock: Clock) -> None:
    """For a minute, in a sentence; wrong cookies and links do not count here."""
    wrong = {"Cookie": f"parley-{PORT}={'x' * 43}"}
    for _ in range(MAX_WRONG + 5):
        await browser.get("/", headers=wrong)
    for _ in range(MAX_TEXTS):
        await _asked(browser)
    many = await browser.post("/sign-in/request", data=FACTS)
    assert many.status_code == 429
    assert many.json()["sentence"].startswith("Too many")
    clock.now_ms += 60_000

    assert (await browser.post("/sign-in", data=_form(*await _asked(browser)))).status_code == 303


async def test_many_wrong_ones_get_no_page(browser: httpx.AsyncClient) -> None:
    """Counted with wrong links; a right one still passes."""
    nonce, text = await _asked(browser)
    for number in range(MAX_WRONG + 1):
        answer = await browser.post("/sign-in", data={"id": str(number), "signature_1": "0xab"})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
    assert "<html" not in answer.text

    assert (await browser.post("/sign-in", data=_form(nonce, text))).status_code == 303


async def test_a_node_that_does_not_answer_is_told(
    browser: httpx.AsyncClient, alice: MemoryMessenger
) -> None:
    """A smart account cannot be let in without one."""
    alice.sign_in_fails_with = NodesUnreachableError(1)
    answer = await browser.post("/sign-in", data=_form(*await _asked(browser)))

    assert (answer.status_code, "No Ethereum node" in answer.text) == (503, True)


async def test_the_page_of_a_stranger_leads_here(browser: httpx.AsyncClient) -> None:
    """Beside the way by a launch link."""
    page = await browser.get("/")

    assert page.status_code == 401
    assert 'href="/sign-in"' in page.text
    assert "parley open" in page.text
