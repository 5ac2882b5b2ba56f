"""Everything a page shows, read at one moment, and its version.

A page carries the version it was rendered from, and each update carries the version it leads to. A stream that
starts from a version knows thereby what the page already shows: nothing is missed and nothing comes twice.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from parley.web.contexts import (
    ConversationLine,
    Log,
    Person,
    Sidebar,
    StatusView,
    conversation_line,
    message_view,
    person,
    status_view,
)
from parley.web.ethereum_view import EthereumView, ethereum_view
from parley.web.language import gettext as _
from parley.web.ports import Messenger

PAGE_MESSAGES = 100
"""How many messages one page shows; earlier ones are a link away."""


@dataclass(frozen=True, slots=True)
class Version:
    """What a page shows, part by part, as short hashes. Equal hashes mean equal content."""

    sidebar: str
    status: str
    log: str
    ethereum: str
    who: str

    def __str__(self) -> str:
        return f"{self.sidebar}.{self.status}.{self.log}.{self.ethereum}.{self.who}"

    @classmethod
    def read(cls, text: str | None) -> Version:
        """The version a browser names; one that is not ours equals nothing, so that everything is sent."""
        parts = (text or "").split(".")
        return cls(*parts) if len(parts) == 5 else cls("", "", "", "", "")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a page shows. `log` is None where no conversation is opened."""

    own: Person
    lines: tuple[ConversationLine, ...]
    status: StatusView
    log: Log | None
    reminder: str | None = None
    ethereum: EthereumView | None = None

    @property
    def sidebar(self) -> Sidebar:
        """What stands beside the page."""
        current = self.log.conversation_id if self.log else None
        return Sidebar(self.own, self.lines, self.status, current, self.reminder, self.ethereum)

    @property
    def version(self) -> Version:
        """The version of each part."""
        # A message's text never changes under its id, so id and state are all of it; 64 KiB need not be hashed.
        shown = [(m.dom_id, m.state_text) for m in self.log.messages] if self.log else []
        return Version(
            sidebar=_hash(self.lines),
            status=_hash(self.status),
            log=_hash((shown, self.log and self.log.has_earlier)),
            ethereum=_hash((self.own, self.ethereum)),
            who=_hash(self.log and self.log.person),
        )


async def take_snapshot(messenger: Messenger, conversation_id: str | None = None) -> Snapshot:
    """Read what a page shows.

    Raises:
        UnknownConversationError: no conversation has this id.
    """
    log = None if conversation_id is None else await read_log(messenger, conversation_id)
    name_of = messenger.ethereum.name_of
    return Snapshot(
        own=person(messenger.account, ens=name_of(messenger.account)),
        lines=tuple(
            conversation_line(each, name_of(each.account)) for each in await messenger.conversations()
        ),
        status=status_view(await messenger.status()),
        log=log,
        reminder=_reminder(messenger),
        ethereum=ethereum_view(messenger.ethereum.state()),
    )


async def read_log(
    messenger: Messenger, conversation_id: str, before: tuple[int, bytes] | None = None
) -> Log:
    """Read the last messages of a conversation, or the last ones before a place in it.

    Raises:
        UnknownConversationError: no conversation has this id.
    """
    summary = await messenger.conversation(conversation_id)
    # One more than is shown tells whether there are earlier ones.
    found = await messenger.messages(conversation_id, limit=PAGE_MESSAGES + 1, before=before)
    return Log(
        conversation_id=conversation_id,
        person=person(summary.account, summary.nickname, messenger.ethereum.name_of(summary.account)),
        messages=tuple(message_view(each) for each in found[-PAGE_MESSAGES:]),
        has_earlier=len(found) > PAGE_MESSAGES,
    )


def _reminder(messenger: Messenger) -> str | None:
    wallet = messenger.wallet
    if wallet is None or not wallet.has_words or wallet.words_checked:
        return None
    return _("Your recovery words are not checked yet")


def _hash(value: object) -> str:
    return hashlib.sha256(repr(value).encode(errors="replace")).hexdigest()[:16]
