"""What direct conversations need from storage."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from parley.chat.direct.model import (
    ConversationSummary,
    DeliverySecretRow,
    LoadedConversation,
    SeenRow,
    ShownMessage,
)


class DirectStore(Protocol):
    """Reads direct conversations. Each method is one consistent read."""

    async def load_conversation(
        self, conversation_id: str, form_token: str | None = None
    ) -> LoadedConversation | None:
        """A conversation with its channel and sessions; `sent_before` is looked up by `form_token`."""
        ...

    async def load_conversation_with(self, device_id: bytes) -> LoadedConversation | None:
        """The conversation with the contact whose record names this device."""
        ...

    async def load_conversation_of(self, account: str) -> LoadedConversation | None:
        """The conversation with this account, whatever its standing."""
        ...

    async def seen(self, envelope_hash: bytes) -> SeenRow | None:
        """The committed envelope of this hash, if any."""
        ...

    async def held(self, message_ids: Collection[bytes]) -> frozenset[bytes]:
        """Those of these messages that are stored; at most 16 are asked about."""
        ...

    async def delivery_secrets(self, account: str) -> tuple[DeliverySecretRow, ...]:
        """All secrets of an account, the newest first."""
        ...

    async def conversations(self) -> tuple[ConversationSummary, ...]:
        """All conversations with those whose standing is `contact`, the one with the newest message first."""
        ...

    async def messages(
        self, conversation_id: str, limit: int, before: tuple[int, bytes] | None = None
    ) -> tuple[ShownMessage, ...]:
        """The last `limit` shown messages, before (lamport, id) if given, in the order (lamport, id)."""
        ...

    async def message(self, message_id: bytes) -> ShownMessage | None:
        """One shown message."""
        ...
