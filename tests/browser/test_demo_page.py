"""The demo's own page in a real browser: under its policy, in every state it can be in, and from one to the next."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from browser.test_accessibility import AXE, violations
from parley.commands.demo_page import DEMO_POLICY
from parley.resources import static_directory
from parley.web.rendering import Renderer
from parley_demo.page import progress_page
from parley_demo.parts import Parts, State

ORIGIN = "http://localhost:4997"


class Shown:
    """The page of some parts, as a browser is given it."""

    def __init__(self) -> None:
        self.parts = Parts(lambda _part: None)
        self._renderer = Renderer()

    def put(self, state: State) -> None:
        """All parts are in this state."""
        for each in tuple(self.parts):
            self.parts.put(replace(each, state=state, detail="http://localhost:1", advice="See the log."))

    def answer(self, route: Route) -> None:
        """What the server answers."""
        path = route.request.url.removeprefix(ORIGIN)
        headers = {"Content-Security-Policy": DEMO_POLICY}
        if path.startswith("/static/"):
            file = static_directory() / path.removeprefix("/static/").partition("?")[0]
            kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            route.fulfill(body=file.read_bytes(), headers={**headers, "Content-Type": kind})
        elif path == "/":
            html = self._renderer.page("demo/progress.html", page=progress_page(self.parts))
            route.fulfill(body=html, headers={**headers, "Content-Type": "text/html; charset=utf-8"})
        else:
            route.fulfill(status=404)


@pytest.fixture
def shown() -> Shown:
    """A demo that has not started anything."""
    return Shown()


@pytest.fixture(params=[390, 1280])
def page(browser: Browser, shown: Shown, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A tab of this width; what its console complains of fails the test."""
    context = browser.new_context(viewport={"width": request.param, "height": 844})
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.route(f"{ORIGIN}/**", shown.answer)
    yield page
    context.close()
    assert complaints == []


def test_the_progress_page(page: Page, shown: Shown) -> None:
    """Who cannot be entered yet is not offered, whatever happened is said in words, and axe finds nothing."""
    axe = AXE.read_text()
    found = {}
    states: tuple[tuple[State, Literal[0, 4]], ...] = (
        (State.WAITING, 0),
        (State.FAILED, 0),
        (State.RUNNING, 4),
    )
    for state, ways_in in states:
        shown.put(state)
        page.goto(ORIGIN + "/")
        expect(page.locator("form button:enabled")).to_have_count(ways_in)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        found[state] = violations(page, axe)

    assert {state: each for state, each in found.items() if each} == {}


def test_it_follows_without_losing_the_place(page: Page, shown: Shown) -> None:
    """What changed is taken over in place: who has the focus on a button keeps it."""
    shown.put(State.RUNNING)
    shown.parts.put(replace(next(each for each in shown.parts if each.name == "Carol"), state=State.STARTING))
    page.goto(ORIGIN + "/")
    bob = page.get_by_role("button", name="Enter as Bob")
    bob.focus()
    expect(page.get_by_role("button", name="Enter as Carol")).to_be_disabled()
    shown.put(State.RUNNING)

    expect(page.get_by_role("button", name="Enter as Carol")).to_be_enabled()
    expect(page.get_by_text("Everything runs.")).to_be_visible()
    expect(bob).to_be_focused()
