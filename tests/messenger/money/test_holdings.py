"""What accounts hold: last known, renewed while somebody looks, and nobody asked otherwise."""

from __future__ import annotations

from dataclasses import replace

import pytest
import trio
from trio.testing import MockClock

from harness.money_book import (
    ALICE,
    BOB,
    CAROL,
    COIN_OF_NOBODY,
    DEMO,
    DOLLAR,
    ETHER,
    MAINNET,
    BookWorld,
    see,
    watch,
)
from parley.chain.api import EndpointsUnreachableError, MemoryChain, checksummed
from parley.chat.commit import Commit
from parley.chat.payments.model import (
    ForgottenAddress,
    ForgottenToken,
    HoldingRow,
    KnownToken,
    RequestedCall,
    SavedAddress,
)
from parley.messenger.money.holdings import LONGEST_WAIT_S, LOOKED_AT_S, MOST_LOOKED_AT
from parley.messenger.money.rounds import EVERY_S, EVERY_S_ON_DEMO

AGES_S = 100_000.0
SILENT = EndpointsUnreachableError({})


async def test_nobody_is_asked_while_nobody_looks(autojump_clock: MockClock) -> None:
    """Neither at the start, nor once a page was shown and is gone for a minute."""
    world = BookWorld()
    async with world.open() as book:
        await trio.sleep(AGES_S)
        assert not world.demo.asked
        await see(book)
        await trio.sleep(LOOKED_AT_S)
        asked = world.demo.asked[ALICE]
        await trio.sleep(AGES_S)
        assert world.demo.asked[ALICE] == asked
    assert 1 <= asked <= LOOKED_AT_S / EVERY_S_ON_DEMO + 1


async def test_an_open_page_sees_each_amount(autojump_clock: MockClock) -> None:
    """To the wei, with the block's time; before the first answer nothing is known, which is not 0."""
    world = BookWorld()
    async with world.open() as book:
        before = await book.holdings(ALICE, DEMO)
        first = await see(book)
        world.demo.add_wei(ALICE, 1)
        world.demo.add_token(DOLLAR.address, ALICE, 1)
        block = await world.demo.block()
        second = await watch(book, EVERY_S_ON_DEMO + 1)
        asked = world.demo.asked[ALICE]
        await watch(book, 30 * EVERY_S_ON_DEMO)
        assert world.demo.asked[ALICE] - asked == pytest.approx(30, abs=2)
    assert [(each.amount, each.as_of_ms, each.answered) for each in before] == [(None, None, None)] * 2
    assert (first["ETH"].amount, first["tUSD"].amount) == (5 * ETHER, 25_000_000)
    assert (second["ETH"].amount, second["tUSD"].amount) == (5 * ETHER + 1, 25_000_001)
    assert {each.as_of_ms for each in second.values()} == {block.time_ms}
    assert all(each.answered for each in second.values())


async def test_nothing_of_an_asset_is_known_to_be_nothing(autojump_clock: MockClock) -> None:
    """An answer of 0 is one."""
    async with BookWorld(own_account=BOB).open() as book:
        held = await see(book, BOB)
    assert [(each.amount, each.answered) for each in held.values()] == [(0, True)] * 2


async def test_other_networks_are_asked_as_often_as_they_have_blocks(autojump_clock: MockClock) -> None:
    """And each only where somebody looks."""
    world = BookWorld()
    async with world.open() as book:
        await watch(book, 10 * EVERY_S, chain_id=MAINNET)
    assert world.chains(MAINNET).asked[ALICE] == pytest.approx(10, abs=2)
    assert not world.demo.asked


async def test_only_news_is_stored(autojump_clock: MockClock) -> None:
    """One commit, by which all amounts are of one block; while they stay, their time is stored once a minute."""
    world = BookWorld()
    async with world.open() as book:
        await see(book)
        await watch(book, 10 * EVERY_S_ON_DEMO)
        assert [len(each.rows) for each in world.commits] == [2]
        world.demo.add_token(DOLLAR.address, ALICE, 1)
        await watch(book, 2 * EVERY_S_ON_DEMO)
        assert [len(each.rows) for each in world.commits] == [2, 2]
        world.demo.mine(4)
        held = await watch(book, 2 * EVERY_S_ON_DEMO)
        assert len(world.commits) == 2
        assert len({each.as_of_ms for each in held.values()}) == 1
        world.demo.mine(1)
        held = await watch(book, 2 * EVERY_S_ON_DEMO)
        assert len(world.commits) == 3
        assert held["ETH"].as_of_ms == (await world.demo.block()).time_ms
    # A page is told of the answers once, and of each commit.
    assert world.money_changed() == 3


async def test_a_wrong_time_of_a_node_does_not_stay(autojump_clock: MockClock) -> None:
    """An amount as of next year is set right by the next honest answer."""
    world = BookWorld()
    coin = HoldingRow(DEMO, ALICE, None, 5 * ETHER, 2**40, 4_000_000_000_000)
    await world.store.apply(
        Commit("before", rows=(coin, replace(coin, token=DOLLAR.address, amount=25_000_000)))
    )
    async with world.open() as book:
        held = await see(book)
        assert held["ETH"].as_of_ms == (await world.demo.block()).time_ms


async def test_the_last_known_amounts_stay_when_the_node_goes(autojump_clock: MockClock) -> None:
    """Said to be old, also after a start; the node is asked less often, and what it says then counts."""
    world = BookWorld()
    async with world.open() as book:
        known = await see(book)
        told = world.money_changed()
        world.demo.down = SILENT
        world.demo.asked.clear()
        stale = await watch(book, 10 * LONGEST_WAIT_S)
        assert world.money_changed() == told + 1
        assert 3 < world.demo.asked[ALICE] < 30
        world.demo.down = None
        world.demo.add_wei(ALICE, 1)
        again = await watch(book, LONGEST_WAIT_S + 3)
        world.demo.down = SILENT
    async with world.open() as book:
        started = {each.asset.symbol: each for each in await book.holdings(ALICE, DEMO)}
        later = await see(book)
    assert stale == {symbol: replace(each, answered=False) for symbol, each in known.items()}
    assert (again["ETH"].amount, again["ETH"].answered) == (5 * ETHER + 1, True)
    assert started == {symbol: replace(each, answered=None) for symbol, each in again.items()}
    assert later == {symbol: replace(each, answered=False) for symbol, each in again.items()}


async def test_a_silent_network_keeps_no_other_from_being_read(autojump_clock: MockClock) -> None:
    """And of its own accounts none is said to be answered for."""
    world = BookWorld()
    await world.store.apply(Commit("before", rows=(SavedAddress(CAROL, "Cold", True, 1),)))
    async with world.open() as book:
        world.demo.down = SILENT
        world.chains(MAINNET).add_wei(ALICE, 7)
        await see(book, CAROL)
        own, cold, mainnet = await see(book), await see(book, CAROL), await see(book, chain_id=MAINNET)
    assert [each["ETH"].answered for each in (own, cold, mainnet)] == [False, False, True]
    assert mainnet["ETH"].amount == 7


async def test_a_token_that_does_not_answer(autojump_clock: MockClock) -> None:
    """Its last known amount stays; the others are renewed."""
    world = BookWorld()
    async with world.open() as book:
        await see(book)
        world.demo.mute.add(DOLLAR.address)
        world.demo.add_token(DOLLAR.address, ALICE, 1)
        world.demo.add_wei(ALICE, 1)
        held = await watch(book, 2 * EVERY_S_ON_DEMO)
        assert (held["tUSD"].amount, held["tUSD"].answered) == (25_000_000, False)
        assert (held["ETH"].amount, held["ETH"].answered) == (5 * ETHER + 1, True)
        world.demo.mute.clear()
        held = await watch(book, 2 * EVERY_S_ON_DEMO)
        assert (held["tUSD"].amount, held["tUSD"].answered) == (25_000_001, True)


async def test_coin_and_tokens_are_of_one_block(autojump_clock: MockClock) -> None:
    """A swap between two questions must not show its money twice."""
    world = BookWorld()
    swaps = 0

    async def swap() -> None:
        nonlocal swaps
        await trio.lowlevel.checkpoint()
        if swaps < 1:
            swaps += 1
            world.demo.add_token(DOLLAR.address, ALICE, -25_000_000)
            world.demo.add_wei(ALICE, ETHER)

    world.demo.between = swap
    async with world.open() as book:
        held = await see(book)
    assert (swaps, held["ETH"].amount, held["tUSD"].amount) == (1, 6 * ETHER, 0)
    assert len({each.as_of_ms for each in held.values()}) == 1


async def test_blocks_faster_than_answers(autojump_clock: MockClock) -> None:
    """Then each amount is as of its own block."""
    world = BookWorld()

    async def mine() -> None:
        await trio.lowlevel.checkpoint()
        world.demo.mine()

    world.demo.between = mine
    async with world.open() as book:
        held = await see(book)
    assert held["ETH"].amount == 5 * ETHER
    assert (held["ETH"].as_of_ms or 0) - (held["tUSD"].as_of_ms or 0) == 12_000


async def test_an_added_token_is_read_too(autojump_clock: MockClock) -> None:
    """Nothing is known of it before; and nothing is kept of it once it was removed while it was asked for."""
    world = BookWorld()
    nobody = COIN_OF_NOBODY
    world.demo.set_token(nobody)
    world.demo.add_token(nobody.address, ALICE, 9)
    row = KnownToken(DEMO, nobody.address, nobody.name, nobody.symbol, nobody.decimals, 1)

    async def remove() -> None:
        world.demo.between = trio.lowlevel.checkpoint
        await world.keep(ForgottenToken(DEMO, nobody.address))

    async with world.open() as book:
        await see(book)
        await world.keep(row)
        new = (await book.holdings(ALICE, DEMO))[-1]
        held = await watch(book, 2 * EVERY_S_ON_DEMO)
        assert (new.amount, new.answered) == (None, None)
        assert (held["NOB"].amount, held["NOB"].answered) == (9, True)

        world.demo.between = remove
        world.demo.add_token(nobody.address, ALICE, 1)
        await watch(book, 2 * EVERY_S_ON_DEMO)
    assert [each.token for each in await world.store.holdings(ALICE, DEMO)] == [None, DOLLAR.address]


async def test_a_watched_address_until_it_is_forgotten(autojump_clock: MockClock) -> None:
    """Nobody is asked about anybody whom the person does not have shown."""
    world = BookWorld()
    world.demo.add_wei(CAROL, 3)
    async with world.open() as book:
        assert await see(book, CAROL) == {}
    await world.store.apply(Commit("before", rows=(SavedAddress(CAROL, "Cold", True, 1),)))
    async with world.open() as book:
        assert (await see(book, CAROL.lower()))["ETH"].amount == 3
        asked = world.demo.asked[CAROL]
        await world.keep(ForgottenAddress(CAROL))
        await book.load()
        assert await watch(book, 30, CAROL) == {}
    assert world.demo.asked == {CAROL: asked}


async def test_a_contract_account_holds_on_its_own_chain_only(autojump_clock: MockClock) -> None:
    """On another chain somebody else's contract may be at its address."""
    world = BookWorld(own_account=f"eip155:{DEMO}:{ALICE}")
    async with world.open() as book:
        assert (await see(book))["ETH"].amount == 5 * ETHER
        assert await see(book, chain_id=MAINNET) == {}
    assert not world.chains(MAINNET).asked


async def test_no_more_are_asked_for_at_once(autojump_clock: MockClock) -> None:
    """One more waits until somebody looks away, and puts nobody out; many pages ask for one account once."""
    world = BookWorld()
    watched = [checksummed(f"0x{each:040x}") for each in range(1, MOST_LOOKED_AT + 2)]
    rows = tuple(SavedAddress(each, "Cold", True, 1) for each in watched)
    await world.store.apply(Commit("before", rows=rows))
    async with world.open() as book:
        for _ in range(20):
            for each in watched:
                await book.holdings(each, DEMO)
            await trio.sleep(3)
        assert set(world.demo.asked) == set(watched[:-1])
        assert max(world.demo.asked.values()) <= 20 * 3 / EVERY_S_ON_DEMO + 2
        await trio.sleep(LOOKED_AT_S)
        await see(book, watched[-1])
        assert world.demo.asked[watched[-1]]


async def test_what_a_payment_moved_is_seen_with_it(autojump_clock: MockClock) -> None:
    """A payment in a block has what is looked at asked for at once."""
    world = BookWorld()
    async with world.open() as book:
        await watch(book, EVERY_S, chain_id=MAINNET)
        mainnet: MemoryChain = world.chains(MAINNET)
        await watch(book, 3, chain_id=MAINNET)
        mainnet.add_wei(ALICE, 1)
        start_s = trio.current_time()
        await world.pay(RequestedCall(BOB, 1), chain_id=MAINNET, block_number=1)
        held = await see(book, chain_id=MAINNET)
        assert trio.current_time() - start_s < EVERY_S / 2
    assert held["ETH"].amount == 1


async def test_an_own_account_of_the_largest_amount(autojump_clock: MockClock) -> None:
    """A token may say any number of 256 bits."""
    world = BookWorld()
    world.demo.add_token(DOLLAR.address, ALICE, 2**256 - 1 - 25_000_000)
    async with world.open() as book:
        assert (await see(book))["tUSD"].amount == 2**256 - 1
