"""Asks the network for the contact records of who is pending, again and again with ever longer pauses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import trio

from parley.chat.contacts.ask import retry_delay_ms
from parley.chat.contacts.people import PendingContact
from parley.chat.direct.topics import inbox_topic
from parley.e2ee import api as e2ee
from parley.messenger.system import Store
from parley.p2p.api import Network

_LOOK_AROUND_S = 1.0
"""How often the neighbours are looked at while somebody is pending."""


@dataclass(frozen=True, slots=True)
class _Tries:
    count: int = 0
    last_ms: int | None = None
    next_ms: int = 0


class Seeking:
    """Asks for one opened profile. How often was asked is forgotten with it: a start is a reason to ask again."""

    def __init__(
        self,
        store: Store,
        network: Network,
        clock: Callable[[], int],
        entropy: Callable[[int], bytes],
        jitter: Callable[[], float],
    ) -> None:
        self._store = store
        self._network = network
        self._clock = clock
        self._entropy = entropy
        self._jitter = jitter
        self._tries: dict[str, _Tries] = {}
        self._neighbours: frozenset[str] = frozenset()
        self._wake = trio.Event()

    def wake(self) -> None:
        """Who is pending may have changed."""
        self._wake.set()

    async def pending(self) -> tuple[PendingContact, ...]:
        """Who is asked for, the last one asked first, with the last try."""
        return tuple(
            PendingContact(
                each.conversation_id,
                each.account,
                each.nickname,
                each.asked_at_ms,
                self._tries.get(each.account, _Tries()).last_ms,
            )
            for each in await self._store.pending()
        )

    async def run(self) -> None:
        """Ask until cancelled."""
        while True:
            self._wake = trio.Event()
            accounts = [each.account for each in await self._store.pending()]
            self._tries = {each: self._tries.get(each, _Tries()) for each in accounts}
            if not accounts:
                await self._wake.wait()
                continue
            await self._network.wait_for_peers(1)
            self._greet_newcomers()
            await self._ask_due()
            with trio.move_on_after(_LOOK_AROUND_S):
                await self._wake.wait()

    async def _ask_due(self) -> None:
        for account, tries in tuple(self._tries.items()):
            now_ms = self._clock()
            if tries.next_ms > now_ms:
                continue
            count = tries.count + 1
            next_ms = now_ms + retry_delay_ms(count, self._jitter())
            self._tries[account] = _Tries(count, now_ms, next_ms)
            inbox_id = e2ee.inbox_id(account)
            request = e2ee.ask_for_record(inbox_id, self._entropy(e2ee.REQUEST_RANDOM_BYTES))
            await self._network.publish(inbox_topic(inbox_id), request)

    def _greet_newcomers(self) -> None:
        """A new neighbour may be, or lead to, whoever did not answer; they are not asked twice in a few seconds."""
        present = frozenset(each.peer_id for each in self._network.peers())
        if present - self._neighbours:
            soon_ms = retry_delay_ms(1, self._jitter())
            for account, tries in self._tries.items():
                due_ms = 0 if tries.last_ms is None else tries.last_ms + soon_ms
                self._tries[account] = replace(tries, count=0, next_ms=min(tries.next_ms, due_ms))
        self._neighbours = present
