"""One commit, stored whole or not at all: the only place that writes rows."""

from __future__ import annotations

from typing import assert_never

import apsw

from parley.chat.commit import Commit, Row
from parley.chat.contacts.compared import ComparedNumber
from parley.chat.contacts.model import (
    ContactRow,
    ForgottenContact,
    ForgottenConversation,
    ForgottenPending,
    PendingRow,
)
from parley.chat.delivery.model import Attempted, DeliveryRow, HurriedDevice, OutboxEntry, Settled
from parley.chat.devices.model import ProfileRow
from parley.chat.direct.model import ConversationRow, DeliverySecretRow, MessageRow, SeenRow
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
from parley.database.claims import store_claim
from parley.database.connection import transaction
from parley.database.contacts import forget_contact, forget_pending, store_contact, store_pending
from parley.database.delivery import hurry, settle, store_attempt, store_delivery, store_outbox_entry
from parley.database.devices import store_profile
from parley.database.direct import forget_conversation, store_conversation, store_delivery_secret
from parley.database.holdings import (
    forget_address,
    forget_token,
    store_address,
    store_holding,
    store_token,
)
from parley.database.invites import (
    drop_taken_invite,
    end_issued_invite,
    store_compared_number,
    store_issued_invite,
    store_taken_invite,
)
from parley.database.messages import store_message, store_seen
from parley.database.payments import store_payment
from parley.database.peers import forget_peer, store_peer
from parley.database.reading import store_draft, store_read_place
from parley.database.states import change_state
from parley.database.transaction_requests import store_request


def store_commit(connection: apsw.Connection, commit: Commit) -> None:
    """Store all of `commit` in one transaction; its `outgoing` and `events` are not stored.

    Raises:
        StaleStateError: a state has moved on since it was read.
        DuplicateMessageError: a message is stored already.
        InconsistentCommitError: another message brought the transaction request of this id.
        ValueError: a value of a row cannot be stored; nothing was.
        apsw.Error: anything else; like the others, nothing was stored.
    """
    with transaction(connection):
        for change in commit.states:
            change_state(connection, change)
        for row in commit.rows:
            _store(connection, row)


def _store(connection: apsw.Connection, row: Row) -> None:
    match row:
        case ProfileRow():
            store_profile(connection, row)
        case ContactRow():
            store_contact(connection, row)
        case PendingRow():
            store_pending(connection, row)
        case ForgottenPending():
            forget_pending(connection, row.account)
        case ForgottenConversation():
            forget_conversation(connection, row.conversation_id)
        case ForgottenContact():
            forget_contact(connection, row.account)
        case ConversationRow():
            store_conversation(connection, row)
        case MessageRow():
            store_message(connection, row)
        case SeenRow():
            store_seen(connection, row)
        case ReadRow():
            store_read_place(connection, row)
        case DraftRow():
            store_draft(connection, row)
        case DeliverySecretRow():
            store_delivery_secret(connection, row)
        case DeliveryRow():
            store_delivery(connection, row)
        case OutboxEntry():
            store_outbox_entry(connection, row)
        case Attempted():
            store_attempt(connection, row)
        case Settled():
            settle(connection, row)
        case HurriedDevice():
            hurry(connection, row)
        case RememberedPeer():
            store_peer(connection, row)
        case ForgottenPeer():
            forget_peer(connection, row)
        case ComparedNumber():
            store_compared_number(connection, row)
        case IssuedInvite():
            store_issued_invite(connection, row)
        case EndedInvite():
            end_issued_invite(connection, row)
        case TakenInvite():
            store_taken_invite(connection, row)
        case DroppedInvite():
            drop_taken_invite(connection, row)
        case RequestRow():
            store_request(connection, row)
        case ClaimRow():
            store_claim(connection, row)
        case PaymentRow():
            store_payment(connection, row)
        case KnownToken():
            store_token(connection, row)
        case ForgottenToken():
            forget_token(connection, row)
        case SavedAddress():
            store_address(connection, row)
        case ForgottenAddress():
            forget_address(connection, row.address)
        case HoldingRow():
            store_holding(connection, row)
        case _:
            assert_never(row)
