"""Getting in and out: launch links, the cookie, and that nothing answers without it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
import trio
from fastapi import FastAPI

from harness.memory_messenger import MemoryMessenger
from harness.page_client import HTMX, ORIGIN, OURS, PORT, PageTransport, cookie_of, open_stream
from parley.web.app import create_app
from parley.web.entrance import MAX_WRONG, Entrance
from parley.web.errors import NotSignedInError
from parley.web.launch import LIFETIME_MS, launch_token
from parley.web.live import Streams
from parley.web.sessions import Session

KEY = b"k" * 32
START_MS = 1_800_000_000_000
HOW = "Type “parley open” or press Enter in the terminal where Parley runs to get a new link."


class Clock:
    """A clock that a test sets."""

    now_ms = START_MS

    def __call__(self) -> int:
        return self.now_ms


@pytest.fixture
def clock() -> Clock:
    """The entrance's clock."""
    return Clock()


@pytest.fixture
def kept() -> list[bytes]:
    """What was stored of sessions, the newest last."""
    return []


@pytest.fixture
def app(alice: MemoryMessenger, clock: Clock, kept: list[bytes]) -> FastAPI:
    """The application, with a key that the tests know."""
    return create_app(alice, port=PORT, entrance=Entrance(PORT, key=KEY, keep=kept.append, clock=clock))


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that is not signed in, with a cookie jar."""
    async with httpx.AsyncClient(transport=PageTransport(app), base_url=ORIGIN) as client:
        yield client


def _link(nonce: bytes = b"n") -> str:
    return f"/launch/{launch_token(KEY, START_MS, nonce * 16)}"


async def test_a_launch_link_signs_in_once(app: FastAPI, browser: httpx.AsyncClient) -> None:
    """303 to the first page with a cookie that scripts and other sites' requests do not have."""
    link = _link()
    answer = await browser.get(link)

    assert answer.status_code == 303
    assert answer.headers["location"] == "/"
    assert answer.text == ""
    name, _, attributes = answer.headers["set-cookie"].partition("=")
    assert name == f"parley-{PORT}"
    assert set(attributes.split("; ")[1:]) == {"Max-Age=2592000", "Path=/", "HttpOnly", "SameSite=Strict"}
    assert (await browser.get("/")).status_code == 200
    async with httpx.AsyncClient(transport=PageTransport(app), base_url=ORIGIN) as thief:
        again = await thief.get(link)
        assert (again.status_code, "set-cookie" in again.headers) == (401, False)
        assert HOW in again.text
        assert (await thief.get("/")).status_code == 401
    # The browser that is in, and opens its old link again, just goes on.
    assert (await browser.get(link)).status_code == 303
    assert len(browser.cookies) == 1


@pytest.mark.parametrize(
    "token", ["", "x", "A" * 75, "..", "%2e%2e", launch_token(b"j" * 32, START_MS, b"n" * 16)]
)
async def test_a_guessed_link_is_refused(browser: httpx.AsyncClient, token: str) -> None:
    """No cookie, and how to get a right one."""
    answer = await browser.get(f"/launch/{token}")

    assert answer.status_code in (401, 404)
    assert "set-cookie" not in answer.headers


async def test_an_expired_link_is_refused(browser: httpx.AsyncClient, clock: Clock) -> None:
    """After ten minutes."""
    clock.now_ms += LIFETIME_MS

    assert (await browser.get(_link())).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Purpose": "prefetch"},
        {"Sec-Purpose": "prefetch;prerender"},
        {"Purpose": "prefetch"},
    ],
)
async def test_looking_ahead_does_not_use_a_link_up(
    browser: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    """Nor does asking for its head; the link still works afterwards."""
    assert (await browser.get(_link(), headers=headers)).status_code == 403
    assert (await browser.head(_link())).status_code == 405

    assert (await browser.get(_link())).status_code == 303


async def test_a_link_clicked_on_another_page_signs_in(browser: httpx.AsyncClient) -> None:
    """A terminal in a browser is another page; from there a click of our own page leads on."""
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    answer = await browser.get(_link(), headers=headers)

    assert answer.status_code == 200
    assert 'href="/"' in answer.text
    assert (await browser.get("/")).status_code == 200


async def test_a_link_followed_on_another_port_signs_in_at_once(browser: httpx.AsyncClient) -> None:
    """The demo's page leads here so; cookies know of hosts and not of ports."""
    headers = {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    answer = await browser.get(_link(), headers=headers)

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert (await browser.get("/", headers=headers)).status_code == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_another_page_cannot_use_a_link_up(browser: httpx.AsyncClient, site: str) -> None:
    """Not in a frame, a picture or a script."""
    for mode, destination in (("navigate", "iframe"), ("no-cors", "image"), ("cors", "empty")):
        headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": destination}
        assert (await browser.get(_link(), headers=headers)).status_code == 403

    assert (await browser.get(_link())).status_code == 303


@pytest.mark.parametrize("cookie", [None, "", "x=y", f"parley-{PORT}=", f"parley-{PORT}={'x' * 43}"])
async def test_without_a_session_nothing_answers(
    app: FastAPI, browser: httpx.AsyncClient, alice: MemoryMessenger, bob: str, cookie: str | None
) -> None:
    """Every page, stream, file of a person's and form: 401, one sentence, and nothing read or done."""
    alice.receive(bob, "private words")
    headers = OURS if cookie is None else {**OURS, "Cookie": cookie}
    for path in (
        "/",
        f"/conversations/{bob}",
        "/contacts/new",
        "/contact-record",
        "/live",
        f"/conversations/{bob}/live",
        "/nope",
        "/launch",
        "/static",
        "//static/base.css",
    ):
        answer = await browser.get(path, headers=headers)
        assert (path, answer.status_code) == (path, 401)
        assert HOW in answer.text
        assert "private words" not in answer.text
        assert alice.account[2:8] not in answer.text
    form = {"text": "hello", "form_token": "t" * 20}
    for path in (f"/conversations/{bob}/messages", "/contacts", "/sign-out"):
        assert (await browser.post(path, data=form, headers=headers)).status_code == 401
    assert len(await alice.messages(bob)) == 1
    assert alice.listeners == 0
    assert (await browser.get("/static/base.css", headers=headers)).status_code == 200


async def test_htmx_is_told_in_a_line(browser: httpx.AsyncClient, bob: str) -> None:
    """Above the page that is there, so that a text that was typed stays."""
    answer = await browser.post(f"/conversations/{bob}/messages", data={}, headers=HTMX)

    assert answer.status_code == 401
    assert answer.headers["hx-retarget"] == "#notice"
    assert "<html" not in answer.text


async def test_the_cookie_of_another_port_is_not_accepted(app: FastAPI, alice: MemoryMessenger) -> None:
    """Browsers send it here too, under its own name; renamed it is unknown."""
    other = create_app(alice, port=PORT + 1)
    foreign = cookie_of(other)
    value = foreign.partition("=")[2].replace("a-signed", "b-signed")
    async with httpx.AsyncClient(transport=PageTransport(app), base_url=ORIGIN, headers=OURS) as browser:
        for cookie in (foreign, f"parley-{PORT}={value}", f"{foreign}; parley-{PORT}={value}"):
            assert (await browser.get("/", headers={"Cookie": cookie})).status_code == 401


@pytest.mark.parametrize("template", ["{wrong}; {right}", "{right}; {wrong}", "a=b; {wrong};{right} ; c"])
async def test_a_foreign_cookie_beside_ours_is_harmless(app: FastAPI, template: str) -> None:
    """Another port's page can set one of our name for a path, and sign nobody out with it."""
    cookie = template.format(wrong=f"parley-{PORT}={'x' * 43}", right=cookie_of(app))
    async with httpx.AsyncClient(transport=PageTransport(app), base_url=ORIGIN, headers=OURS) as browser:
        assert (await browser.get("/", headers={"Cookie": cookie})).status_code == 200


async def test_signing_out_ends_the_session_and_its_streams(
    app: FastAPI, browser: httpx.AsyncClient, alice: MemoryMessenger
) -> None:
    """A copy of the cookie is worth nothing afterwards; other browsers stay in."""
    await browser.get(_link())
    copy = {"Cookie": f"parley-{PORT}={browser.cookies[f'parley-{PORT}']}"}
    async with open_stream(app, "/live", copy) as ended, open_stream(app, "/live") as other:
        await ended.change()
        await other.change()
        answer = await browser.post("/sign-out", headers=OURS)
        with trio.fail_after(5), pytest.raises(trio.EndOfChannel):
            await ended.change()
        alice.know("0x" + "c" * 40)
        assert (await other.change()).data is not None

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert len(browser.cookies) == 0
    assert (await browser.get("/", headers=copy)).status_code == 401


async def test_sessions_are_stored_at_both_ends(
    app: FastAPI, browser: httpx.AsyncClient, alice: MemoryMessenger, clock: Clock, kept: list[bytes]
) -> None:
    """A browser stays in after a restart, unless it was signed out."""
    await browser.get(_link())
    cookie = {**OURS, "Cookie": f"parley-{PORT}={browser.cookies[f'parley-{PORT}']}"}
    await browser.post("/sign-out", headers=OURS)
    statuses = []
    for stored in kept:
        entrance = Entrance(PORT, stored=stored, clock=clock)
        transport = PageTransport(create_app(alice, port=PORT, entrance=entrance))
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as restarted:
            statuses.append((await restarted.get("/", headers=cookie)).status_code)

    assert statuses == [200, 401]


async def test_a_full_disk_keeps_nobody_out(alice: MemoryMessenger, clock: Clock) -> None:
    """The session is not stored then, and is one nevertheless."""

    def full(_stored: bytes) -> None:
        raise OSError(28, "full")

    app = create_app(alice, port=PORT, entrance=Entrance(PORT, key=KEY, keep=full, clock=clock))
    async with httpx.AsyncClient(transport=PageTransport(app), base_url=ORIGIN) as browser:
        assert (await browser.get(_link())).status_code == 303
        assert (await browser.get("/")).status_code == 200


async def test_many_wrong_ones_are_refused_without_a_page(browser: httpx.AsyncClient, clock: Clock) -> None:
    """429 for wrong links and cookies, for a minute; a right link passes all the same."""
    wrong = {"Cookie": f"parley-{PORT}={'x' * 43}"}
    for number in range(MAX_WRONG):
        answer = await (browser.get("/", headers=wrong) if number % 2 else browser.get("/launch/x"))
        assert answer.status_code == 401
        browser.cookies.clear()
    for answer in (await browser.get("/", headers=wrong), await browser.get("/launch/x")):
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
        assert "<html" not in answer.text
    assert (await browser.get("/")).status_code == 401
    assert (await browser.get(_link(), headers=wrong)).status_code == 303
    browser.cookies.clear()
    clock.now_ms += 60_000

    assert (await browser.get("/launch/x")).status_code == 401


async def test_a_wrong_cookie_is_removed(browser: httpx.AsyncClient) -> None:
    """So that the browser does not show it again and again."""
    answer = await browser.get("/", headers={"Cookie": f"parley-{PORT}={'x' * 43}"})

    assert answer.status_code == 401
    assert answer.headers["set-cookie"].startswith(f"parley-{PORT}=; Max-Age=0;")


def test_a_stream_that_comes_after_the_end_of_its_session_is_refused() -> None:
    """It passed the gate before the end, and would otherwise be one that nothing ends."""
    session = Session("d" * 64, START_MS)
    streams = Streams()
    streams.end(session)

    with pytest.raises(NotSignedInError), streams.one(trio.CancelScope(), session):
        pass
    assert streams.open == 0
