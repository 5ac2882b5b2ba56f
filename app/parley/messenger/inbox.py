"""The inbox: takes envelopes from the network and makes one commit of each.

Whatever arrives is hostile until it has decrypted. Nothing that fails here is answered, so a sender cannot tell
one failure from another, and nothing is kept of it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

import trio

from parley.chat.devices.model import OwnDevice
from parley.chat.direct.ports import DirectStore
from parley.chat.direct.receive import acknowledge, receive, repeat
from parley.chat.errors import DiskFullError, NotAContactError, RefusedMessageError, StorageError
from parley.e2ee import api as e2ee
from parley.messenger.writer import Writer
from parley.p2p.api import Network
from parley.sync import api as sync

_log = logging.getLogger(__name__)

_WAIT_FOR_ROOM_S = 1.0
_LONGEST_RUN = 64
"""After so many envelopes in a row acknowledgements go out even if more are waiting."""


class InboxStore(DirectStore, Protocol):
    """What the inbox reads."""


class Inbox:
    """Receives for one opened profile."""

    def __init__(
        self, store: InboxStore, writer: Writer, network: Network, own: OwnDevice, clock: Callable[[], int]
    ) -> None:
        self._store = store
        self._writer = writer
        self._network = network
        self._own = own
        self._clock = clock

    async def run(self) -> None:
        """Receive until the network closes."""
        for summary in await self._store.conversations():
            # A crash between a receive and its acknowledgement leaves it owed.
            await self._acknowledge(summary.conversation_id)
        touched: set[str] = set()
        taken = 0
        async for received in self._network.messages:
            conversation_id = await self._take(received.payload)
            if conversation_id is not None:
                touched.add(conversation_id)
            taken += 1
            waiting = self._network.messages.statistics().current_buffer_used
            if waiting == 0 or taken >= _LONGEST_RUN:
                for each in touched:
                    await self._acknowledge(each)
                touched.clear()
                taken = 0

    async def _take(self, payload: bytes) -> str | None:
        """Receive one envelope, whatever it is; gives the conversation that may owe an answer now."""
        try:
            return await self._writer.do(lambda: self._receive(e2ee.Envelope(payload)))
        except (e2ee.NotForUsError, e2ee.DecryptionError):
            _log.debug("envelope not for this device")
        except (NotAContactError, RefusedMessageError) as error:
            _log.info("envelope not accepted: %s", type(error).__name__)
        except DiskFullError:
            # Not acknowledged, so its sender will send it again; meanwhile there may be room.
            _log.warning("no room on the disk: an envelope could not be kept")
            await trio.sleep(_WAIT_FOR_ROOM_S)
        except StorageError:
            raise
        except Exception as error:
            # A fault of ours that one envelope can reach must not become a way to stop the node: its sender would
            # only have to send it again. Nothing was committed.
            # Guarded by tests/flows/test_hostile.py::test_a_fault_in_a_step_stops_nothing.
            _log.error("envelope met a fault: %s", type(error).__name__)
        return None

    async def _receive(self, envelope: e2ee.Envelope) -> str | None:
        now_ms = self._clock()
        envelope_hash = e2ee.envelope_hash(envelope)
        seen = await self._store.seen(envelope_hash)
        if seen is not None:
            loaded = await self._store.load_conversation_with(seen.device_id)
            commit = None if loaded is None else repeat(loaded, self._own, seen, now_ms)
            if loaded is None or commit is None:
                return None
            await self._writer.apply(commit)
            return loaded.row.conversation_id
        device = e2ee.DeviceState(self._own.state)
        opened = e2ee.open_envelope(device, envelope)
        loaded = await self._store.load_conversation_with(opened.sender)
        session = None if loaded is None else loaded.session(opened.sender)
        if loaded is None or session is None:
            raise NotAContactError
        state, plaintext = e2ee.decrypt(
            device,
            None if session.session is None else e2ee.SessionState(session.session),
            e2ee.Bundle(session.device.bundle),
            opened,
            now_ms=now_ms,
        )
        known = await self._known(plaintext)
        commit = receive(
            loaded, self._own, opened.sender, state, plaintext, known, envelope_hash, now_ms=now_ms
        )
        await self._writer.apply(commit)
        return loaded.row.conversation_id

    async def _known(self, plaintext: bytes) -> frozenset[bytes]:
        try:
            return await self._store.held(sync.mentioned(plaintext))
        except sync.SyncError:
            return frozenset()  # The step meets the same error and notes the envelope as seen.

    async def _acknowledge(self, conversation_id: str) -> None:
        async def job() -> None:
            loaded = await self._store.load_conversation(conversation_id)
            commit = loaded and acknowledge(loaded, self._own, self._clock())
            if commit:
                await self._writer.apply(commit)

        try:
            await self._writer.do(job)
        except DiskFullError:
            _log.warning("no room on the disk: acknowledgements stay owed")
