"""axe-core over every page, in light and dark, narrow and wide."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from harness.sample_conversations import fill_lively
from harness.schemes import schemes
from harness.served_messenger import ServedMessenger

NOW_MS = 1_800_900_000_000
AXE = Path(__file__).parent / "vendor" / "axe.min.js"


@pytest.fixture(scope="module")
def axe() -> str:
    """The source of axe-core; fetched by tools/assets.py."""
    if not AXE.is_file():
        message = "ACCESSIBILITY NOT CHECKED: run tools/assets.py to fetch axe-core"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return AXE.read_text()


@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing(
    alice: ServedMessenger,
    open_page: Callable[..., Page],
    axe: str,
    complaints: list[str],
    width: int,
) -> None:
    """Not on empty pages, not on full ones, not on an error's."""
    page = open_page("/", viewport={"width": width, "height": 844})
    found = {"empty": violations(page, axe)}
    dan = alice.do(lambda messenger: messenger.know("0x" + "d" * 40))
    bob = alice.do(lambda messenger: fill_lively(messenger, NOW_MS))
    own = alice.do(lambda messenger: messenger.ids(bob)[-1].hex())
    for name, path in {
        "home": "/",
        "no messages": f"/conversations/{dan}",
        "conversation": f"/conversations/{bob}",
        "details": f"/conversations/{bob}/messages/{own}",
        "network": "/network",
        "contact": "/contacts/new",
        "missing": "/no-such-page",
    }.items():
        page.goto(alice.origin + path)
        expect(page.locator("h1, h2").locator("visible=true").first).to_be_visible()
        found[name] = violations(page, axe)
    page.goto(alice.origin + "/")
    page.get_by_label("Search conversations").fill("nobody")
    page.keyboard.press("Enter")
    # The stream brought the whole list, and the page searched it once more.
    expect(page.locator("#nothing-found")).to_be_visible()
    assert page.url == alice.origin + "/search"
    found["search"] = violations(page, axe)
    page.goto(f"{alice.origin}/conversations/{bob}")
    page.get_by_role("log").focus()
    for key, dialog in {"?": "#keys", "Control+k": "#palette"}.items():
        page.keyboard.press(key)
        expect(page.locator(dialog)).to_be_visible()
        found[dialog] = violations(page, axe)

    assert len(complaints) == 1  # The browser notes the missing page.
    page.route("**/live?*", lambda route: route.abort("connectionrefused"))
    page.reload()
    expect(page.get_by_text("Reconnecting")).to_be_visible()
    found["reconnecting"] = violations(page, axe)
    page.unroute_all()

    assert {name: each for name, each in found.items() if each} == {}
    # And each attempt to reach the server.
    complaints.clear()


def violations(page: Page, axe: str) -> list[Any]:
    """What axe-core finds on a page, in light and in dark."""
    # Evaluated by the debugger, which the page's policy does not concern.
    page.evaluate(axe)
    return [
        (scheme, each["id"], [node["html"][:200] for node in each["nodes"]], each["help"])
        for scheme in schemes(page)
        for each in page.evaluate("axe.run()")["violations"]
    ]
