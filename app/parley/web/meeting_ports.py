"""What the pages about meeting people need of an opened profile: invites, finding somebody, comparing safety numbers.

`parley.messenger` provides it, as the rest of `ports`.
"""

from __future__ import annotations

from typing import Protocol

from parley.chat.contacts.compared import ComparedNumber
from parley.chat.invites.model import Invite, IssuedInvite


class Found(Protocol):
    """Who was found. `parley.messenger.finding.Found` says what each attribute is."""

    @property
    def account(self) -> str: ...
    @property
    def way(self) -> str: ...
    @property
    def typed_name(self) -> str | None: ...
    @property
    def name(self) -> str | None: ...
    @property
    def name_asked(self) -> bool: ...
    @property
    def unchecked(self) -> bool: ...
    @property
    def one_way(self) -> bool: ...
    @property
    def alike(self) -> tuple[str, str] | None: ...
    @property
    def standing(self) -> str: ...
    @property
    def conversation_id(self) -> str | None: ...
    @property
    def invite(self) -> Invite | None: ...


class Device(Protocol):
    """A live device of a contact: its name, and since when the account has it."""

    @property
    def name(self) -> str: ...
    @property
    def since_ms(self) -> int: ...


class Doubts(Protocol):
    """What speaks against a held record being the newest.

    Attributes:
        sources: how many neighbours brought it; 0 says nothing.
        awaits_newer: one that is newer was named, and is asked for.
        disowned: their contract does not stand by it any more.
    """

    @property
    def sources(self) -> int: ...
    @property
    def awaits_newer(self) -> bool: ...
    @property
    def disowned(self) -> bool: ...


class Acquaintance(Protocol):
    """A contact in detail. `parley.messenger.acquaintance.Acquaintance` says what each attribute is."""

    @property
    def conversation_id(self) -> str: ...
    @property
    def account(self) -> str: ...
    @property
    def nickname(self) -> str: ...
    @property
    def added_at_ms(self) -> int: ...
    @property
    def devices(self) -> tuple[Device, ...]: ...
    @property
    def record_expired(self) -> bool: ...
    @property
    def safety_number(self) -> str: ...
    @property
    def compared(self) -> ComparedNumber | None: ...
    @property
    def doubts(self) -> Doubts: ...
    @property
    def is_compared(self) -> bool: ...


class Meeting(Protocol):
    """The part of an opened profile that brings people together."""

    async def make_invite(self) -> IssuedInvite:
        """Make an invite, good for 30 days and 25 accounts. Raises TooManyInvitesError, StorageError."""
        ...

    async def invites(self) -> tuple[IssuedInvite, ...]:
        """The own invites that are good, the newest first."""
        ...

    async def invite(self, invite_id: str) -> IssuedInvite:
        """One of them. Raises UnknownInviteError."""
        ...

    async def revoke_invite(self, invite_id: str) -> None:
        """Let nobody in by an invite any more; harmless if it is good no longer. Raises StorageError."""
        ...

    async def take_invite(self, link: str, nickname: str) -> str:
        """Use somebody's invite; gives the id that the conversation with them will have, or has.

        Raises:
            NotAnInviteError, ForeignInviteError, ExpiredInviteError, OwnRecordError: it is of no use.
            ChatError: as `add_by_account`.
        """
        ...

    async def find(self, typed: str) -> Found:
        """Find out whom a name, an address or an invite means; nothing is stored.

        Raises:
            MessengerError, ChatError: nobody, or nobody could be asked.
        """
        ...

    async def acquaintance(self, conversation_id: str) -> Acquaintance:
        """What is known of a contact. Raises UnknownConversationError."""
        ...

    async def compare(self, conversation_id: str, seen: str, theirs: str | None) -> None:
        """Note that a contact sees the same safety number.

        Args:
            seen: what the page showed.
            theirs: what was typed of theirs; None if it was compared by eye.

        Raises:
            UnknownConversationError, WrongSafetyNumberError, StorageError: nothing was noted.
        """
        ...
