"""Deliveries and outbox entries as they are stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class DeliveryState(StrEnum):
    """How far a message has come on its way to one device. It only moves forward."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"

    @property
    def rank(self) -> int:
        """The order of the states; a lower one never replaces a higher one."""
        return list(DeliveryState).index(self)


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """The delivery of one message to one device.

    A queued row is inserted with its message; any other only updates the row that exists, and only forward: a
    publish that ends after the acknowledgement arrived must not turn "delivered" back into "sent", and a contact
    that acknowledges ids it was never sent stores nothing.

    Attributes:
        relays: how many peers the last publish was handed to.
        sent_at_ms: when it first reached a peer. Stored with the first row that is sent; no step fills it in.
    """

    message_id: bytes
    device_id: bytes
    state: DeliveryState
    relays: int
    changed_at_ms: int
    sent_at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class DeviceDelivery:
    """How far a message has come on its way to one device, and what is done about it.

    Attributes:
        attempts: how often it was published since its device was last heard from; 0 once it is delivered.
        last_attempt_ms, next_attempt_ms: of the outbox entry; None once there is none.
    """

    row: DeliveryRow
    attempts: int = 0
    last_attempt_ms: int | None = None
    next_attempt_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Sealed bytes that leave once, and the content topic they are published on."""

    content_topic: str
    envelope: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """An envelope that is sent again and again until its device acknowledges the message.

    The content topic is not part of it: it depends on the day of the attempt and on the newest delivery secret.
    `attempts` counts since the device was last heard from.
    """

    message_id: bytes
    device_id: bytes
    envelope: bytes = field(repr=False)
    attempts: int
    last_attempt_ms: int
    next_attempt_ms: int


@dataclass(frozen=True, slots=True)
class DueEntry:
    """An outbox entry with what its content topic is made of.

    Attributes:
        conversation_id: the conversation of the message.
        inbox_id: 32 bytes, the recipient's inbox.
        secret: the newest delivery secret received from the recipient, or None.
    """

    entry: OutboxEntry
    conversation_id: str
    inbox_id: bytes
    secret: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class WaitingConversation:
    """What of one conversation waits for acknowledgements.

    Attributes:
        messages: how many that are shown; 0 where only state updates wait.
        attempts: how often the most tried of them was published since its device was last heard from, or since a
            new neighbour gave reason to begin anew.
        last_attempt_ms: when one of them was last published; 0 if none ever was.
        next_attempt_ms: when the first is due again; long past where there is no neighbour to hand it to.
    """

    conversation_id: str
    account: str
    nickname: str
    messages: int
    attempts: int
    last_attempt_ms: int
    next_attempt_ms: int


@dataclass(frozen=True, slots=True)
class Attempted:
    """One publish of an outbox entry happened. No effect if the entry was settled meanwhile."""

    message_id: bytes
    device_id: bytes
    attempts: int
    last_attempt_ms: int
    next_attempt_ms: int


@dataclass(frozen=True, slots=True)
class Settled:
    """The device acknowledged the message: its outbox entry goes."""

    message_id: bytes
    device_id: bytes


@dataclass(frozen=True, slots=True)
class HurriedDevice:
    """A device can be reached: its entries' back-off begins anew.

    Each entry is due `patience_ms` after its last attempt, but not before `now_ms`, unless it is due earlier anyway;
    its attempts are counted from 0 again.

    Attributes:
        device_id: the device that was just heard from; None for all devices, after a new neighbour appeared.
    """

    device_id: bytes | None
    now_ms: int
    patience_ms: int
