"""Own payments as they are shown: decoded, the newest first, page by page."""

from __future__ import annotations

import pytest

from harness.money_book import ALICE, BOB, CAROL, COIN_OF_NOBODY, DEMO, DOLLAR, ETHER, MAINNET, BookWorld
from parley.chain.api import CallKind, encode_transfer
from parley.chat.payments.model import KnownToken, RequestedCall
from parley.messenger.money import history
from parley.messenger.money.errors import UnknownPaymentError


def pays(token: str | None, to: str, amount: int) -> RequestedCall:
    """A call that pays."""
    call = encode_transfer(token, to, amount)
    return RequestedCall(call.to, call.value, call.data)


async def test_a_payment_by_its_bytes() -> None:
    """With the assets of its own network; a token that nobody added has no name there."""
    world = BookWorld()
    facts = COIN_OF_NOBODY
    calls = (pays(None, BOB, ETHER), pays(DOLLAR.address, CAROL, 5), pays(facts.address, CAROL, 6))
    async with world.open() as book:
        await world.keep(KnownToken(DEMO, facts.address, facts.name, facts.symbol, facts.decimals, 1))
        demo = await world.pay(*calls)
        mainnet = await world.pay(*calls, chain_id=MAINNET)
        shown = {
            chain_id: (await book.payment(row.payment_id))
            for chain_id, row in ((DEMO, demo), (MAINNET, mainnet))
        }
        both = await book.payments()
    assert {each.row.chain_id: each for each in both} == shown
    assert shown[DEMO].row == demo
    assert [(each.kind, each.recipient, each.amount) for each in shown[DEMO].calls] == [
        (CallKind.COIN, BOB, ETHER),
        (CallKind.TOKEN_TRANSFER, CAROL, 5),
        (CallKind.TOKEN_TRANSFER, CAROL, 6),
    ]
    assert [each.asset.symbol for each in shown[DEMO].calls if each.asset] == ["ETH", "tUSD", "NOB"]
    assert [each.asset.symbol for each in shown[MAINNET].calls if each.asset] == ["ETH", "", ""]


async def test_payments_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one account or all, on one network or all; no page is larger than the bound."""
    world = BookWorld()
    async with world.open() as book:
        rows = [await world.pay(pays(None, BOB, each), created_at_ms=each) for each in range(1, 6)]
        rows.append(await world.pay(pays(None, BOB, 6), created_at_ms=6, sender=CAROL, chain_id=MAINNET))
        ids = [each.payment_id for each in reversed(rows)]

        async def page(*wanted: object) -> list[str]:
            return [each.row.payment_id for each in await book.payments(*wanted)]  # type: ignore[arg-type]

        assert await page() == ids
        assert await page(ALICE, None, 2) == ids[1:3]
        assert await page(None, DEMO, 2, ids[2]) == ids[3:5]
        assert (
            await page(CAROL, DEMO)
            == await page(None, None, 50, ids[-1])
            == await page(None, None, 50, "?")
            == []
        )
        monkeypatch.setattr(history, "MOST_AT_ONCE", 3)
        assert await page(None, None, 10**9) == ids[:3]


async def test_no_payment() -> None:
    """There is none of this id."""
    async with BookWorld().open() as book:
        with pytest.raises(UnknownPaymentError):
            await book.payment("0" * 32)
