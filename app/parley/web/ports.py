"""What the pages need from an opened profile. `parley.messenger` provides it; tests use a double in memory."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol

import trio

from parley.chat.direct.model import ConversationSummary, ShownMessage
from parley.chat.events import Event


class Status(Protocol):
    """How the node is doing.

    Attributes:
        peers: how many peers are connected.
        waiting: how many envelopes wait for an acknowledgement.
        addresses: the own multiaddresses, with the peer id.
    """

    @property
    def peers(self) -> int: ...
    @property
    def waiting(self) -> int: ...
    @property
    def addresses(self) -> tuple[str, ...]: ...


class Keeper(Protocol):
    """The profile of a data folder, opened or not."""

    @property
    def messenger(self) -> Messenger | None:
        """The opened profile, or None while it is locked."""
        ...

    async def has_profile(self) -> bool:
        """Whether there is a profile to be unlocked."""
        ...

    async def create(self, passphrase: str, device_name: str) -> None:
        """Make a profile and open it.

        Raises:
            ProfileExistsError, FolderNotEmptyError: nothing was made.
        """
        ...

    async def unlock(self, passphrase: str) -> None:
        """Open the profile.

        Raises:
            WrongPassphraseError: it does not open it.
        """
        ...

    async def lock(self) -> None:
        """Close the profile; harmless if it is locked."""
        ...


class Messenger(Protocol):
    """One opened profile."""

    @property
    def account(self) -> str:
        """The own account, EIP-55 text."""
        ...

    async def conversations(self) -> tuple[ConversationSummary, ...]:
        """All conversations, the one with the newest message first."""
        ...

    async def conversation(self, conversation_id: str) -> ConversationSummary:
        """One conversation. Raises UnknownConversationError."""
        ...

    async def messages(
        self, conversation_id: str, limit: int = 200, before: tuple[int, bytes] | None = None
    ) -> tuple[ShownMessage, ...]:
        """The last `limit` messages, before (lamport, id) if given, in the order (lamport, id)."""
        ...

    async def send_text(self, conversation_id: str, text: str, form_token: str) -> bytes:
        """Store and send a text; the same `form_token` again gives the same message id.

        Raises:
            ChatError: nothing was stored.
        """
        ...

    async def add_contact(self, record: bytes, nickname: str) -> str:
        """Add the contact of a contact record and return the id of the conversation with them.

        Raises:
            ChatError: nothing was stored.
        """
        ...

    def contact_record(self) -> bytes:
        """The own contact record, to be given to others."""
        ...

    def events(self) -> AbstractAsyncContextManager[trio.MemoryReceiveChannel[Event]]:
        """What changes from now on; bounded: the channel of a reader that falls behind is closed."""
        ...

    async def status(self) -> Status:
        """How the node is doing now."""
        ...
