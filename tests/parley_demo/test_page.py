"""The demo's page: who gets in, what is shown, where the buttons lead."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import trio

from harness.page_client import OURS, PORT, PageTransport
from parley.commands.demo_page import DEMO_POLICY, create_demo_page
from parley.web.entrance import Entrance
from parley.web.folder import launch_link
from parley_demo.errors import NotReadyError
from parley_demo.page import LATER_S, SOON_S
from parley_demo.parts import Part, Parts, State

KEY = bytes(range(32))
ORIGIN = f"http://localhost:{PORT}"
NOW_MS = 1_800_000_000_000


class MemoryDemo:
    """Parts that tests move, and links that lead nowhere."""

    def __init__(self) -> None:
        self.parts = Parts(lambda _part: None)
        self.links = 0

    def run_all(self) -> None:
        """Everything is ready."""
        for each in tuple(self.parts):
            self.parts.put(replace(each, state=State.RUNNING, detail=f"{each.name} runs"))

    async def enter(self, name: str) -> str:
        await trio.lowlevel.checkpoint()
        if not self.parts.runs(name):
            raise NotReadyError
        self.links += 1
        return f"http://localhost:1/launch/{name}-{self.links}"

    async def enter_as_yourself(self) -> str:
        await trio.lowlevel.checkpoint()
        if not self.parts.ready:
            raise NotReadyError
        return "http://localhost:2/launch/you"


@pytest.fixture
def demo() -> MemoryDemo:
    """A demo that has not started anything."""
    return MemoryDemo()


@pytest.fixture
async def browser(demo: MemoryDemo) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that was not let in yet."""
    entrance = Entrance(PORT, key=KEY, clock=lambda: NOW_MS)
    app = create_demo_page(demo, entrance, Path("/some/demo"), PORT)
    transport = PageTransport(app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=OURS) as client:
        yield client


@pytest.fixture
async def inside(browser: httpx.AsyncClient) -> httpx.AsyncClient:
    """The same, let in."""
    await browser.get(launch_link(ORIGIN, KEY, NOW_MS))
    return browser


async def test_without_a_link_nothing_answers(browser: httpx.AsyncClient, demo: MemoryDemo) -> None:
    """One of the ways in leads to a Parley of one's own."""
    demo.run_all()
    answers = [
        await browser.get("/"),
        await browser.post("/enter/alice"),
        await browser.post("/yourself"),
        await browser.get("/launch/" + "x" * 75),
    ]

    assert [each.status_code for each in answers] == [401] * 4
    assert all("parley open --data /some/demo" in each.text for each in answers)
    assert demo.links == 0


async def test_a_link_lets_in_once(browser: httpx.AsyncClient) -> None:
    """The page that it leads to goes on by itself, so that the cookie is sent along."""
    link = launch_link(ORIGIN, KEY, NOW_MS)
    first = await browser.get(link)
    browser.cookies.clear()
    second = await browser.get(link)

    assert (first.status_code, second.status_code) == (200, 401)
    assert 'content="0; url=/"' in first.text
    assert "HttpOnly; SameSite=Strict" in first.headers["set-cookie"]


async def test_looking_ahead_does_not_use_a_link_up(browser: httpx.AsyncClient) -> None:
    """A browser may guess where the person goes next."""
    link = launch_link(ORIGIN, KEY, NOW_MS)
    ahead = await browser.get(link, headers={"Sec-Purpose": "prefetch;prerender"})

    assert ahead.status_code == 503
    assert (await browser.get(link)).status_code == 200


async def test_it_shows_how_each_part_is_doing(inside: httpx.AsyncClient, demo: MemoryDemo) -> None:
    """And looks at itself again soon, also without scripts; nobody who does not answer can be entered as."""
    demo.parts.put(Part("Alice", State.FAILED, "The disk is <full>.", "It starts again in 2 s."))
    demo.parts.put(Part("Bob", State.RUNNING))
    page = (await inside.get("/")).text

    assert "The disk is &lt;full&gt;." in page
    assert "It starts again in 2 s." in page
    assert "Something stopped." in page
    assert f'<meta name="again" content="{SOON_S}">' in page
    assert f'<noscript><meta http-equiv="refresh" content="{SOON_S}"></noscript>' in page
    assert 'action="/enter/bob"' in page
    assert 'action="/enter/alice"' not in page
    assert "/yourself" not in page


async def test_once_all_runs_it_leads_to_everybody(inside: httpx.AsyncClient, demo: MemoryDemo) -> None:
    """Each click makes a new link."""
    demo.run_all()
    page = (await inside.get("/")).text
    entered = [(await inside.post("/enter/alice")).headers["location"] for _ in range(2)]
    own = await inside.post("/yourself")

    assert "Everything runs." in page
    assert f'content="{LATER_S}"' in page
    assert entered == ["http://localhost:1/launch/Alice-1", "http://localhost:1/launch/Alice-2"]
    assert (own.status_code, own.headers["location"]) == (303, "http://localhost:2/launch/you")


@pytest.mark.parametrize("path", ["/enter/alice", "/enter/mallory", "/yourself"])
async def test_a_click_too_early_leads_back(inside: httpx.AsyncClient, path: str) -> None:
    """The page says how far it is."""
    answer = await inside.post(path)

    assert (answer.status_code, answer.headers["location"]) == (303, "/")


async def test_another_page_reaches_nothing(inside: httpx.AsyncClient, demo: MemoryDemo) -> None:
    """Neither from another origin nor under another name."""
    demo.run_all()
    foreign = await inside.post(
        "/yourself", headers={"Origin": "http://localhost:1", "Sec-Fetch-Site": "same-site"}
    )
    rebound = await inside.get("/", headers={"Host": "evil.example"})

    assert (foreign.status_code, rebound.status_code) == (403, 421)


async def test_every_answer_carries_the_policy(inside: httpx.AsyncClient) -> None:
    """Scripts of its own only; forms lead to this machine only."""
    for path in ("/", "/static/demo.css", "/nothing"):
        answer = await inside.get(path)
        assert answer.headers["content-security-policy"] == DEMO_POLICY
        assert answer.headers["x-content-type-options"] == "nosniff"

    assert "script-src 'self'" in DEMO_POLICY
    assert "form-action 'self' http://localhost:*" in DEMO_POLICY
    assert (await inside.get("/")).text.count("<script") == 1
