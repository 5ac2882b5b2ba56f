"""How far the held record of a contact can be taken for their newest one, and asking for a newer one.

A record proves itself, but not that there is none after it: whoever passes it on can keep a newer one back. So it is
noted how many neighbours brought it, whether a message or an invite named a set of devices that it lacks, and whether
a contract account still stands by it. None of this is kept when the profile is closed: messages name the set again,
invites are looked at again, contracts are asked again.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import trio

from parley.chat.contacts.ask import retry_delay_ms
from parley.chat.contacts.model import ContactRow, Standing
from parley.chat.direct.topics import inbox_topic
from parley.chat.errors import NotAnInviteError
from parley.chat.invites.codec import decode_link
from parley.e2ee import api as e2ee
from parley.messenger.system import Store, System
from parley.p2p.api import Network, WakuHash

_log = logging.getLogger(__name__)

_WAITING: Final = 128
BEARERS_AFTER_S: Final = 3.0
"""So long after the first copy of a record the others have come, if there are any."""
NAMED_EVERY_S: Final = 10 * 60.0
"""A contact who names one set after the other makes us ask once in so long."""
_QUICK_TRIES: Final = 6
HOURLY_MS: Final = 60 * 60 * 1_000
_ASK_APART_S: Final = 1.0
"""Between two requests, whoever they are for: each takes a stamp."""
ENOUGH_SOURCES: Final = 2


@dataclass(frozen=True, slots=True)
class Doubts:
    """What speaks against a held record being the newest.

    Attributes:
        sources: how many neighbours brought it since the profile was opened; 0 if none did, which says nothing.
        awaits_newer: a message or the invite named devices that it lacks, and a newer one is asked for.
        disowned: the account's contract does not stand by it any more.
    """

    sources: int = 0
    awaits_newer: bool = False
    disowned: bool = False


@dataclass(slots=True)
class _Noted:
    record_hash: bytes = b""
    bearers: set[str] = field(default_factory=set)
    awaited: bytes | None = None
    named_s: float = float("-inf")
    disowned: bytes = b""  # the record that the contract does not stand by, if any
    tries: int = 0
    next_ms: int = 0

    def doubts(self) -> Doubts:
        return Doubts(len(self.bearers), self.awaited is not None, bool(self.disowned))


@dataclass(frozen=True, slots=True)
class _Came:
    account: str
    record: bytes = field(repr=False)
    waku_hash: WakuHash
    at_s: float


@dataclass(frozen=True, slots=True)
class _Named:
    account: str
    head: bytes


@dataclass(frozen=True, slots=True)
class _Changed:
    account: str


class Freshness:
    """Notes it for the contacts of one opened profile.

    Args:
        changed: told the account of whom something else is to be shown.
    """

    def __init__(
        self, store: Store, network: Network, system: System, changed: Callable[[str], None]
    ) -> None:
        self._store = store
        self._network = network
        self._system = system
        self._tell = changed
        self._noted: dict[str, _Noted] = {}
        self._wake = trio.Event()
        self._give, self._take = trio.open_memory_channel[_Came | _Named | _Changed](_WAITING)

    def doubts(self, account: str) -> Doubts:
        """What is noted of a contact."""
        noted = self._noted.get(account)
        return Doubts() if noted is None else noted.doubts()

    def came(self, account: str, record: bytes, waku_hash: WakuHash) -> None:
        """A record came by in this message; it is what is held now, or was merged into it."""
        self._offer(_Came(account, record, waku_hash, trio.current_time()))

    def named(self, account: str, head: bytes) -> None:
        """A message of a device of theirs, which was decrypted, names another set than is held."""
        self._offer(_Named(account, head))

    def changed(self, account: str) -> None:
        """Somebody became a contact, or their record was renewed."""
        self._offer(_Changed(account))

    def disowned(self, contact: ContactRow, *, is_so: bool) -> None:
        """The contract of an account was asked whether it stands by the record that is held."""
        if is_so != self.doubts(contact.account).disowned:
            noted = self._of(contact.account)
            noted.disowned = contact.record if is_so else b""
            self._begin_to_ask(contact.account, noted)

    async def run(self) -> None:
        """Note and ask until cancelled."""
        for invite in await self._store.taken_invites():
            self.changed(invite.account)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._ask)
            async for each in self._take:
                contact = await self._store.contact(each.account)
                if contact is None or contact.standing is not Standing.CONTACT:
                    self._noted.pop(each.account, None)
                    continue
                match each:
                    case _Came():
                        await self._note_bearers(each)
                    case _Named():
                        await self._note_head(contact, each.head)
                    case _Changed():
                        await self._note_change(contact)

    def _offer(self, each: _Came | _Named | _Changed) -> None:
        try:
            self._give.send_nowait(each)
        except trio.WouldBlock:
            _log.info("what was said of a record was not noted")

    def _of(self, account: str) -> _Noted:
        return self._noted.setdefault(account, _Noted())

    def _begin_to_ask(self, account: str, noted: _Noted) -> None:
        noted.tries, noted.next_ms = 0, 0
        self._wake.set()
        self._tell(account)

    async def _note_bearers(self, came: _Came) -> None:
        await trio.sleep_until(came.at_s + BEARERS_AFTER_S)
        contact = await self._store.contact(came.account)
        if contact is None or contact.record != came.record:
            return  # An older one, or a part of what is held: whoever brought it does not vouch for the whole.
        noted = self._of(came.account)
        record_hash = hashlib.sha256(came.record).digest()
        if noted.record_hash != record_hash:
            noted.record_hash, noted.bearers = record_hash, set()
            noted.tries, noted.next_ms = 0, self._system.clock() + HOURLY_MS
        before = len(noted.bearers)
        if before < ENOUGH_SOURCES:
            noted.bearers |= self._network.bearers(came.waku_hash)
        if len(noted.bearers) != before:
            self._wake.set()
            self._tell(came.account)

    async def _note_head(self, contact: ContactRow, head: bytes) -> None:
        noted = self._of(contact.account)
        # Guarded by tests/flows/test_freshness.py::test_whoever_names_many_sets_is_asked_for_seldom.
        is_soon = trio.current_time() - noted.named_s < NAMED_EVERY_S
        if is_soon or head in await self._heads(contact):
            return
        noted.awaited, noted.named_s = head, trio.current_time()
        self._begin_to_ask(contact.account, noted)

    async def _note_change(self, contact: ContactRow) -> None:
        heads = await self._heads(contact)
        noted = self._of(contact.account)
        before = noted.doubts()
        if noted.disowned != contact.record:
            noted.disowned = b""  # The contract was asked before the new one was merged.
        if noted.awaited in heads:
            noted.awaited = None
        if noted.awaited is None:
            noted.awaited = await self._invited_under(contact.account, heads)
            if noted.awaited is not None:
                self._begin_to_ask(contact.account, noted)
        if noted.doubts() != before:
            self._tell(contact.account)

    async def _invited_under(self, account: str, heads: frozenset[bytes]) -> bytes | None:
        """What the invite of theirs that was used here names and their record lacks.

        An older record than the invite's may be played by whoever passes it on, and is not taken for the newest.
        Guarded by tests/flows/test_freshness.py::test_an_older_record_than_the_invite_names_is_told.
        """
        taken = await self._store.taken_invite(account)
        if taken is None:
            return None
        try:
            head = decode_link(taken.link).head
        except NotAnInviteError:
            return None
        return None if head in heads else head

    async def _heads(self, contact: ContactRow) -> frozenset[bytes]:
        return await trio.to_thread.run_sync(_earlier_heads, contact, self._system.clock())

    async def _ask(self) -> None:
        while True:
            self._wake = trio.Event()
            now_ms = self._system.clock()
            due = {account: noted for account, noted in self._noted.items() if self._is_doubtful(noted)}
            for account, noted in due.items():
                if noted.next_ms <= now_ms:
                    await self._ask_for(account, noted)
                    await trio.sleep(_ASK_APART_S)
            wait_ms = min((noted.next_ms for noted in due.values()), default=now_ms + HOURLY_MS) - now_ms
            with trio.move_on_after(max(wait_ms / 1_000, _ASK_APART_S)):
                await self._wake.wait()

    def _is_doubtful(self, noted: _Noted) -> bool:
        """Whether a newer record, or a second neighbour with the same, is asked for, where there are two."""
        one_source = len(noted.bearers) == 1 and noted.tries < _QUICK_TRIES and len(self._network.peers()) > 1
        return noted.awaited is not None or bool(noted.disowned) or one_source

    async def _ask_for(self, account: str, noted: _Noted) -> None:
        noted.tries += 1
        is_urgent = (noted.awaited is not None or bool(noted.disowned)) and noted.tries <= _QUICK_TRIES
        wait_ms = retry_delay_ms(noted.tries, self._system.jitter()) if is_urgent else HOURLY_MS
        noted.next_ms = self._system.clock() + wait_ms
        # It goes to every neighbour, and any of them may bring the answer.
        inbox_id = e2ee.inbox_id(account)
        request = e2ee.ask_for_record(inbox_id, self._system.entropy(e2ee.REQUEST_RANDOM_BYTES))
        await self._network.publish(inbox_topic(inbox_id), request)


def _earlier_heads(contact: ContactRow, now_ms: int) -> frozenset[bytes]:
    # It was verified when it came.
    record = e2ee.read_contact_record(contact.record, lambda _data, _signature: contact.account, now_ms)
    return e2ee.earlier_heads(record)
