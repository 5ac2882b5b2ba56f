"""What accounts hold, own payments, and one payment; each follows live."""

from __future__ import annotations

import re

import httpx
import pytest
from fastapi import FastAPI
from trio.testing import MockClock

from harness.memory_messenger import MemoryMessenger
from harness.memory_money import DEMO_CHAIN, SEPOLIA, TEST_DOLLAR, MemoryMoney, transfer
from harness.page_client import open_stream
from harness.sample_money import ETHER, HASH, pay_some
from parley.chain.api import checksummed
from parley.chat.payments.model import PaymentState, SavedAddress
from parley.messenger.money.model import AccountKind, MoneyAccount
from web.money.reading import sheet, words

SECOND = checksummed("0x" + "5e" * 20)
WATCHED = checksummed("0x" + "be" * 20)


@pytest.fixture
def more(money: MemoryMoney) -> MemoryMoney:
    """A second account inside, and a watched one."""
    money.more_accounts = [MoneyAccount(SECOND, "Savings", AccountKind.INSIDE, own=False)]
    money.saved[WATCHED] = SavedAddress(WATCHED, "Cold storage", True, 0)
    money.hold(SEPOLIA, None, 1, SECOND)
    money.hold(DEMO_CHAIN, None, 5 * ETHER, WATCHED)
    return money


def _live_url(page: str) -> str:
    found = re.search(r'hx-sse:connect="([^"]+)"', page)
    assert found is not None
    return found[1].replace("&amp;", "&")


async def test_balances_are_shown_to_the_last_digit(client: httpx.AsyncClient, money: MemoryMoney) -> None:
    """With the time they are as of."""
    money.hold(DEMO_CHAIN, None, 12 * ETHER + 1)
    shown = words(sheet((await client.get("/money")).text))

    assert "ETH 12.000000000000000001 ETH as of 2027-01-15 08:00 UTC" in shown
    assert "tUSD Test Dollar 100 tUSD as of" in shown


async def test_each_account_and_network_is_a_link_away(
    client: httpx.AsyncClient, more: MemoryMoney, own: str
) -> None:
    """Named by its place, since addresses of pages stand in the browser's history."""
    page = (await client.get("/money?of=2&on=11155111")).text
    shown = words(sheet(page))

    assert f"Savings your account {SECOND}" in shown
    assert "0.000000000000000001 ETH" in shown
    assert "Test network Sepolia" in shown
    urls = re.findall(r'class="tab" href="([^"]+)"', page)
    assert [each.replace("&amp;", "&") for each in urls] == [
        "/money?of=1&on=11155111",
        "/money?of=2&on=11155111",
        "/money?of=3&on=11155111",
        "/money?of=2&on=31337",
        "/money?of=2&on=11155111",
    ]
    assert not any(each[2:].lower() in url.lower() for each in (own, SECOND, WATCHED) for url in urls)


async def test_a_watched_account_shows_its_money_and_pays_nothing(
    client: httpx.AsyncClient, more: MemoryMoney
) -> None:
    """Nor is it called one's own."""
    page = (await client.get("/money?of=3")).text

    assert "Only watched" in page
    assert "5 ETH" in words(sheet(page))
    assert "/money/send" not in sheet(page)
    assert "your account" not in words(sheet(page))


@pytest.mark.parametrize(
    ("answered", "text", "amounts"),
    [
        (True, None, True),
        (False, "The Ethereum node does not answer. These are the last known amounts.", True),
        (None, "Asking the Ethereum node …", False),
    ],
)
async def test_what_the_node_does_is_told(
    client: httpx.AsyncClient, money: MemoryMoney, answered: bool | None, text: str | None, amounts: bool
) -> None:
    """The last known amounts stay, with their time, while it is down."""
    money.answered = answered
    shown = words(sheet((await client.get("/money")).text))

    assert ("12 ETH as of" in shown) == amounts
    assert ("not known yet" in shown) != amounts
    if text is None:
        assert "node" not in shown
    else:
        assert text in shown


async def test_without_a_node_nothing_is_shown_for_a_balance(
    client: httpx.AsyncClient, money: MemoryMoney
) -> None:
    """But where to set one, and the account itself."""
    money.chains = ()
    page = (await client.get("/money")).text

    assert "No Ethereum node is set" in page
    assert 'href="/settings/network"' in sheet(page)
    assert "Balances" not in page


async def test_balances_follow_live(
    autojump_clock: MockClock, client: httpx.AsyncClient, app: FastAPI, money: MemoryMoney
) -> None:
    """Their part of the page alone."""
    page = (await client.get("/money")).text
    async with open_stream(app, _live_url(page)) as stream:
        await stream.change()
        money.hold(DEMO_CHAIN, TEST_DOLLAR, 1)
        message = await stream.change()

    assert message.data is not None
    assert re.findall('hx-target="([^"]+)"', message.data) == ["#holdings"]
    assert "0.000001 tUSD" in words(message.data)


async def test_a_payment_follows_live_through_every_state(
    autojump_clock: MockClock, client: httpx.AsyncClient, app: FastAPI, money: MemoryMoney, bobs: str
) -> None:
    """Forward, and back where the chain was reorganised."""
    preview = await money.preview_calls(money.own, DEMO_CHAIN, [transfer(None, bobs, ETHER)])
    payment_id = await money.confirm(preview.preview_id, "normal", "")
    page = (await client.get(f"/money/payments/{payment_id}")).text
    assert "Speed it up" in page
    told = []
    async with open_stream(app, _live_url(page)) as stream:
        await stream.change()
        for state, facts in (
            (PaymentState.CONFIRMING, {"confirmations": 1, "block_number": 41, "fee": 21_000 * 10**9}),
            (PaymentState.SETTLED, {"confirmations": 3}),
            (PaymentState.PENDING, {"confirmations": 0, "block_number": None, "fee": None}),
            (PaymentState.REPLACED, {}),
            (PaymentState.DROPPED, {}),
            (PaymentState.FAILED, {"detail": "out of gas"}),
        ):
            money.move(payment_id, state, **facts)
            message = await stream.change()
            assert message.data is not None
            assert re.findall('hx-target="([^"]+)"', message.data) == ["#payment"]
            told.append(words(message.data))

    assert "1 confirmation" in told[0]
    assert "Block 41" in told[0]
    assert "Fee 0.000021 ETH" in told[0]
    assert "Done" in told[1]
    assert "Pending" in told[2]
    assert "Block" not in told[2].replace("It waits for a block", "")
    assert "Another transaction took its place." in told[3]
    assert "does not know it any more" in told[4]
    assert "The reason given: “out of gas”" in told[5]


async def test_the_history_is_turned_page_by_page(
    client: httpx.AsyncClient, money: MemoryMoney, bobs: str
) -> None:
    """The newest first; no payment comes twice or is left out."""
    for amount in range(1, 121):
        preview = await money.preview_calls(money.own, DEMO_CHAIN, [transfer(None, bobs, amount)])
        await money.confirm(preview.preview_id, "normal", "")
    url, seen = "/money/payments", []
    for _ in range(3):
        page = (await client.get(url)).text
        seen += re.findall('class="payment-line" href="([^"]+)"', page)
        earlier = re.search(r'href="(/money/payments\?before=[^"]+)"', page)
        url = earlier[1] if earlier else ""

    assert url == ""
    assert "Latest payments" in page
    assert seen == [f"/money/payments/{each}" for each in reversed(money.made)]
    assert (await client.get("/money/payments?before=nonsense")).status_code == 404


async def test_payments_are_told_in_one_line(
    client: httpx.AsyncClient, alice: MemoryMessenger, money: MemoryMoney, bob: str
) -> None:
    """What, to whom, where, and how far."""
    money.hold(DEMO_CHAIN, TEST_DOLLAR, 10**9)
    await pay_some(alice)
    shown = words(sheet((await client.get("/money/payments")).text))

    for line in ("Send 0.125 ETH Pending Bob", "Send 12 tUSD Failed Bob", "Send 3 ETH Done Bob"):
        assert line in shown
    assert "Test network Local development chain" in shown
    assert "Nothing was paid" not in shown


async def test_a_batch_is_told_by_its_number_of_calls(
    client: httpx.AsyncClient, money: MemoryMoney, bobs: str
) -> None:
    """In the history; its page shows each."""
    money.kind = AccountKind.OUTSIDE
    calls = [transfer(None, bobs, ETHER), transfer(TEST_DOLLAR, bobs, 5)]
    preview = await money.preview_calls(money.own, DEMO_CHAIN, calls)
    payment_id, _requests = await money.outside_requests(
        preview.preview_id, "normal", "", money.own, DEMO_CHAIN, True
    )
    await money.handed(payment_id, "0x" + HASH.hex())

    assert "2 calls" in words(sheet((await client.get("/money/payments")).text))
    page = words(sheet((await client.get(f"/money/payments/{payment_id}")).text))
    assert "1 ETH" in page
    assert "0.000005 tUSD" in page
