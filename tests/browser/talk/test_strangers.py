"""Who nobody knows waits under Requests: one is accepted, one is blocked, and neither learns of it before."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from harness.town import Asked, Resident, delivered, message, undelivered, until_shown, write


def _request(alice: Resident, who: Resident, text: str) -> tuple[Page, Locator]:
    """Wait for a stranger's words under Requests; the page, and the request there."""
    page = alice.pages.open("/requests")
    request = page.locator(".request").filter(has_text=who.process.account)
    until_shown(page, request.get_by_text(text))
    return page, request


def test_a_stranger_is_accepted(asked: Asked) -> None:
    """Until then nothing is among the conversations, and the stranger does not learn that it arrived."""
    alice, _, carol, _ = asked
    carol.add(alice.name)
    there = carol.talk_to(alice)
    write(there, "Hello, we met at the lake.")
    here, request = _request(alice, carol, "Hello, we met at the lake.")
    undelivered(there, "Hello, we met at the lake.")
    expect(here.locator("#lines")).not_to_contain_text(carol.name)
    alice.pages.look(here, "requests")
    request.get_by_role("button", name="Accept").click()

    expect(message(here, "Hello, we met at the lake.")).to_be_visible()
    delivered(there, "Hello, we met at the lake.")
    write(here, "I remember!")
    expect(message(there, "I remember!")).to_be_visible()
    delivered(here, "I remember!")


def test_a_stranger_is_blocked(asked: Asked) -> None:
    """Nothing of theirs shows any more, what they write later included."""
    alice, bob, _, mallory = asked
    mallory.add(alice.name)
    there = mallory.talk_to(alice)
    write(there, "Cheap tickets!")
    here, request = _request(alice, mallory, "Cheap tickets!")
    request.get_by_role("button", name="Block and delete").click()
    expect(request).to_have_count(0)
    write(there, "Even cheaper tickets!")
    undelivered(there, "Even cheaper tickets!")
    # What Bob sends after it has come the same way: Mallory's would have come too.
    write(bob.talk_to(alice), "Did you get any spam?")
    expect(message(alice.talk_to(bob), "Did you get any spam?")).to_be_visible()

    for path in ("/", "/requests", "/contacts"):
        here.goto(alice.pages.origin + path)
        expect(here.locator("body")).not_to_contain_text("tickets")
    expect(here.get_by_role("button", name="Unblock")).to_be_visible()
    undelivered(there, "Cheap tickets!")
    undelivered(there, "Even cheaper tickets!")
