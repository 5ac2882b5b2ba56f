"""Everything a page shows, read at one moment, and its version.

A page carries the version it was rendered from, and each update carries the version it leads to. A stream that
starts from a version knows thereby what the page already shows: nothing is missed and nothing comes twice.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import astuple, dataclass, fields
from typing import Any
from urllib.parse import urlencode

from parley.chat.errors import UnknownMessageError
from parley.web.contexts import (
    ConversationLine,
    Log,
    Sidebar,
    StatusView,
    conversation_line,
    shown_count,
    status_view,
)
from parley.web.ethereum_view import EthereumView, ethereum_view
from parley.web.language import gettext as _
from parley.web.language import ngettext
from parley.web.live_part import LivePart
from parley.web.log_view import Details, details, first_unread, message_views
from parley.web.money.cards import read_cards
from parley.web.money.content import brings_card
from parley.web.person import Person, person
from parley.web.ports import Messenger

_MESSAGE_ID = re.compile(r"[0-9a-f]{64}")

MAX_FIND_CHARACTERS = 100

PAGE_MESSAGES = 100
"""How many messages one page shows; earlier ones are a link away."""


@dataclass(frozen=True, slots=True)
class View:
    """What a page was opened with, beside the conversation; its stream is asked for the same.

    Attributes:
        new_from: the message that the line above what was new stands before. It stays there while the page is open,
            though its reader has seen the message by then.
        details: the message of which all that is known is shown.
        find: what the list is searched for. Its stream is not told of it and sends the whole list, which the page's
            script searches again: the text stays out of every address.
        part: what the page shows in its main part, where that is live.
    """

    new_from: bytes | None = None
    details: bytes | None = None
    find: str = ""
    part: LivePart[Any] | None = None

    @classmethod
    def read(cls, new: str | None = None, details: str | None = None, find: str | None = None) -> View:
        """What an address names; what is none of a message's ids is none."""
        return cls(_message_id(new), _message_id(details), (find or "").strip()[:MAX_FIND_CHARACTERS])

    def live_url(self, base: str, version: Version) -> str:
        """The address of a page's stream."""
        named = {
            "shown": str(version),
            "new": self.new_from and self.new_from.hex(),
            "details": self.details and self.details.hex(),
            "part": self.part and self.part.name,
        }
        return f"{base}/live?{urlencode({name: value for name, value in named.items() if value})}"


@dataclass(frozen=True, slots=True)
class Version:
    """What a page shows, part by part, as short hashes. Equal hashes mean equal content."""

    sidebar: str
    status: str
    log: str
    ethereum: str
    who: str
    details: str
    main: str

    def __str__(self) -> str:
        return ".".join(astuple(self))

    @classmethod
    def read(cls, text: str | None) -> Version:
        """The version a browser names; one that is not ours equals nothing, so that everything is sent."""
        parts = (text or "").split(".")
        count = len(fields(cls))
        return cls(*parts) if len(parts) == count else cls(*[""] * count)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a page shows.

    Attributes:
        log: None where no conversation is opened.
        main: what the page's live part shows, if it has one.
    """

    own: Person
    lines: tuple[ConversationLine, ...]
    status: StatusView
    log: Log | None
    reminder: str | None = None
    ethereum: EthereumView | None = None
    details: Details | None = None
    unread: str = ""
    find: str = ""
    requests: str = ""
    main: object = None

    @property
    def sidebar(self) -> Sidebar:
        """What stands beside the page."""
        current = self.log.conversation_id if self.log else None
        return Sidebar(
            own=self.own,
            lines=self.lines,
            status=self.status,
            current=current,
            reminder=self.reminder,
            ethereum=self.ethereum,
            unread=self.unread,
            find=self.find,
            requests=self.requests,
        )

    @property
    def version(self) -> Version:
        """The version of each part."""
        # A message's text never changes under its id, so id and state are all of it; 64 KiB need not be hashed.
        # A card's does, since it follows the transaction.
        shown = [(m.dom_id, m.state_text, m.card) for m in self.log.messages] if self.log else []
        return Version(
            sidebar=_hash((self.lines, self.unread, self.requests)),
            status=_hash(self.status),
            log=_hash((shown, self.log and self.log.has_earlier)),
            ethereum=_hash((self.own, self.ethereum)),
            who=_hash(self.log and self.log.person),
            details=_hash(self.details),
            main=_hash(self.main),
        )


async def take_snapshot(
    messenger: Messenger, conversation_id: str | None = None, view: View = View()
) -> Snapshot:
    """Read what a page shows.

    Raises:
        UnknownConversationError: no conversation has this id.
        UnknownMessageError: the conversation shows no such message as the one to be told of.
    """
    log = None if conversation_id is None else await read_log(messenger, conversation_id, view=view)
    name_of = messenger.ethereum.name_of
    conversations = await messenger.conversations()
    lines = tuple(
        conversation_line(each, name_of(each.account), opened=each.conversation_id == conversation_id)
        for each in conversations
    )
    return Snapshot(
        own=person(messenger.account, ens=name_of(messenger.account)),
        lines=tuple(each for each in lines if _is_found(each, view.find)),
        status=status_view(await messenger.status()),
        log=log,
        reminder=_reminder(messenger),
        ethereum=ethereum_view(messenger.ethereum.state()),
        details=None if conversation_id is None else await _details(messenger, conversation_id, view),
        unread=shown_count(sum(each.unread for each in conversations)),
        find=view.find,
        requests=_requests(len(await messenger.requests())),
        main=None if view.part is None else await view.part.read(messenger),
    )


def _requests(count: int) -> str:
    return (
        ngettext("%(n)d person wants to write to you", "%(n)d people want to write to you", count)
        % {"n": count}
        if count
        else ""
    )


async def read_log(
    messenger: Messenger,
    conversation_id: str,
    before: tuple[int, bytes] | None = None,
    view: View = View(),
) -> Log:
    """Read the last messages of a conversation, or the last ones before a place in it.

    Raises:
        UnknownConversationError: no conversation has this id.
    """
    summary = await messenger.conversation(conversation_id)
    # One more than is shown tells whether there are earlier ones.
    found = await messenger.messages(conversation_id, limit=PAGE_MESSAGES + 1, before=before)
    read = await messenger.read_place(conversation_id)
    with_cards = any(brings_card(each.content) for each in found)
    cards = await read_cards(messenger, conversation_id) if with_cards else {}
    return Log(
        conversation_id=conversation_id,
        person=person(summary.account, summary.nickname, messenger.ethereum.name_of(summary.account)),
        messages=message_views(found[-PAGE_MESSAGES:], conversation_id, view.new_from, cards),
        has_earlier=len(found) > PAGE_MESSAGES,
        unread=summary.unread > 0,
        read_id=read.message_id.hex() if read else "",
    )


async def view_of(
    messenger: Messenger, conversation_id: str, details: str | None = None, new: str | None = None
) -> View:
    """What a conversation's page is opened with now: what nobody has seen is new on it."""
    if new is not None:
        return View.read(new, details)
    found = await messenger.messages(conversation_id, limit=PAGE_MESSAGES)
    unread = first_unread(found, await messenger.read_place(conversation_id))
    return View(unread, _message_id(details))


async def _details(messenger: Messenger, conversation_id: str, view: View) -> Details | None:
    if view.details is None:
        return None
    message = await messenger.message(view.details)
    # Just behind the message, so that it is the last one before that place if it is in this conversation.
    place = None if message is None else (message.lamport, message.message_id + b"\0")
    found = place and await messenger.messages(conversation_id, limit=1, before=place)
    if message is None or not found or found[0].message_id != message.message_id:
        raise UnknownMessageError
    return details(message, await messenger.deliveries(view.details), conversation_id)


def _is_found(line: ConversationLine, find: str) -> bool:
    names = (line.person.name, line.person.ens, line.person.account, line.preview)
    return any(find.casefold() in each.casefold() for each in names if each)


def _message_id(text: str | None) -> bytes | None:
    return bytes.fromhex(text) if text and _MESSAGE_ID.fullmatch(text) else None


def _reminder(messenger: Messenger) -> str | None:
    wallet = messenger.wallet
    if wallet is None or not wallet.has_words or wallet.words_checked:
        return None
    return _("Your recovery words are not checked yet")


def _hash(value: object) -> str:
    return hashlib.sha256(repr(value).encode(errors="replace")).hexdigest()[:16]
