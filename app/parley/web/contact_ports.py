"""What the pages about people need of an opened profile. `parley.messenger` provides it, as the rest of `ports`.

Who is asked for is pending until their contact record comes; a stranger who writes is a request until it is accepted
or blocked; of who is blocked nothing is taken. `chat.events.PeopleChanged` tells that one of the lists changed.
"""

from __future__ import annotations

from typing import Protocol

from parley.chat.contacts.people import BlockedContact, ContactRequest, PendingContact


class Contacts(Protocol):
    """The part of an opened profile that knows people."""

    async def add_by_account(self, account: str, nickname: str) -> str:
        """Ask the network for a contact, who is pending until their record comes; a request of theirs is accepted.

        Args:
            account: the account's text: an EIP-55 address, or CAIP-10 for a contract account.
            nickname: an empty one does not replace one that was given before.

        Returns:
            The id that the conversation with them will have, or has if they are a contact already.

        Raises:
            InvalidAccountError: not the text of an account.
            OwnRecordError: it is one's own.
            BlockedContactError: blocked; to be unblocked first.
            TooManyPendingError: so many (`limit`) are waited for already.
            StorageError: nothing was stored.
        """
        ...

    async def pending(self) -> tuple[PendingContact, ...]:
        """Who is asked for, the last one asked first."""
        ...

    async def forget_pending(self, account: str) -> None:
        """Ask for somebody no longer; harmless if they are not asked for. Raises StorageError."""
        ...

    async def requests(self) -> tuple[ContactRequest, ...]:
        """Strangers who wrote, the newest first; at most 50. `messages` gives all that was kept of one, 6 at most."""
        ...

    async def accept(self, conversation_id: str) -> None:
        """Make the stranger of a request a contact, and let them know by acknowledging; harmless for a contact.

        Raises:
            UnknownConversationError: there is no such request.
            StorageError: nothing was stored.
        """
        ...

    async def block(self, who: str) -> None:
        """Take nothing of somebody any more. What a request said is deleted; a talk with a contact is kept, hidden.

        Args:
            who: a conversation's id, or an account's text.

        Raises:
            UnknownContactError: nobody is known by it.
            StorageError: nothing was stored.
        """
        ...

    async def blocked(self) -> tuple[BlockedContact, ...]:
        """Who is blocked, the last one first."""
        ...

    async def unblock(self, account: str) -> None:
        """Take what they say again: a contact is one again, a stranger has to ask again; harmless if not blocked.

        Raises:
            StorageError: nothing was stored.
        """
        ...

    async def rename(self, conversation_id: str, nickname: str) -> None:
        """Call a contact otherwise; blanks are evened out, at most 64 characters kept, and an empty name is none.

        Raises:
            UnknownConversationError: there is no such contact.
            StorageError: nothing was stored.
        """
        ...
