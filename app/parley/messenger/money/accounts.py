"""The accounts whose money is shown, and who signs for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from parley.chat.payments.model import SavedAddress
from parley.e2ee import api as e2ee
from parley.messenger.ethereum import address_on
from parley.messenger.money.model import AccountKind, MoneyAccount


class ShownAccount(Protocol):
    """An account of the wallet inside, as it may be known while it is locked."""

    @property
    def address(self) -> str:
        """EIP-55."""
        ...

    @property
    def label(self) -> str:
        """What the person calls it."""
        ...


class Accounts:
    """Own accounts, then watched ones, each once.

    Args:
        own_account: the profile's account, its text.
        inside: the accounts of the wallet inside, none before it was first opened; None where there is no such
            wallet.
        saved: the saved addresses now.
    """

    def __init__(
        self,
        own_account: str,
        inside: Callable[[], Iterable[ShownAccount]] | None,
        saved: Callable[[], Iterable[SavedAddress]],
    ) -> None:
        self._own_account = own_account
        self._inside = inside
        self._saved = saved

    def accounts(self) -> tuple[MoneyAccount, ...]:
        """The profile's own account first, then the others of the wallet inside, then those that are watched."""
        address, chain_id = e2ee.split_account(self._own_account)
        inside = {each.address.lower(): each for each in self._inside()} if self._inside else {}
        shown = inside.pop(address.lower(), None)
        # The wallet inside holds the key of the profile's account, or there is none. A contract has no key.
        kind = AccountKind.INSIDE if self._inside and chain_id is None else AccountKind.OUTSIDE
        own = MoneyAccount(address, shown.label if shown else "", kind, own=True)
        others = [
            MoneyAccount(each.address, each.label, AccountKind.INSIDE, own=False) for each in inside.values()
        ]
        # Guarded by tests/messenger/money/test_accounts.py::test_a_watched_own_account_stays_one_that_pays.
        mine = {each.address.lower() for each in (own, *others)}
        watched = [
            MoneyAccount(each.address, each.label, AccountKind.WATCHED, own=False)
            for each in self._saved()
            if each.watched and each.address.lower() not in mine
        ]
        return (own, *others, *watched)

    def on_chain(self, address: str, chain_id: int) -> str | None:
        """One of these as it is spelled, by an address in any spelling; None for others, and where it is nobody.

        Guarded by tests/messenger/money/test_holdings.py::test_a_contract_account_holds_on_its_own_chain_only.
        """
        for each in self.accounts():
            if each.address.lower() == address.lower():
                elsewhere = each.own and address_on(self._own_account, chain_id) is None
                return None if elsewhere else each.address
        return None
