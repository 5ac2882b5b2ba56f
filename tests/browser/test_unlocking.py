"""The locked page and locking, in a browser: with and without JavaScript, narrow and wide."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from harness.locked_pages import LockedPages, locked_pages
from harness.memory_keeper import MemoryKeeper
from harness.memory_messenger import MemoryMessenger, memory_account

PASSPHRASE = "correct horse battery"


@pytest.fixture
def locked(browser: Browser) -> Iterator[LockedPages]:
    """Alice's profile, locked."""
    messenger = MemoryMessenger("alice")
    messenger.know(memory_account("bob"), "Bob")
    with locked_pages(browser, MemoryKeeper(PASSPHRASE, messenger), messenger) as locked:
        yield locked


@pytest.fixture
def new(browser: Browser) -> Iterator[LockedPages]:
    """A folder without a profile."""
    messenger = MemoryMessenger("alice")
    with locked_pages(browser, MemoryKeeper(None, messenger), messenger) as locked:
        yield locked


@pytest.mark.parametrize("scripts", [True, False])
def test_unlocking(locked: LockedPages, scripts: bool) -> None:
    """The title says what is not happening; a wrong passphrase is told with the wait; then it opens."""
    page = locked.open(java_script_enabled=scripts)
    expect(page).to_have_title("Locked: not receiving — Parley")
    expect(page.get_by_text("Locked: not receiving")).to_be_visible()
    page.get_by_label("Passphrase").fill("wrong")
    page.get_by_role("button", name="Unlock").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was changed. Try again in 1 second.")
    expect(page.get_by_label("Passphrase")).to_have_value("")
    page.wait_for_timeout(1_000)  # What the page says.
    page.get_by_label("Passphrase").fill(PASSPHRASE)
    page.keyboard.press("Enter")

    expect(page.get_by_role("link", name="Bob")).to_be_visible()
    page.get_by_role("button", name="Lock", exact=True).click()
    expect(page).to_have_title("Locked: not receiving — Parley")


def test_the_hint_follows_what_is_typed(new: LockedPages) -> None:
    """From easily guessed to good."""
    page = new.open()
    for text, words in {
        "aaaaaaaaaaaa": "Easily guessed",
        "correct horse": "Fair",
        PASSPHRASE: "Good.",
    }.items():
        page.get_by_label("Passphrase").fill(text)
        expect(page.locator("#strength")).to_contain_text(words)


def test_locking_in_one_tab_locks_the_other(locked: LockedPages) -> None:
    """Its stream is refused, and it loads the page that unlocks."""
    page = locked.open("/unlock")
    page.get_by_label("Passphrase").fill(PASSPHRASE)
    page.get_by_role("button", name="Unlock").click()
    other = page.context.new_page()
    other.goto(locked.served.origin + "/contacts/new")
    expect(other.get_by_role("heading", name="Add a contact")).to_be_visible()
    page.get_by_role("button", name="Lock", exact=True).click()

    expect(other).to_have_title("Locked: not receiving — Parley", timeout=10_000)
