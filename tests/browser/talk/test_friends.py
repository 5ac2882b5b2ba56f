"""Two people in two browsers: added by name, talking live, through a kill, and without JavaScript."""

from __future__ import annotations

from playwright.sync_api import expect

from harness.town import Friends, delivered, message, undelivered, until_shown, write


def test_who_is_added_is_shown_before(friends: Friends) -> None:
    """By the name that was typed, and the account that calls itself so."""
    for shown, person in zip(friends.shown, (friends.bob, friends.alice), strict=True):
        assert person.name in shown
        assert person.process.account in shown


def test_they_talk_live(friends: Friends) -> None:
    """What one writes stands on the other's page without a reload, and the writer learns that it is there."""
    here, there = friends.alice.talk_to(friends.bob), friends.bob.talk_to(friends.alice)
    for writer, reader, text in (
        (here, there, "Shall we meet at nine?"),
        (there, here, "Better at ten <b>sharp</b>."),
        (here, there, "Ten it is \N{SMILING FACE WITH SMILING EYES}"),
    ):
        write(writer, text)
        expect(message(reader, text)).to_be_visible()
        delivered(writer, text)

    for page in (here, there):
        expect(page.get_by_role("log").locator(".message .text")).to_have_text(
            [
                "Shall we meet at nine?",
                "Better at ten <b>sharp</b>.",
                "Ten it is \N{SMILING FACE WITH SMILING EYES}",
            ]
        )


def test_who_was_killed_gets_what_was_written_meanwhile(friends: Friends) -> None:
    """In order, and each once; the page that stayed open goes on by itself."""
    texts = ["Are you still there?", "I leave this here for you.", "Until later."]
    here, there = friends.alice.talk_to(friends.bob), friends.bob.talk_to(friends.alice)
    # Its stream is open: htmx goes on trying only what it once was connected to.
    write(here, "Just a moment.")
    expect(message(there, "Just a moment.")).to_be_visible()
    friends.bob.process.kill()
    for each in texts:
        write(here, each)
        undelivered(here, each)
    friends.bob.process.start()
    for each in texts:
        delivered(here, each)
        expect(message(there, each)).to_be_visible()
    shown = there.get_by_role("log").locator(".message .text").all_inner_texts()

    assert shown[-3:] == texts
    # What its stream met while nobody answered.
    friends.bob.pages.forgive("net::ERR_", "htmx:sse:error")
    write(there, "Here I am again.")
    expect(message(here, "Here I am again.")).to_be_visible()


def test_without_javascript(friends: Friends) -> None:
    """A form sends, and loading the page again shows what came and what was delivered."""
    here, there = (
        one.talk_to(other, one.pages.open("/", scripts=False))
        for one, other in ((friends.alice, friends.bob), (friends.bob, friends.alice))
    )
    write(here, "Written without scripts.")
    until_shown(there, message(there, "Written without scripts."))
    write(there, "And answered without.")
    until_shown(here, message(here, "And answered without."))
    until_shown(here, message(here, "Written without scripts.").locator(".state.delivered"))
    until_shown(there, message(there, "And answered without.").locator(".state.delivered"))
