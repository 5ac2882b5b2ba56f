"""Tells contacts a new delivery secret, each in their own commit, until all who had an earlier one were told."""

from __future__ import annotations

import logging
from collections.abc import Callable

import trio

from parley.chat.direct.send import tell_secret
from parley.chat.errors import DiskFullError, NoLiveDeviceError
from parley.messenger.own import Own
from parley.messenger.system import Store
from parley.messenger.writer import Writer

_log = logging.getLogger(__name__)

_AGAIN_S = 10.0


class Secrets:
    """Tells for one opened profile. Who was not told when it was closed is told when it is opened again."""

    def __init__(self, store: Store, writer: Writer, own: Own, clock: Callable[[], int]) -> None:
        self._store = store
        self._writer = writer
        self._own = own
        self._clock = clock
        self._wake = trio.Event()

    def wake(self) -> None:
        """There may be a new secret."""
        self._wake.set()

    async def run(self) -> None:
        """Tell until cancelled."""
        while True:
            self._wake = trio.Event()
            try:
                for each in await self._store.conversations():
                    await self._tell(each.conversation_id)
            except DiskFullError:
                _log.warning("no room on the disk: a new delivery secret is told later")
                with trio.move_on_after(_AGAIN_S):
                    await self._wake.wait()
                continue
            await self._wake.wait()

    async def _tell(self, conversation_id: str) -> None:
        async def job() -> None:
            loaded = await self._store.load_conversation(conversation_id)
            try:
                commit = loaded and tell_secret(loaded, self._own.device, self._clock())
            except NoLiveDeviceError:
                return  # It is told with the first thing said to a device that they have again.
            if commit:
                await self._writer.apply(commit)

        await self._writer.do(job)
