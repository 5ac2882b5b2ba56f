"""Payments and claims on the store: whatever changes one is a job of the writer, so that nobody is in between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from parley.chat.errors import UnknownRequestError
from parley.chat.payments.claim import keep_claim
from parley.chat.payments.model import ClaimRow, PaymentRow, RequestRow
from parley.chat.payments.pay import keep_payment
from parley.chat.payments.ports import PaymentStore
from parley.messenger.money.errors import UnknownPaymentError
from parley.messenger.money.following import FINAL_AFTER
from parley.messenger.writer import Writer

MOST_CLAIMS: Final = 256
"""So many claims are watched, the newest."""


class StoredPayments:
    """Implements `Payments` for one opened profile.

    Args:
        clock: milliseconds since the epoch, UTC.
    """

    def __init__(self, store: PaymentStore, writer: Writer, clock: Callable[[], int]) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock

    async def payment(self, payment_id: str) -> PaymentRow | None:
        """See `Payments`."""
        return await self._store.payment(payment_id)

    async def watched(self) -> tuple[PaymentRow, ...]:
        """See `Payments`."""
        return await self._store.unfinished_payments(FINAL_AFTER)

    async def of_request(self, request_id: bytes) -> tuple[PaymentRow, ...]:
        """See `Payments`."""
        return await self._store.payments_of_request(request_id)

    async def request(self, request_id: bytes) -> RequestRow | None:
        """See `Payments`."""
        return await self._store.transaction_request(request_id)

    async def keep(self, row: PaymentRow) -> None:
        """See `Payments`."""
        await self._writer.do(lambda: self._keep(row))

    async def change(self, payment_id: str, change: Callable[[PaymentRow], PaymentRow]) -> PaymentRow:
        """See `Payments`."""

        async def job() -> PaymentRow:
            before = await self._store.payment(payment_id)
            if before is None:
                raise UnknownPaymentError
            after = change(before)
            if after != before:
                await self._keep(after)
            return after

        return await self._writer.do(job)

    async def _keep(self, row: PaymentRow) -> None:
        request: RequestRow | None = None
        others: tuple[PaymentRow, ...] = ()
        if row.request_id is not None:
            request = await self._store.transaction_request(row.request_id)
            others = await self._store.payments_of_request(row.request_id)
            # Without its request nothing could keep a new payment from being made twice.
            # Guarded by tests/messenger/money/test_stored.py::test_what_was_deleted_is_paid_no_more.
            if request is None and all(each.payment_id != row.payment_id for each in others):
                raise UnknownRequestError
        await self._writer.apply(keep_payment(row, request, others, self._clock()))


class StoredClaims:
    """The claims of others, for one opened profile.

    Args:
        clock: milliseconds since the epoch, UTC.
    """

    def __init__(self, store: PaymentStore, writer: Writer, clock: Callable[[], int]) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock

    async def watched(self) -> tuple[ClaimRow, ...]:
        """The newest of those whose place on the chain is not final."""
        return await self._store.unfinished_claims(FINAL_AFTER, MOST_CLAIMS)

    async def request(self, row: ClaimRow) -> RequestRow | None:
        """The request that a claim is said to pay."""
        return None if row.request_id is None else await self._store.transaction_request(row.request_id)

    async def taken(self, row: ClaimRow) -> frozenset[int]:
        """The positions of a claim's transaction that other claims have."""
        return taken_from(row, await self._store.claims_of_transaction(row.chain_id, row.transaction_hash))

    async def change(
        self, message_id: bytes, change: Callable[[ClaimRow, frozenset[int]], ClaimRow]
    ) -> ClaimRow | None:
        """Change a claim as it is stored now, given the positions that others have; None if it is gone."""

        async def job() -> ClaimRow | None:
            before = await self._store.claim(message_id)
            if before is None:
                return None
            after = change(before, await self.taken(before))
            if after != before:
                others: tuple[ClaimRow, ...] = ()
                if after.request_id is not None:
                    others = await self._store.claims_of_request(after.request_id)
                request = await self.request(after)
                await self._writer.apply(keep_claim(after, request, others, self._clock()))
            return after

        return await self._writer.do(job)


def taken_from(row: ClaimRow, claims: Sequence[ClaimRow]) -> frozenset[int]:
    """The positions that the others of these claims have among what the same account did in the same transaction.

    A transaction of many accounts (ERC-4337) counts each one's calls from 0.
    """
    return frozenset(
        place
        for each in claims
        if each.message_id != row.message_id and each.sender == row.sender
        for place in each.positions
    )
