"""A running `parley up` and the browsers before it: what a person does on its pages, from the first one on."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, expect

from harness.browser_wallet import BrowserWallet
from harness.processes import PersonProcess, wait_until

AXE = Path(__file__).resolve().parents[1] / "browser" / "vendor" / "axe.min.js"
PASSPHRASE = "correct horse battery"
PHONE = {"width": 390, "height": 844}
TIMEOUT_MS = 20_000
HOME = "No conversations yet."
SIGN_IN = "Sign in with this account"
LOCKED = "Locked: not receiving — Parley"
LONGEST_WAY = 60
"""So many times Tab is pressed at most to get somewhere on a page."""


class RealPages:
    """The pages of one process, on a phone's screen, and what is wrong with any of them.

    Attributes:
        complaints: of the consoles (a violation of the policy is one), of axe, and of what is too wide.
    """

    def __init__(self, browser: Browser, person: PersonProcess) -> None:
        self.person = person
        self.complaints: list[str] = []
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self._axe = _axe()

    @property
    def origin(self) -> str:
        """Where the pages are."""
        return self.person.url.rstrip("/")

    # --- Browsers ---

    def context(
        self, *wallets: BrowserWallet, browser: Browser | None = None, scripts: bool = True
    ) -> BrowserContext:
        """A new browser with these wallets, not signed in."""
        context = (browser or self._browser).new_context(
            viewport=PHONE,  # type: ignore[arg-type]
            reduced_motion="reduce",
            java_script_enabled=scripts,
        )
        context.set_default_timeout(TIMEOUT_MS)
        for wallet in wallets:
            wallet.install(context)
        self._contexts.append(context)
        return context

    def sign_in(self, context: BrowserContext) -> None:
        """Give a browser the session of the process's own one."""
        (cookie,) = self.person.client.cookies.jar
        context.add_cookies(
            [{"name": cookie.name, "value": cookie.value or "", "url": self.origin, "sameSite": "Strict"}]
        )

    def stranger(self, path: str, *wallets: BrowserWallet, context: BrowserContext | None = None) -> Page:
        """Open a page in a browser that is not signed in, or in this one."""
        page = self.watched((context or self.context(*wallets)).new_page())
        page.goto(self.origin + path)
        return page

    def open(self, path: str, *wallets: BrowserWallet, scripts: bool = True) -> Page:
        """Open a page in a new browser that is signed in."""
        context = self.context(*wallets, scripts=scripts)
        self.sign_in(context)
        return self.stranger(path, context=context)

    def watched(self, page: Page) -> Page:
        """Note what a tab's console complains of."""
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))
        return page

    def _note(self, message: ConsoleMessage) -> None:
        # The browser itself notes every answer of 4xx, which is asked for here, and htmx a stream's.
        expected = "Failed to load resource" in message.text or "SSE reconnect failed" in message.text
        if message.type in {"error", "warning"} and not expected:
            self.complaints.append(f"{message.type}: {message.text}")

    def forgive(self, *words: str) -> None:
        """Leave out complaints that a test provoked, by words in them."""
        self.complaints[:] = [each for each in self.complaints if not any(one in each for one in words)]

    @contextmanager
    def visited(self) -> Iterator[None]:
        """Close the block's browsers at its end; what their pages complained of fails it."""
        self.complaints.clear()
        try:
            yield
        finally:
            while self._contexts:
                self._contexts.pop().close()
        assert self.complaints == [], self.complaints

    # --- What a person does ---

    def forget_profile(self) -> None:
        """Lock, and empty the folder: the next visit is the first again."""
        self.person.client.post("welcome/abandon")
        assert self.person.client.post("lock").status_code == 303
        for each in self.person.data.glob("profile.*"):
            each.unlink()

    def begin(self, *wallets: BrowserWallet) -> Page:
        """The first run, up to the choice of the account."""
        page = self.open("/", *wallets)
        self.choose_passphrase(page)
        return page

    def choose_passphrase(self, page: Page) -> None:
        """From the page of the passphrase to that of the account."""
        page.get_by_label("Passphrase").fill(PASSPHRASE)
        page.get_by_label("The same again").fill(PASSPHRASE)
        press(page, "Continue")
        heading(page, "Choose your account")

    def make_profile(self, wallet: BrowserWallet) -> Page:
        """The whole first run with a wallet outside."""
        page = self.begin(wallet)
        sign(page, wallet)
        at_home(page)
        return page

    def lock(self) -> None:
        """Lock from another browser."""
        assert self.person.client.post("lock").status_code == 303

    def unlock(self) -> None:
        """Unlock by the passphrase in another browser, as soon as that is looked at."""
        wait_until(lambda: self._unlocks(PASSPHRASE))

    def _unlocks(self, passphrase: str) -> bool:
        answer = self.person.client.post("unlock", data={"passphrase": passphrase})
        return answer.status_code == 303

    # --- What every page has to be ---

    def look(self, page: Page, name: str) -> None:
        """Note what axe finds, and whether a phone would have to scroll sideways."""
        # A page has its title before it has its text.
        page.wait_for_load_state()
        # Evaluated by the debugger, which the page's policy does not concern.
        page.evaluate(self._axe)
        for each in page.evaluate("axe.run()")["violations"]:
            nodes = [node["html"][:200] for node in each["nodes"]]
            self.complaints.append(f"{name}: {each['id']} {nodes}")
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > PHONE["width"]:
            self.complaints.append(f"{name}: {width} pixels wide")


def press(page: Page, name: str) -> None:
    """Press the button whose words begin so."""
    page.get_by_role("button", name=re.compile(f"^{re.escape(name)}")).click()


def heading(page: Page, text: str) -> None:
    """Wait for a page by its heading."""
    expect(page.get_by_role("heading", name=text, level=1)).to_be_visible()


def at_home(page: Page) -> None:
    """Wait for the conversations of a profile that has none."""
    expect(page.get_by_text(HOME)).to_be_visible()


def account_of(page: Page) -> str:
    """Whose profile it is."""
    return page.locator(".foot-account").get_attribute("title") or ""


def posted(page: Page, path: str) -> list[dict[str, str]]:
    """What the page's forms send to an address from now on."""
    forms: list[dict[str, str]] = []

    def note(request: Request) -> None:
        if request.method == "POST" and urlsplit(request.url).path == path:
            forms.append(dict(parse_qsl(request.post_data or "", keep_blank_values=True)))

    page.on("request", note)
    return forms


def told(page: Page, words: str) -> None:
    """Wait until the page tells a problem, which has the keyboard's focus."""
    alert = page.get_by_role("alert").filter(has_text=words)
    expect(alert).to_be_visible()
    expect(alert).to_be_focused()


def status(page: Page, words: str) -> None:
    """Wait until the page says where it is."""
    expect(page.get_by_role("status").filter(has_text=words)).to_be_visible()


def choose(page: Page, wallet: BrowserWallet | str) -> None:
    """Choose a wallet, up to what it is going to sign for."""
    press(page, wallet if isinstance(wallet, str) else wallet.name)


def sign(page: Page, wallet: BrowserWallet | str, button: str = SIGN_IN) -> None:
    """Choose a wallet and have it sign."""
    choose(page, wallet)
    press(page, button)


def tab_to(page: Page, target: Locator) -> None:
    """Go somewhere by Tab alone."""
    expect(target).to_be_visible()
    for _ in range(LONGEST_WAY):
        if target.evaluate("(element) => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("not to be reached by Tab")


def enter(page: Page, target: Locator) -> None:
    """Go somewhere by Tab alone, and press Enter there."""
    tab_to(page, target)
    page.keyboard.press("Enter")


def _axe() -> str:
    if AXE.is_file():
        return AXE.read_text("utf-8")
    message = "ACCESSIBILITY NOT CHECKED: run tools/assets.py to fetch axe-core"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)
