"""Money in memory: what MemoryDatabase reads of it."""

from __future__ import annotations

from collections.abc import Iterable

import trio

from parley.chat.contacts.model import Standing
from parley.chat.payments.model import (
    ClaimRow,
    HoldingRow,
    KnownToken,
    PaymentRow,
    PaymentState,
    RequestRow,
    RequestState,
    SavedAddress,
)
from parley.database.memory_tables import Tables


class MemoryMoney:
    """As MoneyReads of Database."""

    _tables: Tables

    async def transaction_request(self, request_id: bytes) -> RequestRow | None:
        """As Database.transaction_request."""
        await trio.lowlevel.checkpoint()
        return self._tables.transaction_requests.get(request_id)

    async def transaction_request_of_message(self, message_id: bytes) -> RequestRow | None:
        """As Database.transaction_request_of_message."""
        await trio.lowlevel.checkpoint()
        rows = self._tables.transaction_requests.values()
        return next((each for each in rows if each.message_id == message_id), None)

    async def transaction_requests(self, conversation_id: str, limit: int) -> tuple[RequestRow, ...]:
        """As Database.transaction_requests."""
        await trio.lowlevel.checkpoint()
        found = [
            each
            for each in self._tables.transaction_requests.values()
            if each.conversation_id == conversation_id
        ]
        found.sort(key=lambda each: (each.request.created_at_ms, each.request.request_id))
        return tuple(found[max(0, len(found) - limit) :])

    async def open_transaction_requests(self, after_ms: int, limit: int) -> tuple[RequestRow, ...]:
        """As Database.open_transaction_requests."""
        await trio.lowlevel.checkpoint()
        found = [
            each
            for each in self._tables.transaction_requests.values()
            if each.state is RequestState.OPEN and each.request.expires_at_ms > after_ms
        ]
        found.sort(key=lambda each: (each.request.expires_at_ms, each.request.request_id))
        return tuple(found[:limit])

    async def claim(self, message_id: bytes) -> ClaimRow | None:
        """As Database.claim."""
        await trio.lowlevel.checkpoint()
        return self._tables.claims.get(message_id)

    async def claims_of_request(self, request_id: bytes) -> tuple[ClaimRow, ...]:
        """As Database.claims_of_request."""
        await trio.lowlevel.checkpoint()
        return _in_order(each for each in self._tables.claims.values() if each.request_id == request_id)

    async def claims_of_transaction(self, chain_id: int, transaction_hash: bytes) -> tuple[ClaimRow, ...]:
        """As Database.claims_of_transaction."""
        await trio.lowlevel.checkpoint()
        return _in_order(
            each
            for each in self._tables.claims.values()
            if (each.chain_id, each.transaction_hash) == (chain_id, transaction_hash)
        )

    async def claims(self, conversation_id: str, limit: int) -> tuple[ClaimRow, ...]:
        """As Database.claims."""
        await trio.lowlevel.checkpoint()
        found = _in_order(
            each
            for each in self._tables.claims.values()
            if each.conversation_id == conversation_id and each.request_id is None
        )
        return found[max(0, len(found) - limit) :]

    async def unfinished_claims(self, confirmations: int, limit: int) -> tuple[ClaimRow, ...]:
        """As Database.unfinished_claims."""
        await trio.lowlevel.checkpoint()
        found = _in_order(
            each
            for each in self._tables.claims.values()
            if each.confirmations < confirmations and self._is_with_contact(each.conversation_id)
        )
        return found[max(0, len(found) - limit) :]

    def _is_with_contact(self, conversation_id: str) -> bool:
        account = self._tables.conversations[conversation_id].account
        return self._tables.contacts[account].standing is Standing.CONTACT

    async def payment(self, payment_id: str) -> PaymentRow | None:
        """As Database.payment."""
        await trio.lowlevel.checkpoint()
        return self._tables.payments.get(payment_id)

    async def payment_of_message(self, message_id: bytes) -> PaymentRow | None:
        """As Database.payment_of_message."""
        await trio.lowlevel.checkpoint()
        return next((each for each in self._newest_payments() if each.message_id == message_id), None)

    async def payments(
        self, sender: str | None, chain_id: int | None, limit: int, before: str | None = None
    ) -> tuple[PaymentRow, ...]:
        """As Database.payments."""
        await trio.lowlevel.checkpoint()
        found = self._newest_payments()
        if before is not None:
            ids = [each.payment_id for each in found]
            found = found[ids.index(before) + 1 :] if before in ids else []
        wanted = [
            each for each in found if sender in (None, each.sender) and chain_id in (None, each.chain_id)
        ]
        return tuple(wanted[:limit])

    async def payments_of_request(self, request_id: bytes) -> tuple[PaymentRow, ...]:
        """As Database.payments_of_request."""
        await trio.lowlevel.checkpoint()
        return tuple(each for each in self._newest_payments() if each.request_id == request_id)

    async def payments_of_conversation(self, conversation_id: str, limit: int) -> tuple[PaymentRow, ...]:
        """As Database.payments_of_conversation."""
        await trio.lowlevel.checkpoint()
        found = [
            each
            for each in self._newest_payments()
            if each.conversation_id == conversation_id and each.request_id is None
        ]
        return tuple(found[:limit])

    async def unfinished_payments(self, confirmations: int) -> tuple[PaymentRow, ...]:
        """As Database.unfinished_payments."""
        await trio.lowlevel.checkpoint()
        return tuple(
            each
            for each in reversed(self._newest_payments())
            if each.confirmations < confirmations and each.state is not PaymentState.ABANDONED
        )

    async def known_tokens(self, chain_id: int) -> tuple[KnownToken, ...]:
        """As Database.known_tokens."""
        await trio.lowlevel.checkpoint()
        found = [each for each in self._tables.known_tokens.values() if each.chain_id == chain_id]
        return tuple(sorted(found, key=lambda each: (each.added_at_ms, each.address)))

    async def saved_addresses(self) -> tuple[SavedAddress, ...]:
        """As Database.saved_addresses."""
        await trio.lowlevel.checkpoint()
        found = self._tables.saved_addresses.values()
        return tuple(sorted(found, key=lambda each: (each.label, each.address)))

    async def holdings(self, account: str, chain_id: int) -> tuple[HoldingRow, ...]:
        """As Database.holdings."""
        await trio.lowlevel.checkpoint()
        found = [
            each
            for each in self._tables.holdings.values()
            if (each.account, each.chain_id) == (account, chain_id)
        ]
        return tuple(sorted(found, key=lambda each: each.token or ""))

    def _newest_payments(self) -> list[PaymentRow]:
        rows = self._tables.payments.values()
        return sorted(rows, key=lambda each: (each.created_at_ms, each.payment_id), reverse=True)


def _in_order(rows: Iterable[ClaimRow]) -> tuple[ClaimRow, ...]:
    return tuple(sorted(rows, key=lambda each: (each.claimed_at_ms, each.message_id)))
