"""Transaction requests and payments in a conversation."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI
from trio.testing import MockClock

from harness.memory_messenger import MemoryMessenger, memory_account
from harness.memory_money import DEMO_CHAIN, TEST_DOLLAR, MemoryMoney, transfer
from harness.page_client import open_stream
from harness.sample_money import ETHER, HASH, NAMED, STRANGER, approve, fill_every_card, vote
from parley.chat.payments.model import RequestState
from parley.messenger.money.model import AccountKind
from web.live_page import OpenShown
from web.money.reading import actions, card, words

STATES = {
    RequestState.OPEN: "Open",
    RequestState.HANDED: "With a wallet",
    RequestState.CLAIMED: "Said to be paid",
    RequestState.PENDING: "Pending",
    RequestState.CONFIRMING: "2 confirmations",
    RequestState.SETTLED: "Paid",
    RequestState.FAILED: "Failed",
    RequestState.UNPROVABLE: "Cannot be checked",
    RequestState.REPLACED: "Replaced",
    RequestState.DROPPED: "Dropped",
    RequestState.DECLINED: "Declined",
    RequestState.CANCELLED: "Cancelled",
    RequestState.EXPIRED: "Expired",
}


async def test_every_state_is_told_on_both_sides(
    client: httpx.AsyncClient, alice: MemoryMessenger, bob: str
) -> None:
    """In words, and with what can be done then and nothing else."""
    cards = fill_every_card(alice, bob)
    page = (await client.get(f"/conversations/{bob}")).text

    assert set(STATES) == set(RequestState)
    for state, text in STATES.items():
        theirs, own = card(page, cards[f"other-{state}"]), card(page, cards[f"own-{state}"])
        assert f"{text}" in words(theirs.partition("</header>")[0])
        assert f"{text}" in words(own.partition("</header>")[0])
        doing = [each.rpartition("/")[2] for each in actions(theirs)]
        can_pay = state in (
            RequestState.OPEN,
            RequestState.FAILED,
            RequestState.DROPPED,
            RequestState.REPLACED,
        )
        assert doing == ["pay"] * can_pay + ["decline"] * (state is RequestState.OPEN)
        doing = [each.rpartition("/")[2] for each in actions(own)]
        assert doing == ["cancel"] * (state is RequestState.OPEN)
        for each in (theirs, own):
            assert (f"0x{HASH.hex()}" in each) == (state in NAMED)
            assert ("in cash" in each) == (state is RequestState.DECLINED)
    for state in NAMED:
        for side in ("other", "own"):
            shown = card(page, cards[f"{side}-paid-{state}"])
            assert STATES[state] in words(shown)
            assert actions(shown) == []


async def test_a_card_says_all_that_is_signed(
    client: httpx.AsyncClient, alice: MemoryMessenger, money: MemoryMoney, bob: str, bobs: str
) -> None:
    """Network, amount to the last digit, token, whole address, who asks, until when, and how it is signed."""
    message_id = money.request(
        bob, DEMO_CHAIN, [transfer(TEST_DOLLAR, bobs, 25_000_001)], note="Lunch", by_wallet=True
    )
    shown = words(card((await client.get(f"/conversations/{bob}")).text, message_id))

    assert "Test network Local development chain" in shown
    assert "Bob asks you to pay 25.000001 tUSD" in shown.replace("Send ", "")
    assert f"To Bob {bobs}" in shown
    assert f"Token contract {TEST_DOLLAR}" in shown
    assert "Asked by Bob" in shown
    assert "Until 2027-01-16" in shown
    assert "Signed by their wallet" in shown
    assert "In their words: Lunch" in shown


@pytest.mark.parametrize(
    ("by_wallet", "text"),
    [
        (True, "Signed by their wallet"),
        (False, "Signed by their device"),
        (None, "Signed by their device; whether also by their wallet could not be asked"),
    ],
)
async def test_how_it_is_signed_is_told(
    client: httpx.AsyncClient, money: MemoryMoney, bob: str, bobs: str, by_wallet: bool | None, text: str
) -> None:
    """The shield is for a wallet's signature that was checked, and for no other; the page that pays says the same."""
    message_id = money.request(bob, DEMO_CHAIN, [transfer(None, bobs, 1)], by_wallet=by_wallet)
    shown = card((await client.get(f"/conversations/{bob}")).text, message_id)
    looked = await client.post(actions(shown)[0])
    page = (await client.get(looked.headers["location"])).text

    for each in (shown, page):
        mark = "shield" if by_wallet else "check"
        assert f'#{mark}"/></svg><span>{text}</span>' in each


async def test_a_list_shows_no_words_of_a_card(
    client: httpx.AsyncClient, money: MemoryMoney, bob: str, bobs: str
) -> None:
    """What its sender would have other programs show is not shown, neither in the list nor in the conversation."""
    for brought in (
        money.request(bob, DEMO_CHAIN, [transfer(None, bobs, 1)]),
        money.tell_payment(bob, DEMO_CHAIN, [transfer(None, bobs, 1)]),
    ):
        page = (await client.get(f"/conversations/{bob}")).text
        assert card(page, brought)
        assert "Words for others" not in page
    assert "Payment" in words((await client.get("/")).text)


async def test_what_made_no_card_is_shown_as_text(
    client: httpx.AsyncClient, alice: MemoryMessenger, money: MemoryMoney, bob: str, bobs: str
) -> None:
    """A request that was not signed by its sender's device is not stored as one: its words are, as words."""
    message_id = money.request(bob, DEMO_CHAIN, [transfer(None, bobs, 1)])
    del money.requests[money.request_of(message_id).request.request_id]
    page = (await client.get(f"/conversations/{bob}")).text

    assert "<article" not in page
    assert 'class="text" dir="auto">Words for others<' in page


async def test_a_payment_is_a_claim_until_the_chain_shows_it(
    client: httpx.AsyncClient, money: MemoryMoney, bob: str, bobs: str, own: str
) -> None:
    """Who says they paid is told to say so, and one's own payment is just told."""
    message_id = money.tell_payment(bob, DEMO_CHAIN, [transfer(None, own, ETHER)])
    before = words(card((await client.get(f"/conversations/{bob}")).text, message_id))
    money.change_told(message_id, RequestState.CONFIRMING, confirmations=1)
    after = words(card((await client.get(f"/conversations/{bob}")).text, message_id))

    assert "Bob says they paid" in before
    assert "Said to be paid" in before
    assert "Bob paid" in after
    assert "1 confirmation" in after
    assert "says" not in after


async def test_a_payment_to_somebody_is_a_card_of_ones_own(
    client: httpx.AsyncClient, money: MemoryMoney, bob: str, bobs: str, own: str
) -> None:
    """It leads to the payment's page."""
    preview = await money.preview_send(own, DEMO_CHAIN, None, bobs, ETHER, bob)
    payment_id = await money.confirm(preview.preview_id, "normal", "")
    (message_id,) = money.told
    shown = card((await client.get(f"/conversations/{bob}")).text, message_id)

    assert "You paid" in words(shown)
    assert f'href="/money/payments/{payment_id}"' in shown


async def test_warnings_stand_on_a_card_that_can_be_paid(
    client: httpx.AsyncClient, money: MemoryMoney, bob: str
) -> None:
    """And on no other, where they would only teach to overlook them."""
    message_id = money.request(bob, DEMO_CHAIN, [approve(TEST_DOLLAR, STRANGER, 2**256 - 1)])
    money.paid.add(STRANGER)
    shown = words(card((await client.get(f"/conversations/{bob}")).text, message_id))
    assert "Bob asks you to sign" in shown
    assert "Let somebody spend all of a token" in shown
    assert "Somebody could take all of this token" in shown
    money.change(money.request_of(message_id).request.request_id, RequestState.CANCELLED)
    shown = words(card((await client.get(f"/conversations/{bob}")).text, message_id))
    assert "Somebody could take all of this token" not in shown
    assert "Let somebody spend all of a token" in shown


async def test_a_call_is_told_by_its_function_and_arguments(
    client: httpx.AsyncClient, money: MemoryMoney, bob: str
) -> None:
    """Whatever is written beside it."""
    message_id = money.request(bob, DEMO_CHAIN, [vote(2), vote(7)], note="just a login")
    shown = words(card((await client.get(f"/conversations/{bob}")).text, message_id))

    assert shown.count("Call vote(uint256)") == 2
    assert "option 2" in shown
    assert "option 7" in shown


async def test_declining_takes_a_reason_along(
    client: httpx.AsyncClient, money: MemoryMoney, bob: str, bobs: str
) -> None:
    """At most 280 characters of it, once."""
    message_id = money.request(bob, DEMO_CHAIN, [transfer(None, bobs, 1)])
    _pay, decline = actions(card((await client.get(f"/conversations/{bob}")).text, message_id))
    answer = await client.post(decline, data={"reason": "  Not now " + "x" * 400})

    assert (answer.status_code, answer.headers["location"]) == (303, f"/conversations/{bob}#latest")
    row = money.request_of(message_id)
    assert row.state is RequestState.DECLINED
    assert row.reason.startswith("Not now xx")
    assert len(row.reason) == 280
    again = await client.post(decline, data={"reason": ""})
    assert again.status_code == 409
    assert "This request was declined." in again.text
    assert (await client.post(_pay)).status_code == 409


async def test_taking_it_back(client: httpx.AsyncClient, money: MemoryMoney, bob: str, own: str) -> None:
    """An own request, once."""
    message_id = money.request(bob, DEMO_CHAIN, [transfer(None, own, 1)], own=True)
    (cancel,) = actions(card((await client.get(f"/conversations/{bob}")).text, message_id))

    assert (await client.post(cancel)).status_code == 303
    assert money.request_of(message_id).state is RequestState.CANCELLED
    again = await client.post(cancel)
    assert again.status_code == 409
    assert "This request was taken back." in again.text


async def test_looking_at_it_to_pay_signs_nothing(
    client: httpx.AsyncClient, money: MemoryMoney, bob: str, bobs: str
) -> None:
    """It leads to the page that shows what would be signed; that is paid by the account that is asked."""
    message_id = money.request(bob, DEMO_CHAIN, [transfer(None, bobs, ETHER)])
    pay, _decline = actions(card((await client.get(f"/conversations/{bob}")).text, message_id))
    answer = await client.post(pay)

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/money/previews/")
    assert money.made == {}
    page = words((await client.get(answer.headers["location"])).text)
    assert "Who asks for it" in page
    assert "1 ETH" in page


async def test_what_is_paid_is_not_paid_again(
    client: httpx.AsyncClient, money: MemoryMoney, bob: str, bobs: str
) -> None:
    """Another page that was left open leads to the payment."""
    message_id = money.request(bob, DEMO_CHAIN, [transfer(None, bobs, ETHER)])
    pay, _decline = actions(card((await client.get(f"/conversations/{bob}")).text, message_id))
    preview = (await client.post(pay)).headers["location"]
    paid = await client.post(f"{preview}/confirm", data={"fee": "normal"})
    again = await client.post(pay)

    assert again.status_code == 409
    assert "You pay this request already" in again.text
    assert f'href="{paid.headers["location"]}"' in again.text
    assert len(money.made) == 1


@pytest.mark.parametrize("what", ["pay", "decline", "cancel"])
async def test_requests_that_are_not_there(client: httpx.AsyncClient, bob: str, what: str) -> None:
    """Neither of any id, nor of what is no id, nor in a conversation that is not there."""
    for path in (
        f"/conversations/{bob}/requests/{'ab' * 32}/{what}",
        f"/conversations/{bob}/requests/nonsense/{what}",
        f"/conversations/{'0' * 32}/requests/{'ab' * 32}/{what}",
    ):
        assert (await client.post(path, data={"reason": ""})).status_code == 404


async def test_an_account_that_is_only_watched_cannot_be_asked_to_pay(
    client: httpx.AsyncClient, money: MemoryMoney, bob: str, bobs: str
) -> None:
    """Its key is nowhere here."""
    message_id = money.request(bob, DEMO_CHAIN, [transfer(None, bobs, 1)])
    pay, _decline = actions(card((await client.get(f"/conversations/{bob}")).text, message_id))
    money.kind = AccountKind.WATCHED

    answer = await client.post(pay)
    assert answer.status_code == 422
    assert "its key is not here" in answer.text


async def test_a_card_follows_live(
    autojump_clock: MockClock,
    app: FastAPI,
    money: MemoryMoney,
    bob: str,
    bobs: str,
    shown: OpenShown,
) -> None:
    """The card alone is renewed, not the log around it."""
    message_id = money.request(bob, DEMO_CHAIN, [transfer(None, bobs, ETHER)])
    request_id = money.request_of(message_id).request.request_id
    page = await shown()
    seen = []
    async with open_stream(app, page.live_url) as stream:
        await stream.change()
        for state, facts in (
            (RequestState.PENDING, {"transaction_hash": HASH}),
            (RequestState.CONFIRMING, {"confirmations": 1}),
            (RequestState.CONFIRMING, {"confirmations": 2}),
            (RequestState.SETTLED, {"confirmations": 3, "evidence": "fields"}),
            (RequestState.PENDING, {"confirmations": 0, "evidence": ""}),
        ):
            money.change(request_id, state, **facts)
            message = await stream.change()
            assert message.data is not None
            assert message.data.count("<hx-partial") == 1
            assert f'hx-target="#card-{message_id.hex()}" hx-swap="outerMorph"' in message.data
            seen.append(words(card(message.data, message_id)))

    told = ("Pending", "1 confirmation", "2 confirmations", "Paid", "Pending")
    assert all(state in text for state, text in zip(told, seen, strict=True))


async def test_a_text_becomes_a_card_and_a_text_again_live(
    autojump_clock: MockClock, app: FastAPI, money: MemoryMoney, bob: str, bobs: str, shown: OpenShown
) -> None:
    """What a message brought may be stored later than it, and forgotten before it."""
    message_id = money.request(bob, DEMO_CHAIN, [transfer(None, bobs, ETHER)])
    ((request_id, row),) = money.requests.items()
    del money.requests[request_id]
    page = await shown()
    assert "<article" not in page.log
    async with open_stream(app, page.live_url) as stream:
        await page.update(stream)
        money.requests[request_id] = row
        money.change(request_id, RequestState.OPEN)
        assert set(await page.update(stream)) == {"#log"}
        assert "1 ETH" in words(card(page.log, message_id))
        del money.requests[request_id]
        money.hold(DEMO_CHAIN, None, 1)
        assert set(await page.update(stream)) == {"#log"}

    assert "<article" not in page.log


async def test_a_new_card_is_added_live(
    autojump_clock: MockClock, app: FastAPI, alice: MemoryMessenger, bob: str, shown: OpenShown
) -> None:
    """As a message is."""
    alice.receive(bob, "zero")
    page = await shown()
    async with open_stream(app, page.live_url) as stream:
        await page.update(stream)
        bobs = memory_account("bob")
        message_id = alice.money.request(bob, DEMO_CHAIN, [transfer(None, bobs, ETHER)])
        assert set(await page.update(stream)) == {"#messages", "#lines"}

    assert "Bob asks you to pay" in words(card(page.log, message_id))
