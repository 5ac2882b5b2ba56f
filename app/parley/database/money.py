"""What Database reads of money; mirrors chat/payments/ports.py."""

from __future__ import annotations

from parley.chat.payments.model import ClaimRow, HoldingRow, KnownToken, PaymentRow, RequestRow, SavedAddress
from parley.database import claims, holdings, payments, transaction_requests
from parley.database.connected import Connected


class MoneyReads(Connected):
    """Requests, claims, payments, tokens, addresses and holdings."""

    async def transaction_request(self, request_id: bytes) -> RequestRow | None:
        """A transaction request, own or received."""
        return await self._call(lambda connection: transaction_requests.read_request(connection, request_id))

    async def transaction_request_of_message(self, message_id: bytes) -> RequestRow | None:
        """The transaction request that a message brought."""
        return await self._call(
            lambda connection: transaction_requests.read_request_of_message(connection, message_id)
        )

    async def transaction_requests(self, conversation_id: str, limit: int) -> tuple[RequestRow, ...]:
        """The newest `limit` of a conversation (by `created_at_ms`, then id), in order."""
        return await self._call(
            lambda connection: transaction_requests.read_requests(connection, conversation_id, limit)
        )

    async def open_transaction_requests(self, after_ms: int, limit: int) -> tuple[RequestRow, ...]:
        """At most `limit` that are OPEN and expire after that time, the one that expires first first."""
        return await self._call(
            lambda connection: transaction_requests.read_open_requests(connection, after_ms, limit)
        )

    async def claim(self, message_id: bytes) -> ClaimRow | None:
        """The claim that a message made."""
        return await self._call(lambda connection: claims.read_claim(connection, message_id))

    async def claims_of_request(self, request_id: bytes) -> tuple[ClaimRow, ...]:
        """The claims to have paid an own request, in order of (`claimed_at_ms`, message id)."""
        return await self._call(lambda connection: claims.read_claims_of_request(connection, request_id))

    async def claims_of_transaction(self, chain_id: int, transaction_hash: bytes) -> tuple[ClaimRow, ...]:
        """All claims that name a transaction, in the same order."""
        return await self._call(
            lambda connection: claims.read_claims_of_transaction(connection, chain_id, transaction_hash)
        )

    async def claims(self, conversation_id: str, limit: int) -> tuple[ClaimRow, ...]:
        """The newest `limit` claims of a conversation without a request, in the same order."""
        return await self._call(lambda connection: claims.read_claims(connection, conversation_id, limit))

    async def unfinished_claims(self, confirmations: int, limit: int) -> tuple[ClaimRow, ...]:
        """The newest `limit` claims with fewer confirmations than that, in the same order."""
        return await self._call(
            lambda connection: claims.read_unfinished_claims(connection, confirmations, limit)
        )

    async def payment(self, payment_id: str) -> PaymentRow | None:
        """One own payment."""
        return await self._call(lambda connection: payments.read_payment(connection, payment_id))

    async def payment_of_message(self, message_id: bytes) -> PaymentRow | None:
        """The own payment that a message told of; of several the newest."""
        return await self._call(lambda connection: payments.read_payment_of_message(connection, message_id))

    async def payments(
        self, sender: str | None, chain_id: int | None, limit: int, before: str | None = None
    ) -> tuple[PaymentRow, ...]:
        """Own payments, the newest first; `before` the one of an id."""
        return await self._call(
            lambda connection: payments.read_payments(connection, sender, chain_id, limit, before)
        )

    async def payments_of_request(self, request_id: bytes) -> tuple[PaymentRow, ...]:
        """All own payments of a request, the newest first."""
        return await self._call(lambda connection: payments.read_payments_of_request(connection, request_id))

    async def payments_of_conversation(self, conversation_id: str, limit: int) -> tuple[PaymentRow, ...]:
        """The newest `limit` of a conversation without a request, the newest first."""
        return await self._call(
            lambda connection: payments.read_payments_of_conversation(connection, conversation_id, limit)
        )

    async def unfinished_payments(self, confirmations: int) -> tuple[PaymentRow, ...]:
        """All with fewer confirmations than that, but the abandoned, the oldest first."""
        return await self._call(
            lambda connection: payments.read_unfinished_payments(connection, confirmations)
        )

    async def known_tokens(self, chain_id: int) -> tuple[KnownToken, ...]:
        """The tokens that were added on a network, the one added first first."""
        return await self._call(lambda connection: holdings.read_tokens(connection, chain_id))

    async def saved_addresses(self) -> tuple[SavedAddress, ...]:
        """All saved addresses by their labels."""
        return await self._call(holdings.read_addresses)

    async def holdings(self, account: str, chain_id: int) -> tuple[HoldingRow, ...]:
        """What is known of an account on a network, the coin first."""
        return await self._call(lambda connection: holdings.read_holdings(connection, account, chain_id))
