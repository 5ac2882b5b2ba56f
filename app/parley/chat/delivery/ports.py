"""What the outbox needs from storage."""

from __future__ import annotations

from typing import Protocol

from parley.chat.delivery.model import DeviceDelivery, DueEntry, WaitingConversation


class OutboxStore(Protocol):
    """Reads the outbox. What is for somebody blocked stays in it, and counts in none of these."""

    async def due(self, now_ms: int, limit: int) -> tuple[DueEntry, ...]:
        """At most `limit` entries whose next attempt is not after `now_ms`, the earliest first.

        Those due at the same time come in the order of their messages, (lamport, id).
        """
        ...

    async def deliveries(self, message_id: bytes) -> tuple[DeviceDelivery, ...]:
        """The deliveries of a message, one a device, in the order of the devices' ids."""
        ...

    async def next_due_ms(self) -> int | None:
        """When the earliest entry is due, or None if nothing waits."""
        ...

    async def waiting(self) -> int:
        """How many entries wait for an acknowledgement."""
        ...

    async def waiting_conversations(self) -> tuple[WaitingConversation, ...]:
        """What waits, by conversation, the one that is due first first, equals by their id."""
        ...
