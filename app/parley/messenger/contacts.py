"""People of one opened profile: added, asked for, accepted, blocked.

What a chain has to say of a record is asked before the step, while nobody waits for it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import trio

from parley.chain.api import checksummed
from parley.chat.contacts.accept import accept_contact
from parley.chat.contacts.add import (
    add_contact,
    claimed_account,
    merged_record,
    read_record,
    renew_contact,
    spelled_nickname,
)
from parley.chat.contacts.ask import ask_for_contact, forget_pending
from parley.chat.contacts.block import block_contact, rename_contact, unblock_contact
from parley.chat.contacts.model import ContactRow, PendingRow, Standing
from parley.chat.contacts.people import BlockedContact, ContactRequest
from parley.chat.direct.model import LoadedConversation
from parley.chat.direct.secrets import SECRET_BYTES, SECRET_ID_BYTES
from parley.chat.errors import (
    BlockedContactError,
    InvalidAccountError,
    UnknownContactError,
    UnknownConversationError,
)
from parley.e2ee import api as e2ee
from parley.messenger.own import Own
from parley.messenger.signers import Chains, recover_for
from parley.messenger.system import Store, System
from parley.messenger.writer import Writer

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Verified:
    """A record that was verified and merged with the one that was held then."""

    held: ContactRow | None
    merged: e2ee.ContactRecord


class Contacts:
    """What a person does about people, and what comes of their records."""

    def __init__(self, store: Store, writer: Writer, own: Own, system: System, chains: Chains) -> None:
        self._store = store
        self._writer = writer
        self._own = own
        self._system = system
        self._chains = chains

    async def add(self, record: bytes, nickname: str) -> str:
        """Add a contact by its record, or renew the one that is known; a request of theirs is accepted.

        Returns:
            The id of the conversation with the contact.

        Raises:
            InvalidContactRecordError, OwnRecordError, NoLiveDeviceError, BlockedContactError, StorageError: nothing
            was added.
            NoNodeError, NodesUnreachableError, WrongNodeChainError: it is a smart account's record, which only a
            node can verify; nothing was added.
        """

        async def add(verified: Verified) -> str:
            account = verified.merged.account
            if verified.held is not None and verified.held.standing is Standing.BLOCKED:
                raise BlockedContactError(account)
            conversation_id, commit = add_contact(
                self._own.device,
                verified.merged,
                nickname,
                await self._store.load_conversation_of(account),
                await self._pending(account),
                self._system.clock(),
                self._system.entropy(16),
            )
            await self._writer.apply(commit)
            return conversation_id

        return await self.with_verified(record, add)

    async def take_record(self, record: bytes) -> None:
        """Merge a record that came by: who is pending becomes a contact, who is known is renewed.

        Raises:
            As `add`.
        """

        async def take(verified: Verified) -> None:
            await self.take_verified(verified)

        await self.with_verified(record, take)

    async def take_verified(self, verified: Verified) -> None:
        """The job of `take_record`, for a job that has more to do."""
        account = verified.merged.account
        pending = await self._pending(account)
        loaded = await self._store.load_conversation_of(account)
        if pending is not None:
            _, commit = add_contact(
                self._own.device,
                verified.merged,
                "",
                loaded,
                pending,
                self._system.clock(),
                self._system.entropy(16),
            )
            await self._writer.apply(commit)
        elif loaded is not None and loaded.contact.standing is not Standing.BLOCKED:
            renewal = renew_contact(loaded.contact, verified.merged, loaded.row.conversation_id)
            if renewal is not None:
                await self._writer.apply(renewal)

    async def with_verified(self, record: bytes, job: Callable[[Verified], Awaitable[T]]) -> T:
        """Verify a record, merge it with what is held of its account, and do a job of the writer with it.

        If what is held changes meanwhile it is all done again.

        Raises:
            InvalidContactRecordError, StorageError, NoNodeError, NodesUnreachableError, WrongNodeChainError: the job
            was not done.
        """
        account = claimed_account(record)
        while True:
            held = await self._store.contact(account)
            # A contract may have changed its mind since, so what is held is asked about again.
            recover = await recover_for(self._chains, record, *([] if held is None else [held.record]))
            now_ms = self._system.clock()
            # Recovery imports and computes for up to a second: not on the thread that serves everybody else.
            given = await trio.to_thread.run_sync(read_record, record, recover, now_ms)
            merged = await trio.to_thread.run_sync(merged_record, held, given, recover, now_ms)
            verified = Verified(held, merged)
            if (done := await self._writer.do(lambda v=verified: self._if_unchanged(v, job))) is not None:  # type: ignore[misc]
                return done[0]

    async def _if_unchanged(
        self, verified: Verified, job: Callable[[Verified], Awaitable[T]]
    ) -> tuple[T] | None:
        if await self._store.contact(verified.merged.account) != verified.held:
            return None
        return (await job(verified),)

    async def ask_for(self, account: str, nickname: str) -> str:
        """Ask the network for somebody, or add who is known already.

        Returns:
            The id that the conversation with them will have, or has.

        Raises:
            InvalidAccountError, OwnRecordError, BlockedContactError, TooManyPendingError, NoLiveDeviceError,
            StorageError: nothing was stored.
        """
        # The first address that is spelled loads a library.
        account = await trio.to_thread.run_sync(spelled_account, account)

        async def job() -> str:
            loaded = await self._store.load_conversation_of(account)
            if loaded is not None and loaded.is_with_contact:
                await self._rename(loaded, spelled_nickname(nickname) or loaded.contact.nickname)
                return loaded.row.conversation_id
            held = await self._store.contact(account)
            if held is not None and held.standing is Standing.BLOCKED:
                raise BlockedContactError(account)
            if loaded is not None:
                await self._accept(loaded)
                renamed = await self._store.load_conversation_of(account)
                await self._rename(renamed or loaded, spelled_nickname(nickname))
                return loaded.row.conversation_id
            conversation_id, commit = ask_for_contact(
                self._own.device,
                account,
                nickname,
                await self._store.pending(),
                self._system.clock(),
                self._system.entropy(16),
            )
            if commit is not None:
                await self._writer.apply(commit)
            return conversation_id

        return await self._writer.do(job)

    async def forget_pending(self, account: str) -> None:
        """Ask for somebody no longer. Raises StorageError."""

        async def job() -> None:
            if await self._pending(account) is not None:
                await self._writer.apply(forget_pending(account))

        await self._writer.do(job)

    async def requests(self) -> tuple[ContactRequest, ...]:
        """Strangers who wrote, the newest first."""
        return await self._store.requests()

    async def accept(self, conversation_id: str) -> None:
        """Make the stranger of a request a contact.

        Raises:
            UnknownConversationError, NoLiveDeviceError, StorageError: nothing was stored.
        """

        async def job() -> None:
            loaded = await self._store.load_conversation(conversation_id)
            if loaded is None or loaded.contact.standing is Standing.BLOCKED:
                raise UnknownConversationError(conversation_id)
            if not loaded.is_with_contact:
                await self._accept(loaded)

        await self._writer.do(job)

    async def block(self, who: str) -> None:
        """Take nothing of a contact or a stranger any more.

        Args:
            who: a conversation's id, or an account's text.

        Raises:
            UnknownContactError, StorageError: nothing was stored.
        """

        async def job() -> None:
            loaded = await self._store.load_conversation(who) or await self._store.load_conversation_of(who)
            if loaded is None:
                if await self._store.contact(who) is None:
                    raise UnknownContactError
                return  # A stranger who is blocked already.
            if loaded.contact.standing is not Standing.BLOCKED:
                entropy = self._system.entropy(SECRET_ID_BYTES + SECRET_BYTES)
                await self._writer.apply(
                    block_contact(loaded, self._own.device, self._system.clock(), entropy)
                )

        await self._writer.do(job)

    async def blocked(self) -> tuple[BlockedContact, ...]:
        """Who is blocked, the last one first."""
        blocked = [each for each in await self._store.contacts() if each.standing is Standing.BLOCKED]
        blocked.sort(key=lambda each: (-each.standing_at_ms, each.account))
        return tuple(BlockedContact(each.account, each.nickname, each.standing_at_ms) for each in blocked)

    async def unblock(self, account: str) -> None:
        """Take what somebody says again. Raises StorageError."""

        async def job() -> None:
            contact = await self._store.contact(account)
            if contact is not None and contact.standing is Standing.BLOCKED:
                loaded = await self._store.load_conversation_of(account)
                await self._writer.apply(unblock_contact(contact, loaded, self._system.clock()))

        await self._writer.do(job)

    async def rename(self, conversation_id: str, nickname: str) -> None:
        """Call a contact otherwise.

        Raises:
            UnknownConversationError, StorageError: nothing was stored.
        """

        async def job() -> None:
            loaded = await self._store.load_conversation(conversation_id)
            if loaded is None or not loaded.is_with_contact:
                raise UnknownConversationError(conversation_id)
            await self._rename(loaded, spelled_nickname(nickname))

        await self._writer.do(job)

    async def _pending(self, account: str) -> PendingRow | None:
        return next((each for each in await self._store.pending() if each.account == account), None)

    async def _accept(self, loaded: LoadedConversation) -> None:
        await self._writer.apply(accept_contact(loaded, self._own.device, self._system.clock()))

    async def _rename(self, loaded: LoadedConversation, nickname: str) -> None:
        if nickname != loaded.contact.nickname:
            await self._writer.apply(rename_contact(loaded, nickname))


def spelled_account(typed: str) -> str:
    """The text of an account as it is stored: addresses in small letters are spelled by EIP-55.

    Raises:
        InvalidAccountError: no account, or an address whose capitals do not fit: a digit is wrong somewhere.
    """
    try:
        address, chain_id = e2ee.split_account(typed.strip())
        spelled = checksummed(address)
        return spelled if chain_id is None else e2ee.contract_account(spelled, chain_id)
    except ValueError:
        raise InvalidAccountError from None
