"""The part of `Money` that is about what is kept besides payments; `Book` says what each does and raises."""

from __future__ import annotations

from parley.chat.payments.model import SavedAddress
from parley.messenger.money.book import Book
from parley.messenger.money.model import Asset, Holding, MoneyAccount, ShownPayment


class KeepsBook:
    """Accounts, what they hold, tokens, and saved addresses."""

    _book: Book

    def accounts(self) -> tuple[MoneyAccount, ...]:
        """Whose money is shown: those that can pay first, then those that are watched only."""
        return self._book.accounts()

    def networks(self) -> tuple[int, ...]:
        """The chain ids that have nodes, the chosen one first."""
        return self._book.networks()

    async def holdings(self, address: str, chain_id: int) -> tuple[Holding, ...]:
        """What an account holds, as last known, the coin first."""
        return await self._book.holdings(address, chain_id)

    async def tokens(self, chain_id: int) -> tuple[Asset, ...]:
        """What can be sent on a network."""
        return await self._book.tokens(chain_id)

    async def find_token(self, chain_id: int, address: str) -> Asset:
        """What a token says of itself."""
        return await self._book.find_token(chain_id, address)

    async def add_token(self, chain_id: int, address: str) -> Asset:
        """Show a token from now on."""
        return await self._book.add_token(chain_id, address)

    async def remove_token(self, chain_id: int, address: str) -> None:
        """Show an added token no longer."""
        await self._book.remove_token(chain_id, address)

    async def saved_addresses(self) -> tuple[SavedAddress, ...]:
        """The saved and the watched addresses."""
        return await self._book.saved_addresses()

    async def save_address(self, address: str, label: str, watched: bool) -> None:
        """Keep an address."""
        await self._book.save_address(address, label, watched)

    async def forget_address(self, address: str) -> None:
        """Keep an address no longer."""
        await self._book.forget_address(address)

    async def payments(
        self,
        address: str | None = None,
        chain_id: int | None = None,
        limit: int = 50,
        before: str | None = None,
    ) -> tuple[ShownPayment, ...]:
        """Own payments, the newest first, `before` the payment of an id."""
        return await self._book.payments(address, chain_id, limit, before)

    async def payment(self, payment_id: str) -> ShownPayment:
        """One own payment."""
        return await self._book.payment(payment_id)
