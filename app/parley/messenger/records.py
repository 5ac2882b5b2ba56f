"""Contact records that come from the network: of who is pending, and newer ones of contacts.

Anybody may send any record. One is looked at only if it says it is of somebody who is waited for or known, and is
verified aside, one at a time: a contract account's takes questions to a node, and nobody's messages wait for that.
"""

from __future__ import annotations

import hashlib
import logging
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Final

import trio

from parley.chat.contacts.model import ContactRow, Standing
from parley.chat.errors import ChatError, DiskFullError, InvalidContactRecordError, StorageError
from parley.e2ee import api as e2ee
from parley.messenger.contacts import Contacts
from parley.messenger.errors import MessengerError
from parley.messenger.system import Store
from parley.p2p.api import WakuHash

_log = logging.getLogger(__name__)

_WAITING: Final = 32
_WAITING_OF_ONE: Final = 4
"""So that a flood in one account's name leaves room for the others'."""
_REFUSED: Final = 1_024
_REFUSED_FOR_S: Final = 10 * 60.0


Came = Callable[[str, bytes, WakuHash], None]
"""Takes an account, its record, and the message that it came in."""


class Refused:
    """Records that were refused lately, by their hash: the same bytes are not verified again and again.

    Not for ever: a contract may accept tomorrow what it does not accept yet.
    """

    def __init__(self, limit: int = _REFUSED) -> None:
        self._limit = limit
        self._until_s: OrderedDict[bytes, float] = OrderedDict()

    def __contains__(self, record: bytes) -> bool:
        return self._until_s.get(hashlib.sha256(record).digest(), 0.0) > trio.current_time()

    def add(self, record: bytes) -> None:
        """Remember one; the oldest is forgotten at the limit."""
        self._until_s[hashlib.sha256(record).digest()] = trio.current_time() + _REFUSED_FOR_S
        if len(self._until_s) > self._limit:
            self._until_s.popitem(last=False)


class Records:
    """Takes records for one opened profile.

    Args:
        came: told of each that is held then, or was merged into what is.

    Attributes:
        dropped: how many found no room; whoever waits for one asks again.
    """

    def __init__(self, store: Store, contacts: Contacts, came: Came) -> None:
        self.dropped = 0
        self._store = store
        self._contacts = contacts
        self._came = came
        self._refused = Refused()
        self._waiting: Counter[str] = Counter()
        self._give, self._take = trio.open_memory_channel[tuple[str, bytes, WakuHash]](_WAITING)

    async def offer(self, record: bytes, waku_hash: WakuHash) -> None:
        """A record came by in this message. It is not verified here."""
        try:
            account = e2ee.claimed_account(record)
        except e2ee.E2eeError:
            return
        if record in self._refused:
            return
        held = await self._store.contact(account)
        if not await self._is_wanted(account, held):
            return
        if held is not None and held.record == record:
            self._came(account, record, waku_hash)
            return
        if self._waiting[account] >= _WAITING_OF_ONE:
            self.dropped += 1
            return
        try:
            self._give.send_nowait((account, record, waku_hash))
        except trio.WouldBlock:
            self.dropped += 1
            return
        self._waiting[account] += 1

    async def run(self) -> None:
        """Verify and merge until cancelled."""
        async for account, record, waku_hash in self._take:
            self._waiting[account] -= 1
            if not self._waiting[account]:
                del self._waiting[account]
            await self._merge(account, record, waku_hash)

    async def _is_wanted(self, account: str, held: ContactRow | None) -> bool:
        if held is not None:
            return held.standing is not Standing.BLOCKED
        return any(each.account == account for each in await self._store.pending())

    async def _merge(self, account: str, record: bytes, waku_hash: WakuHash) -> None:
        try:
            held = await self._store.contact(account)
            if await self._is_wanted(account, held):
                if held is None or held.record != record:
                    await self._contacts.take_record(record)
                self._came(account, record, waku_hash)
        except InvalidContactRecordError:
            self._refused.add(record)
            _log.info("a contact record was refused")
        except (ChatError, MessengerError) as error:
            if isinstance(error, StorageError) and not isinstance(error, DiskFullError):
                raise
            # No node to ask now, no device in it, no room: it will come again.
            _log.info("a contact record was not taken: %s", type(error).__name__)
