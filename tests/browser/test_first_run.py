"""The first run in a browser, without a wallet in it: with and without JavaScript, by keyboard, narrow and wide."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from harness.locked_pages import LockedPages, locked_pages
from harness.memory_keeper import MemoryKeeper
from harness.memory_messenger import MemoryMessenger
from harness.schemes import schemes
from harness.tiny_wallet import TinyWallet

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
PASSPHRASE = "correct horse battery"
WORDS = "abandon " * 11 + "about"


@pytest.fixture
def new(browser: Browser) -> Iterator[LockedPages]:
    """A folder without a profile."""
    messenger = MemoryMessenger("alice")
    with locked_pages(browser, MemoryKeeper(None, messenger), messenger) as new:
        yield new


def _begin(page: Page) -> None:
    for label in ("Passphrase", "The same again"):
        page.get_by_label(label).fill(PASSPHRASE)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Choose your account")).to_be_visible()


def _words(page: Page) -> list[str]:
    expect(page.locator(".word")).to_have_count(12)
    return page.locator(".word").all_inner_texts()


@pytest.mark.parametrize("scripts", [True, False])
def test_a_wallet_made_here(new: LockedPages, scripts: bool) -> None:
    """Two passphrases that differ are told, then wrong words; then there is a profile, and it is open."""
    page = new.open(java_script_enabled=scripts)
    expect(page.get_by_text("Nobody can recover it.")).to_be_visible()
    page.get_by_label("Passphrase").fill(PASSPHRASE)
    page.get_by_label("The same again").fill(PASSPHRASE + "!")
    page.get_by_label("Name of this device").fill("laptop")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).to_contain_text("differ")
    expect(page.get_by_label("The same again")).to_be_focused()
    _begin(page)
    if not scripts:
        expect(page.locator("noscript p")).to_be_visible()
    page.get_by_role("button", name="Make a wallet here").click()
    words = _words(page)
    page.get_by_role("link", name="I have written them down").click()
    expect(page.get_by_label("Word number")).to_have_count(3)
    fields = page.get_by_label("Word number").all()
    positions = [int((field.get_attribute("name") or "").removeprefix("word_")) for field in fields]
    for field, position in zip(fields, positions, strict=True):
        field.fill(words[position - 1] if position == positions[0] else "zebra")
    page.get_by_role("button", name="Check and open Parley").click()
    expect(page.get_by_role("alert")).to_contain_text("2 words are not the ones you were shown.")
    expect(page.get_by_label(f"Word number {positions[1]}")).to_be_focused()
    page.get_by_role("link", name="Show the words again").click()
    assert _words(page) == words
    page.get_by_role("link", name="I have written them down").click()
    for position in positions:
        page.get_by_label(f"Word number {position}", exact=True).fill(words[position - 1])
    page.keyboard.press("Enter")

    expect(page.get_by_text("No conversations yet.")).to_be_visible()
    assert (new.keeper.passphrase, new.keeper.device_name) == (PASSPHRASE, "laptop")


@pytest.mark.parametrize("scripts", [True, False])
def test_an_account_from_elsewhere(new: LockedPages, scripts: bool) -> None:
    """Words with a typing error stay to be corrected; one of the accounts is chosen."""
    page = new.open(java_script_enabled=scripts)
    _begin(page)
    page.get_by_role("link", name="I have words, a key or a keystore").click()
    page.get_by_label("12 to 24 words").fill(WORDS.replace("about", "abuot"))
    page.get_by_role("button", name="Find my account").click()
    expect(page.get_by_role("alert")).to_contain_text("number 12.")
    expect(page.get_by_label("12 to 24 words")).to_be_focused()
    typed = page.get_by_label("12 to 24 words").input_value()
    page.get_by_label("12 to 24 words").fill(typed.replace("abuot", "about"))
    page.get_by_role("button", name="Find my account").click()
    page.get_by_role("radio").nth(1).check()
    page.get_by_role("button", name="Use this account").click()

    expect(page.get_by_text("No conversations yet.")).to_be_visible()
    assert new.messenger.account == "0x6Fac4D18c912343BF86fa7049364Dd4E424Ab9C0"


def test_every_step_can_be_taken_back(new: LockedPages) -> None:
    """The way back leads to what was there, and on again without a passphrase."""
    page = new.open()
    _begin(page)
    page.get_by_role("button", name="Make a wallet here").click()
    words = _words(page)
    for back in ("Choose your account", "Passphrase"):
        page.get_by_role("link", name=back).click()
    expect(page.get_by_text("It is still there.")).to_be_visible()
    page.get_by_role("link", name="Go on to your account").click()
    page.goto(new.served.origin + "/welcome/words")

    assert _words(page) == words


def test_the_browser_s_own_way_back_loses_nothing(new: LockedPages) -> None:
    """Pages are not kept by the browser, and load anew."""
    page = new.open()
    _begin(page)
    page.go_back()
    expect(page.get_by_text("It is still there.")).to_be_visible()
    page.go_forward()

    expect(page.get_by_role("heading", name="Choose your account")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1280])
def test_pages_are_accessible_and_fit(new: LockedPages, screenshots: Path, width: int) -> None:
    """axe finds nothing on any page before the first conversation, nor beside problems; nothing scrolls sideways."""
    if not AXE.is_file():
        message = "ACCESSIBILITY NOT CHECKED: run tools/assets.py to fetch axe-core"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    options: dict[str, Any] = {"viewport": {"width": width, "height": 844}}
    context = new.context(**options)
    TinyWallet(context)
    page = new.open(context=context)
    found: dict[str, Any] = {}

    def look(name: str, heading: str, page: Page = page) -> None:
        expect(page.locator("h1")).to_have_text(heading)
        if name.endswith("-wrong"):
            expect(page.get_by_role("alert").first).to_be_visible()
        # Evaluated by the debugger, which the page's policy does not concern.
        page.evaluate(AXE.read_text())
        for scheme in schemes(page):
            page.screenshot(path=screenshots / f"{name}-{width}-{scheme}.png", full_page=True)
            violations = page.evaluate("axe.run()")["violations"]
            found[f"{name} {scheme}"] = [
                (each["id"], [node["html"][:200] for node in each["nodes"]]) for each in violations
            ]
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    def press(name: str) -> None:
        page.get_by_role("button", name=name, exact=True).click()

    look("welcome", "Private messages between Ethereum accounts")
    page.get_by_label("Passphrase").fill(PASSPHRASE)
    page.get_by_label("The same again").fill("another one")
    press("Continue")
    look("welcome-wrong", "Private messages between Ethereum accounts")
    _begin(page)
    expect(page.get_by_role("button", name="Tiny Wallet")).to_be_visible()
    look("account", "Choose your account")
    press("Tiny Wallet")
    expect(page.get_by_role("button", name="Sign in with this account")).to_be_focused()
    look("account-confirm", "Choose your account")
    page.evaluate("tiny.answers.eth_signTypedData_v4 = 'never'")
    press("Sign in with this account")
    expect(page.get_by_text("read what it shows")).to_be_visible()
    look("account-waiting", "Choose your account")
    press("Cancel")
    page.evaluate("tiny.answers.eth_signTypedData_v4 = {code: 4001}")
    press("Tiny Wallet")
    press("Sign in with this account")
    expect(page.get_by_role("alert")).to_be_focused()
    look("account-declined", "Choose your account")
    page.evaluate("tiny.answers.eth_signTypedData_v4 = '0x' + 'ab'.repeat(100)")
    press("Tiny Wallet")
    press("Sign in with this account")
    expect(page.get_by_label("Address of an Ethereum node")).to_be_focused()
    look("account-no-node", "Choose your account")
    page.get_by_role("button", name="Make a wallet here").click()
    look("words", "Write these words down")
    page.get_by_role("link", name="I have written them down").click()
    look("check", "Check what you wrote")
    for field in page.get_by_label("Word number").all():
        field.fill("zebra")
    press("Check and open Parley")
    look("check-wrong", "Check what you wrote")
    page.goto(new.served.origin + "/welcome/import")
    look("import", "Bring your account")
    page.get_by_label("12 to 24 words").fill(WORDS.replace("about", "abuot"))
    press("Find my account")
    look("import-wrong", "Bring your account")
    page.get_by_label("12 to 24 words").fill(WORDS)
    press("Find my account")
    look("choices", "Is this your account?")
    page.goto(new.served.origin + "/welcome")
    look("welcome-begun", "Private messages between Ethereum accounts")
    page.goto(new.served.origin + "/welcome/wallet")
    press("Tiny Wallet")
    press("Sign in with this account")
    page.wait_for_url(new.served.origin + "/")
    page.goto(new.served.origin + "/settings/unlocking")
    expect(page.get_by_role("button", name="Tiny Wallet")).to_be_visible()
    look("settings-unlocking", "Unlocking")
    press("Tiny Wallet")
    press("Set up with this account")
    expect(page.get_by_role("status").get_by_text("from now on")).to_be_visible()
    press("Set up")
    look("settings-unlocking-done", "Unlocking")
    stranger = new.stranger("/sign-in", **options)
    expect(stranger.get_by_text("No wallet was found")).to_be_visible()
    look("sign-in", "Sign in to Parley", stranger)
    press("Lock")
    expect(page.get_by_role("button", name="Tiny Wallet")).to_be_visible()
    look("locked", "Welcome back")
    page.get_by_label("Passphrase").fill("wrong")
    press("Unlock")
    look("locked-wrong", "Welcome back")

    assert {name: each for name, each in found.items() if each} == {}
