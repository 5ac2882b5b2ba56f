"""What was read and begun, in memory: the part of MemoryMessenger that conversations' pages ask beside messages."""

from __future__ import annotations

import hashlib

import trio

from parley.chat.delivery.model import DeliveryRow, DeliveryState, DeviceDelivery
from parley.chat.direct.model import ShownMessage
from parley.chat.errors import UnknownMessageError
from parley.chat.events import DraftChanged, Event, ReadPlaceChanged
from parley.chat.reading.mark import keep_draft, mark_read
from parley.chat.reading.model import LoadedReading, ReadRow, is_unread

PHONE = hashlib.sha256(b"the device of whoever is written to").digest()


class MemoryReading:
    """Keeps read places and drafts in memory, and makes up one device that messages are delivered to."""

    def __init__(self) -> None:
        self.read_places: dict[str, ReadRow] = {}
        self.drafts: dict[str, str] = {}
        self.retried: list[bytes] = []

    async def deliveries(self, message_id: bytes) -> tuple[DeviceDelivery, ...]:
        message = await self.message(message_id)
        if message is None or message.state is None:
            return ()
        sent = None if message.state is DeliveryState.QUEUED else message.at_ms + 1_000
        row = DeliveryRow(message_id, PHONE, message.state, message.relays, message.at_ms + 3_000, sent)
        if message.state is DeliveryState.DELIVERED:
            return (DeviceDelivery(row),)
        attempts = 0 if sent is None else 2
        return (DeviceDelivery(row, attempts, message.at_ms + 2_000, message.at_ms + 60_000),)

    async def retry(self, message_id: bytes) -> None:
        await trio.lowlevel.checkpoint()
        self.retried.append(message_id)

    async def read_place(self, conversation_id: str) -> ReadRow | None:
        await trio.lowlevel.checkpoint()
        return self.read_places.get(conversation_id)

    async def mark_read(self, conversation_id: str, message_id: bytes) -> None:
        await trio.lowlevel.checkpoint()
        self._fail()
        messages = self.in_order(conversation_id)
        place = next(((m.lamport, m.message_id) for m in messages if m.message_id == message_id), None)
        if place is None:
            raise UnknownMessageError
        read = self.read_places.get(conversation_id)
        unread = sum(is_unread(each, read) for each in messages)
        commit = mark_read(LoadedReading(place, read, unread), conversation_id, self.now_ms())
        for row in commit.rows if commit else ():
            assert isinstance(row, ReadRow)
            self.read_places[conversation_id] = row
            self._tell(ReadPlaceChanged(conversation_id))

    async def draft(self, conversation_id: str) -> str:
        await trio.lowlevel.checkpoint()
        return self.drafts.get(conversation_id, "")

    async def keep_draft(self, conversation_id: str, text: str) -> None:
        await trio.lowlevel.checkpoint()
        self._fail()
        self.in_order(conversation_id)
        if keep_draft(self.drafts.get(conversation_id, ""), conversation_id, text, self.now_ms()):
            self.drafts[conversation_id] = text if text.strip() else ""
            self._tell(DraftChanged(conversation_id))

    def unread(self, conversation_id: str) -> int:
        """How many messages nobody has seen."""
        read = self.read_places.get(conversation_id)
        return sum(is_unread(each, read) for each in self.in_order(conversation_id))

    def read_all(self, conversation_id: str) -> None:
        """Have everything read that is there."""
        last = self.in_order(conversation_id)[-1]
        self.read_places[conversation_id] = ReadRow(
            conversation_id, last.lamport, last.message_id, self.now_ms()
        )
        self._tell(ReadPlaceChanged(conversation_id))

    # What MemoryMessenger has.

    async def message(self, message_id: bytes) -> ShownMessage | None:
        raise NotImplementedError

    def in_order(self, conversation_id: str) -> list[ShownMessage]:
        """The messages of a conversation. Raises UnknownConversationError."""
        raise NotImplementedError

    def now_ms(self) -> int:
        """The time of this memory."""
        raise NotImplementedError

    def _tell(self, event: Event) -> None:
        """Tell whoever listens."""
        raise NotImplementedError

    def _fail(self) -> None:
        """Raise what a test wants raised."""
        raise NotImplementedError
