"""The outbox: publishes what is due until its device acknowledges it. Gossip alone promises nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable

import trio

from parley.chat.commit import Commit
from parley.chat.delivery.attempt import attempted, hurry_all
from parley.chat.delivery.model import DueEntry
from parley.chat.delivery.ports import OutboxStore
from parley.chat.direct.topics import envelope_topic
from parley.chat.errors import DiskFullError
from parley.messenger.writer import Writer
from parley.p2p.api import Network

_log = logging.getLogger(__name__)

_BATCH = 32
_LOOK_AROUND_S = 1.0
"""How often the neighbours are looked at while something waits."""


class Outbox:
    """Sends for one opened profile."""

    def __init__(
        self,
        store: OutboxStore,
        writer: Writer,
        network: Network,
        clock: Callable[[], int],
        jitter: Callable[[], float],
    ) -> None:
        self._store = store
        self._writer = writer
        self._network = network
        self._clock = clock
        self._jitter = jitter
        self._wake = trio.Event()
        self._neighbours: frozenset[str] = frozenset()

    def wake(self) -> None:
        """Something may be due now."""
        self._wake.set()

    async def run(self) -> None:
        """Publish what is due until cancelled. Without a neighbour nothing is tried, and nothing backs off."""
        while True:
            self._wake = trio.Event()
            next_ms = await self._store.next_due_ms()
            if next_ms is None:
                await self._wake.wait()
                continue
            await self._network.wait_for_peers(1)
            await self._greet_newcomers()
            if not await self._publish_due():
                wait_s = max(0.0, (next_ms - self._clock()) / 1_000)
                with trio.move_on_after(min(wait_s, _LOOK_AROUND_S)):
                    await self._wake.wait()

    async def _publish_due(self) -> bool:
        due = await self._store.due(self._clock(), _BATCH)
        published: list[tuple[DueEntry, int]] = []
        for each in due:
            topic = envelope_topic(each.entry.envelope, each.inbox_id, each.secret, self._clock())
            result = await self._network.publish(topic, each.entry.envelope)
            published.append((each, result.relays))
        if published:
            await self._commit(attempted(published, self._clock(), self._jitter()))
        return bool(published)

    async def _greet_newcomers(self) -> None:
        """A new neighbour may be, or lead to, whoever did not answer: what waits for long is tried now."""
        present = frozenset(each.peer_id for each in self._network.peers())
        if present - self._neighbours:
            await self._commit(hurry_all(self._clock()))
        self._neighbours = present

    async def _commit(self, commit: Commit) -> None:
        try:
            await self._writer.do(lambda: self._writer.apply(commit))
        except DiskFullError:
            # What was published will be published again: the receiver drops the repeat.
            _log.warning("no room on the disk: the outbox could not be updated")
            await trio.sleep(_LOOK_AROUND_S)
