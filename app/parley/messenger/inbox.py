"""The inbox: takes envelopes from the network and makes one commit of each.

Whatever arrives is hostile until it has decrypted. Nothing that fails here is answered, so a sender cannot tell
one failure from another, and nothing is kept of it.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

import trio

from parley.chat.contacts.model import Standing
from parley.chat.contacts.ports import ContactStore
from parley.chat.direct.receive import acknowledge, receive, repeat
from parley.chat.direct.topics import INBOX_TOPICS, inbox_topic
from parley.chat.errors import DiskFullError, NotAContactError, RefusedMessageError, StorageError
from parley.e2ee import api as e2ee
from parley.messenger.errors import ProfileClosedError
from parley.messenger.own import Own
from parley.messenger.records import Records
from parley.messenger.strangers import Strangers, WhisperStore, decrypted
from parley.messenger.writer import Writer
from parley.p2p.api import Network, Received

_log = logging.getLogger(__name__)

_WAIT_FOR_ROOM_S = 1.0
_LONGEST_RUN = 64
"""After so many envelopes in a row acknowledgements go out even if more are waiting."""


class InboxStore(WhisperStore, ContactStore, Protocol):
    """What the inbox reads."""


class Inbox:
    """Receives for one opened profile.

    Args:
        records, asked_for: take what is public: a contact record, and the inbox id of a request for one.
        strangers: takes first contacts of whoever is not known.
        named: told whose message names another set of devices than is held of them, and which.
    """

    def __init__(
        self,
        store: InboxStore,
        writer: Writer,
        network: Network,
        own: Own,
        clock: Callable[[], int],
        records: Records,
        asked_for: Callable[[bytes], None],
        strangers: Strangers,
        named: Callable[[str, bytes], None],
    ) -> None:
        self._store = store
        self._writer = writer
        self._network = network
        self._own = own
        self._clock = clock
        self._records = records
        self._asked_for = asked_for
        self._strangers = strangers
        self._named = named

    async def run(self) -> None:
        """Receive until the network closes."""
        for summary in await self._store.conversations():
            # A crash between a receive and its acknowledgement leaves it owed.
            await self._acknowledge(summary.conversation_id)
        touched: set[str] = set()
        taken = 0
        async for received in self._network.messages:
            conversation_id = await self._take(received)
            if conversation_id is not None:
                touched.add(conversation_id)
            taken += 1
            waiting = self._network.messages.statistics().current_buffer_used
            if waiting == 0 or taken >= _LONGEST_RUN:
                for each in touched:
                    await self._acknowledge(each)
                touched.clear()
                taken = 0

    async def retake(self, envelope: e2ee.Envelope) -> None:
        """Receive an envelope whose sender has become known meanwhile, and answer it."""
        conversation_id = await self._guarded(lambda: self._writer.do(lambda: self._receive(envelope)))
        if conversation_id is not None:
            await self._acknowledge(conversation_id)

    async def _take(self, received: Received) -> str | None:
        """Receive one message, whatever it is; gives the conversation that may owe an answer now."""
        return await self._guarded(lambda: self._sort(received))

    async def _sort(self, received: Received) -> str | None:
        envelope = e2ee.Envelope(received.payload)
        match e2ee.envelope_kind(envelope):
            case e2ee.Kind.RECORD:
                await self._records.offer(e2ee.unwrap_record(envelope), received.waku_hash)
            case e2ee.Kind.RECORD_REQUEST:
                self._asked_for(e2ee.asked_for(envelope))
            case _ if self._is_for_others(received.content_topic):
                # Watched for its records only; opening seals in vain would let others spend our time.
                return None
            case _:
                return await self._writer.do(lambda: self._receive(envelope))
        return None

    def _is_for_others(self, topic: str) -> bool:
        return INBOX_TOPICS.fullmatch(topic) is not None and topic != inbox_topic(self._own.device.inbox_id)

    async def _guarded(self, take: Callable[[], Awaitable[str | None]]) -> str | None:
        try:
            return await take()
        except (e2ee.NotForUsError, e2ee.DecryptionError):
            _log.debug("envelope not for this device")
        except (NotAContactError, RefusedMessageError) as error:
            _log.info("envelope not accepted: %s", type(error).__name__)
        except DiskFullError:
            # Not acknowledged, so its sender will send it again; meanwhile there may be room.
            _log.warning("no room on the disk: an envelope could not be kept")
            await trio.sleep(_WAIT_FOR_ROOM_S)
        except (StorageError, ProfileClosedError):
            raise
        except Exception as error:
            # A fault of ours that one envelope can reach must not become a way to stop the node: its sender would
            # only have to send it again. Nothing was committed.
            # Guarded by tests/flows/test_hostile.py::test_a_fault_in_a_step_stops_nothing.
            _log.error("envelope met a fault: %s", type(error).__name__)
        return None

    async def _receive(self, envelope: e2ee.Envelope) -> str | None:
        now_ms = self._clock()
        own = self._own.device
        envelope_hash = e2ee.envelope_hash(envelope)
        seen = await self._store.seen(envelope_hash)
        if seen is not None:
            loaded = await self._store.load_conversation_with(seen.device_id)
            if loaded is None or not loaded.is_with_contact:
                return None
            commit = repeat(loaded, own, seen, now_ms)
            if commit is None:
                return None
            await self._writer.apply(commit)
            return loaded.row.conversation_id
        opened = e2ee.open_envelope(e2ee.DeviceState(own.state), envelope)
        contact = await self._store.contact_of_device(opened.sender)
        if contact is None:
            self._strangers.offer(opened, envelope)
            return None
        if contact.standing is Standing.BLOCKED:
            return None
        loaded = await self._store.load_conversation_with(opened.sender)
        if loaded is None:
            raise NotAContactError
        whisper = await decrypted(self._store, own, loaded, opened, envelope_hash, now_ms)
        if loaded.is_with_contact:
            commit = receive(
                loaded,
                own,
                whisper.device_id,
                whisper.session,
                whisper.plaintext,
                whisper.known,
                envelope_hash,
                now_ms,
                whisper.asked,
            )
        else:
            commit = await self._strangers.further(loaded, whisper, now_ms)
        await self._writer.apply(commit)
        if opened.head != contact.head:
            self._named(contact.account, opened.head)
        return loaded.row.conversation_id if loaded.is_with_contact else None

    async def _acknowledge(self, conversation_id: str) -> None:
        async def job() -> None:
            loaded = await self._store.load_conversation(conversation_id)
            # Who was blocked meanwhile is answered no more.
            if loaded is None or not loaded.is_with_contact:
                return
            commit = acknowledge(loaded, self._own.device, self._clock())
            if commit:
                await self._writer.apply(commit)

        try:
            await self._writer.do(job)
        except DiskFullError:
            _log.warning("no room on the disk: acknowledgements stay owed")
