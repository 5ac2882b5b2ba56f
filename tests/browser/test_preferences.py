"""What a person's system asks of a page: its own few colours, and nothing that moves."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from harness.sample_conversations import fill_lively
from harness.served_messenger import ServedMessenger

NOW_MS = 1_800_900_000_000


def _style(page: Page, selector: str, name: str) -> str:
    value = page.locator(selector).first.evaluate("(each, name) => getComputedStyle(each)[name]", name)
    return str(value)


def test_forced_colours(alice: ServedMessenger, open_page: Callable[..., Page]) -> None:
    """Where grounds have no colour of ours, lines tell messages, what is chosen and what has the focus apart."""
    bob = alice.do(lambda messenger: fill_lively(messenger, NOW_MS))
    page = open_page(f"/conversations/{bob}", forced_colors="active")

    assert _style(page, "#messages > .message", "borderTopStyle") == "solid"
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()
    assert _style(page, "#palette", "borderTopStyle") == "solid"
    assert _style(page, "#palette [role=option][aria-selected=true]", "outlineStyle") == "solid"
    page.keyboard.press("Escape")
    page.get_by_label("Message", exact=True).press("Shift+Tab")
    focused = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert focused in {"solid", "auto"}


def test_reduced_motion(alice: ServedMessenger, open_page: Callable[..., Page]) -> None:
    """A message that arrives is there at once, and nothing turns; without the wish it comes softly."""
    bob = alice.do(lambda messenger: fill_lively(messenger, NOW_MS))
    page = open_page(f"/conversations/{bob}", reduced_motion="reduce")
    assert _style(page, "#messages > .message", "transitionDuration") == "0s"
    assert page.evaluate("document.getAnimations().length") == 0

    page.emulate_media(reduced_motion="no-preference")
    assert "0.12s" in _style(page, "#messages > .message", "transitionDuration")
