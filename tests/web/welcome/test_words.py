"""The first run with fresh words, or with words, a key or a keystore from elsewhere."""

from __future__ import annotations

import json
import re

import httpx
import pytest
from eth_account import Account

from harness.memory_keeper import MemoryKeeper
from harness.memory_setup import MemorySetUp
from web.welcome.form import FACTS, FIRST_ACCOUNT, WORDS


async def test_words_are_made_shown_and_asked_for(
    client: httpx.AsyncClient, keeper: MemoryKeeper, set_up: MemorySetUp
) -> None:
    """Twelve or others; the wrong ones are marked, and what was typed stays; then the profile is open."""
    assert (await client.get("/welcome/words/check")).headers["location"] == "/welcome/words"
    assert 'name="count"' in (await client.get("/welcome/words")).text
    await client.post("/welcome/words", data={"count": "12"})
    first = set_up.words
    await client.post("/welcome/words", data={"count": "24"})
    assert set_up.words is not None
    assert first != set_up.words
    page = (await client.get("/welcome/words")).text
    assert re.findall(r'<span class="word">(\w+)</span>', page) == list(set_up.words)
    asked = set_up.asked
    answers = {f"word_{position}": set_up.words[position - 1].upper() for position in asked}
    wrong = await client.post("/welcome/words/check", data={**answers, f"word_{asked[1]}": "zzz"})
    assert wrong.status_code == 422
    assert "One word is not the one you were shown." in wrong.text
    assert re.findall(r'id="word_(\d+)"[^>]*aria-invalid', wrong.text) == [str(asked[1])]
    assert 'value="zzz"' in wrong.text

    assert (await client.post("/welcome/words/check", data=answers)).headers["location"] == "/"
    assert (set_up.words_checked, keeper.messenger is None) == (True, False)


async def test_words_may_be_checked_later(
    client: httpx.AsyncClient, keeper: MemoryKeeper, set_up: MemorySetUp
) -> None:
    """But not before there are any; any other number of them is refused."""
    assert (await client.post("/welcome/words/later")).headers["location"] == "/welcome/words"
    assert (await client.post("/welcome/words/check", data={})).headers["location"] == "/welcome/words"
    assert (await client.post("/welcome/words", data={"count": "13"})).status_code == 422
    await client.post("/welcome/words", data={"count": "12"})

    assert (await client.post("/welcome/words/later")).headers["location"] == "/"
    assert (set_up.words_checked, keeper.messenger is None) == (False, False)


async def test_words_from_elsewhere_offer_their_accounts(
    client: httpx.AsyncClient, keeper: MemoryKeeper, set_up: MemorySetUp
) -> None:
    """Five; only one of them can be chosen."""
    assert (await client.get("/welcome/import/account")).headers["location"] == "/welcome/import"
    none = await client.post("/welcome/import/account", data={"address": FIRST_ACCOUNT})
    assert none.headers["location"] == "/welcome/import"
    read = await client.post("/welcome/import/words", data={"words": WORDS.upper()})
    assert read.headers["location"] == "/welcome/import/account"
    page = (await client.get("/welcome/import/account")).text
    offered = re.findall(r'value="(0x\w{40})"', page)
    assert (len(offered), offered[0]) == (5, FIRST_ACCOUNT)
    assert (
        await client.post("/welcome/import/account", data={"address": "0x" + "a" * 40})
    ).status_code == 422

    assert (await client.post("/welcome/import/account", data={"address": offered[3]})).headers[
        "location"
    ] == "/"
    assert keeper.messenger is not None
    assert keeper.messenger.account == offered[3]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("abandon", "This is 1 word."),
        ("abandon " * 10 + "abandn abandon", "Number 11 may be: abandon"),
        ("abandon " * 12, "together they are not valid"),
        ("<b>" + "x" * 2000, "Recovery words are 12"),
    ],
)
async def test_words_that_are_none_stay_to_be_corrected(
    client: httpx.AsyncClient, set_up: MemorySetUp, typed: str, words: str
) -> None:
    """One wrong letter must not cost twenty-four words."""
    answer = await client.post("/welcome/import/words", data={"words": typed})

    assert answer.status_code == 422
    assert words in answer.text
    assert "<b>" not in answer.text
    shown = re.search(r"<textarea[^>]*>([^<]*)</textarea>", answer.text)
    assert shown is not None
    assert shown.group(1) == typed[:1025].replace("<b>", "&lt;b&gt;")


async def test_a_key_is_read_and_never_shown_again(
    client: httpx.AsyncClient, keeper: MemoryKeeper, set_up: MemorySetUp
) -> None:
    """Neither a right one nor a wrong one."""
    key = "0x" + "07" * 32
    for wrong in (key + "0", "x" * 300, ""):
        answer = await client.post("/welcome/import/key", data={"key": wrong})
        assert answer.status_code == 422
        assert "This is no private key." in answer.text
        assert not wrong or wrong not in answer.text
    await client.post("/welcome/import/key", data={"key": key})
    page = (await client.get("/welcome/import/account")).text

    assert FACTS["address"] in page
    assert key[2:] not in page
    assert (
        await client.post("/welcome/import/account", data={"address": FACTS["address"]})
    ).status_code == 303


async def test_a_keystore_is_read(client: httpx.AsyncClient, set_up: MemorySetUp) -> None:
    """With its password; what is none, and what is too large, is told."""
    encoded = json.dumps(
        Account.encrypt(b"\x07" * 32, "secret words", kdf="pbkdf2", iterations=1000)
    ).encode()
    for file, password, words in (
        (encoded, "wrong", "The password does not open this keystore."),
        (b"{}", "secret words", "This file is no keystore"),
        (encoded + b" " * 16384, "secret words", "This file is no keystore"),
        (b"", "secret words", "This file is no keystore"),
        (encoded, "x" * 1025, "This file is no keystore"),
    ):
        answer = await client.post(
            "/welcome/import/keystore", data={"password": password}, files={"keystore": ("key.json", file)}
        )
        assert (answer.status_code, words in answer.text) == (422, True)
        assert "secret words" not in answer.text
    missing = await client.post("/welcome/import/keystore", data={"password": "x"})
    assert missing.status_code == 422
    read = await client.post(
        "/welcome/import/keystore",
        data={"password": "secret words"},
        files={"keystore": ("key.json", encoded)},
    )

    assert read.headers["location"] == "/welcome/import/account"
    assert set_up.choices == (FACTS["address"],)
