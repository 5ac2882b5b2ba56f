"""The people around one's contacts as a page shows them: asked for, asking, and blocked."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PendingContact:
    """Somebody who was asked for and whose contact record has not come yet.

    Attributes:
        conversation_id: the id that the conversation with them will have.
        account: the account's text.
        name: what the owner of this profile calls them; may be empty.
        last_try_ms: when the network was last asked since this profile was opened, or None.
    """

    conversation_id: str
    account: str
    name: str
    asked_at_ms: int
    last_try_ms: int | None = None


@dataclass(frozen=True, slots=True)
class ContactRequest:
    """A stranger who wrote and waits to be accepted or blocked. They are told nothing, not even that it arrived.

    Attributes:
        conversation_id: under it are the messages that were kept, for `messages`.
        account: the account's text, verified.
        first_content: the first message, encoded content; None if nothing of what came is to be shown.
        at_ms: when the first one arrived.
    """

    conversation_id: str
    account: str
    first_content: bytes | None = field(repr=False)
    at_ms: int


@dataclass(frozen=True, slots=True)
class BlockedContact:
    """Somebody of whom nothing is taken."""

    account: str
    name: str
    blocked_at_ms: int
