"""A served profile that is locked or not made yet, and browsers that were let in to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from harness.memory_keeper import MemoryKeeper
from harness.memory_messenger import MemoryMessenger
from harness.served_messenger import ServedMessenger, served_messenger

TIMEOUT_MS = 10_000


class LockedPages:
    """What browsers, one a context, see of a keeper. What their consoles complain of is kept in `complaints`."""

    def __init__(self, browser: Browser, served: ServedMessenger, keeper: MemoryKeeper) -> None:
        self.served = served
        self.keeper = keeper
        self.complaints: list[str] = []
        self._browser = browser
        self.contexts: list[BrowserContext] = []

    @property
    def messenger(self) -> MemoryMessenger:
        """The profile behind the keeper."""
        return self.served.do(lambda messenger: messenger)

    def context(self, **options: Any) -> BrowserContext:
        """A new browser, not let in yet."""
        context = self._browser.new_context(**options)
        context.set_default_timeout(TIMEOUT_MS)
        self.contexts.append(context)
        return context

    def stranger(self, path: str, context: BrowserContext | None = None, **options: Any) -> Page:
        """Open a page without having been let in."""
        page = (context or self.context(**options)).new_page()
        page.on("console", lambda m: self._note(m.type, m.text))
        page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))
        page.goto(self.served.origin + path)
        return page

    def open(self, path: str = "/", context: BrowserContext | None = None, **options: Any) -> Page:
        """Open a page in a new browser (or this one) by a launch link."""
        page = self.stranger("/static/icon.svg", context, **options)
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
        for context in self.contexts:
            context.close()


@contextmanager
def locked_pages(browser: Browser, keeper: MemoryKeeper, messenger: MemoryMessenger) -> Iterator[LockedPages]:
    """Serve a keeper; any complaint of a console fails the block."""
    with served_messenger(messenger=messenger, keeper=keeper) as served:
        locked = LockedPages(browser, served, keeper)
        try:
            yield locked
        finally:
            locked.close()
    assert locked.complaints == []
