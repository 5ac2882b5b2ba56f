"""MemoryDatabase: the double of Database for tests. It keeps nothing on any disk.

It passes the same conformance suite (tests/conformance/test_store.py), atomicity and refusals included.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, fields, replace
from typing import Any, assert_never

import trio

from parley.chat.commit import Commit, Row, StateChange, StateKind, StoredState
from parley.chat.contacts.model import ComparedNumber, ContactRow
from parley.chat.delivery.model import (
    Attempted,
    DeliveryRow,
    DeliveryState,
    DueEntry,
    HurriedDevice,
    OutboxEntry,
    Settled,
)
from parley.chat.devices.model import ProfileRow
from parley.chat.direct.model import (
    ConversationRow,
    ConversationSummary,
    DeliverySecretRow,
    LoadedConversation,
    LoadedSession,
    MessageRow,
    SeenRow,
    ShownMessage,
)
from parley.chat.errors import StaleStateError
from parley.chat.invites.model import DroppedInvite, EndedInvite, IssuedInvite, TakenInvite
from parley.database.delivery import least_advanced, moved_delivery
from parley.database.errors import DuplicateMessageError, InconsistentCommitError
from parley.database.messages import join_causes


@dataclass(frozen=True, slots=True)
class _Tables:
    profile: dict[None, ProfileRow] = field(default_factory=dict)
    states: dict[tuple[StateKind, bytes], StoredState] = field(default_factory=dict)
    contacts: dict[str, ContactRow] = field(default_factory=dict)
    conversations: dict[str, ConversationRow] = field(default_factory=dict)
    messages: dict[bytes, MessageRow] = field(default_factory=dict)
    deliveries: dict[tuple[bytes, bytes], DeliveryRow] = field(default_factory=dict)
    outbox: dict[tuple[bytes, bytes], OutboxEntry] = field(default_factory=dict)
    secrets: dict[tuple[str, bytes], DeliverySecretRow] = field(default_factory=dict)
    seen: dict[bytes, SeenRow] = field(default_factory=dict)
    compared: dict[str, ComparedNumber] = field(default_factory=dict)
    issued: dict[bytes, IssuedInvite] = field(default_factory=dict)
    taken: dict[str, TakenInvite] = field(default_factory=dict)

    def copy(self) -> _Tables:
        """The same rows in tables of their own; rows never change, so they are shared."""
        copied: dict[str, Any] = {each.name: dict(getattr(self, each.name)) for each in fields(self)}
        return _Tables(**copied)


class MemoryDatabase:
    """CommitStore, ProfileStore, ContactStore, DirectStore and OutboxStore without a file."""

    def __init__(self) -> None:
        self._tables = _Tables()

    async def apply(self, commit: Commit) -> None:
        """Keep all of `commit` or, raising what Database raises, nothing of it."""
        await trio.lowlevel.checkpoint()
        tables = self._tables.copy()
        for change in commit.states:
            _change_state(tables, change)
        for row in commit.rows:
            _store(tables, row)
        _check_references(tables)
        self._tables = tables

    async def profile(self) -> ProfileRow | None:
        """As Database.profile."""
        await trio.lowlevel.checkpoint()
        return self._tables.profile.get(None)

    async def device_state(self) -> StoredState:
        """As Database.device_state."""
        await trio.lowlevel.checkpoint()
        return self._state(StateKind.DEVICE, b"")

    async def vault(self) -> StoredState:
        """As Database.vault."""
        await trio.lowlevel.checkpoint()
        return self._state(StateKind.VAULT, b"")

    async def preferences(self) -> StoredState:
        """As Database.preferences."""
        await trio.lowlevel.checkpoint()
        return self._state(StateKind.PREFERENCES, b"")

    async def contact(self, account: str) -> ContactRow | None:
        """As Database.contact."""
        await trio.lowlevel.checkpoint()
        return self._tables.contacts.get(account)

    async def contact_of_device(self, device_id: bytes) -> ContactRow | None:
        """As Database.contact_of_device."""
        await trio.lowlevel.checkpoint()
        return self._contact_of_device(device_id)

    async def load_conversation(
        self, conversation_id: str, form_token: str | None = None
    ) -> LoadedConversation | None:
        """As Database.load_conversation."""
        await trio.lowlevel.checkpoint()
        row = self._tables.conversations.get(conversation_id)
        return None if row is None else self._load(row, form_token)

    async def load_conversation_with(self, device_id: bytes) -> LoadedConversation | None:
        """As Database.load_conversation_with."""
        await trio.lowlevel.checkpoint()
        contact = self._contact_of_device(device_id)
        for row in self._tables.conversations.values():
            if contact is not None and row.account == contact.account:
                return self._load(row, None)
        return None

    async def seen(self, envelope_hash: bytes) -> SeenRow | None:
        """As Database.seen."""
        await trio.lowlevel.checkpoint()
        return self._tables.seen.get(envelope_hash)

    async def held(self, message_ids: Collection[bytes]) -> frozenset[bytes]:
        """As Database.held."""
        await trio.lowlevel.checkpoint()
        return frozenset(each for each in message_ids if each in self._tables.messages)

    async def delivery_secrets(self, account: str) -> tuple[DeliverySecretRow, ...]:
        """As Database.delivery_secrets."""
        await trio.lowlevel.checkpoint()
        return self._secrets(account)

    async def conversations(self) -> tuple[ConversationSummary, ...]:
        """As Database.conversations."""
        await trio.lowlevel.checkpoint()
        ordered = []
        for row in self._tables.conversations.values():
            last = max(self._shown(row.conversation_id), key=_order, default=None)
            summary = ConversationSummary(
                conversation_id=row.conversation_id,
                account=row.account,
                nickname=self._tables.contacts[row.account].nickname,
                last_content=None if last is None else last.content,
                last_own=last is not None and last.own,
                last_at_ms=None if last is None else last.at_ms,
            )
            newest_ms = row.created_at_ms if last is None else last.at_ms
            ordered.append((-newest_ms, row.conversation_id, summary))
        return tuple(summary for _, _, summary in sorted(ordered, key=lambda each: each[:2]))

    async def messages(
        self, conversation_id: str, limit: int, before: tuple[int, bytes] | None = None
    ) -> tuple[ShownMessage, ...]:
        """As Database.messages."""
        await trio.lowlevel.checkpoint()
        rows = sorted(self._shown(conversation_id), key=_order)
        if before is not None:
            rows = [row for row in rows if _order(row) < before]
        return tuple(self._show(row) for row in rows[max(0, len(rows) - limit) :])

    async def message(self, message_id: bytes) -> ShownMessage | None:
        """As Database.message."""
        await trio.lowlevel.checkpoint()
        row = self._tables.messages.get(message_id)
        return self._show(row) if row is not None and row.shown else None

    async def due(self, now_ms: int, limit: int) -> tuple[DueEntry, ...]:
        """As Database.due."""
        await trio.lowlevel.checkpoint()
        due = [each for each in self._tables.outbox.values() if each.next_attempt_ms <= now_ms]
        due.sort(
            key=lambda entry: (
                entry.next_attempt_ms,
                *_order(self._tables.messages[entry.message_id]),
                entry.device_id,
            )
        )
        return tuple(self._due(entry) for entry in due[:limit])

    async def next_due_ms(self) -> int | None:
        """As Database.next_due_ms."""
        await trio.lowlevel.checkpoint()
        return min((each.next_attempt_ms for each in self._tables.outbox.values()), default=None)

    async def waiting(self) -> int:
        """As Database.waiting."""
        await trio.lowlevel.checkpoint()
        return len(self._tables.outbox)

    async def compared_number(self, account: str) -> ComparedNumber | None:
        """As Database.compared_number."""
        await trio.lowlevel.checkpoint()
        return self._tables.compared.get(account)

    async def issued_invite(self, token_hash: bytes) -> IssuedInvite | None:
        """As Database.issued_invite."""
        await trio.lowlevel.checkpoint()
        return self._tables.issued.get(token_hash)

    async def issued_invites(self) -> tuple[IssuedInvite, ...]:
        """As Database.issued_invites."""
        await trio.lowlevel.checkpoint()
        found = sorted(self._tables.issued.values(), key=lambda each: (-each.issued_at_ms, each.invite_id))
        return tuple(found)

    async def taken_invite(self, account: str) -> TakenInvite | None:
        """As Database.taken_invite."""
        await trio.lowlevel.checkpoint()
        return self._tables.taken.get(account)

    async def taken_invites(self) -> tuple[TakenInvite, ...]:
        """As Database.taken_invites."""
        await trio.lowlevel.checkpoint()
        return tuple(sorted(self._tables.taken.values(), key=lambda each: (-each.taken_at_ms, each.account)))

    def _state(self, kind: StateKind, key: bytes) -> StoredState:
        return self._tables.states.get((kind, key), StoredState())

    def _contact_of_device(self, device_id: bytes) -> ContactRow | None:
        naming = [
            contact
            for contact in self._tables.contacts.values()
            if any(device.device_id == device_id for device in contact.devices)
        ]
        return min(naming, key=lambda contact: (contact.added_at_ms, contact.account), default=None)

    def _secrets(self, account: str) -> tuple[DeliverySecretRow, ...]:
        found = [each for each in self._tables.secrets.values() if each.account == account]
        return tuple(sorted(found, key=lambda each: (each.issued_at_ms, each.secret_id), reverse=True))

    def _load(self, row: ConversationRow, form_token: str | None) -> LoadedConversation:
        contact = self._tables.contacts[row.account]
        channel = self._state(StateKind.CHANNEL, row.channel_id)
        sessions = []
        for device in contact.devices:
            session = self._state(StateKind.SESSION, device.device_id)
            sessions.append(LoadedSession(device, session.version, session.state))
        return LoadedConversation(
            row=row,
            contact=contact,
            channel_version=channel.version,
            channel=channel.state or b"",
            sessions=tuple(sessions),
            contact_secret=next(iter(self._secrets(row.account)), None),
            sent_before=next(
                (
                    each.message_id
                    for each in self._tables.messages.values()
                    if form_token is not None and each.form_token == form_token
                ),
                None,
            ),
        )

    def _shown(self, conversation_id: str) -> list[MessageRow]:
        return [
            row
            for row in self._tables.messages.values()
            if row.conversation_id == conversation_id and row.shown
        ]

    def _show(self, row: MessageRow) -> ShownMessage:
        state, relays = least_advanced(
            (each.state, each.relays)
            for each in self._tables.deliveries.values()
            if each.message_id == row.message_id
        )
        return ShownMessage(
            message_id=row.message_id,
            own=row.own,
            content=row.content,
            lamport=row.lamport,
            at_ms=row.at_ms,
            state=state,
            relays=relays,
        )

    def _due(self, entry: OutboxEntry) -> DueEntry:
        conversation = self._tables.conversations[self._tables.messages[entry.message_id].conversation_id]
        newest = next(iter(self._secrets(conversation.account)), None)
        return DueEntry(
            entry=entry,
            conversation_id=conversation.conversation_id,
            inbox_id=self._tables.contacts[conversation.account].inbox_id,
            secret=None if newest is None else newest.secret,
        )


def _order(row: MessageRow) -> tuple[int, bytes]:
    return row.lamport, row.message_id


def _change_state(tables: _Tables, change: StateChange) -> None:
    stored = tables.states.get((change.kind, change.key), StoredState())
    if stored.version != change.read_version:
        raise StaleStateError(change.kind.value, change.read_version, stored.version)
    tables.states[change.kind, change.key] = StoredState(stored.version + 1, change.state)


def _store(tables: _Tables, row: Row) -> None:
    match row:
        case ProfileRow():
            tables.profile[None] = row
        case ContactRow():
            tables.contacts[row.account] = row
        case ConversationRow():
            for other in tables.conversations.values():
                same_place = other.channel_id == row.channel_id or other.account == row.account
                if same_place and other.conversation_id != row.conversation_id:
                    raise InconsistentCommitError("another conversation has this channel or account")
            tables.conversations[row.conversation_id] = row
        case MessageRow():
            join_causes(row.causes)
            same_form = row.form_token is not None and any(
                other.form_token == row.form_token for other in tables.messages.values()
            )
            if row.message_id in tables.messages or same_form:
                raise DuplicateMessageError(row.message_id)
            tables.messages[row.message_id] = row
        case SeenRow():
            tables.seen[row.envelope_hash] = row
        case DeliverySecretRow():
            tables.secrets[row.account, row.secret_id] = row
        case DeliveryRow():
            stored = tables.deliveries.get((row.message_id, row.device_id))
            if stored is not None:
                tables.deliveries[row.message_id, row.device_id] = moved_delivery(stored, row)
            elif row.state is DeliveryState.QUEUED:
                tables.deliveries[row.message_id, row.device_id] = row
        case OutboxEntry():
            tables.outbox[row.message_id, row.device_id] = row
        case Attempted():
            entry = tables.outbox.get((row.message_id, row.device_id))
            if entry is not None:
                tables.outbox[row.message_id, row.device_id] = replace(
                    entry,
                    attempts=row.attempts,
                    last_attempt_ms=row.last_attempt_ms,
                    next_attempt_ms=row.next_attempt_ms,
                )
        case Settled():
            tables.outbox.pop((row.message_id, row.device_id), None)
        case HurriedDevice():
            _hurry(tables, row)
        case ComparedNumber():
            tables.compared[row.account] = row
        case IssuedInvite():
            tables.issued[row.token_hash] = row
        case EndedInvite():
            tables.issued.pop(row.token_hash, None)
        case TakenInvite():
            tables.taken[row.account] = row
        case DroppedInvite():
            tables.taken.pop(row.account, None)
        case _:
            assert_never(row)


def _hurry(tables: _Tables, row: HurriedDevice) -> None:
    for place, entry in tables.outbox.items():
        if row.device_id is None or row.device_id == entry.device_id:
            due_ms = max(row.now_ms, entry.last_attempt_ms + row.patience_ms)
            tables.outbox[place] = replace(
                entry, attempts=0, next_attempt_ms=min(entry.next_attempt_ms, due_ms)
            )


def _check_references(tables: _Tables) -> None:
    """What the foreign keys of the real one refuse at the end of a commit."""
    whole = (
        all(row.account in tables.contacts for row in tables.conversations.values())
        and all(row.conversation_id in tables.conversations for row in tables.messages.values())
        and all(row.message_id in tables.messages for row in tables.deliveries.values())
        and all(row.message_id in tables.messages for row in tables.outbox.values())
    )
    if not whole:
        raise InconsistentCommitError("a row names something that is not stored")
