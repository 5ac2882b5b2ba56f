"""What read places and drafts need from storage."""

from __future__ import annotations

from typing import Protocol

from parley.chat.reading.model import LoadedReading, ReadRow


class ReadingStore(Protocol):
    """Reads how far conversations were read and what was begun in them. Each method is one consistent read."""

    async def load_reading(self, conversation_id: str, message_id: bytes) -> LoadedReading:
        """How far a conversation was read, and where this message of it stands."""
        ...

    async def read_place(self, conversation_id: str) -> ReadRow | None:
        """How far a conversation was read; None if it never was."""
        ...

    async def draft(self, conversation_id: str) -> str:
        """What was begun in a conversation; empty if nothing was."""
        ...
