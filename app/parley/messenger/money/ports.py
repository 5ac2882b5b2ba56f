"""What paying needs of storage, and of what is known of people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from parley.chain.api import TokenFacts
from parley.chat.payments.model import PaymentRow, PaymentState, RequestRow

LIVE = (
    PaymentState.SIGNED,
    PaymentState.HANDED,
    PaymentState.PENDING,
    PaymentState.CONFIRMING,
    PaymentState.SETTLED,
)
"""A payment in one of these is made, or may still be: nobody must pay the same again."""


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


class Payments(Protocol):
    """Own payments and the requests they pay. `keep` is one commit, made before anything leaves."""

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
        """Store a payment, in place of the one of the same id.

        Raises:
            AlreadyPayingError: another payment of the same request is live, and not the one that this replaces;
                nothing was stored.
            StorageError: nothing was stored.
        """
        ...
