"""The wallet inside in a browser: with and without JavaScript, narrow and wide, and what a browser may not keep."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trio
from playwright.sync_api import Browser, BrowserContext, Page, expect
from playwright.sync_api import Error as PlaywrightError

from harness.memory_messenger import MemoryMessenger, memory_account
from harness.memory_wallet import (
    FIRST_ACCOUNT,
    IMPORTED_ACCOUNT,
    IMPORTED_KEY,
    PUBLIC_WORDS,
    WALLET_PASSPHRASE,
    MemoryVault,
    words_wallet,
)
from harness.schemes import schemes
from harness.served_messenger import ServedMessenger, served_messenger

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
WORDS = PUBLIC_WORDS.split()


class Inside:
    """A served profile with a wallet inside, and browsers that are signed in to it."""

    def __init__(self, browser: Browser, served: ServedMessenger) -> None:
        self.served = served
        self.complaints: list[str] = []
        self._browser = browser
        self._contexts: list[BrowserContext] = []

    def open(self, path: str, **options: Any) -> Page:
        """Open a page in a new browser by a launch link."""
        context = self._browser.new_context(**options)
        context.set_default_timeout(10_000)
        self._contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: self._note(m.type, m.text))
        page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))
        page.goto(self.served.launch_link())
        page.goto(self.served.origin + path)
        return page

    def unlock(self, page: Page) -> None:
        """Unlock the wallet on its page."""
        page.goto(self.served.origin + "/settings/wallet")
        page.get_by_label("Passphrase").fill(WALLET_PASSPHRASE)
        page.get_by_role("button", name="Unlock the wallet").click()
        expect(page.get_by_role("status").filter(has_text="The wallet is unlocked.")).to_be_visible()

    def _note(self, kind: str, text: str) -> None:
        # The browser itself notes every answer of 4xx, which these tests ask for.
        if kind in {"error", "warning"} and "Failed to load resource" not in text:
            self.complaints.append(f"{kind}: {text}")

    def close(self) -> None:
        """Close the browsers."""
        for context in self._contexts:
            context.close()


@pytest.fixture
def inside(browser: Browser) -> Iterator[Inside]:
    """Alice's profile with a wallet inside, locked: unchecked words, two accounts of them and an imported one."""
    vault = MemoryVault(words_wallet(imported=True))
    # Playwright keeps an event loop in this thread.
    putting = threading.Thread(target=trio.run, args=(vault.put,))
    putting.start()
    putting.join()
    messenger = MemoryMessenger("alice")
    messenger.account = FIRST_ACCOUNT
    messenger.wallet = vault.wallet()
    messenger.know(memory_account("bob"), "Bob")
    with served_messenger(messenger=messenger) as served:
        inside = Inside(browser, served)
        yield inside
        inside.close()
    assert inside.complaints == []


@pytest.mark.parametrize("scripts", [True, False])
def test_a_wallet_is_used(inside: Inside, scripts: bool) -> None:
    """Found in the settings, unlocked, given an account, renamed, locked again."""
    page = inside.open("/", java_script_enabled=scripts)
    page.locator(".rail").get_by_role("link", name="Settings").click()
    page.get_by_role("link", name="Wallet").click()
    expect(page.get_by_role("heading", name="Locked: nothing is signed")).to_be_visible()
    page.get_by_label("Passphrase").fill("wrong")
    page.get_by_role("button", name="Unlock the wallet").click()
    wrong = page.get_by_role("alert").filter(has_text="Nothing was changed. Try again in 1 second.")
    expect(wrong).to_be_visible()
    page.wait_for_timeout(1_000)  # What the page says.
    page.get_by_label("Passphrase").fill(WALLET_PASSPHRASE)
    page.keyboard.press("Enter")
    expect(page.get_by_text("The wallet is unlocked.")).to_be_visible()

    page.get_by_role("link", name="Add an account").click()
    page.get_by_label("Name").fill("Travel")
    page.get_by_label("Passphrase").fill(WALLET_PASSPHRASE)
    page.get_by_role("button", name="Add the account").click()
    expect(page.get_by_text("The account was added.")).to_be_visible()
    page.get_by_role("link", name="Travel").click()
    page.get_by_role("textbox", name="Name").fill("Holidays")
    page.get_by_label("Passphrase").first.fill(WALLET_PASSPHRASE)
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_role("link", name="Holidays")).to_be_visible()
    page.get_by_role("button", name="Lock the wallet").click()

    expect(page.get_by_role("heading", name="Locked: nothing is signed")).to_be_visible()
    expect(page.get_by_role("link", name="Holidays")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_an_imported_key_comes_and_goes(inside: Inside, scripts: bool) -> None:
    """Removing it needs the end of its address; importing it brings it back."""
    page = inside.open("/settings/wallet", java_script_enabled=scripts)
    inside.unlock(page)
    page.get_by_role("link", name="Old").click()
    expect(page.get_by_text("This destroys the key in here.")).to_be_visible()
    page.get_by_label("To confirm").fill("0000")
    page.get_by_label("Passphrase").last.fill(WALLET_PASSPHRASE)
    page.get_by_role("button", name="Remove the account").click()
    expect(page.get_by_role("alert").filter(has_text="Type the end of the address")).to_be_visible()
    page.get_by_label("To confirm").fill(IMPORTED_ACCOUNT[-4:])
    page.get_by_label("Passphrase").last.fill(WALLET_PASSPHRASE)
    page.get_by_role("button", name="Remove the account").click()
    expect(page.get_by_text("The account was removed.")).to_be_visible()
    expect(page.get_by_text(IMPORTED_ACCOUNT)).to_have_count(0)

    page.get_by_role("link", name="Import an account").click()
    page.get_by_role("textbox", name="Private key").fill(IMPORTED_KEY)
    page.get_by_label("Name").first.fill("Back again")
    page.get_by_label("Passphrase").first.fill(WALLET_PASSPHRASE)
    page.get_by_role("button", name="Import the key").click()

    expect(page.get_by_role("link", name="Back again")).to_contain_text(IMPORTED_ACCOUNT)


@pytest.mark.parametrize("scripts", [True, False])
def test_the_words_are_shown_and_checked(inside: Inside, scripts: bool) -> None:
    """From the reminder on every page to the check that ends it."""
    page = inside.open("/settings/wallet", java_script_enabled=scripts)
    inside.unlock(page)
    page.goto(inside.served.origin + "/")
    page.get_by_role("link", name="Your recovery words are not checked yet").click()
    page.get_by_role("link", name="Show the words").click()
    page.get_by_label("Passphrase").fill(WALLET_PASSPHRASE)
    page.get_by_role("button", name="Show the words").click()
    expect(page.locator(".words li")).to_have_text(WORDS)
    page.get_by_role("link", name="Check what I wrote").click()
    expect(page.locator("input[name^=word_]")).to_have_count(3)
    for field in page.locator("input[name^=word_]").all():
        position = int((field.get_attribute("name") or "").removeprefix("word_"))
        field.fill(WORDS[position - 1])
    page.get_by_label("Passphrase").fill(WALLET_PASSPHRASE)
    page.get_by_role("button", name="Check the words").click()

    expect(page.get_by_text("The words are right.")).to_be_visible()
    expect(page.get_by_text("not checked yet")).to_have_count(0)


def test_the_browser_keeps_no_words(inside: Inside) -> None:
    """Going back or loading the address again does not show them: they take the passphrase again."""
    page = inside.open("/settings/wallet/words")
    page.get_by_label("Passphrase").fill(WALLET_PASSPHRASE)
    page.get_by_role("button", name="Show the words").click()
    expect(page.locator(".words li")).to_have_count(12)
    page.get_by_role("link", name="Hide the words").click()
    expect(page.get_by_role("heading", name="Locked: nothing is signed")).to_be_visible()
    with pytest.raises(PlaywrightError, match="ERR_CACHE_MISS"):
        page.go_back()
    expect(page.get_by_text("sausage")).to_have_count(0)
    page.goto(inside.served.origin + "/settings/wallet/words")

    expect(page.get_by_label("Passphrase")).to_have_value("")
    expect(page.get_by_text("sausage")).to_have_count(0)


@pytest.mark.parametrize("width", [390, 1280])
def test_pages_are_accessible_and_fit(inside: Inside, screenshots: Path, width: int) -> None:
    """axe finds nothing, also beside a problem; nothing scrolls sideways."""
    if not AXE.is_file():
        message = "ACCESSIBILITY NOT CHECKED: run tools/assets.py to fetch axe-core"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    page = inside.open(
        "/settings/wallet",
        viewport={"width": width, "height": 844},
        reduced_motion="reduce",
    )
    found: dict[str, Any] = {}

    def look(name: str) -> None:
        page.evaluate(AXE.read_text())
        for scheme in schemes(page):
            page.screenshot(path=screenshots / f"wallet-{name}-{width}-{scheme}.png")
            for each in page.evaluate("axe.run()")["violations"]:
                found[f"{name} {scheme} {each['id']}"] = [node["html"][:200] for node in each["nodes"]]
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    look("locked")
    inside.unlock(page)
    look("open")
    for name, path in {
        "new": "accounts/new",
        "import": "import",
        "own": "accounts/1",
        "imported": "accounts/3",
        "words-form": "words",
    }.items():
        page.goto(f"{inside.served.origin}/settings/wallet/{path}")
        look(name)
    page.get_by_label("Passphrase").fill(WALLET_PASSPHRASE)
    page.get_by_role("button", name="Show the words").click()
    expect(page.locator(".words li")).to_have_count(12)
    look("words")
    page.goto(f"{inside.served.origin}/settings/wallet/check")
    for field in page.locator("input[name^=word_]").all():
        field.fill("zoo")
    page.get_by_label("Passphrase").fill(WALLET_PASSPHRASE)
    page.get_by_role("button", name="Check the words").click()
    expect(page.get_by_role("alert").filter(has_text="3 words are not")).to_be_visible()
    look("check-wrong")
    page.goto(f"{inside.served.origin}/")
    look("reminder")
    inside.served.do(lambda messenger: setattr(messenger, "wallet", None))
    page.goto(f"{inside.served.origin}/settings/wallet")
    look("outside")

    assert found == {}
