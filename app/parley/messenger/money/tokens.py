"""The assets of a network: its coin, the tokens that are listed, and those that a person added by their address."""

from __future__ import annotations

from collections.abc import Callable

import trio

from parley.chain.api import NotATokenError, TokenFacts, listed_token, listed_tokens
from parley.chat.commit import Commit
from parley.chat.events import MoneyChanged
from parley.chat.payments.model import ForgottenToken, KnownToken
from parley.messenger.money.asking import Chains, explained
from parley.messenger.money.decoding import coin, token_asset
from parley.messenger.money.errors import NoTokenError, TooManySavedError
from parley.messenger.money.model import Asset
from parley.messenger.money.recipients import spelled
from parley.messenger.system import Store
from parley.messenger.writer import Writer

MOST_TOKENS = 40
"""Added ones of a network: with the listed ones no more than a chain is asked about at once."""


class Tokens:
    """The tokens of one opened profile.

    Args:
        clock: milliseconds since the epoch, UTC.
    """

    def __init__(self, store: Store, writer: Writer, chains: Chains, clock: Callable[[], int]) -> None:
        self._store = store
        self._writer = writer
        self._chains = chains
        self._clock = clock

    async def tokens(self, chain_id: int) -> tuple[Asset, ...]:
        """The coin first, then the listed tokens, then the added ones."""
        listed = [token_asset(chain_id, each) for each in listed_tokens(chain_id)]
        added = [token_asset(chain_id, each) for each in await self.added(chain_id)]
        return (coin(chain_id), *listed, *(each for each in added if not each.listed))

    async def added(self, chain_id: int) -> tuple[TokenFacts, ...]:
        """What the added tokens of a network said of themselves when they were added."""
        return tuple(
            TokenFacts(each.address, each.name, each.symbol, each.decimals)
            for each in await self._store.known_tokens(chain_id)
        )

    async def find(self, chain_id: int, address: str) -> Asset:
        """The token at an address: the list's own words where it is listed, else what it says of itself now.

        Raises:
            InvalidAddressError, WrongChecksumError: no address.
            NoTokenError: there is no token, or its words are out of bounds.
            NoNodeError, NodesUnreachableError, WrongNodeChainError: nobody could be asked.
        """
        return token_asset(chain_id, await self._facts(chain_id, address))

    async def add(self, chain_id: int, address: str) -> Asset:
        """Show a token from now on; its words are read from the chain, and kept.

        Raises:
            TooManySavedError, StorageError: nothing was changed.
            What `find` raises: nothing was changed.
        """
        facts = await self._facts(chain_id, address)
        asset = token_asset(chain_id, facts)
        if asset.listed:
            return asset
        now_ms = self._clock()

        async def job() -> None:
            known = {each.address: each for each in await self._store.known_tokens(chain_id)}
            before = known.pop(facts.address, None)
            if len(known) >= MOST_TOKENS:
                raise TooManySavedError(MOST_TOKENS)
            added_at_ms = now_ms if before is None else before.added_at_ms
            row = KnownToken(chain_id, facts.address, facts.name, facts.symbol, facts.decimals, added_at_ms)
            if row != before:
                await self._writer.apply(Commit("add_token", rows=(row,), events=(MoneyChanged(),)))

        await self._writer.do(job)
        return asset

    async def remove(self, chain_id: int, address: str) -> None:
        """Show an added token no longer, and forget what was held of it; harmless if it never was added.

        Raises:
            InvalidAddressError, WrongChecksumError: no address.
            StorageError: nothing was changed.
        """
        address = await _spelled(address, chain_id)

        async def job() -> None:
            if any(each.address == address for each in await self._store.known_tokens(chain_id)):
                row = ForgottenToken(chain_id, address)
                await self._writer.apply(Commit("remove_token", rows=(row,), events=(MoneyChanged(),)))

        await self._writer.do(job)

    async def _facts(self, chain_id: int, address: str) -> TokenFacts:
        address = await _spelled(address, chain_id)
        listed = listed_token(chain_id, address)
        if listed is not None:
            return listed
        try:
            with explained(chain_id):
                return await self._chains(chain_id).token(address)
        except NotATokenError as error:
            raise NoTokenError(str(error)) from error


async def _spelled(address: str, chain_id: int) -> str:
    # The first call loads libraries, which takes a second.
    return await trio.to_thread.run_sync(spelled, address.strip(), chain_id)
