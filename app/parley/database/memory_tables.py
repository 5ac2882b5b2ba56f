"""The tables of MemoryDatabase and what a commit does to them; mirrors commits.py and what it calls."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any, assert_never

from parley.chat.commit import Row, StateChange, StateKind, StoredState
from parley.chat.contacts.compared import ComparedNumber
from parley.chat.contacts.model import (
    ContactRow,
    ForgottenContact,
    ForgottenConversation,
    ForgottenPending,
    PendingRow,
)
from parley.chat.delivery.model import (
    Attempted,
    DeliveryRow,
    DeliveryState,
    HurriedDevice,
    OutboxEntry,
    Settled,
)
from parley.chat.devices.model import ProfileRow
from parley.chat.direct.model import ConversationRow, DeliverySecretRow, MessageRow, SeenRow
from parley.chat.errors import StaleStateError
from parley.chat.invites.model import DroppedInvite, EndedInvite, IssuedInvite, TakenInvite
from parley.chat.network.model import ForgottenPeer, RememberedPeer
from parley.chat.payments.model import (
    ClaimRow,
    ForgottenAddress,
    ForgottenToken,
    HoldingRow,
    KnownToken,
    PaymentRow,
    RequestRow,
    SavedAddress,
)
from parley.chat.reading.model import DraftRow, ReadRow
from parley.database import memory_reading
from parley.database.delivery import moved_delivery
from parley.database.errors import DuplicateMessageError, InconsistentCommitError
from parley.database.memory_money_tables import MoneyTables, forget_money, names_are_stored, store_money
from parley.database.messages import join_causes


@dataclass(frozen=True, slots=True)
class Tables(MoneyTables):
    """The rows of each table by their key."""

    profile: dict[None, ProfileRow] = field(default_factory=dict)
    states: dict[tuple[StateKind, bytes], StoredState] = field(default_factory=dict)
    contacts: dict[str, ContactRow] = field(default_factory=dict)
    pending: dict[str, PendingRow] = field(default_factory=dict)
    conversations: dict[str, ConversationRow] = field(default_factory=dict)
    messages: dict[bytes, MessageRow] = field(default_factory=dict)
    deliveries: dict[tuple[bytes, bytes], DeliveryRow] = field(default_factory=dict)
    outbox: dict[tuple[bytes, bytes], OutboxEntry] = field(default_factory=dict)
    secrets: dict[tuple[str, bytes], DeliverySecretRow] = field(default_factory=dict)
    seen: dict[bytes, SeenRow] = field(default_factory=dict)
    peers: dict[tuple[int, str], RememberedPeer] = field(default_factory=dict)
    read_places: dict[str, ReadRow] = field(default_factory=dict)
    drafts: dict[str, DraftRow] = field(default_factory=dict)
    compared: dict[str, ComparedNumber] = field(default_factory=dict)
    issued: dict[bytes, IssuedInvite] = field(default_factory=dict)
    taken: dict[str, TakenInvite] = field(default_factory=dict)

    def copy(self) -> Tables:
        """The same rows in tables of their own; rows never change, so they are shared."""
        copied: dict[str, Any] = {each.name: dict(getattr(self, each.name)) for each in fields(self)}
        return Tables(**copied)

    def state(self, kind: StateKind, key: bytes) -> StoredState:
        """The stored state, or that there is none."""
        return self.states.get((kind, key), StoredState())


def change_state(tables: Tables, change: StateChange) -> None:
    stored = tables.states.get((change.kind, change.key), StoredState())
    if stored.version != change.read_version:
        raise StaleStateError(change.kind.value, change.read_version, stored.version)
    tables.states[change.kind, change.key] = StoredState(stored.version + 1, change.state)


def store(tables: Tables, row: Row) -> None:
    match row:
        case ProfileRow():
            tables.profile[None] = row
        case ContactRow():
            tables.contacts[row.account] = row
        case PendingRow():
            shared = [each for each in tables.pending.values() if each.conversation_id == row.conversation_id]
            if any(each.account != row.account for each in shared):
                raise InconsistentCommitError("another pending contact has this conversation id")
            tables.pending[row.account] = row
        case ForgottenPending():
            tables.pending.pop(row.account, None)
        case ForgottenConversation():
            _forget_conversation(tables, row.conversation_id)
        case ForgottenContact():
            tables.contacts.pop(row.account, None)
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
        case ReadRow():
            tables.read_places[row.conversation_id] = row
        case DraftRow():
            memory_reading.keep_draft(tables.drafts, row)
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
        case RememberedPeer():
            tables.peers[row.cluster_id, row.address] = row
        case ForgottenPeer():
            tables.peers.pop((row.cluster_id, row.address), None)
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
        case (
            RequestRow()
            | ClaimRow()
            | PaymentRow()
            | KnownToken()
            | ForgottenToken()
            | SavedAddress()
            | ForgottenAddress()
            | HoldingRow()
        ):
            store_money(tables, row)
        case _:
            assert_never(row)


def _hurry(tables: Tables, row: HurriedDevice) -> None:
    for place, entry in tables.outbox.items():
        if row.device_id is None or row.device_id == entry.device_id:
            due_ms = max(row.now_ms, entry.last_attempt_ms + row.patience_ms)
            tables.outbox[place] = replace(
                entry, attempts=0, next_attempt_ms=min(entry.next_attempt_ms, due_ms)
            )


def _forget_conversation(tables: Tables, conversation_id: str) -> None:
    conversation = tables.conversations.pop(conversation_id, None)
    if conversation is None:
        return
    tables.read_places.pop(conversation_id, None)
    tables.drafts.pop(conversation_id, None)
    gone = {each.message_id for each in tables.messages.values() if each.conversation_id == conversation_id}
    for message_id in gone:
        del tables.messages[message_id]
    forget_money(tables, conversation_id, gone)
    for table in (tables.deliveries, tables.outbox):
        for place in tuple(table):
            if place[0] in gone:
                del table[place]
    for secret in tuple(tables.secrets):
        if secret[0] == conversation.account:
            del tables.secrets[secret]
    tables.states.pop((StateKind.CHANNEL, conversation.channel_id), None)
    contact = tables.contacts.get(conversation.account)
    others = {
        device.device_id
        for each in tables.contacts.values()
        if each.account != conversation.account
        for device in each.devices
    }
    for device in () if contact is None else contact.devices:
        if device.device_id not in others:
            tables.states.pop((StateKind.SESSION, device.device_id), None)


def check_references(tables: Tables) -> None:
    """What the foreign keys of the real one refuse at the end of a commit."""
    whole = (
        all(row.account in tables.contacts for row in tables.conversations.values())
        and all(row.conversation_id in tables.conversations for row in tables.messages.values())
        and all(row.message_id in tables.messages for row in tables.deliveries.values())
        and all(row.message_id in tables.messages for row in tables.outbox.values())
        and all(each in tables.conversations for each in (*tables.read_places, *tables.drafts))
        and names_are_stored(tables, tables.conversations, tables.messages)
    )
    if not whole:
        raise InconsistentCommitError("a row names something that is not stored")
