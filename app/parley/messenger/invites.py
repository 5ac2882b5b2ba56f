"""Invites of an opened profile: made, revoked, used, and what is let in by them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from parley.chat.contacts.request import Admits
from parley.chat.content import Content
from parley.chat.devices.model import OwnDevice
from parley.chat.errors import UnknownInviteError
from parley.chat.invites.issue import ENTROPY_BYTES, let_in, make_invite, revoke_invite
from parley.chat.invites.model import Invite, IssuedInvite
from parley.chat.invites.take import read_invite, take_invite
from parley.chat.invites.token import hash_token, token_of, with_token
from parley.messenger.system import Store, System
from parley.messenger.writer import Writer
from parley.p2p.api import Network


class Invites:
    """Makes and uses invites.

    Args:
        own: gives the own side as it is now.
        ask_for: asks the network for an account, with a nickname; gives the id of the conversation to come.
        connect: dials addresses from now on, also after the next start.
    """

    def __init__(
        self,
        store: Store,
        writer: Writer,
        network: Network,
        own: Callable[[], OwnDevice],
        system: System,
        cluster_id: int,
        ask_for: Callable[[str, str], Awaitable[str]],
        connect: Callable[[Iterable[str]], Awaitable[None]],
    ) -> None:
        self._store = store
        self._writer = writer
        self._network = network
        self._own = own
        self._system = system
        self._cluster_id = cluster_id
        self._ask_for = ask_for
        self._connect = connect

    async def make(self) -> IssuedInvite:
        """Make an invite, good for 30 days and 25 accounts.

        Raises:
            TooManyInvitesError, StorageError: none was made.
        """

        async def job() -> IssuedInvite:
            invite, commit = make_invite(
                self._own(),
                self._cluster_id,
                self._addresses(),
                await self._store.issued_invites(),
                self._system.clock(),
                self._system.entropy(ENTROPY_BYTES),
            )
            await self._writer.apply(commit)
            return invite

        return await self._writer.do(job)

    async def issued(self) -> tuple[IssuedInvite, ...]:
        """Those that were made here, the newest first; expired ones are left out."""
        now_ms = self._system.clock()
        return tuple(each for each in await self._store.issued_invites() if each.expires_at_ms > now_ms)

    async def invite(self, invite_id: str) -> IssuedInvite:
        """One of them. Raises UnknownInviteError."""
        for each in await self.issued():
            if each.invite_id == invite_id:
                return each
        raise UnknownInviteError

    async def revoke(self, invite_id: str) -> None:
        """Let nobody in by an invite any more; harmless if it was revoked or has expired. Raises StorageError."""

        async def job() -> None:
            for each in await self._store.issued_invites():
                if each.invite_id == invite_id:
                    await self._writer.apply(revoke_invite(each))

        await self._writer.do(job)

    def read(self, link: str) -> Invite:
        """Read somebody else's invite; nothing is done with it yet. Errors: `read_invite`."""
        return read_invite(link, self._own().account, self._cluster_id, self._system.clock())

    async def take(self, link: str, nickname: str) -> str:
        """Use an invite: connect to where it says, and ask for its account.

        Returns:
            The id that the conversation with them will have, or has.

        Raises:
            NotAnInviteError, ForeignInviteError, OwnRecordError, ExpiredInviteError: `read`'s.
            ChatError, StorageError: as asking for the account raises them.
        """
        invite = self.read(link)

        async def job() -> None:
            taken = await self._store.taken_invites()
            await self._writer.apply(take_invite(invite, link, taken, self._system.clock()))

        # Asked for first: who is blocked, or cannot be waited for, leaves no trace of the invite. A crash in between
        # leaves somebody who is asked for without a token, which the same link mends.
        conversation_id = await self._ask_for(invite.account, nickname)
        await self._writer.do(job)
        await self._connect(invite.addresses)
        return conversation_id

    async def introduce(self, content: Content, account: str) -> Content:
        """What is said first to an account, with the token of its invite if one was used."""
        return with_token(content, await self._store.taken_invite(account), self._system.clock())

    async def load_admits(self) -> Admits | None:
        """What lets strangers in now, if anything does. What is to be noted is stored by the job that loaded it."""
        now_ms = self._system.clock()
        issued = {
            each.token_hash: each
            for each in await self._store.issued_invites()
            if let_in(each, now_ms) is not None
        }
        if not issued:
            return None

        def admits(content: Content, _account: str) -> tuple[IssuedInvite, ...] | None:
            token = token_of(content)
            invite = None if token is None else let_in(issued.get(hash_token(token)), now_ms)
            return None if invite is None else (invite,)

        return admits

    def _addresses(self) -> tuple[str, ...]:
        """Where others reach this node: relays first, which are there when this machine is not."""
        relays = [each.address for each in self._network.peers() if each.outbound and each.relay]
        return tuple(dict.fromkeys((*relays, *self._network.addresses)))
