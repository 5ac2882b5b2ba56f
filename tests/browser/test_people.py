"""The pages about people in a browser: without JavaScript, and with axe, narrow and dark, wide and light."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from eth_utils.address import to_checksum_address
from playwright.sync_api import Page, expect

from browser.test_accessibility import axe, violations
from harness.memory_meeting import found, memory_invite
from harness.memory_messenger import MemoryMessenger, memory_account
from harness.sample_conversations import HOSTILE_TEXTS, fill
from harness.served_messenger import ServedMessenger
from parley.chat.invites.codec import decode_link
from parley.messenger.acquaintance import Device
from parley.messenger.errors import NameUnknownError
from parley.messenger.finding import Way

__all__ = ["axe"]

BOB, EVE, DAN = (memory_account(name) for name in ("bob", "eve", "dan"))
START_MS = 1_800_000_000_000


def people(messenger: MemoryMessenger) -> str:
    """Contacts, somebody pending, somebody blocked, requests and what can be found; gives Bob's conversation."""
    bob = fill(messenger)
    messenger.ethereum.learn_name(BOB, "bob.eth")
    messenger.devices[BOB] = (Device("Bob's laptop", START_MS), Device("phone", START_MS - 86_400_000))
    messenger.finds |= {
        "robert.eth": found(
            memory_account("robert"), way=Way.NAME, typed_name="robert.eth", name="robert.eth"
        ),
        "b0b.eth": found(
            EVE, way=Way.NAME, typed_name="b0b.eth", name="mallory.eth", alike=("Bob", BOB), unchecked=True
        ),
        "nobody.eth": NameUnknownError("nobody.eth"),
    }
    link = memory_invite(DAN)
    messenger.finds["parley:dan"] = found(DAN, way=Way.INVITE, name_asked=False, invite=decode_link(link))
    messenger.ask_to_talk(EVE, "Hi, this is Eve. We met in Lisbon.", "Do you still have the slides?")
    messenger.ask_to_talk(memory_account("zed"), *HOSTILE_TEXTS.values())
    return bob


async def prepare(messenger: MemoryMessenger) -> None:
    """What takes a step of its own."""
    await messenger.add_by_account(memory_account("grace"), "Grace")
    eve = messenger.know(memory_account("spam"), "Cheap tickets")
    await messenger.block(eve)
    await messenger.make_invite()


@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_about_people(
    alice: ServedMessenger,
    open_page: Callable[..., Page],
    axe: str,
    complaints: list[str],
    screenshots: Path,
    width: int,
) -> None:
    """On every page, empty and full, and on those that warn."""
    page = open_page("/contacts", viewport={"width": width, "height": 844})
    problems = {}

    def check(name: str) -> None:
        expect(page.locator("h1").first).to_be_visible()
        page.screenshot(path=screenshots / f"people-{name}-{width}.png", full_page=True)
        problems[name] = violations(page, axe)
        # Nothing sticks out sideways.
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    def find(who: str) -> None:
        page.goto(alice.origin + "/contacts/new")
        page.get_by_label("Name, address or invite").fill(who)
        page.get_by_role("button", name="Find").click()

    for name, path in {"empty": "/contacts", "no requests": "/requests", "no invites": "/invites"}.items():
        page.goto(alice.origin + path)
        check(name)
    bob = alice.do(people)
    alice.run(prepare)
    (pending,) = alice.run(lambda messenger: messenger.pending())
    (invite,) = alice.run(lambda messenger: messenger.invites())
    paths = {
        "contacts": "/contacts",
        "new": "/contacts/new",
        "contact": f"/contacts/{bob}",
        "pending": f"/contacts/{pending.conversation_id}",
        "requests": "/requests",
        "invites": "/invites",
        "invite": f"/invites/{invite.invite_id}",
    }
    for name, path in paths.items():
        page.goto(alice.origin + path)
        check(name)
    for name, who in {"found": "robert.eth", "warned": "b0b.eth", "invited": "parley:dan"}.items():
        find(who)
        check(name)
    find("nobody.eth")
    check("nobody")
    page.goto(f"{alice.origin}/contacts/{bob}")
    page.get_by_role("button", name="The numbers are the same").click()
    expect(page.get_by_text("You compared it")).to_be_visible()
    check("compared")
    page.get_by_label("Their number").fill("0" * 60)
    page.get_by_role("button", name="The numbers are the same").click()
    expect(page.get_by_role("alert").filter(has_text="do not trust")).to_be_visible()
    check("differs")

    assert {name: each for name, each in problems.items() if each} == {}
    complaints.clear()  # The browser notes the pages with an error's status.


def test_everything_works_without_javascript(alice: ServedMessenger, open_page: Callable[..., Page]) -> None:
    """Invite, find, add, accept, compare, rename, block, unblock."""
    alice.do(people)
    page = open_page("/contacts", java_script_enabled=False)
    page.get_by_role("link", name="Invites").click()
    page.get_by_role("button", name="Make an invite").click()
    expect(page.get_by_label("The invite as a link")).to_have_value("parley:" + page_link(alice))
    page.get_by_role("button", name="Revoke it").click()
    expect(page.get_by_text("No invites yet.")).to_be_visible()

    page.goto(alice.origin + "/contacts/new")
    page.get_by_label("Name, address or invite").fill("robert.eth")
    page.get_by_role("button", name="Find").click()
    page.get_by_label("Nickname").fill("Robert")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_text("Parley asks the network")).to_be_visible()
    page.get_by_role("button", name="Ask for them no longer").click()

    page.get_by_role("link", name="2 requests").click()
    page.locator(".request", has_text="Lisbon").get_by_role("button", name="Accept").click()
    expect(page.get_by_role("log")).to_contain_text("Lisbon")

    page.goto(alice.origin + "/contacts")
    page.get_by_label("Search contacts").fill("bob")
    page.get_by_role("button", name="Search").click()
    page.locator("a.person").click()
    page.get_by_role("textbox", name="Nickname").fill("Robert the first")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("h1")).to_have_text("Robert the first")
    page.get_by_role("button", name="The numbers are the same").click()
    expect(page.get_by_text("You compared it")).to_be_visible()
    page.get_by_role("button", name="Block them").click()
    page.get_by_role("button", name="Unblock").click()
    expect(page.locator("a.person", has_text="Robert the first")).to_be_visible()


def test_lists_of_people_refresh_by_themselves(
    alice: ServedMessenger, open_page: Callable[..., Page]
) -> None:
    """A stranger appears, without closing what was opened of another; who was asked for can be written to."""
    alice.do(lambda messenger: messenger.ask_to_talk(EVE, "long\n" * 100))
    page = open_page("/requests")
    page.get_by_text("Show all of it").click()
    page.get_by_role("button", name="Accept").focus()
    alice.do(lambda messenger: messenger.ask_to_talk(DAN, "And I am Dan."))
    expect(page.get_by_text("And I am Dan.")).to_be_visible()
    expect(page.locator("details[open]")).to_have_count(1)
    expect(page.locator(".request").first.get_by_role("button", name="Accept")).to_be_focused()

    pending = alice.run(lambda messenger: messenger.add_by_account(BOB, "Bob"))
    page.goto(f"{alice.origin}/contacts/{pending}")
    expect(page.get_by_role("button", name="Ask for them no longer")).to_be_visible()
    alice.do(lambda messenger: messenger.answer(BOB))
    page.get_by_role("link", name="Write to them").click()
    expect(page.get_by_label("Message", exact=True)).to_be_visible()


def test_links_and_addresses_are_copied(alice: ServedMessenger, open_page: Callable[..., Page]) -> None:
    """To the letter, the address as wallets spell it; where the browser refuses, it is selected."""
    page = open_page("/invites")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy your address").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    account = alice.do(lambda messenger: messenger.account)
    assert page.evaluate("navigator.clipboard.readText()") == to_checksum_address(account)
    page.get_by_role("button", name="Make an invite").click()
    page.get_by_role("button", name="Copy the link").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "parley:" + page_link(alice)

    refused = "Promise.reject(new DOMException('', 'NotAllowedError'))"
    refuse = f"() => {{ navigator.clipboard.writeText = () => {refused}; }}"
    page.evaluate(refuse)
    page.get_by_role("button", name="Copy the link").click()
    expect(page.get_by_text("It is selected")).to_be_visible()
    selected = "((area) => area.value.slice(area.selectionStart, area.selectionEnd))"
    assert page.locator("#link").evaluate(selected) == "parley:" + page_link(alice)


def page_link(alice: ServedMessenger) -> str:
    """What the invite's link says after its scheme."""
    (invite,) = alice.run(lambda messenger: messenger.invites())
    return invite.link.removeprefix("parley:")
