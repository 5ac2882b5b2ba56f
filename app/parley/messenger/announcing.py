"""The own contact record in the network: published, given to who asks for it, and made anew in time."""

from __future__ import annotations

import logging
from collections.abc import Callable

import trio

from parley.chat.devices.renew import renew_record
from parley.chat.direct.topics import inbox_topic
from parley.chat.errors import DiskFullError
from parley.e2ee import api as e2ee
from parley.messenger.own import Own
from parley.messenger.system import Store
from parley.messenger.writer import Writer
from parley.p2p.api import Network

_log = logging.getLogger(__name__)

ANSWER_EVERY_S = 10.0
"""Whoever asks, and however often: the answer goes to everybody who watches the topic."""
_JITTER_S = 1.0
_PUBLISH_EVERY_S = 7 * 24 * 60 * 60.0
_CAUGHT_UP_AFTER_S = 10 * 60.0
"""So long among neighbours, and what waited for us has come: prekeys may be exchanged (DESIGN section 5)."""


class Announcing:
    """Publishes the record of one opened profile."""

    def __init__(
        self,
        store: Store,
        writer: Writer,
        network: Network,
        own: Own,
        clock: Callable[[], int],
        jitter: Callable[[], float],
    ) -> None:
        self._store = store
        self._writer = writer
        self._network = network
        self._own = own
        self._clock = clock
        self._jitter = jitter
        self._asked = trio.Event()
        self._published_s = float("-inf")

    def asked_for(self, inbox_id: bytes) -> None:
        """Somebody asks for the record of an inbox; only its owner answers."""
        if inbox_id == self._own.device.inbox_id:
            self._asked.set()

    async def run(self) -> None:
        """Publish and answer until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._answer)
            await self._network.wait_for_peers(1)
            await self._publish()
            while True:
                # Renewing comes first: a record that is about to be made anew need not be published.
                await trio.sleep(_CAUGHT_UP_AFTER_S)
                renewed = await self._renew()
                if renewed or trio.current_time() - self._published_s >= _PUBLISH_EVERY_S:
                    await self._network.wait_for_peers(1)
                    await self._publish()

    async def _answer(self) -> None:
        while True:
            await self._asked.wait()
            # What is asked meanwhile gets the same answer. The jitter keeps others from telling by the time.
            wait_s = max(self._published_s + ANSWER_EVERY_S - trio.current_time(), 0.0)
            await trio.sleep(wait_s + self._jitter() * _JITTER_S)
            self._asked = trio.Event()
            await self._publish()

    async def _publish(self) -> None:
        self._published_s = trio.current_time()
        record = e2ee.wrap_record(self._own.device.record)
        published = await self._network.publish(inbox_topic(self._own.device.inbox_id), record)
        _log.debug("own contact record handed to %d neighbours", published.relays)

    async def _renew(self) -> bool:
        async def job() -> bool:
            profile = await self._store.profile()
            commit = profile and renew_record(profile, await self._store.device_state(), self._clock())
            if not commit:
                return False
            await self._writer.apply(commit)
            return True

        try:
            return await self._writer.do(job)
        except DiskFullError:
            _log.warning("no room on the disk: the own contact record was not renewed")
            return False
