"""Another page in the same, signed-in browser: on another port of localhost, and under a rebound name."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from harness.chromium import CHROMIUM_ARGUMENTS, chromium_executable
from harness.memory_messenger import memory_account
from harness.served_messenger import ServedMessenger

OpenPage = Callable[..., Page]


class _Hostile(BaseHTTPRequestHandler):
    """Serves one empty page, and sets cookies that are meant to be taken for Parley's."""

    cookies: tuple[str, ...] = ()

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        for each in type(self).cookies:
            self.send_header("Set-Cookie", each)
        self.end_headers()
        self.wfile.write(b"<!doctype html><link rel=icon href=data:,><title>hostile</title><p>hostile</p>")

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def hostile_port() -> Iterator[int]:
    """The port of a hostile page."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Hostile)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def bob(alice: ServedMessenger) -> str:
    """The conversation with Bob, with a text in it."""
    bob = alice.do(lambda messenger: messenger.know(memory_account("bob"), "Bob"))
    alice.do(lambda messenger: messenger.receive(bob, "private words"))
    return bob


def _texts(alice: ServedMessenger, conversation_id: str) -> int:
    return alice.do(lambda messenger: len(messenger.ids(conversation_id)))


READ = """async ([url, mode]) => {
  try {
    const answer = await fetch(url, {credentials: "include", mode});
    return [answer.type, answer.status, await answer.text()].join(" ");
  } catch (error) { return "refused"; }
}"""

POST = """async ([url, mode]) => {
  const body = new URLSearchParams({text: "forged", form_token: "t".repeat(24)});
  try { return (await fetch(url, {method: "POST", credentials: "include", mode, body})).type; }
  catch (error) { return "refused"; }
}"""

LOADS = """([tag, url]) => new Promise((done) => {
  const element = document.createElement(tag);
  element.onload = () => done("loaded");
  element.onerror = () => done("refused");
  element.src = url;
  document.body.append(element);
})"""

LISTEN = """(url) => new Promise((done) => {
  const source = new EventSource(url, {withCredentials: true});
  source.onopen = source.onmessage = () => done("open");
  source.onerror = () => { source.close(); done("refused"); };
})"""

FRAME = """(url) => new Promise((done) => {
  const frame = document.createElement("iframe");
  frame.onload = () => {
    let inside = "unreadable";
    try { inside = frame.contentDocument.body.innerText; } catch (error) { /* as it should be */ }
    done([inside, frame.contentWindow.length]);
  };
  frame.src = url;
  document.body.append(frame);
})"""

SUBMIT = """(url) => {
  const form = document.createElement("form");
  form.method = "post";
  form.action = url;
  for (const [name, value] of [["text", "forged"], ["form_token", "t".repeat(24)]]) {
    const input = document.createElement("input");
    input.name = name;
    input.value = value;
    form.append(input);
  }
  document.body.append(form);
  form.submit();
}"""


@pytest.mark.parametrize("host", ["localhost", "rebound.example"])
def test_another_page_neither_reads_nor_writes(
    browser: Browser,
    alice: ServedMessenger,
    open_page: OpenPage,
    complaints: list[str],
    bob: str,
    hostile_port: int,
    host: str,
) -> None:
    """No reading, posting, stream, frame, picture, script; the signed-in browser's own page goes on."""
    own = open_page(f"/conversations/{bob}")
    context = own.context
    hostile = context.new_page()
    # A name of somebody else's that leads here: first to their page, then, rebound, to Parley's port.
    hostile.route(
        "http://rebound.example:*/**",
        lambda route: route.fulfill(content_type="text/html", body="<!doctype html><p>hostile</p>"),
    )
    hostile.goto(f"http://{host}:{hostile_port}/")
    conversation = f"{alice.origin}/conversations/{bob}"

    assert hostile.evaluate(READ, [conversation, "cors"]) == "refused"
    assert hostile.evaluate(READ, [conversation, "no-cors"]) in ("refused", "opaque 0 ")
    assert hostile.evaluate(POST, [f"{conversation}/messages", "cors"]) == "refused"
    assert hostile.evaluate(POST, [f"{conversation}/messages", "no-cors"]) in ("refused", "opaque")
    assert hostile.evaluate(LISTEN, f"{alice.origin}/live") == "refused"
    for tag in ("img", "script"):
        for path in ("/static/icon.svg", "/contact-record", "/static/app.js"):
            assert hostile.evaluate(LOADS, [tag, alice.origin + path]) == "refused"
    inside, _ = hostile.evaluate(FRAME, conversation)
    assert "private words" not in inside
    hostile.evaluate(SUBMIT, f"{conversation}/messages")
    expect(hostile.locator("body")).to_contain_text("This request came from another page.")
    link = alice.launch_link()
    burner = context.new_page()
    burner.goto(f"http://localhost:{hostile_port}/")
    assert burner.evaluate(LOADS, ["img", link]) == "refused"

    assert _texts(alice, bob) == 1
    own.reload()
    expect(own.get_by_text("private words").last).to_be_visible()
    fresh = browser.new_context()
    page = fresh.new_page()
    page.goto(link)
    assert page.url == alice.origin + "/"
    fresh.close()
    complaints.clear()


def test_a_rebound_name_is_not_answered(alice: ServedMessenger, browser: Browser, bob: str) -> None:
    """A real one: the browser resolves it to this machine and sends the request to Parley's own port."""
    rebound = browser.browser_type.launch(
        executable_path=chromium_executable(),
        args=[*CHROMIUM_ARGUMENTS, "--host-resolver-rules=MAP rebound.example 127.0.0.1"],
    )
    page = rebound.new_page()
    answer = page.goto(f"http://rebound.example:{alice.port}/conversations/{bob}")

    assert answer is not None
    assert answer.status == 421
    assert "private words" not in page.content()
    token = alice.launch_link().rpartition("/")[2]
    answer = page.goto(f"http://rebound.example:{alice.port}/launch/{token}")
    assert answer is not None
    assert answer.status == 421
    rebound.close()


def test_cookies_of_another_port_neither_let_in_nor_out(
    alice: ServedMessenger, open_page: OpenPage, browser: Browser, bob: str, hostile_port: int
) -> None:
    """Cookies ignore ports, so another port's page can set one of our name."""
    name = f"parley-{alice.port}"
    _Hostile.cookies = (f"{name}={'x' * 43}; Path=/conversations", f"{name}-2={'x' * 43}")
    own = open_page("/")
    tab = own.context.new_page()
    tab.goto(f"http://localhost:{hostile_port}/")
    own.goto(f"{alice.origin}/conversations/{bob}")
    expect(own.locator("#messages")).to_contain_text("private words")

    stranger: BrowserContext = browser.new_context()
    page = stranger.new_page()
    page.goto(f"http://localhost:{hostile_port}/")
    answer = page.goto(f"{alice.origin}/conversations/{bob}")
    assert answer is not None
    assert answer.status == 401
    expect(page.locator("body")).not_to_contain_text("private words")
    stranger.close()


def test_scripts_cannot_read_the_cookie(open_page: OpenPage) -> None:
    """Not even our own."""
    page = open_page("/")

    assert page.evaluate("document.cookie") == ""
    (cookie,) = page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")


def test_signing_out_here_signs_the_other_tab_out(open_page: OpenPage, complaints: list[str]) -> None:
    """Both tell how to get in again, and the other tab shows nothing of before."""
    page = open_page("/")
    other = open_page("/contacts/new", context=page.context)
    expect(other.get_by_role("heading", name="Add a contact")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()

    for tab in (page, other):
        expect(tab.get_by_role("heading", name="This browser is not signed in.")).to_be_visible()
        expect(tab.get_by_role("heading")).to_have_count(1)
        expect(tab.locator("main")).to_contain_text("Type “parley open” or press Enter in the terminal")
    complaints.clear()


def test_a_link_on_another_page_leads_in(alice: ServedMessenger, browser: Browser, hostile_port: int) -> None:
    """A terminal in a browser is another page: the Strict cookie is there after one more click."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{hostile_port}/")
    page.evaluate("(link) => { location.href = link; }", alice.launch_link())
    page.get_by_role("link", name="Open Parley").click()

    expect(page.get_by_role("heading", name="Parley")).to_be_visible()
    context.close()
