"""A static page under the application's own policy, on which test wallets are tried."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, Route

from parley.web.security import HEADERS

ORIGIN = "http://localhost:4999"
SCRIPT = Path(__file__).with_suffix(".js").read_text("utf-8")
PAGE = """<!doctype html><html lang="en"><title>wallets</title><link rel="icon" href="data:,">
<script src="/wallet_page.js"></script><p>A page.</p></html>"""


class WalletPage:
    """The page in a browser context; what it complains of is in `complaints`."""

    def __init__(self, context: BrowserContext, origin: str = ORIGIN) -> None:
        self.complaints: list[str] = []
        self.page: Page = context.new_page()
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.route(f"{origin}/**", _serve)
        self.page.goto(origin + "/")

    def look(self) -> None:
        """Ask for announcements once more."""
        self.page.evaluate("dapp.look()")

    def ask(self, method: str, *params: Any, wallet: str = "") -> Any:
        """Ask a wallet and wait for the result; a refusal is given as its code."""
        outcome = self.page.evaluate("(sent) => dapp.ask(...sent)", [wallet, method, list(params)])
        return outcome["result"] if "result" in outcome else outcome["error"].get("code")

    def start(self, key: str, method: str, *params: Any, wallet: str = "") -> None:
        """Ask a wallet without waiting."""
        self.page.evaluate("(sent) => { dapp.start(...sent); }", [key, wallet, method, list(params)])

    def outcome(self, key: str) -> Any:
        """What came of what was started, or None: it still waits."""
        return self.page.evaluate("(key) => dapp.outcome(key)", key)

    def wait_for_outcome(self, key: str) -> Any:
        """Wait for what was started."""
        # Not wait_for_function, which evaluates text in the page again and again: the policy forbids that.
        return self.page.evaluate("(key) => dapp.settled(key)", key)

    def wait_for_events(self, count: int) -> None:
        """Wait until wallets told this much."""
        self.page.evaluate("(count) => dapp.told(count)", count)

    def get(self, what: str) -> Any:
        """One of the page's notes: names, icons, announcements, events."""
        return self.page.evaluate(f"dapp.{what}()")


def _serve(route: Route) -> None:
    is_script = route.request.url.endswith(".js")
    kind = "text/javascript" if is_script else "text/html; charset=utf-8"
    route.fulfill(body=SCRIPT if is_script else PAGE, headers={**HEADERS, "Content-Type": kind})
