"""An opened profile in memory: what the pages see of a messenger, without network, keys or disk."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import trio

from harness.memory_account import MemoryAccount
from harness.memory_contacts import MemoryContacts
from harness.memory_ethereum import MemoryEthereum
from harness.memory_meeting import MemoryMeeting
from harness.memory_money import MemoryMoney
from harness.memory_network import MemoryNetwork
from harness.memory_reading import MemoryReading
from parley.chat.content import Content, encode_content, text_content
from parley.chat.delivery.model import DeliveryState
from parley.chat.direct.model import ConversationSummary, ShownMessage
from parley.chat.errors import InvalidContactRecordError, OwnRecordError, UnknownConversationError
from parley.chat.events import ContactChanged, DeliveryChanged, EthereumChanged, Event, MessageAdded
from parley.chat.payments.references import TRANSACTION_REFERENCE
from parley.chat.payments.requests import WALLET_SEND_CALLS
from parley.messenger.preferences import Locking
from parley.messenger.vault import InsideWallet

RECORD_PREFIX = b"parley memory record\n"
START_MS = 1_800_000_000_000


def memory_account(name: str) -> str:
    """An address that belongs to nobody, made from a name."""
    return "0x" + hashlib.sha256(name.encode()).hexdigest()[:40]


def memory_record(account: str) -> bytes:
    """What MemoryMessenger takes for a contact record."""
    return RECORD_PREFIX + account.encode()


@dataclass(frozen=True)
class MemoryStatus:
    """How the node would be doing."""

    peers: int = 0
    waiting: int = 0
    addresses: tuple[str, ...] = ()


@dataclass
class _Conversation:
    account: str
    nickname: str
    messages: dict[bytes, ShownMessage] = field(default_factory=dict)
    tokens: dict[str, bytes] = field(default_factory=dict)


class MemoryMessenger(MemoryContacts, MemoryMeeting, MemoryReading, MemoryNetwork, MemoryAccount):
    """Keeps conversations in memory. Tests receive messages, move deliveries on and let it fail.

    `fails_with` is raised by the next `send_text` or `add_contact`, once; nothing is stored then.
    """

    def __init__(self, name: str = "alice", *, waiting_events: int = 1024) -> None:
        MemoryContacts.__init__(self)
        MemoryReading.__init__(self)
        MemoryNetwork.__init__(self)
        MemoryMeeting.__init__(self)
        MemoryAccount.__init__(self)
        self.account = memory_account(name)
        self.now_status = MemoryStatus()
        self.fails_with: Exception | None = None
        self.wallet: InsideWallet | None = None
        self.ethereum = MemoryEthereum(self.account, lambda: self._tell(EthereumChanged()))
        self._conversations: dict[str, _Conversation] = {}
        self._listeners: set[trio.MemorySendChannel[Event]] = set()
        self._waiting_events = waiting_events
        self._clock = START_MS
        self.money = MemoryMoney(
            self.account,
            self._tell,
            lambda: self._clock,
            self._bring,
            lambda conversation_id: self._conversation(conversation_id).account,
        )

    @property
    def listeners(self) -> int:
        """How many read the events."""
        return len(self._listeners)

    async def conversations(self) -> tuple[ConversationSummary, ...]:
        await trio.lowlevel.checkpoint()
        found = [self._summary(each) for each in self._conversations]
        return tuple(sorted(found, key=lambda each: each.last_at_ms or 0, reverse=True))

    async def conversation(self, conversation_id: str) -> ConversationSummary:
        await trio.lowlevel.checkpoint()
        return self._summary(conversation_id)

    async def messages(
        self, conversation_id: str, limit: int = 200, before: tuple[int, bytes] | None = None
    ) -> tuple[ShownMessage, ...]:
        await trio.lowlevel.checkpoint()
        if conversation_id not in self._conversations and self.written(conversation_id):
            return self.written(conversation_id)
        found = self.in_order(conversation_id)
        if before is not None:
            found = [each for each in found if (each.lamport, each.message_id) < before]
        return tuple(found[-limit:])

    async def message(self, message_id: bytes) -> ShownMessage | None:
        await trio.lowlevel.checkpoint()
        for conversation in self._conversations.values():
            if message_id in conversation.messages:
                return conversation.messages[message_id]
        return None

    async def send_text(self, conversation_id: str, text: str, form_token: str) -> bytes:
        await trio.lowlevel.checkpoint()
        self._fail()
        conversation = self._conversation(conversation_id)
        content = encode_content(text_content(text))
        if form_token in conversation.tokens:
            return conversation.tokens[form_token]
        message_id = self._add(conversation_id, content, own=True)
        conversation.tokens[form_token] = message_id
        self.drafts.pop(conversation_id, None)
        return message_id

    async def add_contact(self, record: bytes, nickname: str) -> str:
        await trio.lowlevel.checkpoint()
        self._fail()
        if not record.startswith(RECORD_PREFIX):
            raise InvalidContactRecordError("not a memory record")
        account = record.removeprefix(RECORD_PREFIX).decode()
        if account == self.account:
            raise OwnRecordError
        return self.know(account, nickname)

    def contact_record(self) -> bytes:
        return memory_record(self.account)

    @asynccontextmanager
    async def events(self) -> AsyncIterator[trio.MemoryReceiveChannel[Event]]:
        await trio.lowlevel.checkpoint()
        send, receive = trio.open_memory_channel[Event](self._waiting_events)
        self._listeners.add(send)
        try:
            with receive:
                yield receive
        finally:
            self._listeners.discard(send)
            send.close()

    def locking(self) -> Locking:
        return self.ethereum.locking()

    async def set_lock_after(self, minutes: int) -> None:
        await self.ethereum.set_lock_after(minutes)

    async def status(self) -> MemoryStatus:
        await trio.lowlevel.checkpoint()
        return self.now_status

    # What tests do to it.

    def know(self, account: str, nickname: str = "", conversation_id: str | None = None) -> str:
        """Have a contact; returns the id of the conversation with them."""
        conversation_id = conversation_id or secrets.token_hex(16)
        self._conversations[conversation_id] = _Conversation(account, nickname)
        self._tell(ContactChanged(conversation_id))
        return conversation_id

    def known(self) -> dict[str, tuple[str, str]]:
        """Account and nickname of every conversation, by its id."""
        return {key: (each.account, each.nickname) for key, each in self._conversations.items()}

    def call(self, conversation_id: str, nickname: str) -> None:
        """Give the contact of a conversation another nickname."""
        self._conversations[conversation_id].nickname = nickname

    def drop(self, conversation_id: str) -> None:
        """Forget a conversation with all that was said in it."""
        del self._conversations[conversation_id]

    def receive(self, conversation_id: str, text: str | bytes, *, lamport: int | None = None) -> bytes:
        """Receive a text, or stored bytes as they are; `lamport` places it between others."""
        content = text if isinstance(text, bytes) else encode_content(text_content(text))
        return self._add(conversation_id, content, own=False, lamport=lamport)

    def write(self, conversation_id: str, text: str) -> bytes:
        """Have an own message, still queued."""
        return self._add(conversation_id, encode_content(text_content(text)), own=True)

    def deliver(self, message_id: bytes, state: DeliveryState, relays: int = 0) -> None:
        """Move the delivery of an own message on."""
        for conversation_id, conversation in self._conversations.items():
            if message_id in conversation.messages:
                message = conversation.messages[message_id]
                conversation.messages[message_id] = replace(message, state=state, relays=relays)
                self._tell(DeliveryChanged(conversation_id, message_id))

    def repeat_events(self, conversation_id: str, message_id: bytes, count: int) -> None:
        """Tell of the same message again and again."""
        for _ in range(count):
            self._tell(MessageAdded(conversation_id, message_id))

    def now_ms(self) -> int:
        return self._clock

    def wait(self, milliseconds: int) -> None:
        """Let time pass."""
        self._clock += milliseconds

    def ids(self, conversation_id: str) -> list[bytes]:
        """The ids of the messages, in order."""
        return [each.message_id for each in self.in_order(conversation_id)]

    def lamport_of(self, message_id: bytes) -> int:
        """The place of a message in the order."""
        return next(
            each.messages[message_id].lamport
            for each in self._conversations.values()
            if message_id in each.messages
        )

    def _add(self, conversation_id: str, content: bytes, *, own: bool, lamport: int | None = None) -> bytes:
        self._clock += 1000
        message_id = secrets.token_bytes(32)
        self._conversation(conversation_id).messages[message_id] = ShownMessage(
            message_id=message_id,
            own=own,
            content=content,
            lamport=self._clock if lamport is None else lamport,
            at_ms=self._clock,
            state=DeliveryState.QUEUED if own else None,
            relays=0,
        )
        self._tell(MessageAdded(conversation_id, message_id))
        return message_id

    def _bring(self, conversation_id: str, own: bool, asked: bool) -> bytes:
        content = encode_content(
            Content(WALLET_SEND_CALLS if asked else TRANSACTION_REFERENCE, b"{}", fallback="Words for others")
        )
        return self._add(conversation_id, content, own=own)

    def _conversation(self, conversation_id: str) -> _Conversation:
        if conversation_id not in self._conversations:
            raise UnknownConversationError(conversation_id)
        return self._conversations[conversation_id]

    def in_order(self, conversation_id: str) -> list[ShownMessage]:
        messages = self._conversation(conversation_id).messages.values()
        return sorted(messages, key=lambda each: (each.lamport, each.message_id))

    def _summary(self, conversation_id: str) -> ConversationSummary:
        conversation = self._conversation(conversation_id)
        last = self.in_order(conversation_id)[-1:]
        return ConversationSummary(
            conversation_id=conversation_id,
            account=conversation.account,
            nickname=conversation.nickname,
            last_content=last[0].content if last else None,
            last_own=bool(last) and last[0].own,
            last_at_ms=last[0].at_ms if last else None,
            last_state=last[0].state if last else None,
            unread=self.unread(conversation_id),
            draft=self.drafts.get(conversation_id, ""),
        )

    def _tell(self, event: Event) -> None:
        for listener in tuple(self._listeners):
            try:
                listener.send_nowait(event)
            except trio.WouldBlock:
                # As the real one does: a reader that falls behind must load what is true now.
                self._listeners.discard(listener)
                listener.close()

    def _fail(self) -> None:
        if self.fails_with is not None:
            error, self.fails_with = self.fails_with, None
            raise error
