"""The pages of the wallet inside: unlocking and locking it, and its recovery words."""

from __future__ import annotations

import logging
import re

import httpx
import pytest
import trio
from fastapi import FastAPI
from trio.testing import MockClock

from harness.memory_messenger import MemoryMessenger
from harness.memory_wallet import (
    FIRST_ACCOUNT,
    IMPORTED_ACCOUNT,
    PUBLIC_WORDS,
    SECOND_ACCOUNT,
    WALLET_PASSPHRASE,
    MemoryVault,
    key_wallet,
    words_wallet,
)
from harness.page_client import HTMX, ORIGIN, PageTransport, page_client
from parley.messenger.errors import DamagedVaultError
from parley.messenger.vault import InsideWallet
from parley.web import wallet as wallet_pages
from parley.web.app import create_app

WORDS = PUBLIC_WORDS.split()
RIGHT = {"passphrase": WALLET_PASSPHRASE}


@pytest.fixture
async def vault() -> MemoryVault:
    """Words that are not checked, two accounts and an imported one."""
    return await MemoryVault(words_wallet(imported=True)).put()


@pytest.fixture
def wallet(alice: MemoryMessenger, vault: MemoryVault) -> InsideWallet:
    """Alice's wallet inside, locked."""
    alice.account = FIRST_ACCOUNT
    alice.wallet = vault.wallet()
    return alice.wallet


def sheet(page: str) -> str:
    """What a page shows, without what stands around it on every page."""
    return page.partition('<div class="sheet">')[2]


async def test_a_wallet_outside_is_told(client: httpx.AsyncClient, alice: MemoryMessenger) -> None:
    """On its page; what only a wallet inside has is refused, in a sentence."""
    page = await client.get("/settings/wallet")
    assert page.status_code == 200
    assert "Your wallet is outside of Parley" in page.text
    assert "<form" not in sheet(page.text)
    for method, path in {
        "GET": "/settings/wallet/words",
        "POST": "/settings/wallet/unlock",
    }.items():
        answer = await client.request(method, path, data=RIGHT)
        assert answer.status_code == 409
        assert "outside of Parley" in answer.text


async def test_it_is_listed_in_the_settings(client: httpx.AsyncClient) -> None:
    """With what is found there."""
    assert 'href="/settings/wallet"' in (await client.get("/settings")).text


async def test_the_passphrase_opens_it_and_a_button_locks_it(
    client: httpx.AsyncClient, wallet: InsideWallet
) -> None:
    """Accounts are shown from the first time on, also after it was locked."""
    page = (await client.get("/settings/wallet")).text
    assert "Locked: nothing is signed" in page
    assert FIRST_ACCOUNT not in sheet(page)
    opened = await client.post("/settings/wallet/unlock", data=RIGHT)
    assert (opened.status_code, opened.headers["location"]) == (303, "/settings/wallet?done=unlocked")
    assert not wallet.locked
    page = (await client.get("/settings/wallet?done=unlocked")).text
    assert "The wallet is unlocked." in page
    locked = await client.post("/settings/wallet/lock")
    assert (locked.status_code, locked.headers["location"]) == (303, "/settings/wallet?done=locked")
    assert wallet.locked
    again = (await client.get("/settings/wallet")).text

    for each in (page, again):
        shown = re.findall(
            r"<bdi>(\w+)</bdi></span>\s*<code>(\w+)</code>\s*<span class=\"hint\">([^<]+)<", each
        )
        assert shown == [
            ("Main", FIRST_ACCOUNT, "Account 1 of the recovery words"),
            ("Savings", SECOND_ACCOUNT, "Account 2 of the recovery words"),
            ("Old", IMPORTED_ACCOUNT, "Imported key: the recovery words do not bring it back"),
        ]
        assert each.count("Your contacts know you by this account") == 1


async def test_no_address_bar_and_no_page_tells_what_was_not_done(
    client: httpx.AsyncClient, wallet: InsideWallet
) -> None:
    """A made-up address shows no sentence of its own."""
    assert "made up" not in (await client.get("/settings/wallet?done=made%20up")).text


async def test_the_words_are_on_one_answer_only(
    client: httpx.AsyncClient, wallet: InsideWallet, caplog: pytest.LogCaptureFixture
) -> None:
    """The answer to the passphrase, which no browser keeps; not on any page before or after, nor in a log."""
    caplog.set_level(logging.DEBUG)
    form = await client.get("/settings/wallet/words")
    answer = await client.post("/settings/wallet/words", data=RIGHT)
    shown = re.findall(r"<li>(\w+)</li>", answer.text)
    pages = [form.text]
    for path in (
        "/settings/wallet/words",
        f"/settings/wallet/words?passphrase={WALLET_PASSPHRASE}",
        "/settings/wallet",
        "/settings/wallet/accounts/1",
        "/",
    ):
        pages.append((await client.get(path)).text)

    assert answer.status_code == 200
    assert shown == WORDS
    assert answer.headers["cache-control"] == "no-store"
    assert 'translate="no"' in answer.text
    assert "hx-sse:connect" not in answer.text
    assert wallet.locked
    for page in pages:
        assert not set(re.findall(r"\w+", page)) & {"winner", "sausage", "yellow"}
    logged = " ".join([caplog.text, *(str(vars(record)) for record in caplog.records)])
    assert "sausage" not in logged
    assert WALLET_PASSPHRASE not in logged


@pytest.mark.parametrize("headers", [{}, HTMX])
async def test_a_wrong_passphrase_shows_no_words(
    client: httpx.AsyncClient, wallet: InsideWallet, headers: dict[str, str]
) -> None:
    """Not to htmx either; also not with an open wallet."""
    await wallet.unlock(WALLET_PASSPHRASE)
    answer = await client.post("/settings/wallet/words", data={"passphrase": "wrong"}, headers=headers)

    assert answer.status_code == 422
    assert "does not open the profile. Nothing was changed. Try again in 1 second." in answer.text
    assert "sausage" not in answer.text


async def test_wrong_passphrases_share_one_wait(
    autojump_clock: MockClock,
    app: FastAPI,
    client: httpx.AsyncClient,
    vault: MemoryVault,
    wallet: InsideWallet,
) -> None:
    """Over unlocking, words, changes and all browsers; before its time even the right one is not looked at."""
    await wallet.unlock(WALLET_PASSPHRASE)
    form = {"passphrase": "wrong", "label": "x", "number": "", "key": "46" * 32, "address": SECOND_ACCOUNT}
    form |= {f"word_{position}": "x" for position in wallet.asked}
    vault.passphrases.tries = 0
    addresses = ("unlock", "words", "check", "accounts", "import/key", "rename", "remove")
    for number, address in enumerate(addresses):
        wait = 2**number
        answer = await client.post(f"/settings/wallet/{address}", data=form)
        assert (address, answer.status_code) == (address, 422)
        assert answer.headers["retry-after"] == str(min(wait, 60))
        assert vault.passphrases.tries == number + 1
        async with page_client(app) as other:
            early = await other.post("/settings/wallet/words", data=RIGHT)
        assert early.status_code == 429
        assert f"Try again in {min(wait, 60)} second" in early.text
        assert vault.passphrases.tries == number + 1
        await trio.sleep(min(wait, 60))

    assert (await client.post("/settings/wallet/words", data=RIGHT)).status_code == 200


async def test_tries_side_by_side_count_one_after_the_other(
    client: httpx.AsyncClient, vault: MemoryVault, wallet: InsideWallet
) -> None:
    """Ten at once are one guess and nine that have to wait."""
    statuses: list[int] = []

    async def guess() -> None:
        answer = await client.post("/settings/wallet/words", data={"passphrase": "wrong"})
        statuses.append(answer.status_code)

    async with trio.open_nursery() as nursery:
        for _ in range(10):
            nursery.start_soon(guess)

    assert sorted(statuses) == [422] + [429] * 9
    assert vault.passphrases.tries == 1


@pytest.mark.parametrize("passphrase", ["", "x" * 1025])
async def test_what_is_no_passphrase_is_not_tried(
    client: httpx.AsyncClient, vault: MemoryVault, wallet: InsideWallet, passphrase: str
) -> None:
    """An empty field, or a book."""
    for address in ("unlock", "words"):
        answer = await client.post(f"/settings/wallet/{address}", data={"passphrase": passphrase})
        assert answer.status_code == 422
        assert "Type the passphrase of this profile." in answer.text

    assert vault.passphrases.tries == 0


async def test_only_a_signed_in_browser_gets_there(
    app: FastAPI, vault: MemoryVault, wallet: InsideWallet
) -> None:
    """Whoever only reaches the port can neither look nor guess."""
    async with httpx.AsyncClient(transport=PageTransport(app), base_url=ORIGIN) as stranger:
        for method, address in [("GET", ""), ("POST", "/words"), ("POST", "/unlock")]:
            answer = await stranger.request(
                method, f"/settings/wallet{address}", data=RIGHT, headers={"Origin": ORIGIN}
            )
            assert answer.status_code == 401

    assert vault.passphrases.tries == 0


async def test_what_else_is_wrong_is_told(
    alice: MemoryMessenger, vault: MemoryVault, wallet: InsideWallet
) -> None:
    """In the sentence that there is for it; what nobody expected shows no text."""
    app = create_app(
        alice, port=7999, sentence_of=lambda e: "Check the disk." if isinstance(e, OSError) else None
    )
    async with page_client(app) as client:
        for error, status, words in [
            (OSError("secret"), 503, "Check the disk."),
            (DamagedVaultError("secret"), 500, "damaged"),
            (RuntimeError("secret"), 500, "Something went wrong"),
        ]:
            vault.passphrases.fails_with = error
            answer = await client.post("/settings/wallet/unlock", data=RIGHT)
            assert answer.status_code == status
            assert words in answer.text
            assert "secret" not in answer.text

        assert (await client.post("/settings/wallet/unlock", data=RIGHT)).status_code == 303


async def test_the_word_check(client: httpx.AsyncClient, wallet: InsideWallet) -> None:
    """It asks for three; a wrong one is marked, what was typed is not sent back; then the reminder is gone."""
    assert (await client.get("/settings/wallet/check")).headers["location"] == "/settings/wallet"
    assert (await client.post("/settings/wallet/check", data=RIGHT)).headers["location"] == "/settings/wallet"
    await wallet.unlock(WALLET_PASSPHRASE)
    asked = wallet.asked
    page = (await client.get("/settings/wallet/check")).text
    assert re.findall(r'name="word_(\d+)"', page) == [str(position) for position in asked]
    assert "Not checked yet." in (await client.get("/settings/wallet")).text
    assert "Your recovery words are not checked yet" in (await client.get("/")).text

    answers = {f"word_{position}": WORDS[position - 1] for position in asked}
    wrong = await client.post("/settings/wallet/check", data={**answers, f"word_{asked[1]}": "zoo", **RIGHT})
    assert wrong.status_code == 422
    assert "One word is not the one you were shown." in wrong.text
    assert re.findall(r'name="word_(\d+)"[^>]*aria-invalid', wrong.text) == [str(asked[1])]
    assert "zoo" not in wrong.text
    assert f'value="{WORDS[asked[0] - 1]}"' not in wrong.text

    right = await client.post("/settings/wallet/check", data={**answers, **RIGHT})
    assert (right.status_code, right.headers["location"]) == (303, "/settings/wallet?done=checked")
    assert "You have checked" in (await client.get("/settings/wallet?done=checked")).text
    assert "not checked yet" not in (await client.get("/")).text


async def test_the_reminder_is_quiet_where_there_is_nothing_to_remind_of(
    client: httpx.AsyncClient, alice: MemoryMessenger
) -> None:
    """A wallet outside, one that was not opened yet, one of imported keys, and words that are checked."""
    wallets: list[InsideWallet | None] = [None]
    wallets.append((await MemoryVault(words_wallet()).put()).wallet())
    for stored in (key_wallet(), words_wallet(checked=True)):
        opened = (await MemoryVault(stored).put()).wallet()
        await opened.unlock(WALLET_PASSPHRASE)
        wallets.append(opened)
    for wallet in wallets:
        alice.wallet = wallet
        assert "not checked yet" not in (await client.get("/")).text


async def test_a_wallet_without_words_says_so(client: httpx.AsyncClient, alice: MemoryMessenger) -> None:
    """There is nothing to show, to check or to derive; a key can be imported."""
    alice.wallet = (await MemoryVault(key_wallet(), IMPORTED_ACCOUNT).put()).wallet()
    await alice.wallet.unlock(WALLET_PASSPHRASE)
    page = (await client.get("/settings/wallet")).text
    assert "this wallet holds imported keys only" in page
    assert 'href="/settings/wallet/import"' in page
    for path in ("words", "check", "accounts/new"):
        assert f'href="/settings/wallet/{path}"' not in page
    answer = await client.post("/settings/wallet/words", data=RIGHT)

    assert answer.status_code == 409
    assert "no recovery words" in answer.text
    assert (await client.get("/settings/wallet/accounts/new")).status_code == 303


def test_the_limits_are_the_wallets_own() -> None:
    """Web does not see that room, so its numbers are repeated."""
    from parley.wallet import api
    from parley.wallet.mnemonic import CHECKED_POSITIONS
    from parley.web import wallet_accounts

    assert wallet_accounts.MAX_NUMBER == api.MAX_INDEX + 1
    assert wallet_accounts.MAX_LABEL == api.MAX_LABEL_CHARACTERS
    assert wallet_accounts.MAX_KEYSTORE_BYTES == api.MAX_KEYSTORE_BYTES
    # Beside them a form of the check has its passphrase; see dependencies.MAX_FIELDS.
    assert CHECKED_POSITIONS == 3
    assert wallet_pages.ENDING == 4
