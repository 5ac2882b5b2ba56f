"""What changed for a person. Events are told only after the commit that made them true."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MessageAdded:
    """A message, own or received, is now part of a conversation."""

    conversation_id: str
    message_id: bytes


@dataclass(frozen=True, slots=True)
class DeliveryChanged:
    """The delivery of an own message moved on."""

    conversation_id: str
    message_id: bytes


@dataclass(frozen=True, slots=True)
class ContactChanged:
    """A contact was added or its record renewed; its conversation exists."""

    conversation_id: str


@dataclass(frozen=True, slots=True)
class ReadPlaceChanged:
    """A conversation was read further."""

    conversation_id: str


@dataclass(frozen=True, slots=True)
class DraftChanged:
    """What is written and not sent in a conversation changed."""

    conversation_id: str


@dataclass(frozen=True, slots=True)
class PeopleChanged:
    """Who is pending, asking or blocked changed; the lists are to be read anew."""


@dataclass(frozen=True, slots=True)
class OutboxChanged:
    """Envelopes are waiting that may be due now."""


@dataclass(frozen=True, slots=True)
class CardChanged:
    """A transaction request or a payment that a message brought is elsewhere now."""

    conversation_id: str
    message_id: bytes


@dataclass(frozen=True, slots=True)
class PaymentChanged:
    """An own payment was made, or is elsewhere now."""

    payment_id: str


@dataclass(frozen=True, slots=True)
class MoneyChanged:
    """What accounts hold, or which tokens and addresses are kept, changed."""


@dataclass(frozen=True, slots=True)
class PreferencesChanged:
    """Something was set in Settings."""


@dataclass(frozen=True, slots=True)
class EthereumChanged:
    """What is known of Ethereum changed: a name, the own balance, or how a node is doing. Nothing is stored of it."""


@dataclass(frozen=True, slots=True)
class NetworkChanged:
    """Neighbours came or went. Nothing is stored of it."""


Event = (
    MessageAdded
    | DeliveryChanged
    | ContactChanged
    | PeopleChanged
    | ReadPlaceChanged
    | DraftChanged
    | OutboxChanged
    | CardChanged
    | PaymentChanged
    | MoneyChanged
    | PreferencesChanged
    | EthereumChanged
    | NetworkChanged
)
