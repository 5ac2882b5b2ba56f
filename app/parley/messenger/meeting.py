"""What an opened profile does so that two people come together: invites, finding somebody, comparing numbers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from parley.chat.invites.model import IssuedInvite
from parley.messenger.acquaintance import Acquaintance, Acquaintances
from parley.messenger.ethereum import Ethereum
from parley.messenger.finding import Finder, Found, Known
from parley.messenger.invites import Invites
from parley.messenger.own import Own
from parley.messenger.people import KnowsPeople, People
from parley.messenger.system import Store, System
from parley.messenger.writer import Writer
from parley.p2p.api import Network


class Meeting:
    """The parts, put together with those of `People`.

    Args:
        connect: dials addresses from now on, also after the next start.
        doubtful: told the account of whose record something else is to be shown.
    """

    def __init__(
        self,
        store: Store,
        writer: Writer,
        network: Network,
        own: Own,
        system: System,
        cluster_id: int,
        ethereum: Ethereum,
        connect: Callable[[Iterable[str]], Awaitable[None]],
        doubtful: Callable[[str], None],
    ) -> None:
        self._store = store
        self.invites = Invites(
            store, writer, network, lambda: own.device, system, cluster_id, self._ask_for, connect
        )
        admits = self.invites.load_admits
        self.people = People(store, writer, network, own, system, ethereum.chains, admits, doubtful)
        self.finder = Finder(own.device.account, ethereum, self.invites.read, self._known)
        self.acquaintances = Acquaintances(
            store, writer, lambda: own.device, system, self.people.freshness.doubts
        )

    async def _ask_for(self, account: str, nickname: str) -> str:
        return await self.people.contacts.ask_for(account, nickname)

    async def _known(self) -> Known:
        """The people around this profile."""
        return Known(
            contacts=await self._store.conversations(),
            pending=await self.people.seeking.pending(),
            requests=await self.people.contacts.requests(),
            blocked=await self.people.contacts.blocked(),
        )


class MeetsPeople(KnowsPeople):
    """The part of a messenger that brings people together; web/contact_ports.py says what each does and raises."""

    _meeting: Meeting

    async def make_invite(self) -> IssuedInvite:
        """Make an invite; see `Invites.make`."""
        return await self._meeting.invites.make()

    async def invites(self) -> tuple[IssuedInvite, ...]:
        """The own invites that are good, the newest first."""
        return await self._meeting.invites.issued()

    async def invite(self, invite_id: str) -> IssuedInvite:
        """One of them; see `Invites.invite`."""
        return await self._meeting.invites.invite(invite_id)

    async def revoke_invite(self, invite_id: str) -> None:
        """Let nobody in by an invite any more."""
        await self._meeting.invites.revoke(invite_id)

    async def take_invite(self, link: str, nickname: str) -> str:
        """Use somebody's invite; see `Invites.take`."""
        return await self._meeting.invites.take(link, nickname)

    async def find(self, typed: str) -> Found:
        """Find out whom a name, an address or an invite means; see `Finder.find`."""
        return await self._meeting.finder.find(typed)

    async def acquaintance(self, conversation_id: str) -> Acquaintance:
        """What is known of a contact; see `Acquaintances.read`."""
        return await self._meeting.acquaintances.read(conversation_id)

    async def compare(self, conversation_id: str, seen: str, theirs: str | None) -> None:
        """Note that a contact sees the same safety number; see `Acquaintances.compare`."""
        await self._meeting.acquaintances.compare(conversation_id, seen, theirs)
