"""What a person keeps about money: accounts, networks, tokens, addresses, amounts held, and payments made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from parley.chain.api import MoneyChain
from parley.chat.commit import Commit
from parley.chat.payments.model import ClaimRow, PaymentRow, SavedAddress
from parley.messenger.money.accounts import Accounts
from parley.messenger.money.acquainted import StoredAcquaintances
from parley.messenger.money.addresses import Addresses
from parley.messenger.money.history import History
from parley.messenger.money.holdings import Holdings
from parley.messenger.money.model import Asset, Holding, MoneyAccount, ShownPayment
from parley.messenger.money.ports import Acquainted
from parley.messenger.money.tokens import Tokens
from parley.messenger.preferences import Preferred
from parley.messenger.system import Store
from parley.messenger.vault import InsideWallet
from parley.messenger.writer import Writer


class ReadsChains(Protocol):
    """Gives readers of chains, and the names that are known. `Ethereum` is one."""

    def chains(self, chain_id: int) -> MoneyChain:
        """A reader of a chain, through the nodes that are set for it."""
        ...

    def name_of(self, account: str) -> str | None:
        """The ENS name of an account, if it is known; asks nobody."""
        ...


class Book:
    """The book of one opened profile.

    Args:
        own_account: the profile's account, its text.
        wallet: the wallet inside; None where the account's key is outside.
        clock: milliseconds since the epoch, UTC.
        tell: called when what a page is told has changed, and nothing that is stored.
    """

    def __init__(
        self,
        *,
        store: Store,
        writer: Writer,
        own_account: str,
        preferred: Preferred,
        ethereum: ReadsChains,
        wallet: InsideWallet | None,
        clock: Callable[[], int],
        tell: Callable[[], None],
    ) -> None:
        self._preferred = preferred
        inside = None if wallet is None else lambda: wallet.accounts
        self._addresses = Addresses(store, writer, clock)
        self._accounts = Accounts(own_account, inside, self._addresses.saved)
        self._tokens = Tokens(store, writer, ethereum.chains, clock)
        self._holdings = Holdings(store, writer, ethereum.chains, self._accounts, self._tokens, tell)
        self._history = History(store, self._tokens)
        self._acquaintances = StoredAcquaintances(
            store, self._accounts, self._addresses, self._tokens, ethereum.name_of
        )

    async def load(self) -> None:
        """Read what `accounts` needs, once, before anybody asks."""
        await self._addresses.load()

    def follow(self, commit: Commit) -> None:
        """Take in what was stored; called after every commit."""
        self._acquaintances.follow(commit)
        if moved_money(commit):
            # What a payment moved is to be seen when the payment is.
            self._holdings.wake()

    def wake(self) -> None:
        """Ask at once for what is looked at: other nodes may answer."""
        self._holdings.wake()

    async def run(self) -> None:
        """Renew what is looked at until cancelled."""
        await self._holdings.run()

    def accounts(self) -> tuple[MoneyAccount, ...]:
        """The own account, the others of the wallet inside once it was opened, then the watched ones."""
        return self._accounts.accounts()

    def networks(self) -> tuple[int, ...]:
        """The networks that have nodes, the one that is read first."""
        return self._preferred.networks()

    async def holdings(self, address: str, chain_id: int) -> tuple[Holding, ...]:
        """What an account holds, as last known, the coin first; it is renewed for a minute from now."""
        return await self._holdings.holdings(address, chain_id)

    async def tokens(self, chain_id: int) -> tuple[Asset, ...]:
        """The coin, the listed tokens, then the added ones."""
        return await self._tokens.tokens(chain_id)

    async def find_token(self, chain_id: int, address: str) -> Asset:
        """What a token says of itself. Errors: `Tokens.find`."""
        return await self._tokens.find(chain_id, address)

    async def add_token(self, chain_id: int, address: str) -> Asset:
        """Show a token from now on. Errors: `Tokens.add`."""
        asset = await self._tokens.add(chain_id, address)
        self._holdings.wake()
        return asset

    async def remove_token(self, chain_id: int, address: str) -> None:
        """Show an added token no longer. Errors: `Tokens.remove`."""
        await self._tokens.remove(chain_id, address)

    async def saved_addresses(self) -> tuple[SavedAddress, ...]:
        """The saved and the watched addresses, by label."""
        return self._addresses.saved()

    async def save_address(self, address: str, label: str, watched: bool) -> None:
        """Keep an address. Errors: `Addresses.save`."""
        await self._addresses.save(address, label, watched=watched)

    async def forget_address(self, address: str) -> None:
        """Keep an address no longer. Errors: `Addresses.forget`."""
        await self._addresses.forget(address)

    async def payments(
        self,
        address: str | None = None,
        chain_id: int | None = None,
        limit: int = 50,
        before: str | None = None,
    ) -> tuple[ShownPayment, ...]:
        """Own payments, the newest first; see `History.payments`."""
        return await self._history.payments(address, chain_id, limit, before)

    async def payment(self, payment_id: str) -> ShownPayment:
        """One own payment. Raises UnknownPaymentError."""
        return await self._history.payment(payment_id)

    async def acquainted(self, chain_id: int) -> Acquainted:
        """What is known on a chain now, for warnings."""
        return await self._acquaintances.acquainted(chain_id)


def moved_money(commit: Commit) -> bool:
    """Whether a commit says that an own payment, or one that somebody else told of, is in a block."""
    return any(
        (isinstance(each, PaymentRow) and each.block_number is not None)
        or (isinstance(each, ClaimRow) and bool(each.positions))
        for each in commit.rows
    )
