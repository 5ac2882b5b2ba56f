"""Money for one opened profile: paying, asking, and following both on their chains.

Nothing is asked of a chain while nothing is open and nobody looks.
"""

from __future__ import annotations

from collections.abc import Callable

import trio

from parley.chat.commit import Commit
from parley.chat.events import ContactChanged, Event, MoneyChanged
from parley.chat.payments.model import ClaimRow, RequestState
from parley.messenger.ethereum import Ethereum
from parley.messenger.money.book import Book, moved_money
from parley.messenger.money.booking import KeepsBook
from parley.messenger.money.cards import Cards
from parley.messenger.money.claims import ClaimWatcher
from parley.messenger.money.composing import Composer
from parley.messenger.money.expiring import Expiry
from parley.messenger.money.moving import MovesMoney
from parley.messenger.money.paying import Payer
from parley.messenger.money.previews import Previews
from parley.messenger.money.replacing import Replacer
from parley.messenger.money.requesting import Requester
from parley.messenger.money.stored import StoredClaims, StoredPayments
from parley.messenger.money.telling import Teller
from parley.messenger.money.wallet_signed import WalletSigned
from parley.messenger.money.watching import Watcher
from parley.messenger.money.wishing import AsksForMoney
from parley.messenger.own import Own
from parley.messenger.preferences import Preferred
from parley.messenger.system import Store, System
from parley.messenger.vault import InsideWallet
from parley.messenger.writer import Writer


class Money(MovesMoney, AsksForMoney, KeepsBook):
    """What a person can do about money with an opened profile.

    Args:
        wallet: the wallet inside; None where the account's key is in a wallet outside.
        tell: hands events to whoever listens.
    """

    def __init__(
        self,
        store: Store,
        writer: Writer,
        own: Own,
        system: System,
        preferred: Preferred,
        ethereum: Ethereum,
        wallet: InsideWallet | None,
        tell: Callable[[tuple[Event, ...]], None],
    ) -> None:
        book = Book(
            store=store,
            writer=writer,
            own_account=own.device.account,
            preferred=preferred,
            ethereum=ethereum,
            wallet=wallet,
            clock=system.clock,
            tell=lambda: tell((MoneyChanged(),)),
        )
        self._store = store
        self._own_account = own.device.account
        self._chains = ethereum.chains
        self._ethereum = ethereum
        self._nodes = ethereum.begun
        self._clock = system.clock
        self._entropy = system.entropy
        self._book = book
        self._accounts = book.accounts
        self._drafts = {}
        payments = StoredPayments(store, writer, system.clock)
        self._previews = Previews(system.clock, system.entropy)
        self._composer = Composer(
            ethereum.chains,
            book,
            self._previews,
            lambda: preferred.chain_id,
            offchain_names=lambda: preferred.offchain_names,
        )
        self._replacer = Replacer(self._composer, payments)
        teller = Teller(store, writer, own, system.clock)
        self._watcher = Watcher(ethereum.chains, payments, teller.tell, system.clock)
        self._payer = Payer(
            ethereum.chains,
            wallet,
            payments,
            self._previews,
            clock=system.clock,
            entropy=system.entropy,
            changed=self._watcher.wake,
            offchain_names=lambda: preferred.offchain_names,
        )
        self._claims = ClaimWatcher(ethereum.chains, StoredClaims(store, writer, system.clock), system.clock)
        self._requester = Requester(store, writer, own, wallet, system.clock, system.entropy)
        self._signed = WalletSigned(ethereum.chains, store, tell)
        self._cards = Cards(store, book, self._signed, lambda: preferred.chain_id, system.clock)
        self._expiry = Expiry(store, tell, system.clock)

    async def load(self) -> None:
        """Read what pages are told without waiting; once, before the first page."""
        await self._book.load()

    def follow(self, commit: Commit) -> None:
        """Take up what a stored commit brought."""
        self._book.follow(commit)
        self._expiry.follow(commit)
        if moved_money(commit):
            self._ethereum.money_moved()
        is_new = any(
            isinstance(each, ClaimRow) and each.state is RequestState.CLAIMED for each in commit.rows
        )
        # What a stranger claims is looked up once they are let in.
        if is_new or any(isinstance(each, ContactChanged) for each in commit.events):
            self._claims.wake()

    def nodes_changed(self) -> None:
        """Look at once where a chain is read through other nodes now."""
        if self._nodes != self._ethereum.begun:
            self._nodes = self._ethereum.begun
            self._watcher.wake(anew=True)
            self._claims.wake(anew=True)
            self._book.wake()

    async def run(self) -> None:
        """Follow what is open, until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._watcher.run)
            nursery.start_soon(self._claims.run)
            nursery.start_soon(self._expiry.run)
            nursery.start_soon(self._signed.run)
            nursery.start_soon(self._book.run)
