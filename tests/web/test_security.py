"""What keeps other pages, other ports and rebound names out."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.datastructures import Headers

from harness.memory_messenger import MemoryMessenger
from harness.page_client import ORIGIN, PORT, PageTransport, cookie_of
from parley.resources import static_directory, templates_directory
from parley.web.app import create_app
from parley.web.security import CONTENT_SECURITY_POLICY, Guard

HOST = f"localhost:{PORT}"
LINK = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


async def _request(app: FastAPI, method: str, path: str, headers: dict[str, str]) -> httpx.Response:
    """A request of a signed-in browser, with these headers and no others."""
    async with httpx.AsyncClient(transport=PageTransport(app), base_url=ORIGIN) as client:
        client.headers = httpx.Headers()
        return await client.request(method, path, headers={"Host": HOST, "Cookie": cookie_of(app), **headers})


@pytest.mark.parametrize(
    "host",
    [
        "",
        "localhost",
        f"localhost:{PORT + 1}",
        f"LOCALHOST:{PORT}",
        f"localhost.:{PORT}",
        f"localhost:0{PORT}",
        f"127.0.0.1:{PORT}",
        f"[::1]:{PORT}",
        f"0.0.0.0:{PORT}",
        f"rebound.example:{PORT}",
        f"localhost:{PORT}.rebound.example",
        f"user@localhost:{PORT}",
    ],
)
@pytest.mark.parametrize("path", ["/", "/static/base.css", "/live"])
async def test_host_must_be_ours(app: FastAPI, host: str, path: str) -> None:
    """Any other spelling is told the right address, files and streams included."""
    response = await _request(app, "GET", path, {"Host": host})

    assert response.status_code == 421
    assert response.text == f"This is Parley. Open {ORIGIN}/ instead.\n"


@pytest.mark.parametrize("hosts", [[], [HOST, HOST], [HOST, "rebound.example"]])
def test_there_must_be_one_host(hosts: list[str]) -> None:
    """None and two are refused."""
    raw = [(b"host", host.encode()) for host in hosts]
    refusal = Guard(_unused, port=PORT).refusal("GET", Headers(raw=raw))

    assert refusal is not None
    assert refusal[0] == 421


async def test_our_own_host_passes(app: FastAPI) -> None:
    """A request that says nothing else, as curl's does, may read."""
    assert (await _request(app, "GET", "/", {})).status_code == 200


def test_the_default_port_is_left_out() -> None:
    """On port 80 browsers name neither in Host nor in Origin a port."""
    guard = Guard(_unused, port=80)

    assert guard.refusal("GET", Headers({"host": "localhost"})) is None
    assert guard.refusal("GET", Headers({"host": "localhost:80"})) is not None
    assert guard.origin == "http://localhost"


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "https://evil.example",
        f"https://localhost:{PORT}",
        "http://localhost",
        f"http://localhost:{PORT + 1}",
        f"http://127.0.0.1:{PORT}",
        f"http://evil.localhost:{PORT}",
        f"{ORIGIN}/",
        f"{ORIGIN}, https://evil.example",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_foreign_origin_is_refused(
    app: FastAPI, alice: MemoryMessenger, bob: str, method: str, origin: str
) -> None:
    """Whatever else the request says of itself."""
    path = "/" if method == "GET" else f"/conversations/{bob}/messages"
    response = await _request(app, method, path, {"Origin": origin, "Sec-Fetch-Site": "same-origin"})

    assert response.status_code == 403
    assert await alice.messages(bob) == ()


@pytest.mark.parametrize(
    ("site", "reads", "follows_link", "changes"),
    [
        ("same-origin", 200, 200, 303),
        ("none", 200, 200, 403),
        ("same-site", 403, 200, 403),
        ("cross-site", 403, 200, 403),
        ("", 403, 403, 403),
        ("SAME-ORIGIN", 403, 403, 403),
        ("unheard-of", 403, 403, 403),
        ("same-origin, cross-site", 403, 403, 403),
        (None, 200, 200, 403),
    ],
)
async def test_fetch_site(
    app: FastAPI, bob: str, site: str | None, reads: int, follows_link: int, changes: int
) -> None:
    """Each value, for a page's own request, a followed link, and a form that shows no Origin."""
    headers = {} if site is None else {"Sec-Fetch-Site": site}
    path = f"/conversations/{bob}"
    form = {"text": "hello", "form_token": "t" * 20}
    read = await _request(app, "GET", path, {**headers, "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"})
    link = await _request(app, "GET", path, {**headers, **LINK})
    async with httpx.AsyncClient(transport=PageTransport(app), base_url=ORIGIN) as client:
        change = await client.post(
            f"{path}/messages", data=form, headers={**headers, "Cookie": cookie_of(app)}
        )

    assert (read.status_code, link.status_code, change.status_code) == (reads, follows_link, changes)


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize(
    ("method", "mode", "destination"),
    [
        ("GET", "navigate", "iframe"),
        ("GET", "navigate", "frame"),
        ("GET", "navigate", "embed"),
        ("GET", "navigate", "object"),
        ("GET", "navigate", ""),
        ("GET", "no-cors", "image"),
        ("GET", "no-cors", "script"),
        ("GET", "no-cors", "document"),
        ("GET", "websocket", "empty"),
        ("HEAD", "navigate", "document"),
        ("POST", "navigate", "document"),
    ],
)
async def test_only_a_link_may_come_from_elsewhere(
    app: FastAPI, site: str, method: str, mode: str, destination: str
) -> None:
    """Frames, pictures, scripts and forms of other pages are refused."""
    headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": destination}

    assert (await _request(app, method, "/", headers)).status_code == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY", "TRACE"])
@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Origin": ORIGIN}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"}, False),
    ],
)
def test_a_change_must_show_where_it_comes_from(method: str, headers: dict[str, str], passes: bool) -> None:
    """Our Origin or Sec-Fetch-Site same-origin, and nothing that speaks against it."""
    refusal = Guard(_unused, port=PORT).refusal(method, Headers({"host": HOST, **headers}))

    assert (refusal is None) is passes


async def test_every_answer_carries_the_policy(app: FastAPI, alice: MemoryMessenger, bob: str) -> None:
    """Pages, blocks, files, redirects, errors and refusals; no preflight is ever allowed."""
    ours = {"Origin": ORIGIN}
    form = {**ours, "Content-Type": "application/x-www-form-urlencoded"}
    alice_fails = await _request(app, "GET", "/", {})
    answers = [
        alice_fails,
        await _request(app, "GET", f"/conversations/{bob}", {"HX-Request": "true"}),
        await _request(app, "GET", "/contacts/new", {}),
        await _request(app, "GET", "/contact-record", {}),
        await _request(app, "GET", "/static/base.css", {}),
        await _request(app, "GET", "/static/nope", {}),
        await _request(app, "GET", "/nope", {}),
        await _request(app, "POST", "/", ours),
        await _request(app, "POST", "/contacts", form),
        await _request(app, "GET", "/", {"Host": "evil.example"}),
        await _request(app, "GET", "/", {"Origin": "null"}),
        await _request(app, "OPTIONS", "/", {"Origin": "https://evil.example"}),
    ]
    alice.conversations = _failing  # type: ignore[method-assign]
    answers.append(await _request(app, "GET", "/", {}))

    assert {each.status_code for each in answers} == {200, 403, 404, 405, 421, 422, 500}
    for answer in answers:
        assert answer.headers.get_list("content-security-policy") == [CONTENT_SECURITY_POLICY]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert not [name for name in answer.headers if name.startswith("access-control-")]


async def test_pages_are_not_kept_by_the_browser(app: FastAPI, bob: str) -> None:
    """Pages are not stored; our own files are checked again."""
    for path, kept in {
        "/": "no-store",
        f"/conversations/{bob}": "no-store",
        "/contact-record": "no-store",
        "/nope": "no-store",
        "/static/app.js": "no-cache",
    }.items():
        assert (await _request(app, "GET", path, {})).headers.get_list("cache-control") == [kept]


async def test_web_sockets_are_refused(app: FastAPI) -> None:
    """They are not bound by the same-origin policy, and nothing here uses them."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": "/live", "headers": [(b"host", HOST.encode())], "query_string": b""}
    await app(scope, _unused, send)

    assert sent == [{"type": "websocket.close", "code": 1008}]


async def test_files_outside_the_folder_are_not_served(app: FastAPI) -> None:
    """Dots in a path lead nowhere."""
    for path in (
        "/static/../pyproject.toml",
        "/static/%2e%2e/pyproject.toml",
        "/static//etc/passwd",
        "/static/",
    ):
        assert (await _request(app, "GET", path, {})).status_code == 404


def test_nothing_is_measured(alice: MemoryMessenger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even where the environment asks for it, as a developer's machine may for other programs."""
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    app = create_app(alice, port=PORT)

    # What it would observe, once a provider is there; every one of its switches is off.
    switches = {name: value for name, value in app._telemetry.items() if isinstance(value, bool)}
    assert len(switches) >= 5
    assert not any(switches.values())


def test_nothing_is_inline() -> None:
    """No template holds a script, a style, a handler, an htmx expression, or lets text through as markup."""
    inline = re.compile(
        r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|hx-on|javascript:|js:|\|\s*safe|Markup|autoescape|hx-trigger"
        r"|<base|<iframe|<object|<embed|https?://(?!www\.w3\.org)"
    )
    templates = sorted(templates_directory().rglob("*.html"))
    pictures = sorted(static_directory().glob("*.svg"))
    found = {path.name: inline.findall(path.read_text()) for path in templates + pictures}

    assert len(templates) >= 7
    assert {name: each for name, each in found.items() if each} == {}


def test_the_script_makes_no_markup() -> None:
    """Our scripts neither evaluate text nor make elements of it."""
    made = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval|new Function|setAttribute\("
    )

    scripts = sorted(static_directory().glob("*.js"))

    assert [each.name for each in scripts] == [
        "app.js",
        "conversation.js",
        "demo.js",
        "eip55.js",
        "keyboard.js",
        "pay.js",
        "scan-worker.js",
        "scan.js",
        "wallet-panel.js",
        "wallet.js",
    ]
    assert [made.findall(each.read_text()) for each in scripts] == [[]] * len(scripts)


async def _unused(*_: object) -> Any:
    raise AssertionError("must not be called")


async def _failing() -> Any:
    raise RuntimeError("secret")
