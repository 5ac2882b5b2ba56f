"""What paying needs of storage, and of what is known of people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from parley.chain.api import TokenFacts
from parley.chat.payments.model import PaymentRow, RequestRow
from parley.messenger.money.model import MoneyAccount


@dataclass(frozen=True, slots=True)
class Acquainted:
    """What a person deals with, for warnings.

    Attributes:
        names: addresses with what the person knows them by: contacts, saved addresses, own accounts.
        paid: addresses that own payments went to.
        amounts: what own payments paid of each asset of the chain, by the token's address (None: the coin).
        tokens: the tokens of the chain that were added.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    paid: frozenset[str] = frozenset()
    amounts: Mapping[str | None, Sequence[int]] = field(default_factory=dict)
    tokens: tuple[TokenFacts, ...] = ()


class Acquaintances(Protocol):
    """Gathers what a person deals with."""

    async def acquainted(self, chain_id: int, /) -> Acquainted:
        """What is known on a chain now."""
        ...


Accounts = Callable[[], tuple[MoneyAccount, ...]]
"""Gives the accounts whose money is shown now."""


class Payments(Protocol):
    """Own payments and the requests they pay. What is stored is one commit, made before anything leaves."""

    async def payment(self, payment_id: str) -> PaymentRow | None:
        """One own payment."""
        ...

    async def watched(self) -> tuple[PaymentRow, ...]:
        """Those whose place on the chain is not final: all but the abandoned, and the settled of long ago."""
        ...

    async def of_request(self, request_id: bytes) -> tuple[PaymentRow, ...]:
        """All own payments of a transaction request, the newest first."""
        ...

    async def request(self, request_id: bytes) -> RequestRow | None:
        """A transaction request."""
        ...

    async def keep(self, row: PaymentRow) -> None:
        """Store a new payment.

        Raises:
            AlreadyPayingError: another payment of the same request is live, and not the one that this replaces;
                nothing was stored.
            RequestClosedError, UnknownRequestError: its request can be paid no more, or is gone; nothing was stored.
            StorageError: nothing was stored.
        """
        ...

    async def change(self, payment_id: str, change: Callable[[PaymentRow], PaymentRow], /) -> PaymentRow:
        """Change a payment as it is stored now, with nobody in between; gives it as it is then.

        Raises:
            UnknownPaymentError: there is none of this id.
            StorageError: nothing was stored. What `change` raises: nothing was stored either.
        """
        ...
