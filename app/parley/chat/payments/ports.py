"""What money in conversations needs from storage."""

from __future__ import annotations

from typing import Protocol

from parley.chat.payments.model import ClaimRow, HoldingRow, KnownToken, PaymentRow, RequestRow, SavedAddress


class PaymentStore(Protocol):
    """Reads requests, claims, payments, and what is kept of tokens and addresses.

    `apply` refuses a commit whole (README.md#commits of the database) with a request whose id another message
    brought, a claim of a request that is not in its conversation, or a position that another claim of the same
    sender has. Steps check these before: whoever writes chooses ids, and a refused commit is a bug.
    """

    async def transaction_request(self, request_id: bytes) -> RequestRow | None:
        """A transaction request, own or received."""
        ...

    async def transaction_requests(self, conversation_id: str, limit: int) -> tuple[RequestRow, ...]:
        """The newest `limit` of a conversation (by `created_at_ms`, then id), in order."""
        ...

    async def transaction_request_of_message(self, message_id: bytes) -> RequestRow | None:
        """The transaction request that a message brought."""
        ...

    async def open_transaction_requests(self, after_ms: int, limit: int) -> tuple[RequestRow, ...]:
        """At most `limit` that are OPEN as stored and expire after that time, in order of (`expires_at_ms`, id)."""
        ...

    async def claim(self, message_id: bytes) -> ClaimRow | None:
        """The claim that a message made."""
        ...

    async def claims_of_request(self, request_id: bytes) -> tuple[ClaimRow, ...]:
        """The claims to have paid an own request, in order of (`claimed_at_ms`, message id)."""
        ...

    async def claims_of_transaction(self, chain_id: int, transaction_hash: bytes) -> tuple[ClaimRow, ...]:
        """All claims that name a transaction, in the same order."""
        ...

    async def claims(self, conversation_id: str, limit: int) -> tuple[ClaimRow, ...]:
        """The newest `limit` claims of a conversation without a request, in the same order."""
        ...

    async def unfinished_claims(self, confirmations: int, limit: int) -> tuple[ClaimRow, ...]:
        """The newest `limit` claims of contacts with fewer confirmations than that, in the same order.

        Anybody who can write may name any number of transactions, so there is no reading all of them; and what
        somebody says who was not let in yet, or is blocked, is not looked up.
        """
        ...

    async def payment(self, payment_id: str) -> PaymentRow | None:
        """One own payment."""
        ...

    async def payment_of_message(self, message_id: bytes) -> PaymentRow | None:
        """The own payment that a message told the other side of; of several the newest."""
        ...

    async def payments(
        self, sender: str | None, chain_id: int | None, limit: int, before: str | None = None
    ) -> tuple[PaymentRow, ...]:
        """Own payments by (`created_at_ms`, id), the newest first; `before` the payment of an id, if there is one."""
        ...

    async def payments_of_request(self, request_id: bytes) -> tuple[PaymentRow, ...]:
        """All own payments of a request, the newest first."""
        ...

    async def payments_of_conversation(self, conversation_id: str, limit: int) -> tuple[PaymentRow, ...]:
        """The newest `limit` own payments of a conversation without a request, the newest first."""
        ...

    async def unfinished_payments(self, confirmations: int) -> tuple[PaymentRow, ...]:
        """All with fewer confirmations than that, but the abandoned, the oldest first."""
        ...

    async def known_tokens(self, chain_id: int) -> tuple[KnownToken, ...]:
        """The tokens that were added on a chain, in order of (`added_at_ms`, address)."""
        ...

    async def saved_addresses(self) -> tuple[SavedAddress, ...]:
        """All, in order of (label, address)."""
        ...

    async def holdings(self, account: str, chain_id: int) -> tuple[HoldingRow, ...]:
        """What is known of an account on a chain: the coin first, then by token."""
        ...
