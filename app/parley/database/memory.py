"""MemoryDatabase: the double of Database for tests. It keeps nothing on any disk.

It passes the same conformance suite (tests/conformance/test_store*.py), atomicity and refusals included.
"""

from __future__ import annotations

from collections.abc import Collection

import trio

from parley.chat.commit import Commit, StateKind, StoredState
from parley.chat.contacts.compared import ComparedNumber
from parley.chat.contacts.model import ContactRow, KeptOfRequest, PendingRow, Standing
from parley.chat.contacts.people import ContactRequest
from parley.chat.delivery.model import DeviceDelivery, DueEntry, OutboxEntry, WaitingConversation
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
from parley.chat.invites.model import IssuedInvite, TakenInvite
from parley.chat.network.model import RememberedPeer
from parley.chat.reading.model import LoadedReading, ReadRow
from parley.database import memory_reading
from parley.database.delivery import least_advanced
from parley.database.memory_money import MemoryMoney
from parley.database.memory_tables import Tables, change_state, check_references, store


class MemoryDatabase(MemoryMoney):
    """All of chat's storage ports without a file."""

    def __init__(self) -> None:
        self._tables = Tables()

    async def apply(self, commit: Commit) -> None:
        """Keep all of `commit` or, raising what Database raises, nothing of it."""
        await trio.lowlevel.checkpoint()
        tables = self._tables.copy()
        for change in commit.states:
            change_state(tables, change)
        for row in commit.rows:
            store(tables, row)
        check_references(tables)
        self._tables = tables

    async def profile(self) -> ProfileRow | None:
        """As Database.profile."""
        await trio.lowlevel.checkpoint()
        return self._tables.profile.get(None)

    async def device_state(self) -> StoredState:
        """As Database.device_state."""
        await trio.lowlevel.checkpoint()
        return self._tables.state(StateKind.DEVICE, b"")

    async def vault(self) -> StoredState:
        """As Database.vault."""
        await trio.lowlevel.checkpoint()
        return self._tables.state(StateKind.VAULT, b"")

    async def preferences(self) -> StoredState:
        """As Database.preferences."""
        await trio.lowlevel.checkpoint()
        return self._tables.state(StateKind.PREFERENCES, b"")

    async def contact(self, account: str) -> ContactRow | None:
        """As Database.contact."""
        await trio.lowlevel.checkpoint()
        return self._tables.contacts.get(account)

    async def contact_of_device(self, device_id: bytes) -> ContactRow | None:
        """As Database.contact_of_device."""
        await trio.lowlevel.checkpoint()
        return self._contact_of_device(device_id)

    async def contacts(self) -> tuple[ContactRow, ...]:
        """As Database.contacts."""
        await trio.lowlevel.checkpoint()
        ordered = sorted(self._tables.contacts.values(), key=lambda each: (each.added_at_ms, each.account))
        return tuple(ordered)

    async def pending(self) -> tuple[PendingRow, ...]:
        """As Database.pending."""
        await trio.lowlevel.checkpoint()
        rows = self._tables.pending.values()
        return tuple(sorted(rows, key=lambda each: (-each.asked_at_ms, each.account)))

    async def requests(self) -> tuple[ContactRequest, ...]:
        """As Database.requests."""
        await trio.lowlevel.checkpoint()
        found = []
        for row in self._tables.conversations.values():
            if self._tables.contacts[row.account].standing is Standing.REQUEST:
                first = min(self._shown(row.conversation_id), key=_order, default=None)
                content = None if first is None else first.content
                found.append(ContactRequest(row.conversation_id, row.account, content, row.created_at_ms))
        return tuple(sorted(found, key=lambda each: (-each.at_ms, each.conversation_id)))

    async def kept_of_request(self, conversation_id: str) -> KeptOfRequest:
        """As Database.kept_of_request."""
        await trio.lowlevel.checkpoint()
        rows = [each for each in self._tables.messages.values() if each.conversation_id == conversation_id]
        return KeptOfRequest(len(rows), sum(len(each.content) for each in rows))

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
        return None if contact is None else self._load_of(contact.account)

    async def load_conversation_of(self, account: str) -> LoadedConversation | None:
        """As Database.load_conversation_of."""
        await trio.lowlevel.checkpoint()
        return self._load_of(account)

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
            if self._tables.contacts[row.account].standing is not Standing.CONTACT:
                continue
            shown = self._shown(row.conversation_id)
            last = max(shown, key=_order, default=None)
            summary = ConversationSummary(
                conversation_id=row.conversation_id,
                account=row.account,
                nickname=self._tables.contacts[row.account].nickname,
                last_content=None if last is None else last.content,
                last_own=last is not None and last.own,
                last_at_ms=None if last is None else last.at_ms,
                last_state=None if last is None else self._show(last).state,
                unread=memory_reading.count_unread(self._read_place(row.conversation_id), shown),
                draft=self._draft(row.conversation_id),
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
        due = [each for each in self._to_contacts() if each.next_attempt_ms <= now_ms]
        due.sort(
            key=lambda entry: (
                entry.next_attempt_ms,
                *_order(self._tables.messages[entry.message_id]),
                entry.device_id,
            )
        )
        return tuple(self._due(entry) for entry in due[:limit])

    async def load_reading(self, conversation_id: str, message_id: bytes) -> LoadedReading:
        """As Database.load_reading."""
        await trio.lowlevel.checkpoint()
        return memory_reading.load(
            self._read_place(conversation_id), self._shown(conversation_id), message_id
        )

    async def read_place(self, conversation_id: str) -> ReadRow | None:
        """As Database.read_place."""
        await trio.lowlevel.checkpoint()
        return self._read_place(conversation_id)

    async def draft(self, conversation_id: str) -> str:
        """As Database.draft."""
        await trio.lowlevel.checkpoint()
        return self._draft(conversation_id)

    async def deliveries(self, message_id: bytes) -> tuple[DeviceDelivery, ...]:
        """As Database.deliveries."""
        await trio.lowlevel.checkpoint()
        found = sorted(place for place in self._tables.deliveries if place[0] == message_id)
        return tuple(self._delivery(place) for place in found)

    async def next_due_ms(self) -> int | None:
        """As Database.next_due_ms."""
        await trio.lowlevel.checkpoint()
        return min((each.next_attempt_ms for each in self._to_contacts()), default=None)

    async def waiting(self) -> int:
        """As Database.waiting."""
        await trio.lowlevel.checkpoint()
        return len(self._to_contacts())

    async def waiting_conversations(self) -> tuple[WaitingConversation, ...]:
        """As Database.waiting_conversations."""
        await trio.lowlevel.checkpoint()
        waiting: dict[str, list[OutboxEntry]] = {}
        for entry in self._to_contacts():
            waiting.setdefault(self._tables.messages[entry.message_id].conversation_id, []).append(entry)
        found = []
        for conversation_id, entries in waiting.items():
            account = self._tables.conversations[conversation_id].account
            ids = {each.message_id for each in entries}
            found.append(
                WaitingConversation(
                    conversation_id=conversation_id,
                    account=account,
                    nickname=self._tables.contacts[account].nickname,
                    messages=len({each for each in ids if self._tables.messages[each].shown}),
                    attempts=max(each.attempts for each in entries),
                    last_attempt_ms=max(each.last_attempt_ms for each in entries),
                    next_attempt_ms=min(each.next_attempt_ms for each in entries),
                )
            )
        return tuple(sorted(found, key=lambda each: (each.next_attempt_ms, each.conversation_id)))

    async def remembered_peers(self, cluster_id: int) -> tuple[RememberedPeer, ...]:
        """As Database.remembered_peers."""
        await trio.lowlevel.checkpoint()
        found = [each for each in self._tables.peers.values() if each.cluster_id == cluster_id]
        return tuple(sorted(found, key=lambda each: (-each.noted_at_ms, each.address)))

    def _read_place(self, conversation_id: str) -> ReadRow | None:
        return self._tables.read_places.get(conversation_id)

    def _draft(self, conversation_id: str) -> str:
        row = self._tables.drafts.get(conversation_id)
        return row.text if row else ""

    def _delivery(self, place: tuple[bytes, bytes]) -> DeviceDelivery:
        row, entry = self._tables.deliveries[place], self._tables.outbox.get(place)
        if entry is None:
            return DeviceDelivery(row)
        return DeviceDelivery(row, entry.attempts, entry.last_attempt_ms, entry.next_attempt_ms)

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

    def _load_of(self, account: str) -> LoadedConversation | None:
        rows = (each for each in self._tables.conversations.values() if each.account == account)
        row = next(rows, None)
        return None if row is None else self._load(row, None)

    def _load(self, row: ConversationRow, form_token: str | None) -> LoadedConversation:
        contact = self._tables.contacts[row.account]
        channel = self._tables.state(StateKind.CHANNEL, row.channel_id)
        sessions = []
        for device in contact.devices:
            session = self._tables.state(StateKind.SESSION, device.device_id)
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

    def _conversation_of(self, entry: OutboxEntry) -> ConversationRow:
        return self._tables.conversations[self._tables.messages[entry.message_id].conversation_id]

    def _to_contacts(self) -> list[OutboxEntry]:
        """Entries that are for nobody blocked."""
        accounts = self._tables.contacts
        return [
            each
            for each in self._tables.outbox.values()
            if accounts[self._conversation_of(each).account].standing is Standing.CONTACT
        ]

    def _due(self, entry: OutboxEntry) -> DueEntry:
        conversation = self._conversation_of(entry)
        newest = next(iter(self._secrets(conversation.account)), None)
        return DueEntry(
            entry=entry,
            conversation_id=conversation.conversation_id,
            inbox_id=self._tables.contacts[conversation.account].inbox_id,
            secret=None if newest is None else newest.secret,
        )


def _order(row: MessageRow) -> tuple[int, bytes]:
    return row.lamport, row.message_id
