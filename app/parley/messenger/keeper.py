"""Keeps the profile of one data folder: makes it, opens it, and closes it again while the process goes on.

While it is locked there is no key, no database and no node: nothing is received.
"""

from __future__ import annotations

import trio

from parley.messenger.errors import ProfileExistsError
from parley.messenger.opened import Messenger, open_messenger
from parley.messenger.profile import has_profile, make_profile, unlock_profile
from parley.messenger.system import System
from parley.settings import Settings


class Keeper:
    """The profile of one data folder, locked to begin with.

    Args:
        nursery: an opened profile lives in it; what breaks it for good breaks the nursery.
    """

    def __init__(self, settings: Settings, system: System, nursery: trio.Nursery) -> None:
        self._settings = settings
        self._system = system
        self._nursery = nursery
        self._changing = trio.Lock()
        self._messenger: Messenger | None = None
        self._close = trio.Event()
        self._closed = trio.Event()

    @property
    def messenger(self) -> Messenger | None:
        """The opened profile, or None while it is locked."""
        return self._messenger

    async def has_profile(self) -> bool:
        """Whether the data folder holds a profile."""
        return await trio.to_thread.run_sync(has_profile, self._settings.data)

    async def create(self, passphrase: str, device_name: str) -> None:
        """Make a profile with a fresh account, and open it.

        Raises:
            ProfileExistsError, FolderNotEmptyError: the folder is left as it is.
        """
        async with self._changing:
            if self._messenger is not None:
                raise ProfileExistsError(self._settings.data)
            await make_profile(self._settings.data, passphrase, device_name, self._system)
            await self._open(passphrase)

    async def unlock(self, passphrase: str) -> None:
        """Open the profile; harmless if it is open. Takes about a second, one call at a time.

        Raises:
            WrongPassphraseError: nothing was changed.
            NoProfileError, DatabaseError, NodeError: as `unlock_profile` and `open_messenger` raise them.
        """
        async with self._changing:
            if self._messenger is None:
                await self._open(passphrase)

    async def lock(self) -> None:
        """Close the profile; returns when database and node are closed. Harmless if it is locked."""
        async with self._changing:
            if self._messenger is not None:
                self._close.set()
                await self._closed.wait()

    async def _open(self, passphrase: str) -> None:
        key = await unlock_profile(self._settings.data, passphrase)
        await self._nursery.start(self._hold, key)

    async def _hold(
        self, key: bytes, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> None:
        self._close, self._closed = trio.Event(), trio.Event()
        try:
            async with open_messenger(self._settings, key, self._system) as messenger:
                self._messenger = messenger
                task_status.started()
                try:
                    await self._close.wait()
                finally:
                    self._messenger = None
        finally:
            self._closed.set()
