"""What a person does in a conversation beside sending: read it, begin to write, have a message tried again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from parley.chat.delivery.attempt import retry
from parley.chat.delivery.ports import OutboxStore
from parley.chat.direct.ports import DirectStore
from parley.chat.errors import UnknownConversationError
from parley.chat.reading.mark import keep_draft, mark_read
from parley.chat.reading.ports import ReadingStore
from parley.messenger.writer import Writer


class ReadingParts(ReadingStore, DirectStore, OutboxStore, Protocol):
    """The ports that are read here."""


class Reading:
    """Read places, drafts and retries of one opened profile."""

    def __init__(self, store: ReadingParts, writer: Writer, clock: Callable[[], int]) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock

    async def mark(self, conversation_id: str, message_id: bytes) -> None:
        """Note that a conversation was read up to a message. Errors: `mark_read`, and the store's."""

        async def job() -> None:
            loaded = await self._store.load_reading(conversation_id, message_id)
            if commit := mark_read(loaded, conversation_id, self._clock()):
                await self._writer.apply(commit)

        await self._writer.do(job)

    async def keep_draft(self, conversation_id: str, text: str) -> None:
        """Keep what is written. Errors: UnknownConversationError, those of `keep_draft`, and the store's."""

        async def job() -> None:
            if await self._store.load_conversation(conversation_id) is None:
                raise UnknownConversationError(conversation_id)
            before = await self._store.draft(conversation_id)
            if commit := keep_draft(before, conversation_id, text, self._clock()):
                await self._writer.apply(commit)

        await self._writer.do(job)

    async def retry(self, message_id: bytes) -> None:
        """Try a message again now. Errors: the store's."""

        async def job() -> None:
            deliveries = await self._store.deliveries(message_id)
            if commit := retry(deliveries, self._clock()):
                await self._writer.apply(commit)

        await self._writer.do(job)
