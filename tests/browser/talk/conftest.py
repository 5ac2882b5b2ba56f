"""Fixtures of the talks: one browser, one relay, and as few people as possible, since each takes seconds to start."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from harness.chromium import CHROMIUM_ARGUMENTS, chromium_executable
from harness.embedded_world import EmbeddedWorld
from harness.real_pages import TIMEOUT_MS
from harness.town import Asked, Friends, Resident, Town, town


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for this folder."""
    # Not for the whole session: Playwright keeps an event loop in the main thread, where other tests run trio.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_executable(), args=list(CHROMIUM_ARGUMENTS)
        )
        expect.set_options(timeout=TIMEOUT_MS)
        yield browser
        expect.set_options(timeout=None)
        browser.close()


@pytest.fixture(scope="package")
def village(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory, embedded_chain: EmbeddedWorld
) -> Iterator[Town]:
    """A relay and a chain; nobody lives there yet."""
    with town(tmp_path_factory.mktemp("town"), browser, embedded_chain) as made:
        yield made


@pytest.fixture(scope="package")
def met(village: Town) -> Friends:
    """Alice and Bob, who added each other by their names."""
    alice, bob = village.move_in("alice", "bob")
    shown = []
    with alice.pages.visited(), bob.pages.visited():
        for one, other in ((alice, bob), (bob, alice)):
            page = one.find(other.name)
            shown.append(page.locator(".found").inner_text())
            page.get_by_role("button", name="Add", exact=True).click()
        alice.talk_to(bob)
        bob.talk_to(alice)
    return Friends(alice, bob, tuple(shown))


@pytest.fixture
def friends(met: Friends) -> Iterator[Friends]:
    """The two, each with no page open; what a page of theirs complains of fails the test."""
    with met.alice.pages.visited(), met.bob.pages.visited():
        yield met


@pytest.fixture(scope="package")
def strangers(village: Town) -> list[Resident]:
    """Carol and Mallory, whom nobody has heard of."""
    return village.move_in("carol", "mallory")


@pytest.fixture
def asked(friends: Friends, strangers: list[Resident]) -> Iterator[Asked]:
    """Alice and Bob, and the two who are strangers to them."""
    with ExitStack() as visits:
        for each in strangers:
            visits.enter_context(each.pages.visited())
        yield friends.alice, friends.bob, strangers[0], strangers[1]
