"""Meeting people in memory: invites, finding somebody, and safety numbers, as a test says."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import replace

import trio

from parley.chat.contacts.compared import ComparedNumber
from parley.chat.errors import (
    NotAnInviteError,
    TooManyInvitesError,
    UnknownConversationError,
    UnknownInviteError,
    WrongSafetyNumberError,
)
from parley.chat.invites.codec import encode_link, is_link
from parley.chat.invites.issue import MAX_INVITES
from parley.chat.invites.model import DAY_MS, INVITE_DAYS, INVITE_USES, Invite, IssuedInvite
from parley.e2ee import api as e2ee
from parley.messenger.acquaintance import Acquaintance, Device
from parley.messenger.errors import NothingTypedError
from parley.messenger.finding import Found, Standing, Way
from parley.messenger.freshness import Doubts

MADE_AT_MS = 1_800_000_000_000
ADDRESSES = ("/ip4/203.0.113.7/tcp/4001/p2p/12D3KooWKoXyApaJHCTvHFbvmBuTkXJxVyeznjdzs5DsCQgZGB5Z",)


def memory_invite(account: str, addresses: tuple[str, ...] = ADDRESSES) -> str:
    """The link of an invite of an account, signed by a device of nobody's."""
    state = e2ee.create_device(MADE_AT_MS)
    invite = Invite(
        cluster_id=7337,
        account=account,
        device=e2ee.device_id(state),
        head=bytes(32),
        addresses=addresses,
        token=secrets.token_bytes(16),
        expires_at_ms=MADE_AT_MS + INVITE_DAYS * DAY_MS,
    )
    return encode_link(invite, state)


def found(account: str, **changes: object) -> Found:
    """Somebody new who was found by address, and whose node says no name."""
    plain = Found(account, Way.ADDRESS, None, None, True, False, None, Standing.NEW, None)
    return replace(plain, **changes)  # type: ignore[arg-type]


class MemoryMeeting:
    """The part of a MemoryMessenger that brings people together.

    Attributes:
        finds: what is found for a text, or the error that is raised.
        invited_by: whose a link is.
        devices: of each account.
        head: changes every safety number.
    """

    account: str

    def __init__(self) -> None:
        self.finds: dict[str, Found | Exception] = {}
        self.invited_by: dict[str, str] = {}
        self.devices: dict[str, tuple[Device, ...]] = {}
        self.record_expired = False
        self.doubts = Doubts()
        self.head = ""
        self._issued: dict[str, IssuedInvite] = {}
        self._compared: dict[str, ComparedNumber] = {}

    # Given by MemoryMessenger.

    def known(self) -> dict[str, tuple[str, str]]:
        raise NotImplementedError

    async def add_by_account(self, account: str, nickname: str) -> str:
        raise NotImplementedError

    def _fail(self) -> None:
        raise NotImplementedError

    # What the pages ask.

    async def make_invite(self) -> IssuedInvite:
        await trio.lowlevel.checkpoint()
        self._fail()
        if len(self._issued) >= MAX_INVITES:
            raise TooManyInvitesError(MAX_INVITES)
        link = memory_invite(self.account)
        invite = IssuedInvite(
            invite_id=secrets.token_hex(16),
            token_hash=hashlib.sha256(link.encode()).digest(),
            link=link,
            issued_at_ms=MADE_AT_MS,
            expires_at_ms=MADE_AT_MS + INVITE_DAYS * DAY_MS,
            uses_left=INVITE_USES,
        )
        self._issued[invite.invite_id] = invite
        return invite

    async def invites(self) -> tuple[IssuedInvite, ...]:
        await trio.lowlevel.checkpoint()
        return tuple(reversed(self._issued.values()))

    async def invite(self, invite_id: str) -> IssuedInvite:
        await trio.lowlevel.checkpoint()
        if invite_id not in self._issued:
            raise UnknownInviteError
        return self._issued[invite_id]

    async def revoke_invite(self, invite_id: str) -> None:
        await trio.lowlevel.checkpoint()
        self._fail()
        self._issued.pop(invite_id, None)

    async def take_invite(self, link: str, nickname: str) -> str:
        await trio.lowlevel.checkpoint()
        if link not in self.invited_by:
            raise NotAnInviteError
        return await self.add_by_account(self.invited_by[link], nickname)

    async def find(self, typed: str) -> Found:
        await trio.lowlevel.checkpoint()
        what = self.finds.get(typed.strip())
        if isinstance(what, Exception):
            raise what
        if what is None:
            raise NotAnInviteError if is_link(typed) else NothingTypedError
        return what

    async def acquaintance(self, conversation_id: str) -> Acquaintance:
        await trio.lowlevel.checkpoint()
        if conversation_id not in self.known():
            raise UnknownConversationError(conversation_id)
        account, nickname = self.known()[conversation_id]
        return Acquaintance(
            conversation_id=conversation_id,
            account=account,
            nickname=nickname,
            added_at_ms=MADE_AT_MS,
            devices=self.devices.get(account, (Device("laptop", MADE_AT_MS),)),
            record_expired=self.record_expired,
            safety_number=self.safety_number(account),
            compared=self._compared.get(account),
            doubts=self.doubts,
        )

    async def compare(self, conversation_id: str, seen: str, theirs: str | None) -> None:
        await trio.lowlevel.checkpoint()
        self._fail()
        known = await self.acquaintance(conversation_id)
        if any(each is not None and "".join(each.split()) != known.safety_number for each in (seen, theirs)):
            raise WrongSafetyNumberError
        self._compared[known.account] = ComparedNumber(known.account, known.safety_number, MADE_AT_MS)

    # What tests do to it.

    def safety_number(self, account: str) -> str:
        """The number that is true now."""
        digest = hashlib.sha512((self.head + "".join(sorted((self.account, account)))).encode()).digest()
        return str(int.from_bytes(digest, "big"))[:60]
