"""What contacts need from storage."""

from __future__ import annotations

from typing import Protocol

from parley.chat.contacts.model import ComparedNumber, ContactRow


class ContactStore(Protocol):
    """Reads contacts."""

    async def contact(self, account: str) -> ContactRow | None:
        """The contact of this account, if any."""
        ...

    async def contact_of_device(self, device_id: bytes) -> ContactRow | None:
        """The contact whose record names this device, if any."""
        ...

    async def compared_number(self, account: str) -> ComparedNumber | None:
        """The safety number that was last compared with this account, if one was."""
        ...
