"""First contacts of whoever is not known: verified aside, then kept as a request, or taken if they were asked for.

An introduction names an account and is verified like any record before anything in it counts. What is refused is
answered as little as what is kept: not at all.
"""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

import trio

from parley.chat.commit import Commit
from parley.chat.contacts.model import KeptOfRequest, Standing
from parley.chat.contacts.request import MAX_REQUESTS, Admits, Whisper, meet, nobody, receive_request
from parley.chat.content import decode_content
from parley.chat.devices.model import OwnDevice
from parley.chat.direct.model import LoadedConversation
from parley.chat.direct.ports import DirectStore
from parley.chat.errors import (
    ChatError,
    DiskFullError,
    InvalidContactRecordError,
    MalformedContentError,
    NotAContactError,
    RequestFullError,
    StorageError,
)
from parley.chat.payments.ports import PaymentStore
from parley.chat.payments.take import Asked, asked_id
from parley.e2ee import api as e2ee
from parley.messenger.contacts import Contacts, Verified
from parley.messenger.errors import MessengerError, ProfileClosedError
from parley.messenger.glances import Glances
from parley.messenger.own import Own
from parley.messenger.records import Refused
from parley.messenger.system import Store, System
from parley.messenger.writer import Writer
from parley.sync import api as sync

_log = logging.getLogger(__name__)

_WAITING: Final = 32
"""At 130 KB each: what is dropped is sent again by a device that means it."""

_WAITING_OF_ONE: Final = 4
"""So that a flood with one introduction leaves room for others'."""

LoadAdmits = Callable[[], Awaitable[Admits | None]]
"""Gives what lets strangers in without being asked about, the invites that are open; None if there are none."""


class WhisperStore(DirectStore, PaymentStore, Protocol):
    """What is read before a message is taken in."""


async def admit_nobody() -> None:
    """Every stranger is asked about."""
    await trio.lowlevel.checkpoint()


class Strangers:
    """Meets strangers for one opened profile.

    Args:
        retake: receives an envelope again whose sender has become known.

    Attributes:
        dropped: how many first contacts found no room, here or among the requests.
    """

    def __init__(
        self,
        store: Store,
        writer: Writer,
        own: Own,
        system: System,
        contacts: Contacts,
        retake: Callable[[e2ee.Envelope], Awaitable[None]],
        load_admits: LoadAdmits = admit_nobody,
    ) -> None:
        self.dropped = 0
        self._store = store
        self._writer = writer
        self._own = own
        self._system = system
        self._contacts = contacts
        self._retake = retake
        self._load_admits = load_admits
        self._refused = Refused()
        self._glances = Glances()
        self._waiting: Counter[bytes] = Counter()
        self._give, self._take = trio.open_memory_channel[tuple[e2ee.Opened, e2ee.Envelope]](_WAITING)

    def offer(self, opened: e2ee.Opened, envelope: e2ee.Envelope) -> None:
        """A device that is nobody's known wrote.

        Raises:
            NotAContactError: it does not say who it is, or nobody believed it before.
        """
        if opened.introduction is None or opened.introduction in self._refused:
            raise NotAContactError
        whose = hashlib.sha256(opened.introduction).digest()
        # Guarded by tests/flows/test_crowds.py::test_a_flood_of_one_leaves_room_for_others.
        if self._waiting[whose] >= _WAITING_OF_ONE:
            self.dropped += 1
            return
        try:
            self._give.send_nowait((opened, envelope))
        except trio.WouldBlock:
            self.dropped += 1
        else:
            self._waiting[whose] += 1

    async def run(self) -> None:
        """Meet one after the other until cancelled."""
        async for opened, envelope in self._take:
            introduction = opened.introduction or b""
            self._waiting -= Counter([hashlib.sha256(introduction).digest()])
            try:
                if await self._is_welcome(introduction, envelope) and await self._meet(
                    opened, introduction, envelope
                ):
                    await self._retake(envelope)
            except InvalidContactRecordError:
                self._refused.add(introduction)
                _log.info("an introduction was refused")
            except (ChatError, MessengerError, e2ee.E2eeError) as error:
                if isinstance(error, ProfileClosedError) or (
                    isinstance(error, StorageError) and not isinstance(error, DiskFullError)
                ):
                    raise
                if isinstance(error, RequestFullError):
                    self.dropped += 1
                _log.info("a first contact was not taken: %s", type(error).__name__)

    async def further(self, loaded: LoadedConversation, whisper: Whisper, now_ms: int) -> Commit:
        """The commit for a further message of a stranger whose request is kept.

        Raises:
            RefusedMessageError: nothing of it is kept.
        """
        kept = await self._store.kept_of_request(loaded.row.conversation_id)
        try:
            admits = await self._load_admits() or nobody
            return receive_request(loaded, self._own.device, whisper, kept, now_ms, admits)
        except RequestFullError:
            self.dropped += 1
            raise

    async def _is_welcome(self, introduction: bytes, envelope: e2ee.Envelope) -> bool:
        """Whether it is worth verifying: not blocked, and known, or asked for, or with room, or maybe invited."""
        try:
            account = e2ee.claimed_account(introduction)
        except e2ee.E2eeError as error:
            raise InvalidContactRecordError(str(error)) from error
        if account == self._own.device.account:
            return False
        held = await self._store.contact(account)
        if held is not None:
            return held.standing is not Standing.BLOCKED
        if any(each.account == account for each in await self._store.pending()):
            return True
        if await self._has_room():
            return True
        # A crowd that fills Requests must not make invites useless, nor have all it sends decrypted.
        # Guarded by tests/flows/test_crowds.py.
        is_looked_at = await self._load_admits() is not None and self._glances.take(
            introduction, e2ee.envelope_hash(envelope)
        )
        if not is_looked_at:
            self.dropped += 1
        return is_looked_at

    async def _has_room(self) -> bool:
        return len(await self._store.requests()) < MAX_REQUESTS

    async def _meet(self, opened: e2ee.Opened, introduction: bytes, envelope: e2ee.Envelope) -> bool:
        """Verify who it is. Gives whether they are known now, so that the envelope is to be received again."""

        async def job(verified: Verified) -> bool:
            account = verified.merged.account
            if all(each.device_id != opened.sender for each in verified.merged.devices):
                raise NotAContactError
            # A first contact that was kept meanwhile came in several copies.
            if await self._store.contact_of_device(opened.sender) is not None:
                return True
            is_pending = any(each.account == account for each in await self._store.pending())
            if verified.held is not None or is_pending:
                await self._contacts.take_verified(verified)
                return True
            await self._keep_request(verified.merged, opened, envelope)
            return False

        return await self._contacts.with_verified(introduction, job)

    async def _keep_request(
        self, record: e2ee.ContactRecord, opened: e2ee.Opened, envelope: e2ee.Envelope
    ) -> None:
        now_ms = self._system.clock()
        own = self._own.device
        loaded = meet(own, record, now_ms, self._system.entropy(16))
        envelope_hash = e2ee.envelope_hash(envelope)
        whisper = await decrypted(self._store, own, loaded, opened, envelope_hash, now_ms)
        admits = await self._load_admits() or nobody
        has_room = await self._has_room()
        kept = KeptOfRequest(0, 0)
        commit = receive_request(loaded, own, whisper, kept, now_ms, admits, has_room=has_room)
        await self._writer.apply(commit)


async def decrypted(
    store: WhisperStore,
    own: OwnDevice,
    loaded: LoadedConversation,
    opened: e2ee.Opened,
    envelope_hash: bytes,
    now_ms: int,
) -> Whisper:
    """Decrypt what a device of a conversation sent, and look up what it mentions.

    Raises:
        NotAContactError: the conversation has no such device.
        e2ee.E2eeError: it cannot be decrypted; nothing has changed.
    """
    session = loaded.session(opened.sender)
    if session is None:
        raise NotAContactError
    state, plaintext = e2ee.decrypt(
        e2ee.DeviceState(own.state),
        None if session.session is None else e2ee.SessionState(session.session),
        e2ee.Bundle(session.device.bundle),
        opened,
        now_ms=now_ms,
    )
    try:
        known = await store.held(sync.mentioned(plaintext))
    except sync.SyncError:
        known = frozenset()  # The step meets the same error.
    return Whisper(opened.sender, state, plaintext, known, envelope_hash, await _asked(store, plaintext))


async def _asked(store: PaymentStore, plaintext: bytes) -> Asked:
    """What is known of the transaction request that a message names, if it names one."""
    try:
        carried = sync.carried(plaintext)
        request_id = asked_id(decode_content(carried)) if carried else None
    except (sync.SyncError, MalformedContentError):
        return Asked()  # The step meets the same error.
    if request_id is None:
        return Asked()
    return Asked(await store.transaction_request(request_id), await store.claims_of_request(request_id))
