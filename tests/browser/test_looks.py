"""What the pages look like: pictures for people, and what a program can check of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from harness.sample_conversations import fill_hostile, fill_lively
from harness.schemes import schemes
from harness.served_messenger import ServedMessenger
from parley.messenger.system import system_clock_ms

WIDTHS = {390: 844, 1280: 800}


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_fit_their_width(
    alice: ServedMessenger,
    open_page: Callable[..., Page],
    screenshots: Path,
    complaints: list[str],
    width: int,
) -> None:
    """No page scrolls sideways; pictures are kept for people to look at."""

    def keep(page: Page, name: str) -> None:
        for scheme in schemes(page):
            _check_width(page, width)
            page.screenshot(path=screenshots / f"{name}-{width}-{scheme}.png")

    empty = open_page("/", viewport={"width": width, "height": WIDTHS[width]})
    keep(empty, "empty")
    bob = alice.do(lambda messenger: fill_lively(messenger, system_clock_ms()))
    own = alice.do(lambda messenger: messenger.ids(bob)[-1].hex())
    for name, path in {
        "home": "/",
        "conversation": f"/conversations/{bob}",
        "details": f"/conversations/{bob}/messages/{own}",
        "network": "/network",
        "contact": "/contacts/new",
        "missing": "/no-such-page",
    }.items():
        page = open_page(path, context=empty.context)
        expect(page.locator("h1, h2").locator("visible=true").first).to_be_visible()
        keep(page, name)
        page.close()
    # The browser itself notes every answer of 404.
    assert len(complaints) == 1
    complaints.clear()
    mallory = alice.do(fill_hostile)
    page = open_page(f"/conversations/{mallory}", context=empty.context)
    keep(page, "hostile-end")
    page.locator("#messages > .message").nth(0).scroll_into_view_if_needed()
    keep(page, "hostile")


def _check_width(page: Page, width: int) -> None:
    widths = page.evaluate(
        "[...document.querySelectorAll('body, .pane, .side, .scroller, .lines, .message')]"
        ".map((each) => [each.className, each.scrollWidth - each.clientWidth])"
    )

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert [each for each in widths if each[1] > 0] == []
