"""Reading and writing at a browser: what was seen, drafts, the way to the end, and everything by keys alone."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from harness.memory_messenger import memory_account
from harness.served_messenger import ServedMessenger

OpenPage = Callable[..., Page]


@pytest.fixture
def bob(alice: ServedMessenger) -> str:
    """The conversation with Bob."""
    return alice.do(lambda messenger: messenger.know(memory_account("bob"), "Bob"))


def test_what_was_in_view_is_read(alice: ServedMessenger, open_page: OpenPage, bob: str) -> None:
    """The number goes from list and title of every tab; the line above what was new stays."""
    alice.do(lambda messenger: messenger.receive(bob, "one"))
    other = open_page("/")
    expect(other).to_have_title(re.compile(r"^\(1\) "))
    expect(other.locator(f"#c-{bob} .count")).to_have_text("1")
    page = open_page(f"/conversations/{bob}", context=other.context)

    expect(page.locator(f"#c-{bob} .count")).to_have_count(0)
    expect(page).to_have_title(re.compile("^\u2068Bob"))
    expect(page.locator(".new-line")).to_be_visible()
    assert alice.do(lambda messenger: messenger.unread(bob)) == 0


def test_a_log_that_is_scrolled_up_counts_what_comes(
    alice: ServedMessenger, open_page: OpenPage, bob: str
) -> None:
    """It is not read before it is seen; the button leads there."""
    alice.do(lambda messenger: [messenger.receive(bob, f"message {n}") for n in range(60)])
    alice.do(lambda messenger: messenger.read_all(bob))
    page = open_page(f"/conversations/{bob}")
    page.locator("#messages > .message").nth(5).scroll_into_view_if_needed()
    alice.do(lambda messenger: messenger.receive(bob, "far below"))

    expect(page.locator("#jump .count")).to_have_text("1")
    assert alice.do(lambda messenger: messenger.unread(bob)) == 1
    page.locator("#jump").click()
    expect(page.locator("#messages").get_by_text("far below")).to_be_in_viewport()
    expect(page.locator("#jump")).to_be_hidden()
    expect(page.locator(f"#c-{bob} .count")).to_have_count(0)


def test_a_draft_outlives_the_page(alice: ServedMessenger, open_page: OpenPage, bob: str) -> None:
    """It is in the list of another page, and in the composer when one comes back; sent, it is gone."""
    page = open_page(f"/conversations/{bob}")
    page.get_by_label("Message", exact=True).press_sequentially("half a thought")
    page.locator(".rail").get_by_role("link", name="Network").click()
    expect(page.locator(f"#c-{bob}")).to_contain_text("Draft: half a thought")
    page.locator(f"#c-{bob} a").click()
    expect(page.get_by_label("Message", exact=True)).to_have_value("half a thought")
    # The button works from the first moment; the key only once the scripts of the page run.
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#messages > .message")).to_have_count(1)
    page.goto(alice.origin)

    expect(page.locator(f"#c-{bob}")).to_contain_text("You: half a thought")


def test_keys_alone_lead_everywhere(alice: ServedMessenger, open_page: OpenPage, bob: str) -> None:
    """The palette, from conversation to conversation, into the messages, to one's details and back."""
    alice.do(lambda messenger: [messenger.write(bob, text) for text in ("first", "second")])
    alice.do(lambda messenger: messenger.know(memory_account("carol"), "Carol"))
    page = open_page("/")
    press = page.keyboard.press
    press("Control+k")
    page.keyboard.type("bo")
    expect(page.get_by_role("option", name="Bob")).to_have_attribute("aria-selected", "true")
    press("Enter")
    expect(page.get_by_role("heading", name="Bob")).to_be_visible()
    page.wait_for_load_state()
    expect(page.get_by_label("Message", exact=True)).to_be_focused()
    press("Shift+F6")
    expect(page.get_by_role("log")).to_be_focused()
    press("ArrowUp")
    press("ArrowUp")
    expect(page.locator("#messages > .message").first).to_be_focused()
    press("Enter")
    expect(page.locator("#details")).to_contain_text("first")
    page.wait_for_load_state()
    press("Escape")
    expect(page.locator("#details")).to_have_count(0)
    page.wait_for_load_state()
    press("Alt+ArrowDown")
    expect(page.get_by_role("heading", name="Carol")).to_be_visible()
    page.wait_for_load_state()
    page.get_by_role("log").focus()
    press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    press("Escape")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_hidden()
    press("Escape")
    expect(page.get_by_role("heading", name="Parley")).to_be_visible()


def test_drafts_and_marks_work_without_javascript(
    alice: ServedMessenger, open_page: OpenPage, bob: str
) -> None:
    """By buttons, which a page with a script does not have."""
    alice.do(lambda messenger: messenger.receive(bob, "one"))
    page = open_page(f"/conversations/{bob}", java_script_enabled=False)
    page.get_by_role("button", name="Mark as read").click()
    expect(page).to_have_title(re.compile("^\u2068Bob"))
    page.get_by_label("Message", exact=True).fill("for later")
    page.get_by_role("button", name="Keep for later").click()

    expect(page.get_by_label("Message", exact=True)).to_have_value("for later")
    assert alice.do(lambda messenger: messenger.drafts[bob]) == "for later"
