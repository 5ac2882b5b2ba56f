"""Adding a contact: what a chain has to say of its record is asked before the step, while nobody waits for it."""

from __future__ import annotations

import trio

from parley.chat.contacts.add import add_contact, claimed_account, merged_record, read_record
from parley.chat.contacts.model import ContactRow
from parley.chat.devices.model import OwnDevice
from parley.e2ee import api as e2ee
from parley.messenger.signers import Chains, recover_for
from parley.messenger.system import Store, System
from parley.messenger.writer import Writer


class Contacts:
    """Adds contacts of one opened profile."""

    def __init__(self, store: Store, writer: Writer, own: OwnDevice, system: System, chains: Chains) -> None:
        self._store = store
        self._writer = writer
        self._own = own
        self._system = system
        self._chains = chains

    async def add(self, record: bytes, nickname: str) -> str:
        """Add a contact by its record, or renew the one that is known.

        Returns:
            The id of the conversation with the contact.

        Raises:
            InvalidContactRecordError, OwnRecordError, NoLiveDeviceError, StorageError: nothing was added.
            NoNodeError, NodesUnreachableError, WrongNodeChainError: it is a smart account's record, which only a
            node can verify; nothing was added.
        """
        account = claimed_account(record)
        while True:
            held = await self._store.contact(account)
            # A contract may have changed its mind since, so what is held is asked about again.
            recover = await recover_for(self._chains, record, *([] if held is None else [held.record]))
            conversation_id = await self._add(held, record, nickname, recover)
            if conversation_id is not None:
                return conversation_id

    async def _add(
        self, held: ContactRow | None, record: bytes, nickname: str, recover: e2ee.Recover
    ) -> str | None:
        """Give None if what is held changed since it was asked about."""
        now_ms = self._system.clock()
        # Recovery imports and computes for up to a second: not on the thread that serves everybody else.
        given = await trio.to_thread.run_sync(read_record, record, recover, now_ms)
        merged = await trio.to_thread.run_sync(merged_record, held, given, recover, now_ms)

        async def job() -> str | None:
            if await self._store.contact(given.account) != held:
                return None
            known = None
            if held is not None:
                conversation = await self._store.load_conversation_with(held.devices[0].device_id)
                if conversation is not None:
                    known = held, conversation.row.conversation_id
            conversation_id, commit = add_contact(
                self._own, merged, nickname, known, now_ms, self._system.entropy(16)
            )
            await self._writer.apply(commit)
            return conversation_id

        return await self._writer.do(job)
