"""The people of an opened profile in memory: pending, asking and blocked."""

from __future__ import annotations

import secrets
from dataclasses import replace

import trio

from parley.chat.contacts.people import BlockedContact, ContactRequest, PendingContact
from parley.chat.content import encode_content, text_content
from parley.chat.direct.model import ShownMessage
from parley.chat.errors import (
    BlockedContactError,
    InvalidAccountError,
    OwnRecordError,
    UnknownContactError,
    UnknownConversationError,
)
from parley.chat.events import ContactChanged, Event, PeopleChanged

ASKED_AT_MS = 1_800_000_000_000


class MemoryContacts:
    """The part of a MemoryMessenger that knows people.

    `ask_to_talk` has a stranger write, `answer` has the record of somebody who is pending come.
    """

    account: str

    def __init__(self) -> None:
        self._pending: dict[str, PendingContact] = {}
        self._requests: dict[str, ContactRequest] = {}
        self._blocked: dict[str, BlockedContact] = {}
        self._written: dict[str, tuple[ShownMessage, ...]] = {}
        """What was kept of strangers, by the id of the request."""
        self._hidden: dict[str, str] = {}
        """Conversations with blocked contacts, by account."""

    # Given by MemoryMessenger.

    def know(self, account: str, nickname: str = "", conversation_id: str | None = None) -> str:
        raise NotImplementedError

    def receive(self, conversation_id: str, text: str | bytes, *, lamport: int | None = None) -> bytes:
        raise NotImplementedError

    def known(self) -> dict[str, tuple[str, str]]:
        """Account and nickname of every conversation that is shown, by its id."""
        raise NotImplementedError

    def call(self, conversation_id: str, nickname: str) -> None:
        """Give the contact of a conversation another nickname."""
        raise NotImplementedError

    def drop(self, conversation_id: str) -> None:
        """Forget a conversation with all that was said in it."""
        raise NotImplementedError

    def _fail(self) -> None:
        raise NotImplementedError

    def _tell(self, event: Event) -> None:
        raise NotImplementedError

    # What the pages ask.

    async def add_by_account(self, account: str, nickname: str) -> str:
        await trio.lowlevel.checkpoint()
        self._fail()
        if not account.startswith(("0x", "eip155:")):
            raise InvalidAccountError
        if account == self.account:
            raise OwnRecordError
        if account in self._blocked:
            raise BlockedContactError(account)
        for conversation_id, (known, _) in self.known().items():
            if known == account:
                if nickname:
                    self.call(conversation_id, nickname)
                return conversation_id
        for request in tuple(self._requests.values()):
            if request.account == account:
                await self.accept(request.conversation_id)
                return request.conversation_id
        before = self._pending.get(account)
        pending = before or PendingContact(secrets.token_hex(16), account, nickname, ASKED_AT_MS)
        self._pending[account] = replace(pending, name=nickname or pending.name)
        self._tell(PeopleChanged())
        return pending.conversation_id

    async def pending(self) -> tuple[PendingContact, ...]:
        await trio.lowlevel.checkpoint()
        return tuple(reversed(self._pending.values()))

    async def forget_pending(self, account: str) -> None:
        await trio.lowlevel.checkpoint()
        self._fail()
        if self._pending.pop(account, None):
            self._tell(PeopleChanged())

    async def requests(self) -> tuple[ContactRequest, ...]:
        await trio.lowlevel.checkpoint()
        return tuple(reversed(self._requests.values()))

    async def accept(self, conversation_id: str) -> None:
        await trio.lowlevel.checkpoint()
        self._fail()
        if conversation_id in self.known():
            return
        request = self._requests.pop(conversation_id, None)
        if request is None:
            raise UnknownConversationError(conversation_id)
        self.know(request.account, "", conversation_id)
        if request.first_content is not None:
            self.receive(conversation_id, request.first_content)
        self._tell(PeopleChanged())

    async def block(self, who: str) -> None:
        await trio.lowlevel.checkpoint()
        self._fail()
        for conversation_id, (account, nickname) in self.known().items():
            if who in (conversation_id, account):
                self._hidden[account] = nickname
                self._block(account, nickname)
                self.drop(conversation_id)
                return
        for request in tuple(self._requests.values()):
            if who in (request.conversation_id, request.account):
                del self._requests[request.conversation_id]
                self._block(request.account, "")
                return
        raise UnknownContactError

    async def blocked(self) -> tuple[BlockedContact, ...]:
        await trio.lowlevel.checkpoint()
        return tuple(reversed(self._blocked.values()))

    async def unblock(self, account: str) -> None:
        await trio.lowlevel.checkpoint()
        self._fail()
        if self._blocked.pop(account, None) is None:
            return
        if account in self._hidden:
            self.know(account, self._hidden.pop(account))
        self._tell(PeopleChanged())

    async def rename(self, conversation_id: str, nickname: str) -> None:
        await trio.lowlevel.checkpoint()
        self._fail()
        if conversation_id not in self.known():
            raise UnknownConversationError(conversation_id)
        self.call(conversation_id, " ".join(nickname.split())[:64])
        self._tell(ContactChanged(conversation_id))

    # What tests do to it.

    def written(self, conversation_id: str) -> tuple[ShownMessage, ...]:
        """What was kept of a stranger."""
        return self._written.get(conversation_id, ())

    def ask_to_talk(self, account: str, text: str, *more: str) -> str:
        """Have a stranger write; returns the id of the request."""
        content = encode_content(text_content(text))
        conversation_id = secrets.token_hex(16)
        self._written[conversation_id] = tuple(
            ShownMessage(
                secrets.token_bytes(32),
                False,
                encode_content(text_content(each)),
                number,
                ASKED_AT_MS,
                None,
                0,
            )
            for number, each in enumerate((text, *more))
        )
        self._requests[conversation_id] = ContactRequest(conversation_id, account, content, ASKED_AT_MS)
        self._tell(PeopleChanged())
        return conversation_id

    def answer(self, account: str) -> str:
        """Have the record of somebody who is pending come; returns the id of the conversation."""
        pending = self._pending.pop(account)
        self.know(account, pending.name, pending.conversation_id)
        self._tell(PeopleChanged())
        return pending.conversation_id

    def _block(self, account: str, name: str) -> None:
        self._blocked[account] = BlockedContact(account, name, ASKED_AT_MS)
        self._tell(PeopleChanged())
