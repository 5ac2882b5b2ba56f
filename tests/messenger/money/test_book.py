"""The book in an opened profile: wired to its chains, its wallet and its store."""

from __future__ import annotations

import trio

from harness.money_book import CAROL, COIN_OF_NOBODY
from harness.money_people import CHAIN, DAY_S, DOLLARS, ETHER, NODE, MoneyPeople, two_with_money
from harness.people import People, story_clock, until
from parley.messenger import Messenger
from parley.messenger.money.model import AccountKind, Holding
from parley.p2p.api import MemoryNetwork


async def shows(person: Messenger, symbol: str, amount: int) -> Holding:
    """Wait, on events, until a page shows that somebody has so much of an asset."""
    found: list[Holding] = []

    async def is_there() -> bool:
        held = await person.money.holdings(person.account, CHAIN)
        found[:] = [each for each in held if (each.asset.symbol, each.amount) == (symbol, amount)]
        return bool(found)

    with trio.fail_after(DAY_S):
        await until(person, is_there)
    return found[0]


async def test_both_see_what_a_payment_moved(autojump_clock: trio.abc.Clock) -> None:
    """To the last unit, and the payer is known to have paid."""
    async with two_with_money() as two:
        await shows(two.bob, "tUSD", 100 * DOLLARS)
        await two.pay(await two.ask())
        two.chain.mine()
        await shows(two.alice, "tUSD", 75 * DOLLARS)
        await shows(two.bob, "tUSD", 125 * DOLLARS)
        left = (await two.chain.balance(two.alice.account)).wei
        assert left < 10 * ETHER
        assert (await shows(two.alice, "ETH", left)).answered
        preview = await two.alice.money.preview_send(
            two.alice.account, CHAIN, None, two.bob.account, 1, two.at_alice
        )
        assert "first-payment" not in {each.kind for each in preview.warnings}
        first = await two.alice.money.preview_send(two.alice.account, CHAIN, None, CAROL, 1)
        assert "first-payment" in {each.kind for each in first.warnings}


async def test_a_book_is_kept(autojump_clock: trio.abc.Clock) -> None:
    """Opened again, it shows what it showed, before any node answers."""
    async with MemoryNetwork(story_clock) as network:
        world = MoneyPeople(People(network))
        world.chain.set_token(COIN_OF_NOBODY)
        await world.make("alice")
        async with world.open("alice") as alice:
            await alice.money.save_address(CAROL, "Cold", True)
            await alice.money.add_token(CHAIN, COIN_OF_NOBODY.address)
            await shows(alice, "tUSD", 100 * DOLLARS)
            before = await alice.money.holdings(alice.account, CHAIN)
            accounts = alice.money.accounts()
        world.nodes.down.add(NODE)
        async with world.open("alice") as alice:
            first = await alice.money.holdings(alice.account, CHAIN)
            assert alice.money.accounts() == accounts
            assert alice.money.networks() == (CHAIN,)
    assert [each.kind for each in accounts] == [AccountKind.INSIDE, AccountKind.WATCHED]
    assert [(each.asset, each.amount, each.as_of_ms) for each in first] == [
        (each.asset, each.amount, each.as_of_ms) for each in before
    ]
    assert [each.asset.symbol for each in first] == ["ETH", "tUSD", "NOB"]
    assert {each.answered for each in first} == {None}
