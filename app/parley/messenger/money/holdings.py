"""What accounts hold, as last known; renewed while somebody looks, and only then.

A node sees whose money it is asked for, so it is asked while a page shows that account and for a minute after. An
amount is shown with the block it is as of, also when no node answers, and never as 0 for want of an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import trio

from parley.chain.api import Balance, ChainError, MoneyChain, TokenBalance
from parley.chat.commit import Commit
from parley.chat.events import MoneyChanged
from parley.chat.payments.model import HoldingRow
from parley.messenger.money.accounts import Accounts
from parley.messenger.money.asking import Chains
from parley.messenger.money.model import Asset, Holding
from parley.messenger.money.rounds import Rounds
from parley.messenger.money.tokens import Tokens
from parley.messenger.system import Store
from parley.messenger.writer import Writer

LOOKED_AT_S = 60.0
"""So long after a page last showed an account its money is asked for; an open page shows it every few seconds."""

MOST_LOOKED_AT = 16
"""Accounts, each on one network, that are asked for at once; more have to wait until somebody looks away."""

LONGEST_WAIT_S = 60.0
"""Between two questions to a node that does not answer, while somebody looks."""

STALE_MS = 60_000
"""Amounts that are the same are stored again when those that are stored are as of so long before."""


@dataclass(frozen=True, slots=True)
class _Looked:
    """An account on a network, which somebody looks at."""

    chain_id: int
    account: str


class Holdings:
    """The last known amounts of one opened profile's accounts.

    Args:
        tell: called when whether a node answers has changed, and nothing that is stored.
    """

    def __init__(
        self,
        store: Store,
        writer: Writer,
        chains: Chains,
        accounts: Accounts,
        tokens: Tokens,
        tell: Callable[[], None],
    ) -> None:
        self._store = store
        self._writer = writer
        self._chains = chains
        self._accounts = accounts
        self._tokens = tokens
        self._tell = tell
        self._looked_s: dict[_Looked, float] = {}
        self._answered: dict[_Looked, Mapping[str | None, bool]] = {}
        """By asset, of the last question; an asset that is not there was not asked for yet."""
        self._rounds = Rounds(self._looked_at, self._renew, LONGEST_WAIT_S)

    async def holdings(self, address: str, chain_id: int) -> tuple[Holding, ...]:
        """What an account holds, as last known, the coin first; asks nobody, but has it asked for in a moment.

        None of an address that is none of the accounts, or nobody's on this network.
        """
        account = self._accounts.on_chain(address, chain_id)
        if account is None:
            return ()
        looked = _Looked(chain_id, account)
        self._look_at(looked)
        rows = {each.token: each for each in await self._store.holdings(account, chain_id)}
        answered = self._answered.get(looked, {})
        return tuple(
            _holding(each, rows.get(each.token), answered.get(each.token))
            for each in await self._tokens.tokens(chain_id)
        )

    def wake(self) -> None:
        """Ask at once for what is looked at: it may be another amount now."""
        self._rounds.wake()

    async def run(self) -> None:
        """Renew what is looked at until cancelled."""
        await self._rounds.run()

    def _look_at(self, looked: _Looked) -> None:
        now_s = trio.current_time()
        self._looked_s = {each: at_s for each, at_s in self._looked_s.items() if at_s > now_s - LOOKED_AT_S}
        if looked in self._looked_s:
            self._looked_s[looked] = now_s
        elif len(self._looked_s) < MOST_LOOKED_AT:
            # To put one out for another would have each ask anew as soon as it is shown again.
            # Guarded by tests/messenger/money/test_holdings.py::test_no_more_are_asked_for_at_once.
            self._looked_s[looked] = now_s
            self._rounds.wake()

    async def _looked_at(self) -> Sequence[_Looked]:
        """What is looked at now; an address that was forgotten meanwhile is nobody's any more."""
        oldest_s = trio.current_time() - LOOKED_AT_S
        return [
            each
            for each, at_s in self._looked_s.items()
            if at_s > oldest_s and self._accounts.on_chain(each.account, each.chain_id) is not None
        ]

    async def _renew(self, looked: _Looked) -> None:
        """Ask for what an account holds, and store what is new."""
        assets = [each.token for each in await self._tokens.tokens(looked.chain_id)]
        chain, account = self._chains(looked.chain_id), looked.account
        try:
            coin, tokens = await _of_one_block(chain, account, [each for each in assets if each is not None])
        except ChainError:
            # The last known amounts stay, each with its time. Nobody else on this network is asked for now.
            silent = [each for each in self._looked_s if each.chain_id == looked.chain_id]
            if self._note({each: dict.fromkeys(assets, False) for each in silent}):
                self._tell()
            raise
        rows = [
            _row(looked, None, coin.wei, coin),
            *(_row(looked, each.token, each.amount, each) for each in tokens),
        ]
        found = {each.token for each in rows}
        # Noted first: whoever hears of the commit reads both.
        noted = self._note({looked: {each: each in found for each in assets}})
        if not await self._keep(looked, rows) and noted:
            self._tell()

    async def _keep(self, looked: _Looked, rows: Sequence[HoldingRow]) -> bool:
        """Store what is new; gives whether anything was."""

        async def job() -> bool:
            # The token may have been removed, or the address forgotten, while it was asked for.
            shown = set()
            if self._accounts.on_chain(looked.account, looked.chain_id) is not None:
                shown = {each.token for each in await self._tokens.tokens(looked.chain_id)}
            before = {
                each.token: each for each in await self._store.holdings(looked.account, looked.chain_id)
            }
            kept = [each for each in rows if each.token in shown]
            if not any(_is_new(before.get(each.token), each) for each in kept):
                return False
            # All of them, so that they stay of one block.
            changed = tuple(each for each in kept if each != before.get(each.token))
            await self._writer.apply(Commit("renew_holdings", rows=changed, events=(MoneyChanged(),)))
            return True

        return await self._writer.do(job)

    def _note(self, answered: Mapping[_Looked, Mapping[str | None, bool]]) -> bool:
        """Keep what was answered; gives whether that is new."""
        new = any(self._answered.get(looked) != each for looked, each in answered.items())
        self._answered |= answered
        return new


async def _of_one_block(
    chain: MoneyChain, account: str, tokens: Sequence[str]
) -> tuple[Balance, tuple[TokenBalance, ...]]:
    """Coin and tokens after one block. Where blocks come faster than answers, each is as of its own."""
    for _ in range(2):
        held = await chain.token_balances(account, tokens) if tokens else ()
        coin = await chain.balance(account)
        if all(each.block.hash == coin.block.hash for each in held):
            break
    return coin, held


def _row(looked: _Looked, token: str | None, amount: int, answer: Balance | TokenBalance) -> HoldingRow:
    block = answer.block
    return HoldingRow(looked.chain_id, looked.account, token, amount, block.number, block.time_ms)


def _is_new(before: HoldingRow | None, now: HoldingRow) -> bool:
    """Whether an answer is worth storing. A block's time is what a node says, and may be too late as well."""
    if before is None or before.amount != now.amount:
        return True
    return abs(now.block_time_ms - before.block_time_ms) >= STALE_MS


def _holding(asset: Asset, row: HoldingRow | None, answered: bool | None) -> Holding:
    if row is None:
        return Holding(asset, None, None, answered)
    return Holding(asset, row.amount, row.block_time_ms, answered)
