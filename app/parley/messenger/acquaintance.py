"""What is known of one contact: their devices, since when, and the safety number that both sides can compare."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import trio

from parley.chat.contacts.compare import compare_number
from parley.chat.contacts.compared import ComparedNumber
from parley.chat.contacts.model import ContactRow
from parley.chat.devices.model import OwnDevice
from parley.chat.errors import UnknownConversationError
from parley.e2ee import api as e2ee
from parley.messenger.freshness import Doubts
from parley.messenger.system import Store, System
from parley.messenger.writer import Writer


@dataclass(frozen=True, slots=True)
class Device:
    """A live device of a contact. Its name and time are what its account's wallet was shown and has signed."""

    name: str
    since_ms: int


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """A contact.

    Attributes:
        record_expired: their record is old: devices may have been added or ended since.
        safety_number: 60 digits.
        compared: what was compared last, if anything; the number may be another one by now.
        doubts: what speaks against the held record being their newest.
    """

    conversation_id: str
    account: str
    nickname: str
    added_at_ms: int
    devices: tuple[Device, ...]
    record_expired: bool
    safety_number: str
    compared: ComparedNumber | None
    doubts: Doubts

    @property
    def is_compared(self) -> bool:
        """Whether the number that is true now was compared."""
        return self.compared is not None and self.compared.number == self.safety_number


class Acquaintances:
    """Knows the contacts of one opened profile in detail."""

    def __init__(
        self,
        store: Store,
        writer: Writer,
        own: Callable[[], OwnDevice],
        system: System,
        doubts: Callable[[str], Doubts],
    ) -> None:
        self._store = store
        self._writer = writer
        self._own = own
        self._system = system
        self._doubts = doubts

    async def read(self, conversation_id: str) -> Acquaintance:
        """One contact. Raises UnknownConversationError for whoever is none."""
        loaded = await self._store.load_conversation(conversation_id)
        if loaded is None or not loaded.is_with_contact:
            raise UnknownConversationError(conversation_id)
        contact = loaded.contact
        record = await trio.to_thread.run_sync(self._held_record, contact)
        return Acquaintance(
            conversation_id=conversation_id,
            account=contact.account,
            nickname=contact.nickname,
            added_at_ms=contact.added_at_ms,
            devices=tuple(Device(each.name, each.endorsed_at_ms) for each in record.devices),
            record_expired=record.expired,
            safety_number=self._number(contact),
            compared=await self._store.compared_number(contact.account),
            doubts=self._doubts(contact.account),
        )

    async def compare(self, conversation_id: str, seen: str, theirs: str | None) -> None:
        """Note that a contact sees the same safety number.

        Args:
            seen: what the page showed, so that a number which changed meanwhile is not taken for compared.
            theirs: what was typed of the other's number; None if it was compared by eye.

        Raises:
            UnknownConversationError: no contact.
            WrongSafetyNumberError: another number than the one that is true now.
            StorageError: nothing was stored.
        """

        async def job() -> None:
            loaded = await self._store.load_conversation(conversation_id)
            if loaded is None or not loaded.is_with_contact:
                raise UnknownConversationError(conversation_id)
            number, account, now_ms = (
                self._number(loaded.contact),
                loaded.contact.account,
                self._system.clock(),
            )
            commit = compare_number(account, conversation_id, number, (seen, theirs), now_ms)
            await self._writer.apply(commit)

        await self._writer.do(job)

    def _number(self, contact: ContactRow) -> str:
        own = self._own()
        return e2ee.safety_number((own.account, own.head), (contact.account, contact.head))

    def _held_record(self, contact: ContactRow) -> e2ee.ContactRecord:
        # It was verified when it came, and is asked about again when another one comes.
        return e2ee.read_contact_record(
            contact.record, lambda _data, _signature: contact.account, self._system.clock()
        )
