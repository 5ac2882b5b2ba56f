"""What a conversation's page needs of an opened profile beside messages: reading, drafts, deliveries."""

from __future__ import annotations

from typing import Protocol

from parley.chat.delivery.model import DeviceDelivery
from parley.chat.direct.model import ShownMessage
from parley.chat.reading.model import ReadRow


class Reading(Protocol):
    """The part of an opened profile that knows what was read and written. Nobody else is told of either."""

    async def message(self, message_id: bytes) -> ShownMessage | None:
        """One message as it is shown now."""
        ...

    async def deliveries(self, message_id: bytes) -> tuple[DeviceDelivery, ...]:
        """How far an own message has come, one a device; empty for any other."""
        ...

    async def retry(self, message_id: bytes) -> None:
        """Try a message again now, as far as it waits for somebody. Raises StorageError."""
        ...

    async def read_place(self, conversation_id: str) -> ReadRow | None:
        """How far a conversation was read; None if it never was."""
        ...

    async def mark_read(self, conversation_id: str, message_id: bytes) -> None:
        """Note that a conversation was read up to a message; it never goes back.

        Raises:
            UnknownMessageError: the conversation shows no such message.
            StorageError: nothing was stored.
        """
        ...

    async def draft(self, conversation_id: str) -> str:
        """What is written in a conversation and not sent; empty if nothing is."""
        ...

    async def keep_draft(self, conversation_id: str, text: str) -> None:
        """Keep what is written in a conversation, in place of what was; a sent text takes it away.

        Raises:
            UnknownConversationError, ContentTooLongError, StorageError: the draft stays as it was.
        """
        ...
