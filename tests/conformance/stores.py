"""All ports of the product on one store, as every store of the conformance tests has them."""

from __future__ import annotations

from typing import Protocol

from parley.chat.commit import CommitStore
from parley.chat.contacts.compared import ComparedStore
from parley.chat.contacts.ports import ContactStore
from parley.chat.delivery.ports import OutboxStore
from parley.chat.devices.ports import ProfileStore
from parley.chat.direct.ports import DirectStore
from parley.chat.invites.ports import InviteStore
from parley.chat.network.ports import PeerStore
from parley.chat.payments.ports import PaymentStore
from parley.chat.reading.ports import ReadingStore


class Store(
    CommitStore,
    ProfileStore,
    ContactStore,
    ComparedStore,
    DirectStore,
    ReadingStore,
    OutboxStore,
    PeerStore,
    InviteStore,
    PaymentStore,
    Protocol,
):
    """All ports at once."""
