"""Another page in the same, signed-in browser: on another port of localhost, and under a rebound name."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from harness.chromium import CHROMIUM_ARGUMENTS, chromium_executable
from harness.locked_pages import LockedPages, locked_pages
from harness.memory_keeper import MemoryKeeper
from harness.memory_messenger import MemoryMessenger, memory_account
from harness.served_messenger import ServedMessenger

OpenPage = Callable[..., Page]
PASSPHRASE = "correct horse battery"


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

ASK_OWN = """async ([url, fields]) => {
  const body = new URLSearchParams(fields);
  return (await fetch(url, {method: "POST", body})).status;
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

POST_ALL = """async ([url, mode, fields]) => {
  const body = new URLSearchParams(fields);
  try { return (await fetch(url, {method: "POST", credentials: "include", mode, body})).type; }
  catch (error) { return "refused"; }
}"""

SUBMIT_ALL = """([url, fields]) => {
  const form = Object.assign(document.createElement("form"), {method: "post", action: url});
  for (const [name, value] of Object.entries(fields)) {
    form.append(Object.assign(document.createElement("input"), {name, value}));
  }
  document.body.append(form);
  HTMLFormElement.prototype.submit.call(form);
}"""

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
    for path in (f"launch/{token}", "welcome", "sign-in", "unlock"):
        answer = page.goto(f"http://rebound.example:{alice.port}/{path}")
        assert answer is not None
        assert answer.status == 421
    # By now the page is of the same origin as what it asks for, by the browser's own rules.
    for path in ("/sign-in/request", "/unlock", "/welcome", "/lock"):
        assert page.evaluate(ASK_OWN, [path, EVERYTHING]) == 421
    rebound.close()


EVERYTHING = {
    "passphrase": PASSPHRASE,
    "again": PASSPHRASE,
    "device_name": "forged",
    "count": "24",
    "words": "abandon " * 11 + "about",
    "key": "07" * 32,
    "address": "0x" + "a" * 40,
    "chain": "0x1",
    "id": "",
    "signature_1": "0x" + "ab" * 65,
    "endpoint": "",
    "text": "forged",
}
"""What makes any of the forms below do something, if it is let through."""

DOORS = {
    "new": ["/welcome"],
    "begun": [
        "/welcome",
        "/welcome/wallet",
        "/welcome/words",
        "/welcome/words/check",
        "/welcome/import",
        "/welcome/import/account",
    ],
    "locked": ["/unlock"],
    "open": ["/sign-in", "/settings/unlocking", "/settings/wallet", "/live"],
}
FORMS = {
    "new": ["/welcome"],
    "begun": [
        "/welcome/abandon",
        "/welcome",
        "/welcome/wallet/request",
        "/welcome/wallet",
        "/welcome/words",
        "/welcome/words/later",
        "/welcome/import/words",
        "/welcome/import/key",
    ],
    "locked": ["/unlock", "/unlock/wallet/request", "/unlock/wallet", "/unlock/keyring", "/sign-out"],
    "open": ["/sign-in/request", "/sign-in", "/settings/unlocking/wallet/request", "/lock", "/sign-out"],
}


@pytest.fixture
def door(browser: Browser, state: str) -> Iterator[LockedPages]:
    """A profile that is not made yet, being made, locked or open, seen by a browser that is let in."""
    messenger = MemoryMessenger("alice")
    keeper = MemoryKeeper(PASSPHRASE if state in ("locked", "open") else None, messenger)
    if state == "open":
        keeper.messenger = messenger
    with locked_pages(browser, keeper, messenger) as door:
        own = door.open("/")
        if state == "begun":
            own.get_by_label("Passphrase").fill(PASSPHRASE)
            own.get_by_label("The same again").fill(PASSPHRASE)
            own.get_by_role("button", name="Continue").click()
            own.get_by_role("button", name="Make a wallet here").click()
            expect(own.locator(".word")).to_have_count(12)
        yield door


@pytest.mark.parametrize("state", DOORS)
@pytest.mark.parametrize("host", ["localhost", "rebound.example"])
def test_the_way_in_is_closed_to_other_pages(
    door: LockedPages, hostile_port: int, state: str, host: str
) -> None:
    """Nothing of the first run, of unlocking and signing in is read, framed or posted; nor is there a stream."""
    context = door.contexts[0]
    before = _stand_of(door)
    hostile = context.new_page()
    hostile.route(
        "http://rebound.example:*/**",
        lambda route: route.fulfill(content_type="text/html", body="<!doctype html><p>hostile</p>"),
    )
    hostile.goto(f"http://{host}:{hostile_port}/")
    for path in DOORS[state]:
        url = door.served.origin + path
        assert hostile.evaluate(READ, [url, "cors"]) == "refused", path
        assert hostile.evaluate(READ, [url, "no-cors"]) in ("refused", "opaque 0 "), path
        assert hostile.evaluate(FRAME, url)[0] in ("", "unreadable"), path
    assert hostile.evaluate(LISTEN, door.served.origin + "/live") == "refused"
    for path in FORMS[state]:
        url = door.served.origin + path
        for mode in ("cors", "no-cors"):
            assert hostile.evaluate(POST_ALL, [url, mode, EVERYTHING]) in ("refused", "opaque"), path
    for path in FORMS[state]:
        hostile.goto(f"http://{host}:{hostile_port}/")
        hostile.evaluate(SUBMIT_ALL, [door.served.origin + path, EVERYTHING])
        expect(hostile.locator("body")).to_contain_text("This request came from another page.")

    assert _stand_of(door) == before
    own = context.new_page()
    own.goto(door.served.origin)
    expect(own.get_by_text("This browser is not signed in")).to_have_count(0)


def _stand_of(door: LockedPages) -> tuple[object, ...]:
    """All that those forms could have changed."""

    def look(_messenger: MemoryMessenger) -> tuple[object, ...]:
        keeper = door.keeper
        begun = keeper.set_up
        words = None if begun is None else (begun.words, begun.choices)
        return keeper.passphrase, keeper.messenger, keeper.tries, begun, words

    return door.served.do(look)


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


def test_scripts_cannot_read_the_cookie(open_page: OpenPage, alice: ServedMessenger) -> None:
    """Not even our own, as the browser keeps what the launch link sets."""
    page = open_page("/")
    page.context.clear_cookies()
    page.goto(alice.launch_link())

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
