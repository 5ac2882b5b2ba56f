"""What an opened profile watches: where it is delivered to, and where the records of those it knows come by."""

from __future__ import annotations

from collections.abc import Callable

import trio

from parley.chat.contacts.model import Standing
from parley.chat.direct.secrets import secrets_in_use
from parley.chat.direct.topics import inbox_topic, watched_topics
from parley.e2ee import api as e2ee
from parley.messenger.own import Own
from parley.messenger.system import Store
from parley.p2p.api import Network

_EVERY_S = 10 * 60
"""Topics change with the day; tomorrow's are watched already."""


class Watching:
    """Keeps the watched topics of one opened profile as they should be."""

    def __init__(self, store: Store, network: Network, own: Own, clock: Callable[[], int]) -> None:
        self._store = store
        self._network = network
        self._own = own
        self._clock = clock
        self._wake = trio.Event()

    def wake(self) -> None:
        """Contacts or delivery secrets may have changed."""
        self._wake.set()

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            self._wake = trio.Event()
            self._network.watch(await self._topics())
            with trio.move_on_after(_EVERY_S):
                await self._wake.wait()

    async def _topics(self) -> frozenset[str]:
        now_ms = self._clock()
        secrets = await self._store.delivery_secrets(self._own.device.account)
        own = watched_topics(self._own.device.inbox_id, secrets_in_use(secrets, now_ms), now_ms)
        known = [each.inbox_id for each in await self._store.contacts() if each.standing is Standing.CONTACT]
        known += [e2ee.inbox_id(each.account) for each in await self._store.pending()]
        return own | {inbox_topic(each) for each in known}
