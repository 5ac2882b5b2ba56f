"""The first run with a wallet inside: words made here, and accounts from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from eth_account import Account
from playwright.sync_api import Page, expect

from harness.real_pages import LOCKED, PASSPHRASE, RealPages, account_of, at_home, heading, press

WORDS = "test " * 11 + "junk"
THIRD = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
KEY = "0x" + "07" * 32
ACCOUNT = Account.from_key(KEY).address


def test_words_that_are_checked_later(parley: RealPages) -> None:
    """The profile is made; every page reminds of the words until they were checked."""
    page = parley.begin()
    press(page, "Make a wallet here")
    expect(page.locator(".word")).to_have_count(12)
    words = page.locator(".word").all_inner_texts()
    page.get_by_role("link", name="I have written them down").click()
    press(page, "Check later")
    at_home(page)
    page.get_by_role("link", name="Your recovery words are not checked yet").click()
    parley.look(page, "wallet inside")
    page.goto(parley.origin + "/settings/wallet/check")
    for field in page.locator("input[name^=word_]").all():
        position = int((field.get_attribute("name") or "").removeprefix("word_"))
        field.fill(words[position - 1])
    page.get_by_label("Passphrase").fill(PASSPHRASE)
    press(page, "Check the words")

    expect(page.get_by_text("The words are right.")).to_be_visible()
    expect(page.get_by_text("not checked yet")).to_have_count(0)


def _words(page: Page) -> None:
    """Recovery words, whose third account is chosen."""
    page.get_by_label("12 to 24 words").fill(WORDS.upper())
    page.get_by_role("button", name="Find my account").first.click()
    heading(page, "Is this your account?")
    page.get_by_role("radio").nth(2).check()


def _key(page: Page) -> None:
    """A private key."""
    page.get_by_text("Private key", exact=True).click()
    page.get_by_label("64 digits").fill(KEY)
    press(page, "Find my account")


def _keystore(page: Page) -> None:
    """A keystore of version 3, first with a wrong password."""
    stored = json.dumps(
        Account.encrypt(bytes.fromhex(KEY[2:]), "its password", kdf="scrypt", iterations=4096)
    ).encode()
    for password in ("wrong", "its password"):
        if page.get_by_label("Its password").is_hidden():
            page.get_by_text("Keystore file", exact=True).click()
        file = {"name": "UTC--keystore", "mimeType": "application/json", "buffer": stored}
        page.get_by_label("The file (JSON)").set_input_files(file)  # type: ignore[arg-type]
        page.get_by_label("Its password").fill(password)
        page.keyboard.press("Enter")
        if password == "wrong":
            expect(page.get_by_role("alert")).to_contain_text("does not open this keystore")


@pytest.mark.parametrize(
    ("bring", "account"),
    [(_words, THIRD), (_key, ACCOUNT), (_keystore, ACCOUNT)],
    ids=["words", "key", "file"],
)
def test_an_account_from_elsewhere(parley: RealPages, bring: Callable[[Page], None], account: str) -> None:
    """It becomes the profile's, and opens it again with the passphrase."""
    page = parley.begin()
    page.get_by_role("link", name="I have words, a key or a keystore").click()
    bring(page)
    heading(page, "Is this your account?")
    parley.look(page, "choice of the account")
    press(page, "Use this account")
    at_home(page)
    assert account_of(page) == account
    expect(page.get_by_text("not checked yet")).to_have_count(0)
    parley.lock()
    expect(page).to_have_title(LOCKED)
    parley.unlock()
    page.goto(parley.origin + "/settings/wallet")

    expect(page.get_by_text(account)).to_be_visible()
