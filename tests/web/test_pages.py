"""Each page: what it shows, empty and full, and that its fragments are parts of it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import Request

from harness.memory_messenger import MemoryMessenger, MemoryStatus, memory_account
from harness.memory_wallet import SECOND_ACCOUNT, WALLET_PASSPHRASE, MemoryVault, words_wallet
from harness.page_client import HTMX
from harness.sample_conversations import fill
from parley.chat.delivery.model import DeliveryState
from parley.web.rendering import VARY, Renderer, wants_block
from parley.web.snapshot import PAGE_MESSAGES, take_snapshot, view_of


class Texts(HTMLParser):
    """Collects a page's visible texts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"meta", "link", "input", "br"}:
            self._open.append(tag)
        self.found += [value for name, value in attrs if value and name in {"aria-label", "placeholder"}]

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        # Names and texts of people stand in <bdi> and <textarea>, times in <time>, accounts in <code>, keys in
        # <kbd>: no sentences.
        if data.strip() and not {"script", "bdi", "time", "code", "kbd", "textarea"} & set(self._open):
            self.found.append(data.strip())


async def test_the_first_page_is_a_list(client: httpx.AsyncClient, alice: MemoryMessenger) -> None:
    """Empty it says what to do; then it lists conversations, the newest first."""
    assert "No conversations yet." in (await client.get("/")).text

    carol = alice.know(memory_account("carol"), "Carol")
    bob = alice.know(memory_account("bob"), "Bob")
    alice.receive(bob, "hello\nthere")
    alice.write(carol, "good morning")
    page = (await client.get("/")).text

    assert re.findall(r'<li id="c-(\w+)"', page) == [carol, bob]
    assert "<bdi>hello there</bdi>" in page
    assert "You: <bdi>good morning</bdi>" in page


async def test_a_conversation_shows_messages_and_their_delivery(
    client: httpx.AsyncClient, alice: MemoryMessenger, bob: str
) -> None:
    """Own and received ones, in order, with the state in words and times a script can read."""
    assert "No messages yet. Write the first one." in (await client.get(f"/conversations/{bob}")).text

    alice.receive(bob, "hello")
    one, two, three = (alice.write(bob, text) for text in ("a", "b", "c"))
    alice.deliver(one, DeliveryState.DELIVERED, 3)
    alice.deliver(two, DeliveryState.SENT, 1)
    page = (await client.get(f"/conversations/{bob}")).text

    assert re.findall(r'class="text" dir="auto">(\w+)<', page) == ["hello", "a", "b", "c"]
    assert re.findall(r'class="message (\w+)[ "]', page) == ["other", "own", "own", "own"]
    states = re.findall(r'class="state (\w+)" title.*?<span class="unseen">([^<]+)<', page)
    assert states == [("delivered", "Delivered"), ("sent", "Sent, relayed by 1 peer"), ("queued", "Queued")]
    assert f'id="m-{three.hex()}"' in page
    assert re.search(
        r'<time datetime="2027-01-15T08:00:04\.000\+00:00" data-show="clock">\d\d:00</time>', page
    )


async def test_the_status_is_told_in_words(client: httpx.AsyncClient, alice: MemoryMessenger) -> None:
    """Peers connected and messages waiting, in singular and plural."""
    assert "Not connected to any peer" in (await client.get("/")).text

    for status, words in {
        MemoryStatus(1, 0): ["Connected to 1 peer<"],
        MemoryStatus(2, 1): ["Connected to 2 peers<", ">1 message waiting<"],
        MemoryStatus(0, 5): ["Not connected to any peer<", ">5 messages waiting<"],
    }.items():
        alice.now_status = status
        page = (await client.get("/contacts/new")).text
        assert all(each in page for each in words)


async def test_earlier_messages_are_pages_of_their_own(
    client: httpx.AsyncClient, alice: MemoryMessenger, bob: str
) -> None:
    """Following the links shows every message once; only the newest page is live and can be written on."""
    sent = [f"message-{n}" for n in range(2 * PAGE_MESSAGES + 3)]
    for text in sent:
        alice.receive(bob, text)
    address: str | None = f"/conversations/{bob}"
    shown: list[str] = []
    sizes = []
    while address:
        page = (await client.get(address)).text
        texts = re.findall(r'class="text" dir="auto">(message-\d+)<', page)
        assert ("hx-sse:connect" in page) == ('id="composer"' in page) == (not shown)
        shown = texts + shown
        sizes.append(len(texts))
        link = re.search(r'href="([^"]+\?before=[^"]+)"', page)
        address = link[1] if link else None

    assert shown == sent
    assert sizes == [PAGE_MESSAGES, PAGE_MESSAGES, 3]


@pytest.mark.parametrize("before", ["", "x", "1-2", "-1-" + "a" * 64, "9" * 30 + "-" + "a" * 64])
async def test_a_place_that_is_none_is_not_found(client: httpx.AsyncClient, bob: str, before: str) -> None:
    """An address made by hand is answered like any unknown page."""
    response = await client.get(f"/conversations/{bob}", params={"before": before})

    assert response.status_code == 404


@pytest.mark.parametrize(
    "path", ["/docs", "/redoc", "/openapi.json", "/nope", "/conversations/x", "/static/nope.js"]
)
async def test_unknown_addresses_are_pages_too(client: httpx.AsyncClient, path: str) -> None:
    """404 with a way back; there is no description of the interface to be found."""
    response = await client.get(path)

    assert response.status_code == 404
    assert "There is no such" in response.text
    assert 'href="/"' in response.text


async def test_a_wrong_method_is_told(client: httpx.AsyncClient) -> None:
    """405 as a page."""
    response = await client.post("/")

    assert response.status_code == 405
    assert "This address cannot be used in this way." in response.text


async def test_pages_contain_their_fragments(
    client: httpx.AsyncClient, app: FastAPI, alice: MemoryMessenger
) -> None:
    """What the stream sends is what the page would have shown, to the character."""
    bob = fill(alice)
    page = (await client.get(f"/conversations/{bob}")).text
    renderer: Renderer = app.state.renderer
    snapshot = await take_snapshot(alice, bob, await view_of(alice, bob))
    assert snapshot.log is not None
    template = "conversations/conversation.html"
    blocks = [
        renderer.block("shell.html", "lines", page=snapshot),
        renderer.block("shell.html", "status", page=snapshot),
        renderer.block(template, "log", page=snapshot),
        *(renderer.block(template, "message", message=each) for each in snapshot.log.messages),
        *(renderer.block(template, "state", message=each) for each in snapshot.log.messages if each.state),
    ]

    for block in blocks:
        assert block in page
    assert len(blocks) > 10


async def test_every_page_says_what_it_varies_by(client: httpx.AsyncClient, bob: str) -> None:
    """A cache may not give htmx's block to a browser."""
    for path in ("/", f"/conversations/{bob}", "/contacts/new", "/nope"):
        assert (await client.get(path)).headers["vary"] == VARY


@pytest.mark.parametrize(
    ("headers", "block"),
    [
        ({}, False),
        ({"HX-Request": "true"}, True),
        ({"HX-Request": "false"}, False),
        ({"HX-Request": "true", "HX-Boosted": "true"}, False),
        ({"HX-Request": "true", "HX-History-Restore-Request": "true"}, False),
    ],
)
def test_who_gets_a_block(headers: dict[str, str], block: bool) -> None:
    """htmx gets one, but not for a boosted link or a history restore."""
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    assert wants_block(Request({"type": "http", "headers": raw})) is block


async def test_every_sentence_can_be_translated(
    client: httpx.AsyncClient, app: FastAPI, alice: MemoryMessenger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a language that marks what passes through it, no text on any page is left unmarked."""
    from parley.web import (
        connections,
        contacts,
        contexts,
        conversations,
        errors,
        ethereum_view,
        locking,
        log_view,
        network,
        network_view,
        networks,
        preference_errors,
        problems,
        profile_errors,
        settings,
        snapshot,
        wallet,
        wallet_accounts,
        wallet_errors,
    )

    def mark(text: str) -> str:
        return f"⟦{text}⟧"

    def mark_plural(one: str, many: str, count: int) -> str:
        return mark(one if count == 1 else many)

    bob = fill(alice)
    dan = alice.know(memory_account("dan"))
    alice.receive(bob, b"\xff")
    own = [f"/conversations/{bob}/messages/{each.hex()}" for each in alice.ids(bob)]
    alice.drafts[bob] = "begun"
    app.state.renderer.environment.install_gettext_callables(mark, mark_plural, newstyle=True)
    app.state.renderer.environment.globals["pieces"] = app.state.renderer.environment.get_template(
        "_pieces.html"
    ).module
    texts = (connections, contexts, conversations, contacts, errors, log_view, profile_errors, snapshot)
    settings_texts = (ethereum_view, locking, network, network_view, networks, preference_errors, settings)
    for module in (*texts, *settings_texts, wallet, wallet_accounts, wallet_errors):
        monkeypatch.setattr(module, "_", mark)
    for module in (
        contexts,
        locking,
        log_view,
        network_view,
        preference_errors,
        problems,
        profile_errors,
        wallet_errors,
    ):
        monkeypatch.setattr(module, "ngettext", mark_plural)
    pages = [
        (await client.get(path)).text
        for path in (
            "/",
            f"/conversations/{bob}",
            f"/conversations/{dan}",
            *own,
            "/contacts/new",
            "/nope",
        )
    ]
    pages += [
        (await client.post("/search", data={"find": "x"})).text,
        (await client.post(f"/conversations/{bob}/messages", data={"text": "", "form_token": "t" * 20})).text,
        (await client.post("/contacts", data={"nickname": "x"}, headers=HTMX)).text,
    ]
    pages += await _settings_pages(client, alice)
    outside = await client.get("/settings/wallet")
    alice.wallet = (await MemoryVault(words_wallet(imported=True), SECOND_ACCOUNT).put()).wallet()
    pages += [outside.text, (await client.get("/settings/wallet")).text]
    await alice.wallet.unlock(WALLET_PASSPHRASE)
    passphrase = {"passphrase": WALLET_PASSPHRASE}
    for path in (
        "",
        "?done=locked",
        "/words",
        "/check",
        "/import",
        *(f"/accounts/{n}" for n in ("new", 1, 2, 3)),
    ):
        pages.append((await client.get(f"/settings/wallet{path}")).text)
    for path, form in {
        "accounts": {"label": "", "number": ""},
        "import/key": {"label": "x", "key": ""},
        "rename": {"label": "", "address": SECOND_ACCOUNT},
        "check": {f"word_{position}": "" for position in alice.wallet.asked},
        "unlock": {"passphrase": "wrong"},
    }.items():
        pages.append((await client.post(f"/settings/wallet/{path}", data={**passphrase, **form})).text)
    names = re.compile(r"Parley|⁨.*⁩ — Parley|.* — Parley|[0-9]+")
    unmarked = [
        text
        for page in pages
        for text in Texts(page).found
        if not names.fullmatch(text) and not re.fullmatch(r"(⟦[^⟧]*⟧\s*)+", text)
    ]
    own_texts = {each.strip() for each in re.findall(r'class="text" dir="auto">([^<]*)<', "".join(pages))}

    assert [each for each in unmarked if each not in own_texts] == []


async def _settings_pages(client: httpx.AsyncClient, alice: MemoryMessenger) -> list[str]:
    """The settings, as they are and when something is wrong."""
    node, down = "https://node.example", "https://down.example"
    alice.ethereum.down.add(down)
    pages = []
    for path, form in {
        "network": {"network": "other", "chain_id": "x"},
        "network/nodes": {"chain_id": "1", "endpoints": "node"},
        "locking": {"minutes": "x"},
    }.items():
        pages.append((await client.post(f"/settings/{path}", data=form)).text)
    await client.post("/settings/network/nodes", data={"chain_id": "1", "endpoints": f"{node}\n{down}"})
    pages.append((await client.get("/settings/network?done=nodes")).text)
    alice.ethereum.given_chain, alice.ethereum.given_nodes, alice.ethereum.given_lock_after = 1, (node,), 2
    alice.ethereum.learn_balance(7)
    for path in ("", "/network?done=checked", "/locking?done=1"):
        pages.append((await client.get(f"/settings{path}")).text)
    return pages
