"""What contacts need from storage."""

from __future__ import annotations

from typing import Protocol

from parley.chat.contacts.model import ContactRow, KeptOfRequest, PendingRow
from parley.chat.contacts.people import ContactRequest


class ContactStore(Protocol):
    """Reads contacts, whatever their standing."""

    async def contact(self, account: str) -> ContactRow | None:
        """The contact of this account, if any."""
        ...

    async def contact_of_device(self, device_id: bytes) -> ContactRow | None:
        """The contact whose record names this device, if any."""
        ...

    async def contacts(self) -> tuple[ContactRow, ...]:
        """All contacts, the one added first first."""
        ...

    async def pending(self) -> tuple[PendingRow, ...]:
        """Who is asked for, the last one asked first."""
        ...

    async def requests(self) -> tuple[ContactRequest, ...]:
        """Conversations with those whose standing is `request`, the newest first, with their first shown message."""
        ...

    async def kept_of_request(self, conversation_id: str) -> KeptOfRequest:
        """How much is kept in a conversation."""
        ...
