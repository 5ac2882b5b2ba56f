"""All that an opened profile does about people, put together: what a person decides, and what the network brings."""

from __future__ import annotations

from collections.abc import Callable

import trio

from parley.chat.commit import Commit
from parley.chat.contacts.model import ContactRow
from parley.chat.contacts.people import BlockedContact, ContactRequest, PendingContact
from parley.chat.direct.model import DeliverySecretRow
from parley.chat.events import ContactChanged, PeopleChanged
from parley.messenger.announcing import Announcing
from parley.messenger.contacts import Contacts
from parley.messenger.freshness import Freshness
from parley.messenger.inbox import Inbox
from parley.messenger.own import Own
from parley.messenger.rechecking import Rechecking
from parley.messenger.records import Records
from parley.messenger.secrets import Secrets
from parley.messenger.seeking import Seeking
from parley.messenger.signers import Chains
from parley.messenger.strangers import LoadAdmits, Strangers, admit_nobody
from parley.messenger.system import Store, System
from parley.messenger.watching import Watching
from parley.messenger.writer import Writer
from parley.p2p.api import Network


class People:
    """The tasks around the people of one opened profile.

    Args:
        doubtful: told the account of whose record something else is to be shown.
    """

    def __init__(
        self,
        store: Store,
        writer: Writer,
        network: Network,
        own: Own,
        system: System,
        chains: Chains,
        load_admits: LoadAdmits = admit_nobody,
        doubtful: Callable[[str], None] = lambda _account: None,
    ) -> None:
        self.contacts = Contacts(store, writer, own, system, chains)
        self.seeking = Seeking(store, network, system.clock, system.entropy, system.jitter)
        self._own = own
        self._watching = Watching(store, network, own, system.clock)
        self._secrets = Secrets(store, writer, own, system.clock)
        self._announcing = Announcing(store, writer, network, own, system.clock, system.jitter)
        self.freshness = Freshness(store, network, system, doubtful)
        self.rechecking = Rechecking(store, chains, self.freshness)
        self._records = Records(store, self.contacts, self.freshness.came)
        self._strangers = Strangers(
            store,
            writer,
            own,
            system,
            self.contacts,
            lambda envelope: self._inbox.retake(envelope),
            load_admits,
        )
        self._inbox = Inbox(
            store,
            writer,
            network,
            own,
            system.clock,
            self._records,
            self._announcing.asked_for,
            self._strangers,
            self.freshness.named,
        )

    @property
    def dropped(self) -> tuple[int, int]:
        """How many first contacts and contact records found no room."""
        return self._strangers.dropped, self._records.dropped

    def follow(self, commit: Commit) -> None:
        """Take over what was stored, and wake whom it concerns."""
        self._own.follow(commit)
        for row in commit.rows:
            if isinstance(row, ContactRow):
                self.freshness.changed(row.account)
        if any(isinstance(each, ContactChanged | PeopleChanged) for each in commit.events):
            self._watching.wake()
            self.seeking.wake()
        if any(
            isinstance(each, DeliverySecretRow) and each.account == self._own.device.account
            for each in commit.rows
        ):
            self._watching.wake()
            self._secrets.wake()

    async def run(self) -> None:
        """Receive, ask, answer and tell until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._watching.run)
            nursery.start_soon(self._inbox.run)
            nursery.start_soon(self.freshness.run)
            nursery.start_soon(self.rechecking.run)
            nursery.start_soon(self._records.run)
            nursery.start_soon(self._strangers.run)
            nursery.start_soon(self.seeking.run)
            nursery.start_soon(self._announcing.run)
            nursery.start_soon(self._secrets.run)


class KnowsPeople:
    """The part of a messenger that is about people; web/contact_ports.py says what each does and raises."""

    _people: People

    async def add_contact(self, record: bytes, nickname: str) -> str:
        """Add a contact by its record; see `Contacts.add`."""
        return await self._people.contacts.add(record, nickname)

    async def add_by_account(self, account: str, nickname: str) -> str:
        """Ask the network for a contact; see `Contacts.ask_for`."""
        return await self._people.contacts.ask_for(account, nickname)

    async def pending(self) -> tuple[PendingContact, ...]:
        """Who is asked for, the last one asked first."""
        return await self._people.seeking.pending()

    async def forget_pending(self, account: str) -> None:
        """Ask for somebody no longer."""
        await self._people.contacts.forget_pending(account)

    async def requests(self) -> tuple[ContactRequest, ...]:
        """Strangers who wrote, the newest first."""
        return await self._people.contacts.requests()

    async def accept(self, conversation_id: str) -> None:
        """Make the stranger of a request a contact; see `Contacts.accept`."""
        await self._people.contacts.accept(conversation_id)

    async def block(self, who: str) -> None:
        """Take nothing of somebody any more; see `Contacts.block`."""
        await self._people.contacts.block(who)

    async def blocked(self) -> tuple[BlockedContact, ...]:
        """Who is blocked, the last one first."""
        return await self._people.contacts.blocked()

    async def unblock(self, account: str) -> None:
        """Take what somebody says again; see `Contacts.unblock`."""
        await self._people.contacts.unblock(account)

    async def rename(self, conversation_id: str, nickname: str) -> None:
        """Call a contact otherwise; see `Contacts.rename`."""
        await self._people.contacts.rename(conversation_id, nickname)
