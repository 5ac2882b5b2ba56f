"""Somebody's book of money, on a store, chains and a wallet in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import trio

from parley.chain.api import MemoryChain, TokenBalance, TokenFacts, listed_tokens
from parley.chat.commit import Commit, Row
from parley.chat.events import MoneyChanged
from parley.chat.payments.model import PaymentRow, PaymentState, RequestedCall
from parley.database.api import MemoryDatabase
from parley.messenger.money.book import Book
from parley.messenger.money.model import Holding
from parley.messenger.preferences import Preferred
from parley.messenger.vault import InsideWallet
from parley.messenger.writer import Writer
from parley.settings import Settings
from parley.wallet.api import ShownAccount

DEMO = 31337
MAINNET = 1
ETHER = 10**18
NOW_MS = 1_790_000_000_000
(DOLLAR,) = listed_tokens(DEMO)
ALICE = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
BOB = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
CAROL = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
COIN_OF_NOBODY = TokenFacts("0x90F79bf6EB2c4f870365E785982E1f101E93b906", "Nobody's", "NOB", 3)


class CountedChain(MemoryChain):
    """A chain that counts who is asked for.

    Attributes:
        asked: how often tokens were asked for, by account; the coin is with them.
        mute: tokens that do not answer.
        between: called after the tokens were read and before the coin is.
    """

    def __init__(self, chain_id: int) -> None:
        super().__init__(chain_id)
        self.asked: Counter[str] = Counter()
        self.mute: set[str] = set()
        self.between: Callable[[], Awaitable[None]] = trio.lowlevel.checkpoint

    async def token_balances(self, account: str, tokens: Sequence[str]) -> tuple[TokenBalance, ...]:
        self.asked[account] += 1
        held = await super().token_balances(account, [each for each in tokens if each not in self.mute])
        await self.between()
        return held


@dataclass
class FakeWallet:
    """A wallet inside, as much of it as a book reads."""

    accounts: tuple[ShownAccount, ...] = ()


@dataclass
class BookWorld:
    """One who keeps a book."""

    own_account: str = ALICE
    wallet: FakeWallet | None = None
    settings: Settings = field(
        default_factory=lambda: Settings(Path("nowhere"), rpc=("http://node",), chain_id=DEMO)
    )
    store: MemoryDatabase = field(default_factory=MemoryDatabase)
    chains_by_id: dict[int, CountedChain] = field(default_factory=dict)
    ens: dict[str, str] = field(default_factory=dict)
    commits: list[Commit] = field(default_factory=list)
    told: int = 0
    writer: Writer = field(init=False)

    def __post_init__(self) -> None:
        self.demo.set_token(DOLLAR)
        self.demo.add_wei(ALICE, 5 * ETHER)
        self.demo.add_token(DOLLAR.address, ALICE, 25_000_000)

    @property
    def demo(self) -> CountedChain:
        """The development chain."""
        return self.chains(DEMO)

    def chains(self, chain_id: int) -> CountedChain:
        """As `Ethereum.chains`."""
        return self.chains_by_id.setdefault(chain_id, CountedChain(chain_id))

    def name_of(self, account: str) -> str | None:
        """As `Ethereum.name_of`."""
        return self.ens.get(account)

    def clock(self) -> int:
        """Milliseconds since the epoch, by trio's clock, which a test may let jump."""
        return NOW_MS + round(trio.current_time() * 1_000)

    def money_changed(self) -> int:
        """How often a page was told to read anew."""
        return self.told + sum(MoneyChanged() in each.events for each in self.commits)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Book]:
        """The book, with everything that runs beside it."""
        books: list[Book] = []

        def release(commit: Commit) -> None:
            self.commits.append(commit)
            for each in books:
                each.follow(commit)

        self.writer = writer = Writer(self.store, release)
        book = Book(
            store=self.store,
            writer=writer,
            own_account=self.own_account,
            preferred=Preferred(self.store, writer, await self.store.preferences(), self.settings),
            ethereum=self,
            wallet=cast("InsideWallet | None", self.wallet),
            clock=self.clock,
            tell=self._tell,
        )
        books.append(book)
        await book.load()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(writer.run)
            nursery.start_soon(book.run)
            yield book
            nursery.cancel_scope.cancel()

    async def keep(self, *rows: Row) -> None:
        """Store rows while the book is open, as somebody else's job."""
        await self.writer.do(lambda: self.writer.apply(Commit("keep", rows=rows)))

    async def pay(self, *calls: RequestedCall, **changes: Any) -> PaymentRow:
        """Note a payment that is in a block."""
        made = self.clock()
        payment_id = f"{len(self.commits):032x}"
        given: dict[str, Any] = {
            "chain_id": DEMO,
            "sender": ALICE,
            "state": PaymentState.SETTLED,
            "created_at_ms": made,
            **changes,
        }
        row = PaymentRow(payment_id, calls=calls, changed_at_ms=made, **given)
        await self.keep(row)
        return row

    def _tell(self) -> None:
        self.told += 1


async def see(book: Book, address: str = ALICE, chain_id: int = DEMO) -> dict[str, Holding]:
    """What a page shows that is opened now, a few seconds later, by symbol."""
    await book.holdings(address, chain_id)
    await trio.sleep(2)
    return {each.asset.symbol: each for each in await book.holdings(address, chain_id)}


async def watch(book: Book, seconds: float, address: str = ALICE, chain_id: int = DEMO) -> dict[str, Holding]:
    """What an open page shows at last, which reads what is known every three seconds."""
    end_s = trio.current_time() + seconds
    while trio.current_time() < end_s:
        await book.holdings(address, chain_id)
        await trio.sleep(3)
    return {each.asset.symbol: each for each in await book.holdings(address, chain_id)}
