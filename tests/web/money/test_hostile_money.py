"""Texts of strangers beside money: notes, reasons, symbols, names of functions, words of nodes."""

from __future__ import annotations

import re
from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import MockClock

from harness.memory_messenger import MemoryMessenger
from harness.memory_money import DEMO_CHAIN, MemoryMoney, transfer
from harness.page_client import open_stream
from harness.sample_money import CONTRACT, ETHER, STRANGER
from parley.chain.api import TokenFacts
from parley.chat.payments.model import PaymentState, RequestedCall, RequestState
from parley.messenger.money.model import Asset
from parley.web.display import plain, quoted
from parley.web.money.calls import SYMBOL_CHARACTERS, amount_view, unit_of
from parley.web.money.states import detail_text
from web.live_page import OpenShown
from web.money.reading import card, words
from web.test_hostile_text import ALLOWED, Elements

HOSTILE = {
    "markup": '<script>alert(1)</script><img src=x onerror="alert(1)"> {{ 7 * 7 }}',
    "right to left": "\u202e000,1 DSU\u202c pay me \u2066\u2067 nothing \u2069\u2069\u2069",
    "letters": "ادفع لي ٥ دولارات",
    "zalgo": "Z" + "\u0301\u0489\u035c" * 100,
    "control": "bell\x07 null\x00 escape\x1b[31m line\r\nother\u2028line",
    "surrogate": "half \ud83d a pair",
    "huge": "W" * 100_000,
    "blank": " \u200b\u00a0\u3000 ",
    "a card": "</q></p></article><article>Paid",
}
STEERING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
OURS = {"article", "code", "strong", "img", "q", "link", "section"}
OURS |= {"fieldset", "legend", "select", "option", "optgroup", "datalist", "video", "canvas"}
"""What pages about money have besides."""


def _no_markup(page: str) -> None:
    """No element and no handler is a stranger's."""
    elements = Elements(page)
    assert elements.tags - ALLOWED <= OURS
    assert not [name for name in elements.attributes if name.startswith("on") or name == "style"]
    assert page.count("<img") == page.count('<img class="rail-mark"')
    assert "<script>alert" not in page


def _harmless(page: str) -> None:
    """Nor is anything of theirs longer than a line or two, or of what shows nothing."""
    _no_markup(page)
    assert "W" * 400 not in page
    assert not re.findall("[\x00-\x08\x0b-\x1f\x7f-\x9f]", page)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
async def test_a_card_with_a_strangers_words(
    client: httpx.AsyncClient, money: MemoryMoney, bob: str, bobs: str, text: str
) -> None:
    """In its note and its reason: one line, marked as theirs, and nothing around it is moved."""
    message_id = money.request(bob, DEMO_CHAIN, [transfer(None, bobs, ETHER)], note=text)
    request_id = money.request_of(message_id).request.request_id
    page = (await client.get(f"/conversations/{bob}")).text
    _harmless(page)
    assert page.count("<article") == 1
    shown = card(page, message_id)
    assert "1 ETH" in words(shown)
    assert all("\n" not in each for each in re.findall(r'<q dir="auto">(.*?)</q>', shown, re.DOTALL))
    money.change(request_id, RequestState.DECLINED, reason=text)
    shown = card((await client.get(f"/conversations/{bob}")).text, message_id)
    _harmless(shown)
    money.change(request_id, RequestState.FAILED, detail=text)
    shown = card((await client.get(f"/conversations/{bob}")).text, message_id)
    _harmless(shown)
    preview = await money.preview_request(request_id, money.own)
    _harmless((await client.get(f"/money/previews/{preview.preview_id}")).text)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
async def test_a_token_with_a_strangers_symbol(
    client: httpx.AsyncClient, money: MemoryMoney, bob: str, text: str
) -> None:
    """On its card, in the overview, among the tokens, in the form that sends it, and on the page of a payment."""
    money.facts[DEMO_CHAIN, CONTRACT] = TokenFacts(CONTRACT, text, text, 2)
    money.added.append((DEMO_CHAIN, CONTRACT))
    money.request(bob, DEMO_CHAIN, [transfer(CONTRACT, STRANGER, 12_345)])
    preview = await money.preview_calls(money.own, DEMO_CHAIN, [transfer(CONTRACT, STRANGER, 12_345)])
    paths = [f"/conversations/{bob}", "/money", "/money/tokens", "/money/send", "/money/receive"]
    paths += [f"/money/previews/{preview.preview_id}"]
    payment_id = await money.confirm(preview.preview_id, "normal", "")
    money.move(payment_id, PaymentState.FAILED, detail=text)
    paths += [f"/money/payments/{payment_id}", "/money/payments"]
    for path in paths:
        answer = await client.get(path)
        assert answer.status_code == 200
        _harmless(answer.text)
        for unit in re.findall('<bdi class="amount-unit">(.*?)</bdi>', answer.text, re.DOTALL):
            assert len(unit) <= 6 * SYMBOL_CHARACTERS
            assert not STEERING.search(unit)
    assert "123.45" in words((await client.get(f"/conversations/{bob}")).text)


async def test_a_stream_is_not_broken_by_a_note(
    autojump_clock: MockClock, app: FastAPI, alice: MemoryMessenger, bob: str, bobs: str, shown: OpenShown
) -> None:
    """Each change is one message with one card in it."""
    alice.receive(bob, "zero")
    page = await shown()
    async with open_stream(app, page.live_url) as stream:
        await stream.change()
        for text in HOSTILE.values():
            call = transfer(None, bobs, ETHER)
            message_id = alice.money.request(bob, DEMO_CHAIN, [call], note=text + "\n\nid: 1\ndata: x\n\n")
            message = await stream.change()
            assert message.data is not None
            assert message.data.count("<article") == 1
            row = alice.money.request_of(message_id)
            alice.money.change(row.request.request_id, RequestState.DECLINED, reason=text)
            message = await stream.change()
            assert message.data is not None
            assert message.data.count("<article") == 1


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
async def test_a_form_with_hostile_fields(
    client: httpx.AsyncClient, money: MemoryMoney, bob: str, own: str, text: str
) -> None:
    """Whatever stands in them: a sentence or a card, never a crash."""
    text = text.encode(errors="replace").decode()
    forms = {
        "/money/send": {"account": own, "asset": "31337-coin", "to": text, "amount": text},
        "/money/call": {"account": own, "network": "31337", "to": text, "function": text, "arguments": text},
        "/money/scan": {"code": text},
        "/money/addresses": {"address": text, "label": text},
        "/money/tokens/find": {"network": text, "address": text},
        "/money/receive": {"of": text, "asset": text, "amount": text},
        f"/conversations/{bob}/ask": {"asset": text, "amount": text, "note": text, "expires": text},
    }
    for path, form in forms.items():
        answer = await client.post(path, data={"form_token": "t" * 20, "value": text, **form})
        assert answer.status_code in {404, 413, 422}, path
        _no_markup(answer.text)
    note = await client.post(
        f"/conversations/{bob}/ask",
        data={
            "asset": "31337-coin",
            "amount": "1",
            "note": text,
            "expires": "3600",
            "form_token": "t" * 20,
        },
    )
    assert note.status_code in {303, 422}


@given(st.text(max_size=300), st.integers(min_value=1, max_value=200))
def test_nothing_steers_what_stands_beside_it(text: str, limit: int) -> None:
    """One bounded line without marks of direction; what runs from right to left is isolated in a sentence."""
    line = plain(text, limit)
    assert len(line) <= limit + 1
    assert not STEERING.search(line)
    assert "\n" not in line
    inside = quoted(text, limit)
    assert inside in (line, f"\u2068{line}\u2069")


@given(st.text(max_size=200))
def test_a_symbol_cannot_reach_what_stands_beside_it(symbol: str) -> None:
    """It has a few characters, and a symbol that shows nothing is still none of the coin's."""
    asset = Asset(DEMO_CHAIN, CONTRACT, symbol, symbol, 18, listed=False)
    view = amount_view(ETHER, asset)

    assert view.text == "1"
    assert len(unit_of(asset)) <= SYMBOL_CHARACTERS + 1 or not symbol
    assert not STEERING.search(view.unit)
    assert view.stranger
    assert unit_of(replace(asset, symbol="")) == "smallest units of a token"


@given(st.text(max_size=400))
def test_the_words_of_a_node_are_quoted(text: str) -> None:
    """What is not ours says so."""
    shown = detail_text(text)
    assert (shown == "") == (text == "")
    assert shown == "" or "“" in shown or text in {"too-early", "differs"}


async def test_sixteen_long_calls_stay_on_the_page(
    client: httpx.AsyncClient, money: MemoryMoney, bob: str
) -> None:
    """Of bytes so many as anybody reads; the rest is told by its length."""
    calls = [RequestedCall(CONTRACT, 0, b"\x12\x34\x56\x78" + bytes([255]) * 16_000) for _ in range(16)]
    message_id = money.request(bob, DEMO_CHAIN, calls)
    page = (await client.get(f"/conversations/{bob}")).text
    shown = card(page, message_id)

    assert shown.count("Call an unknown function") == 16
    assert "16004 bytes" in shown
    assert len(shown) < 200_000
