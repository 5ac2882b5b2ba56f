"""An invite on its way from one browser to another."""

from __future__ import annotations

from playwright.sync_api import expect

from harness.real_pages import press
from harness.town import Friends, Town, delivered, message, write


def test_an_invite_outlives_a_restart(friends: Friends, village: Town) -> None:
    """Whoever uses one that was made before it is let in, without waiting under Requests."""
    alice = friends.alice
    page = alice.pages.open("/invites")
    press(page, "Make an invite")
    link = page.get_by_label("The invite as a link").input_value()
    page.context.close()
    alice.process.stop()
    alice.process.start()
    (dora,) = village.move_in("dora")
    with dora.pages.visited():
        found = dora.find(link)
        expect(found.locator(".found")).to_contain_text(alice.process.account)
        found.get_by_role("button", name="Add", exact=True).click()
        there = dora.talk_to(alice)
        write(there, "You gave me this invite.")
        here = alice.talk_to(dora)
        expect(message(here, "You gave me this invite.")).to_be_visible()
        delivered(there, "You gave me this invite.")
        here.goto(alice.pages.origin + "/requests")

        expect(here.locator("main")).not_to_contain_text(dora.process.account)
