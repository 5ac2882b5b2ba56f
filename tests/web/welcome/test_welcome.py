"""The first run: begun, left, come back to, and what ends it."""

from __future__ import annotations

import re

import httpx
import pytest

from harness.memory_keeper import MemoryKeeper
from harness.memory_messenger import MemoryMessenger
from harness.memory_setup import MemorySetUp
from harness.page_client import PORT, page_client
from parley.web.app import create_app
from web.welcome.form import FORM, PASSPHRASE, WORDS


async def test_without_a_profile_every_page_leads_to_the_first(client: httpx.AsyncClient) -> None:
    """By way of the page that would unlock one; it warns of what cannot be undone."""
    assert (await client.get("/")).headers["location"] == "/unlock"
    assert (await client.get("/unlock")).headers["location"] == "/welcome"
    page = await client.get("/welcome")

    assert "Nobody can recover it." in page.text


@pytest.mark.parametrize(
    ("changed", "words", "field"),
    [
        ({"passphrase": "short", "again": "short"}, "at least 8 characters", "passphrase"),
        ({"passphrase": "x" * 1025, "again": "x" * 1025}, "at least 8 characters", "passphrase"),
        ({"again": PASSPHRASE + " "}, "differ", "again"),
        ({"passphrase": "tab\tinside it", "again": "tab\tinside it"}, "cannot be typed", "passphrase"),
        ({"device_name": "  "}, "name of at most 64", "device_name"),
        ({"device_name": "x" * 65}, "name of at most 64", "device_name"),
    ],
)
async def test_a_beginning_that_cannot_be_is_explained(
    client: httpx.AsyncClient, keeper: MemoryKeeper, changed: dict[str, str], words: str, field: str
) -> None:
    """The form again, without the passphrase in it, and the focus where it is wrong; nothing is begun."""
    answer = await client.post("/welcome", data={**FORM, **changed})

    assert answer.status_code == 422
    assert words in answer.text
    assert PASSPHRASE not in answer.text
    wrong = re.findall(r'<input id="(\w+)"(?=[^>]*aria-invalid="true")(?=[^>]*autofocus)', answer.text)
    assert wrong == [field]
    assert answer.text.count("autofocus") == 1
    assert keeper.set_up is None


async def test_what_else_is_wrong_is_told(client: httpx.AsyncClient, keeper: MemoryKeeper) -> None:
    """In the sentence that there is for it."""
    keeper.fails_with = OSError()
    answer = await client.post("/welcome", data=FORM)

    assert (answer.status_code, "Check the disk." in answer.text) == (503, True)


async def test_what_was_begun_can_be_left_and_come_back_to(
    client: httpx.AsyncClient, keeper: MemoryKeeper, set_up: MemorySetUp
) -> None:
    """The first page leads on and knows the device's name; it can also be forgotten."""
    page = (await client.get("/welcome")).text
    assert 'href="/welcome/wallet"' in page
    assert "Alice&#39;s laptop" in page
    assert PASSPHRASE not in page
    assert (await client.post("/welcome/abandon")).headers["location"] == "/welcome"

    assert keeper.set_up is None


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/welcome/wallet"),
        ("POST", "/welcome/wallet"),
        ("POST", "/welcome/wallet/request"),
        ("GET", "/welcome/words"),
        ("POST", "/welcome/words"),
        ("GET", "/welcome/words/check"),
        ("POST", "/welcome/words/check"),
        ("POST", "/welcome/words/later"),
        ("GET", "/welcome/import"),
        ("POST", "/welcome/import/words"),
        ("POST", "/welcome/import/key"),
        ("POST", "/welcome/import/keystore"),
        ("GET", "/welcome/import/account"),
        ("POST", "/welcome/import/account"),
    ],
)
async def test_what_was_forgotten_begins_anew(client: httpx.AsyncClient, method: str, path: str) -> None:
    """Every later page leads to the first, which says so."""
    answer = await client.request(method, path, data={"x": "y"} if method == "POST" else None)

    assert (answer.status_code, answer.headers["location"]) == (303, "/welcome?anew=1")
    assert "forgotten after half an hour" in (await client.get("/welcome?anew=1")).text


async def test_a_profile_is_never_made_over_another(client: httpx.AsyncClient, keeper: MemoryKeeper) -> None:
    """Neither locked nor open."""
    await client.post("/welcome", data=FORM)
    await client.post("/welcome/words", data={"count": "12"})
    await client.post("/welcome/words/later")
    other = {**FORM, "passphrase": "another one", "again": "another one"}
    for location in ("/", "/unlock"):
        assert (await client.get("/welcome")).headers["location"] == location
        assert (await client.post("/welcome", data=other)).status_code == (303 if location == "/" else 409)
        await client.post("/lock")

    assert keeper.passphrase == PASSPHRASE


async def test_a_profile_that_was_made_and_does_not_open_is_to_be_unlocked(
    client: httpx.AsyncClient, keeper: MemoryKeeper, set_up: MemorySetUp
) -> None:
    """The reason is told on the page that unlocks."""
    await client.post("/welcome/words", data={"count": "12"})
    keeper.fails_with = OSError()
    answer = await client.post("/welcome/words/later")

    assert answer.status_code == 503
    assert "Check the disk." in answer.text
    assert "Locked: not receiving" in answer.text
    assert keeper.passphrase == PASSPHRASE


async def test_what_fails_without_making_one_is_told_where_it_was_asked(
    client: httpx.AsyncClient, keeper: MemoryKeeper, set_up: MemorySetUp
) -> None:
    """And what was begun is still there."""
    await client.post("/welcome/words", data={"count": "12"})
    set_up.fails_with = OSError()
    answer = await client.post("/welcome/words/later")

    assert (answer.status_code, "Check the disk." in answer.text) == (503, True)
    assert "Check what you wrote" in answer.text
    assert (await client.post("/welcome/words/later")).status_code == 303


async def test_an_open_profile_has_no_first_run(alice: MemoryMessenger) -> None:
    """Whoever opened it."""
    async with page_client(create_app(alice, port=PORT)) as client:
        assert (await client.get("/welcome")).headers["location"] == "/"
        assert (await client.get("/welcome/wallet")).headers["location"] == "/welcome?anew=1"


async def test_only_pages_that_a_wallet_signs_on_load_its_script(
    client: httpx.AsyncClient, set_up: MemorySetUp
) -> None:
    """None of the others even knows of it."""
    await client.post("/welcome/words", data={"count": "12"})
    await client.post("/welcome/import/words", data={"words": WORDS})
    pages = {
        path: (await client.get(path)).text for path in ("/welcome", "/welcome/wallet", "/welcome/words")
    }
    pages |= {
        path: (await client.get(path)).text
        for path in ("/welcome/words/check", "/welcome/import", "/welcome/import/account")
    }
    await client.post("/welcome/words/later")
    pages |= {path: (await client.get(path)).text for path in ("/", "/contacts/new", "/settings/unlocking")}

    assert all("<h1" in page for path, page in pages.items() if path != "/")
    assert [path for path, page in pages.items() if "wallet.js" in page] == [
        "/welcome/wallet",
        "/settings/unlocking",
    ]
