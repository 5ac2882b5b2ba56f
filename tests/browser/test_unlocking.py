"""The first run, the locked page and locking, in a browser: with and without JavaScript, narrow and wide."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from harness.memory_keeper import MemoryKeeper
from harness.memory_messenger import MemoryMessenger, memory_account
from harness.served_messenger import ServedMessenger, served_messenger

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
PASSPHRASE = "correct horse battery"


class Locked:
    """A served profile that is locked, and browsers that are signed in to it."""

    def __init__(self, browser: Browser, served: ServedMessenger, keeper: MemoryKeeper) -> None:
        self.served = served
        self.keeper = keeper
        self.complaints: list[str] = []
        self._browser = browser
        self._contexts: list[BrowserContext] = []

    def open(self, path: str = "/", **options: Any) -> Page:
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

    def _note(self, kind: str, text: str) -> None:
        # The browser itself notes every answer of 4xx, which these tests ask for, and htmx a stream's.
        expected = "Failed to load resource" in text or "SSE reconnect failed with status 423" in text
        if kind in {"error", "warning"} and not expected:
            self.complaints.append(f"{kind}: {text}")

    def close(self) -> None:
        """Close the browsers."""
        for context in self._contexts:
            context.close()


def _locked(browser: Browser, keeper: MemoryKeeper, messenger: MemoryMessenger) -> Iterator[Locked]:
    with served_messenger(messenger=messenger, keeper=keeper) as served:
        locked = Locked(browser, served, keeper)
        yield locked
        locked.close()
    assert locked.complaints == []


@pytest.fixture
def locked(browser: Browser) -> Iterator[Locked]:
    """Alice's profile, locked."""
    messenger = MemoryMessenger("alice")
    messenger.know(memory_account("bob"), "Bob")
    yield from _locked(browser, MemoryKeeper(PASSPHRASE, messenger), messenger)


@pytest.fixture
def new(browser: Browser) -> Iterator[Locked]:
    """A folder without a profile."""
    messenger = MemoryMessenger("alice")
    yield from _locked(browser, MemoryKeeper(None, messenger), messenger)


@pytest.mark.parametrize("scripts", [True, False])
def test_unlocking(locked: Locked, scripts: bool) -> None:
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


@pytest.mark.parametrize("scripts", [True, False])
def test_the_first_run(new: Locked, scripts: bool) -> None:
    """Two passphrases that differ are told; then there is a profile, and it is open."""
    page = new.open(java_script_enabled=scripts)
    expect(page.get_by_text("Nobody can recover it.")).to_be_visible()
    page.get_by_label("Passphrase").fill(PASSPHRASE)
    page.get_by_label("The same again").fill(PASSPHRASE + "!")
    page.get_by_label("Name of this device").fill("laptop")
    page.get_by_role("button", name="Make my profile").click()
    expect(page.get_by_role("alert")).to_contain_text("differ")
    for label in ("Passphrase", "The same again"):
        page.get_by_label(label).fill(PASSPHRASE)
    page.get_by_role("button", name="Make my profile").click()

    expect(page.get_by_text("No conversations yet.")).to_be_visible()
    assert (new.keeper.passphrase, new.keeper.device_name) == (PASSPHRASE, "laptop")


def test_the_hint_follows_what_is_typed(new: Locked) -> None:
    """From easily guessed to good."""
    page = new.open()
    for text, words in {
        "aaaaaaaaaaaa": "Easily guessed",
        "correct horse": "Fair",
        PASSPHRASE: "Good.",
    }.items():
        page.get_by_label("Passphrase").fill(text)
        expect(page.locator("#strength")).to_contain_text(words)


def test_locking_in_one_tab_locks_the_other(locked: Locked) -> None:
    """Its stream is refused, and it loads the page that unlocks."""
    page = locked.open("/unlock")
    page.get_by_label("Passphrase").fill(PASSPHRASE)
    page.get_by_role("button", name="Unlock").click()
    other = page.context.new_page()
    other.goto(locked.served.origin + "/contacts/new")
    expect(other.get_by_role("heading", name="Add a contact")).to_be_visible()
    page.get_by_role("button", name="Lock", exact=True).click()

    expect(other).to_have_title("Locked: not receiving — Parley", timeout=10_000)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_pages_are_accessible_and_fit(
    new: Locked, locked: Locked, screenshots: Path, width: int, scheme: Literal["light", "dark"]
) -> None:
    """axe finds nothing, also beside a problem; nothing scrolls sideways."""
    if not AXE.is_file():
        pytest.skip("ACCESSIBILITY NOT CHECKED: run tools/assets.py to fetch axe-core")
    options: dict[str, Any] = {"viewport": {"width": width, "height": 844}, "color_scheme": scheme}
    pages = {
        "welcome": new.open(**options),
        "locked": locked.open(**options),
        "wrong": locked.open(**options),
    }
    pages["wrong"].get_by_label("Passphrase").fill("wrong")
    pages["wrong"].get_by_role("button", name="Unlock").click()
    expect(pages["wrong"].get_by_role("alert")).to_be_visible()
    for name, page in pages.items():
        page.screenshot(path=screenshots / f"{name}-{width}-{scheme}.png")
        page.evaluate(AXE.read_text())
        violations = page.evaluate("axe.run()")["violations"]
        assert [(name, each["id"], [node["html"] for node in each["nodes"]]) for each in violations] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
