"""The pages about money and the cards, in a real browser: for everybody, on a phone too, and by keys alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from browser.test_accessibility import axe
from harness.memory_messenger import MemoryMessenger, memory_account
from harness.memory_money import DEMO_CHAIN, TEST_DOLLAR, transfer
from harness.sample_money import ETHER, HASH, STRANGER, approve, fill_every_card, fill_money, pay_some, vote
from harness.served_messenger import ServedMessenger
from parley.chain.api import checksummed
from parley.chat.payments.model import PaymentState, RequestState
from parley.messenger.money.model import AccountKind, Wish

__all__ = ["axe"]

SCHEMES = {390: "dark", 1280: "light"}
"""Colours do not depend on the width, so each is looked at once."""


@pytest.fixture
def bob(alice: ServedMessenger) -> str:
    """Alice's conversation with Bob, whom she can pay with the wallet inside."""
    conversation_id = alice.do(lambda messenger: messenger.know(memory_account("bob"), "Bob"))
    alice.do(lambda messenger: setattr(messenger.money, "kind", AccountKind.INSIDE))
    return conversation_id


async def _prepared(messenger: MemoryMessenger) -> dict[str, str]:
    """Previews of what deserves to be looked at, a payment that waits, and one that a wallet has."""
    money, own = messenger.money, checksummed(messenger.account)
    await money.save_address(STRANGER, "Landlord", False)
    await money.save_address("0x" + "be" * 20, "Cold storage", True)
    paths = {}
    for name, calls in {
        "send": [transfer(TEST_DOLLAR, STRANGER, 25_000_000)],
        "approve": [approve(TEST_DOLLAR, STRANGER, 2**256 - 1)],
        "batch": [vote(1), vote(2)],
    }.items():
        preview = await money.preview_calls(own, DEMO_CHAIN, calls)
        paths[f"preview {name}"] = f"/money/previews/{preview.preview_id}"
    (request_id, *_others) = (each for each, row in money.requests.items() if not row.own)
    preview = await money.preview_request(request_id, own)
    paths["preview of a request"] = f"/money/previews/{preview.preview_id}"
    preview = await money.preview_calls(own, DEMO_CHAIN, [vote(3)])
    handed, _requests = await money.outside_requests(preview.preview_id, "normal", "", own, DEMO_CHAIN, False)
    paths["with a wallet"] = f"/money/payments/{handed}"
    (conversation_id, *_more) = (row.conversation_id for row in money.requests.values())
    asked = Wish(conversation_id, DEMO_CHAIN, None, ETHER, "The boat", 3600, "t" * 20)
    draft_id, _data = await money.prepare_ask(asked)
    paths["sign a request"] = f"/conversations/{conversation_id}/ask/{draft_id}"
    return paths | {"pending": f"/money/payments/{await pay_some(messenger)}"}


@pytest.mark.parametrize("width", SCHEMES)
def test_every_page_is_for_everybody(
    alice: ServedMessenger,
    open_page: Callable[..., Page],
    axe: str,
    screenshots: Path,
    bob: str,
    width: int,
) -> None:
    """Axe finds nothing and nothing scrolls sideways: on every page, and on a phone with a card in every state."""
    dan = alice.do(lambda messenger: messenger.know(memory_account("dan"), "Dan"))
    alice.do(lambda messenger: fill_money(messenger, bob))
    alice.do(lambda messenger: fill_every_card(messenger, dan))
    paths = alice.run(_prepared) | {
        "cards": f"/conversations/{bob}",
        "money": "/money",
        "watched": "/money?of=2",
        "send": "/money/send",
        "send to": f"/money/send?to={bob}",
        "scan": "/money/scan",
        "call": "/money/call",
        "payments": "/money/payments",
        "receive": "/money/receive",
        "tokens": "/money/tokens",
        "addresses": "/money/addresses",
        "ask": f"/conversations/{bob}/ask",
        "ask for a call": f"/conversations/{bob}/call",
    }
    if width == min(SCHEMES):
        paths["every card"] = f"/conversations/{dan}"
    page = open_page("/money", viewport={"width": width, "height": 844}, color_scheme=SCHEMES[width])
    page.emulate_media(reduced_motion="reduce")
    found: dict[str, list[Any]] = {}
    for name, path in paths.items():
        page.goto(alice.origin + path)
        expect(page.locator("h1")).to_be_visible()
        page.evaluate(axe)
        found[name] = [
            (each["id"], [node["html"][:200] for node in each["nodes"]])
            for each in page.evaluate("axe.run('main')")["violations"]
        ] + _too_wide(page)
        page.screenshot(path=screenshots / f"money-{name.replace(' ', '-')}-{width}.png")

    assert {name: each for name, each in found.items() if each} == {}


def test_a_card_is_answered_by_keys_and_follows(
    alice: ServedMessenger, open_page: Callable[..., Page], bob: str
) -> None:
    """What is typed in it is not taken for keys of the log, and what changes it leaves the composer alone."""
    first = alice.do(lambda messenger: _asked(messenger, bob, ETHER))
    second = alice.do(lambda messenger: _asked(messenger, bob, 2 * ETHER))
    page = open_page(f"/conversations/{bob}")
    declined, paid = (page.locator(f"#card-{each.hex()}") for each in (first, second))
    declined.get_by_text("Decline", exact=True).focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("Not mine")
    page.keyboard.press("Home")
    page.keyboard.type("No. ")
    expect(declined.get_by_label("Reason, if you want to give one")).to_have_value("No. Not mine")
    page.keyboard.press("Escape")
    expect(declined.get_by_label("Reason, if you want to give one")).to_be_hidden()
    expect(declined.get_by_text("Decline", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    # The stream may be faster than the answer to the form.
    page.wait_for_url("**/*#latest")
    expect(declined).to_contain_text("Declined")
    expect(declined).to_contain_text("No. Not mine")

    message = page.get_by_role("textbox", name="Message")
    message.fill("While it is paid")
    request_id = alice.do(lambda messenger: messenger.money.request_of(second).request.request_id)
    for state, text in (
        (RequestState.PENDING, "Pending"),
        (RequestState.CONFIRMING, "1 confirmation"),
        (RequestState.SETTLED, "Paid"),
    ):
        facts = {"transaction_hash": HASH, "confirmations": 1}
        alice.do(lambda messenger, to=state, facts=facts: messenger.money.change(request_id, to, **facts))  # type: ignore[misc]
        expect(paid.locator(".money-state")).to_have_text(text)
    expect(message).to_have_value("While it is paid")
    expect(message).to_be_focused()


def test_a_payment_is_made_and_follows(
    alice: ServedMessenger, open_page: Callable[..., Page], bob: str
) -> None:
    """From the composer's menu to the last confirmation, with the word that has to be typed where it has to."""
    alice.do(lambda messenger: messenger.money.hold(DEMO_CHAIN, None, 12 * ETHER))
    page = open_page(f"/conversations/{bob}")
    page.get_by_title("Money").click()
    page.locator(".scroller").click(position={"x": 5, "y": 5})
    expect(page.get_by_role("link", name="Ask for money")).to_be_hidden()
    page.get_by_title("Money").click()
    page.locator("#more-to-do").get_by_role("link", name="Send").click()
    page.get_by_label("Amount").fill("1.25")
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_role("heading", name="What you sign")).to_be_visible()
    expect(page.get_by_text("1.25 ETH").first).to_be_visible()
    page.get_by_label("Fast").check()
    page.get_by_role("button", name="Pay", exact=True).click()
    state = page.locator("#state .money-state")
    expect(state).to_have_text("Pending")
    (payment_id,) = alice.do(lambda messenger: tuple(messenger.money.made))
    for to, text in ((PaymentState.CONFIRMING, "2 confirmations"), (PaymentState.SETTLED, "Done")):
        alice.do(lambda messenger, to=to: messenger.money.move(payment_id, to, confirmations=2))  # type: ignore[misc]
        expect(state).to_have_text(text)
    page.get_by_role("link", name="To the conversation").click()
    expect(page.locator(".ask-card")).to_contain_text("You paid")


def _asked(messenger: MemoryMessenger, conversation_id: str, amount: int) -> bytes:
    return messenger.money.request(conversation_id, DEMO_CHAIN, [transfer(None, STRANGER, amount)])


def _too_wide(page: Page) -> list[Any]:
    widths: list[Any] = page.evaluate(
        "[document.documentElement, ...document.querySelectorAll('.pane, .sheet, .message, .ask-card, .money-block')]"
        ".filter((each) => each.scrollWidth > each.clientWidth + 1)"
        ".map((each) => ['too wide', each.className, each.scrollWidth, each.clientWidth])"
    )
    return widths
