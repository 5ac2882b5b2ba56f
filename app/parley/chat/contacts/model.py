"""Contacts, and people who are not contacts yet or no longer, as they are stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Standing(StrEnum):
    """What somebody whose record is held is to the owner of this profile."""

    CONTACT = "contact"
    REQUEST = "request"  # a stranger who wrote: kept, not answered, not listed
    BLOCKED = "blocked"  # nothing of theirs is taken


@dataclass(frozen=True, slots=True)
class ContactDevice:
    """One live device of a contact: where a message is encrypted to.

    Attributes:
        device_id: 32 bytes, the Ed25519 device key.
        bundle: the device's signed prekey bundle.
    """

    device_id: bytes
    bundle: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A contact with the devices its record names; replaces the row of the same account.

    Attributes:
        account: the account's text (e2ee/README.md#account).
        inbox_id: 32 bytes, the account's place in the network.
        nickname: what the owner of this profile calls them; may be empty.
        record: the contact record as it was verified.
        head: 32-byte hash of the entries of the record.
        devices: the live devices, in the record's order.
        added_at_ms: when the contact was first added.
        standing_at_ms: when they got their present standing.
    """

    account: str
    inbox_id: bytes
    nickname: str
    record: bytes = field(repr=False)
    head: bytes
    devices: tuple[ContactDevice, ...]
    added_at_ms: int
    standing: Standing = Standing.CONTACT
    standing_at_ms: int = 0


@dataclass(frozen=True, slots=True)
class PendingRow:
    """Somebody who was asked for and whose record has not come; replaces the row of the same account.

    Attributes:
        conversation_id: the id that the conversation with them will have.
        nickname: what the owner of this profile calls them; may be empty.
    """

    account: str
    conversation_id: str
    nickname: str
    asked_at_ms: int


@dataclass(frozen=True, slots=True)
class ForgottenPending:
    """This account is asked for no longer. No effect if it was not."""

    account: str


@dataclass(frozen=True, slots=True)
class ForgottenConversation:
    """A conversation goes, with all that was said in it, its channel, its sessions and its delivery secrets."""

    conversation_id: str


@dataclass(frozen=True, slots=True)
class ForgottenContact:
    """A contact without a conversation goes: they are a stranger again."""

    account: str


@dataclass(frozen=True, slots=True)
class KeptOfRequest:
    """How much of a stranger is kept: messages, shown or not, and bytes of content."""

    messages: int
    size: int
