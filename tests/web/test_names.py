"""What people are called on pages: the nickname, else the ENS name, else the short address."""

from __future__ import annotations

import re

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from harness.memory_messenger import MemoryMessenger, memory_account
from harness.page_client import open_stream
from parley.web.display import SHOWN_NAME_CHARACTERS, name_of_account, short_account
from parley.web.person import person

DAN = memory_account("dan")
SHORT = short_account(DAN)
LONG = "vitalik.eth." + "x" * 60 + ".mallory.eth"


async def test_an_ens_name_stands_in_place_of_the_address(
    client: httpx.AsyncClient, alice: MemoryMessenger
) -> None:
    """In the list, in the title and above the messages; the address stays beside it."""
    dan = alice.know(DAN)
    alice.ethereum.learn_name(DAN, "dan.eth")
    page = (await client.get(f"/conversations/{dan}")).text

    assert '<span class="line-name"><bdi>dan.eth</bdi></span>' in page
    assert '<h1 class="bar-title"><bdi>dan.eth</bdi></h1>' in page
    assert f"<bdi>{SHORT}</bdi></p>" in page
    assert "<title>\u2068dan.eth\u2069" in page


async def test_a_nickname_wins(client: httpx.AsyncClient, alice: MemoryMessenger) -> None:
    """Whoever is called Dan here stays Dan, whatever name he takes; the name stands beside the address."""
    dan = alice.know(DAN, "Dan")
    alice.ethereum.learn_name(DAN, "bob.eth")
    page = (await client.get(f"/conversations/{dan}")).text

    assert '<h1 class="bar-title"><bdi>Dan</bdi></h1>' in page
    assert f"<bdi>bob.eth</bdi> · </span><bdi>{SHORT}</bdi></p>" in page
    assert page.count("bob.eth") == 1


async def test_the_own_name_is_shown(client: httpx.AsyncClient, alice: MemoryMessenger) -> None:
    """Under the list, with the whole address at hand."""
    assert f"You are</span> <bdi>{short_account(alice.account)}</bdi>" in (await client.get("/")).text
    alice.ethereum.learn_name(alice.account, "alice.eth")
    page = (await client.get("/")).text

    assert f'title="{alice.account}"><span class="unseen">You are</span> <bdi>alice.eth</bdi>' in page


async def test_a_name_that_arrives_is_shown_at_once(app: FastAPI, alice: MemoryMessenger, bob: str) -> None:
    """In the list and above the messages, without anything else being sent anew."""
    dan = alice.know(DAN)
    async with open_stream(app, f"/conversations/{dan}/live") as stream:
        await stream.change()
        alice.ethereum.learn_name(DAN, "dan.eth")
        told = await stream.change()
        alice.ethereum.learn_name(alice.account, "alice.eth")
        own = await stream.change()

    assert re.findall(r'hx-target="([^"]+)"', told.data or "") == ["#lines", "#who"]
    assert (told.data or "").count("<bdi>dan.eth</bdi>") == 2
    assert re.findall(r'hx-target="([^"]+)"', own.data or "") == ["#ethereum"]


async def test_a_hostile_name_is_text(client: httpx.AsyncClient, alice: MemoryMessenger) -> None:
    """Whatever a look-up gives: no markup, no control characters, no end."""
    dan = alice.know(DAN)
    alice.ethereum.learn_name(DAN, "<b>\u202e\x00x</b>\n" + "y" * 70_000)
    page = (await client.get(f"/conversations/{dan}")).text

    assert "<bdi>&lt;b&gt;\u202e\ufffdx" in page
    assert len(page) < 20_000


async def test_the_end_of_a_long_name_is_always_shown(
    client: httpx.AsyncClient, alice: MemoryMessenger
) -> None:
    """A name belongs to whoever owns its end; the start is theirs to choose."""
    dan = alice.know(DAN)
    alice.ethereum.learn_name(DAN, LONG)
    page = (await client.get(f"/conversations/{dan}")).text

    assert "<bdi>vitalik.eth … mallory.eth</bdi>" in page


@given(st.text())
def test_any_name_is_short(name: str) -> None:
    """On one line."""
    shown = name_of_account(name)

    assert len(shown) <= SHOWN_NAME_CHARACTERS
    assert "\n" not in shown


@pytest.mark.parametrize(
    ("nickname", "ens", "name"),
    [
        ("", None, SHORT),
        ("", "", SHORT),
        ("", " ", SHORT),
        ("", "dan.eth", "dan.eth"),
        ("Dan", "dan.eth", "Dan"),
    ],
)
def test_the_order_of_names(nickname: str, ens: str | None, name: str) -> None:
    """The nickname, the ENS name, the address."""
    assert person(DAN, nickname, ens).name == name
