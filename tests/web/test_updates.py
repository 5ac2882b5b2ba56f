"""Whatever changes, the page that applies the blocks shows what is stored."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from parley.web.contexts import Log, StatusView
from parley.web.live import Updates
from parley.web.log_view import MessageView
from parley.web.person import person
from parley.web.rendering import Renderer
from parley.web.snapshot import Snapshot, Version

RENDERER = Renderer()
BOB = person("0x" + "b" * 40, "Bob")
STATES = ["queued", "sent", "delivered"]
PARTIAL = re.compile(r'<hx-partial hx-target="([^"]+)" hx-swap="\w+">(.*?)</hx-partial>', re.DOTALL)
MESSAGE = re.compile(r'<li id="m-(\w+)".*?</li>', re.DOTALL)
STATE = re.compile(r'class="state (\w+)"')


def _message(dom_id: int, state: str) -> MessageView:
    return MessageView(f"m-{dom_id}", f"{dom_id}-x", True, "text", None, None, state, state)


def _snapshot(messages: tuple[MessageView, ...]) -> Snapshot:
    return Snapshot(BOB, (), StatusView("online", "", None), Log("c", BOB, messages, has_earlier=False))


def _shown(html: str) -> list[tuple[str, str]]:
    return [(match[1], STATE.findall(match[0])[0]) for match in MESSAGE.finditer(html)]


def _apply(page: list[tuple[str, str]], blocks: str) -> list[tuple[str, str]]:
    for target, html in PARTIAL.findall(blocks):
        if target == "#log":
            page = _shown(html)
        elif target == "#messages":
            assert page  # Without messages there is no such element.
            page = page + _shown(html)
        elif target.endswith("-state"):
            changed = target.removeprefix("#m-").removesuffix("-state")
            assert changed in dict(page)
            page = [(name, STATE.findall(html)[0] if name == changed else state) for name, state in page]
    return page


# What is stored, one moment after the other: messages by their place in the order, each with its state. Between two
# moments any of them may have come, gone or changed, and a window cuts off all but the last ones.
moments = st.lists(st.dictionaries(st.integers(0, 12), st.sampled_from(STATES), max_size=10), max_size=8)


@given(moments, st.integers(1, 10))
def test_the_page_shows_what_is_stored(stored: list[dict[int, str]], window: int) -> None:
    """At its end the page always has the window's messages, each once and in order, with their states."""
    updates = Updates(RENDERER, Version.read(None))
    page: list[tuple[str, str]] = []
    for moment in stored:
        messages = tuple(_message(place, moment[place]) for place in sorted(moment))[-window:]
        page = _apply(page, updates.to(_snapshot(messages)))
        expected = [(each.dom_id.removeprefix("m-"), each.state) for each in messages]

        assert page[len(page) - len(expected) :] == expected
        assert len({name for name, _ in page}) == len(page)
        assert bool(page) == bool(expected)


@given(moments)
def test_what_is_shown_is_not_sent(stored: list[dict[int, str]]) -> None:
    """The same moment again is nothing."""
    updates = Updates(RENDERER, Version.read(None))
    for moment in stored:
        snapshot = _snapshot(tuple(_message(place, moment[place]) for place in sorted(moment)))
        updates.to(snapshot)

        assert updates.to(replace(snapshot)) == ""
