"""What one step changes, as one value that is stored whole or not at all.

A step returns a `Commit`; `Database.apply` writes it in one transaction; only then may its envelopes and events
leave. A crash before `apply` leaves the state as it was, a crash after it finds everything the step promised.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from parley.chat.contacts.compared import ComparedNumber
from parley.chat.contacts.model import (
    ContactRow,
    ForgottenContact,
    ForgottenConversation,
    ForgottenPending,
    PendingRow,
)
from parley.chat.delivery.model import Attempted, DeliveryRow, HurriedDevice, OutboxEntry, Outgoing, Settled
from parley.chat.devices.model import ProfileRow
from parley.chat.direct.model import ConversationRow, DeliverySecretRow, MessageRow, SeenRow
from parley.chat.events import Event
from parley.chat.invites.model import DroppedInvite, EndedInvite, IssuedInvite, TakenInvite
from parley.chat.network.model import ForgottenPeer, RememberedPeer
from parley.chat.payments.model import (
    ClaimRow,
    ForgottenAddress,
    ForgottenToken,
    HoldingRow,
    KnownToken,
    PaymentRow,
    RequestRow,
    SavedAddress,
)
from parley.chat.reading.model import DraftRow, ReadRow


class StateKind(StrEnum):
    """Which room's opaque state a stored state is, and by what it is found."""

    DEVICE = "device"  # e2ee device state; one, under the empty key
    SESSION = "session"  # e2ee session state; by the other device's id
    CHANNEL = "channel"  # sync channel state; by the channel id
    VAULT = "vault"  # the wallet inside, sealed under a key that the database does not hold; one, under the empty key
    PREFERENCES = "preferences"  # what a person set; one, under the empty key


@dataclass(frozen=True, slots=True)
class StoredState:
    """A state as it was loaded. Version 0 with no bytes means that nothing is stored yet."""

    version: int = 0
    state: bytes | None = None


@dataclass(frozen=True, slots=True)
class StateChange:
    """The next bytes of one state, with the version it was read at.

    `Database.apply` refuses the whole commit when the stored version has moved on: two steps must never ratchet
    from the same state.
    """

    kind: StateKind
    key: bytes
    read_version: int
    state: bytes


Row = (
    ProfileRow
    | ContactRow
    | PendingRow
    | ForgottenPending
    | ForgottenConversation
    | ForgottenContact
    | ConversationRow
    | MessageRow
    | DeliveryRow
    | DeliverySecretRow
    | SeenRow
    | ReadRow
    | DraftRow
    | OutboxEntry
    | Attempted
    | Settled
    | HurriedDevice
    | RememberedPeer
    | ForgottenPeer
    | ComparedNumber
    | IssuedInvite
    | EndedInvite
    | TakenInvite
    | DroppedInvite
    | RequestRow
    | ClaimRow
    | PaymentRow
    | KnownToken
    | ForgottenToken
    | SavedAddress
    | ForgottenAddress
    | HoldingRow
)


@dataclass(frozen=True, slots=True)
class Commit:
    """Everything one step changes.

    Attributes:
        step: the step's name, for logs and for the test that kills the process around every commit.
        states: changed states with the versions they were read at.
        rows: rows to insert, replace or remove, in order; the outbox entries are among them.
        outgoing: envelopes that leave once after the commit and are not kept, because nobody waits for their
            acknowledgement (acknowledgements themselves).
        events: what changed for a person, told after the commit.
    """

    step: str
    states: tuple[StateChange, ...] = ()
    rows: tuple[Row, ...] = ()
    outgoing: tuple[Outgoing, ...] = ()
    events: tuple[Event, ...] = ()


class CommitStore(Protocol):
    """The one way anything is written."""

    async def apply(self, commit: Commit) -> None:
        """Store all of `commit` in one transaction.

        Raises:
            StaleStateError: a state has another version than the step read; nothing was stored.
            DiskFullError: no room; nothing was stored.
        """
        ...
