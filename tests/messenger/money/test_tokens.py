"""The assets of a network: the coin, listed tokens, and added ones."""

from __future__ import annotations

from dataclasses import replace

import pytest
import trio

from harness.money_book import BOB, COIN_OF_NOBODY, DEMO, DOLLAR, MAINNET, BookWorld
from parley.chain.api import (
    COINS,
    ChainError,
    EndpointsUnreachableError,
    NoEndpointError,
    TokenFacts,
    WrongChainError,
    checksummed,
    listed_tokens,
)
from parley.chain.questions import TOKENS
from parley.chat.commit import Commit
from parley.chat.payments.model import KnownToken
from parley.messenger.errors import (
    InvalidAddressError,
    NodesUnreachableError,
    NoNodeError,
    WrongChecksumError,
    WrongNodeChainError,
)
from parley.messenger.money.errors import NoTokenError, TooManySavedError
from parley.messenger.money.tokens import MOST_TOKENS


async def test_the_coin_comes_first_and_added_tokens_last() -> None:
    """Of each network its own."""
    world = BookWorld()
    world.demo.set_token(COIN_OF_NOBODY)
    async with world.open() as book:
        added = await book.add_token(DEMO, COIN_OF_NOBODY.address.lower())
        tokens = await book.tokens(DEMO)
        elsewhere = await book.tokens(MAINNET)
    assert [each.symbol for each in tokens] == ["ETH", "tUSD", "NOB"]
    assert (added, added.listed, added.imitates, added.decimals) == (tokens[-1], False, None, 3)
    assert [each.symbol for each in elsewhere] == ["ETH", "USDC", "USDT", "DAI", "WETH"]
    assert world.money_changed() == 1


async def test_a_token_that_calls_itself_like_a_listed_one() -> None:
    """It is shown as what it is, before it is added and after."""
    world = BookWorld()
    fake = TokenFacts(COIN_OF_NOBODY.address, "Test Dollar", "tUSD", 6)
    world.demo.set_token(fake)
    async with world.open() as book:
        found = await book.find_token(DEMO, fake.address)
        assert (found.listed, found.imitates) == (False, "tUSD")
        assert not world.commits
        await book.add_token(DEMO, fake.address)
        assert (await book.tokens(DEMO))[-1] == found


async def test_a_listed_token_is_there_already() -> None:
    """By the list's own words, whatever the contract says; nothing is stored and nobody is asked."""
    world = BookWorld()
    world.demo.set_token(replace(DOLLAR, symbol="LIE", decimals=0))
    world.demo.down = EndpointsUnreachableError({})
    async with world.open() as book:
        found = await book.add_token(DEMO, DOLLAR.address.lower())
        assert (found.symbol, found.decimals, found.listed) == ("tUSD", 6, True)
        assert len(await book.tokens(DEMO)) == 2
    assert not world.commits


async def test_where_there_is_no_token() -> None:
    """Said with what was found instead."""
    world = BookWorld()
    async with world.open() as book:
        with pytest.raises(NoTokenError) as caught:
            await book.add_token(DEMO, BOB)
        assert caught.value.reason == "there is no token"
        for typed, error in ((BOB[:-1] + "9", WrongChecksumError), ("USDC", InvalidAddressError)):
            with pytest.raises(error):
                await book.find_token(DEMO, typed)
            with pytest.raises(error):
                await book.remove_token(DEMO, typed)
    assert not world.commits


@pytest.mark.parametrize(
    ("down", "error"),
    [
        (NoEndpointError(), NoNodeError),
        (EndpointsUnreachableError({}), NodesUnreachableError),
        (WrongChainError("node", DEMO, MAINNET), WrongNodeChainError),
    ],
)
async def test_nobody_can_be_asked(down: ChainError, error: type[Exception]) -> None:
    """Why, and nothing is added."""
    world = BookWorld()
    world.demo.set_token(COIN_OF_NOBODY)
    world.demo.down = down
    async with world.open() as book:
        with pytest.raises(error):
            await book.add_token(DEMO, COIN_OF_NOBODY.address)
    assert not world.commits


async def test_an_added_token_keeps_its_words(autojump_clock: trio.abc.Clock) -> None:
    """They are read once, and again when it is added again; its place stays."""
    world = BookWorld()
    other = replace(COIN_OF_NOBODY, address=BOB, symbol="BOB")
    world.demo.set_token(COIN_OF_NOBODY)
    world.demo.set_token(other)
    async with world.open() as book:
        await book.add_token(DEMO, COIN_OF_NOBODY.address)
        await trio.sleep(1)
        await book.add_token(DEMO, BOB)
        world.demo.set_token(replace(COIN_OF_NOBODY, symbol="NEW"))
        before = [each.symbol for each in await book.tokens(DEMO)]
        await book.add_token(DEMO, COIN_OF_NOBODY.address)
        await book.add_token(DEMO, COIN_OF_NOBODY.address)
        after = [each.symbol for each in await book.tokens(DEMO)]
    assert (before[2:], after[2:]) == (["NOB", "BOB"], ["NEW", "BOB"])
    assert len(world.commits) == 3


async def test_a_token_is_removed() -> None:
    """With what was held of it; harmless if it is not there."""
    world = BookWorld()
    world.demo.set_token(COIN_OF_NOBODY)
    async with world.open() as book:
        await book.add_token(DEMO, COIN_OF_NOBODY.address)
        for _ in range(2):
            await book.remove_token(DEMO, COIN_OF_NOBODY.address.lower())
        await book.remove_token(DEMO, DOLLAR.address)
        assert [each.symbol for each in await book.tokens(DEMO)] == ["ETH", "tUSD"]
    assert [each.step for each in world.commits] == ["add_token", "remove_token"]


async def test_no_more_than_can_be_asked_about() -> None:
    """The limit is of a network's own; all of them fit in one question."""
    world = BookWorld()
    rows = [
        KnownToken(DEMO, checksummed(f"0x{each:040x}"), "Some", "SOME", 0, each)
        for each in range(1, MOST_TOKENS + 1)
    ]
    await world.store.apply(Commit("before", rows=tuple(rows)))
    for chain in (world.demo, world.chains(MAINNET)):
        chain.set_token(COIN_OF_NOBODY)
    world.demo.set_token(replace(COIN_OF_NOBODY, address=rows[0].address))
    async with world.open() as book:
        with pytest.raises(TooManySavedError) as caught:
            await book.add_token(DEMO, COIN_OF_NOBODY.address)
        assert caught.value.limit == MOST_TOKENS
        await book.add_token(MAINNET, COIN_OF_NOBODY.address)
        await book.add_token(DEMO, rows[0].address)
    assert max(len(listed_tokens(each)) for each in COINS) + MOST_TOKENS <= TOKENS


async def test_an_added_token_that_was_listed_since_is_shown_once() -> None:
    """By the list's words."""
    world = BookWorld()
    row = KnownToken(DEMO, DOLLAR.address, "Old words", "OLD", 2, 1)
    await world.store.apply(Commit("before", rows=(row,)))
    async with world.open() as book:
        assert [each.symbol for each in await book.tokens(DEMO)] == ["ETH", "tUSD"]
