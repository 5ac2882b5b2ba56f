"""Texts and names of peers, who choose every byte."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from harness.memory_messenger import MemoryMessenger, memory_account
from harness.page_client import open_stream
from harness.sample_conversations import HOSTILE_TEXTS, fill_hostile
from parley.chat.content import Content, ContentType, encode_content
from parley.web.display import (
    EXCERPT_CHARACTERS,
    EXCERPT_LINES,
    PREVIEW_CHARACTERS,
    excerpt,
    identicon,
    isolated,
    moment,
    one_line,
    printable,
    short_account,
)

ALLOWED = {
    "html",
    "head",
    "meta",
    "title",
    "link",
    "script",
    "body",
    "a",
    "div",
    "nav",
    "svg",
    "use",
    "ul",
    "li",
}
ALLOWED |= {
    "rect",
    "path",
    "span",
    "bdi",
    "footer",
    "p",
    "main",
    "header",
    "h1",
    "ol",
    "time",
    "details",
    "summary",
}
ALLOWED |= {"noscript", "form", "input", "label", "textarea", "button", "hx-partial"}
ALLOWED |= {"dialog", "dl", "dt", "dd", "kbd", "h2", "template"}
OURS = {'<img class="rail-mark"', "<strong>Nobody reachable yet.</strong>"}
"""What the pages themselves have of elements that a peer's text asks for."""


class Elements(HTMLParser):
    """Collects a page's elements and their attributes' names."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=False)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


async def test_markup_is_shown_and_not_run(client: httpx.AsyncClient, alice: MemoryMessenger) -> None:
    """No element or handler on the page is the peer's."""
    conversation_id = fill_hostile(alice)
    page = (await client.get(f"/conversations/{conversation_id}")).text
    elements = Elements(page)

    assert elements.tags - ALLOWED == {"img", "strong"}
    assert all(page.count(each) == 1 for each in OURS)
    assert page.count("<img") == page.count("<strong") == 1
    assert not [name for name in elements.attributes if name.startswith("on") or name == "style"]
    assert "&lt;script&gt;document.title=" in page
    assert "{{ 7 * 7 }}" in page
    assert page.count("<script") == 5


async def test_a_stream_is_not_broken_by_a_text(app: FastAPI, alice: MemoryMessenger) -> None:
    """Lines that look like the stream's own fields, and partials, arrive as text."""
    conversation_id = alice.know(memory_account("mallory"), "M\r\nid: 1\n\nevent: x")
    async with open_stream(app, f"/conversations/{conversation_id}/live") as stream:
        await stream.change()
        for text in HOSTILE_TEXTS.values():
            alice.receive(conversation_id, text)
        message = await stream.change()

    assert message.data is not None
    assert Elements(message.data).tags - ALLOWED == set()
    assert message.data.count('<li id="m-') == len(HOSTILE_TEXTS)
    targets = re.findall(r'<hx-partial hx-target="([^"]+)"', message.data)
    assert targets == ["#lines", "#log"]


async def test_control_characters_are_replaced(client: httpx.AsyncClient, alice: MemoryMessenger) -> None:
    """In texts, in the list and in names; direction marks stay, inside elements that isolate them."""
    conversation_id = fill_hostile(alice)
    page = (await client.get(f"/conversations/{conversation_id}")).text

    assert re.findall("[\x00-\x08\x0b-\x1f\x7f-\x9f]", page) == []
    assert "bell\ufffd escape\ufffd[31m null\ufffd next\ufffd end" in page
    assert ") \u2068\u202eMallory\ufffd&lt;b&gt;" in page
    for name in re.findall(">([^<>]*\u202e[^<>]*)<", page):
        assert (
            re.match(r"(\([0-9]+\) )?\u2068", name)
            or f'dir="auto">{name}<' in page
            or f"<bdi>{name}<" in page
        )


async def test_long_texts_are_folded(client: httpx.AsyncClient, alice: MemoryMessenger, bob: str) -> None:
    """What is long in letters or in lines shows its start; the rest is a click away."""
    alice.receive(bob, HOSTILE_TEXTS["64 KiB"])
    alice.receive(bob, HOSTILE_TEXTS["many lines"])
    alice.receive(bob, "x" * EXCERPT_CHARACTERS)
    page = (await client.get(f"/conversations/{bob}")).text

    assert page.count("<details>") == 2
    assert HOSTILE_TEXTS["64 KiB"].strip() in page


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (b"\xff\xff", "Nothing to read in this message"),
        (b"", "Nothing to read in this message"),
        (encode_content(Content(ContentType("x", "dance"), b"?")), "Nothing to read in this message"),
        (encode_content(Content(ContentType("x", "dance"), b"?", fallback="a <dance>")), "a &lt;dance&gt;"),
        (encode_content(Content(ContentType("xmtp.org", "text"), b"\xff\xfe broken")), "\ufffd\ufffd broken"),
    ],
)
async def test_content_that_cannot_be_shown(
    client: httpx.AsyncClient, alice: MemoryMessenger, bob: str, content: bytes, shown: str
) -> None:
    """An unknown type shows its fallback; bytes that are nothing say so."""
    alice.receive(bob, content)
    page = (await client.get(f"/conversations/{bob}")).text

    assert page.count(f">{shown}<") == 2 if "Nothing" not in shown else shown in page


@given(st.text())
def test_printable_text_holds_no_controls(text: str) -> None:
    """Any text comes out in UTF-8, without control characters, and comes out the same a second time."""
    shown = printable(text)

    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", shown)
    assert shown.encode().decode() == shown
    assert printable(shown) == shown


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=1000), st.integers(1, 50))
def test_a_line_is_one_line_and_bounded(text: str, limit: int) -> None:
    """At most the limit and an ellipsis."""
    line = one_line(text, limit)

    assert "\n" not in line
    assert len(line) <= limit + 1


@given(st.text(st.sampled_from("ab\n"), max_size=200), st.integers(1, 100))
def test_an_excerpt_is_the_start(text: str, repeat: int) -> None:
    """None for what is short; else a bounded start and an ellipsis."""
    whole = text * repeat
    start = excerpt(whole)

    short = len(whole) <= EXCERPT_CHARACTERS and whole.count("\n") < EXCERPT_LINES
    assert (start is None) == short
    if start is not None:
        assert start.endswith("…")
        assert whole.startswith(start[:-1])
        assert len(start) <= EXCERPT_CHARACTERS + 1
        assert start.count("\n") < EXCERPT_LINES


def test_a_preview_does_not_read_all_of_a_text() -> None:
    """64 KiB of blanks before the first letter: the preview says only that there is more."""
    assert one_line(" " * 65_000 + "x") == "…"
    assert len(one_line("word " * 10_000)) <= PREVIEW_CHARACTERS + 1


@given(st.integers())
def test_any_number_may_be_a_time(at_ms: int) -> None:
    """A number that is no date has no time, and none raises."""
    at = moment(at_ms)

    assert at is None or at.iso.endswith("+00:00")


@given(st.text())
def test_any_account_has_a_picture(account: str) -> None:
    """Always the same one, symmetric, in the grid."""
    picture = identicon(account)
    cells = {(int(x), int(y)) for x, y in re.findall(r"M(\d) (\d)h1\.02v1\.02h-1\.02z", picture.path)}

    assert picture == identicon(account)
    assert cells == {(4 - x, y) for x, y in cells}
    assert all(0 <= x <= 4 and 0 <= y <= 4 for x, y in cells)
    assert 0 <= picture.hue < 360


def test_short_forms() -> None:
    """Start and end of an address; a name between isolating marks."""
    assert short_account("0x1234567890abcdef1234567890abcdef12345678") == "0x1234…5678"
    assert short_account("eip155:11155111:0x1234567890abcdef1234567890abcdef12345678") == "0x1234…5678"
    assert short_account("short") == "short"
    assert isolated("\u202ename") == "\u2068\u202ename\u2069"
