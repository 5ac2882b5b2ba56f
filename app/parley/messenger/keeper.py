"""Keeps the profile of one data folder: makes it, opens it, and closes it again while the process goes on.

While it is locked there is no key, no database and no node: nothing is received.
"""

from __future__ import annotations

from typing import Any, Final

import trio

from parley.messenger import ways
from parley.messenger.errors import ProfileExistsError
from parley.messenger.opened import Messenger, open_messenger
from parley.messenger.profile import begin_set_up, has_profile, unlock_profile, write_profile
from parley.messenger.setup import MadeProfile, SetUp
from parley.messenger.system import System
from parley.messenger.ways import Ways
from parley.settings import Settings

SET_UP_LIFETIME_S: Final = 30 * 60
"""So long after it was last asked for, what was begun is forgotten, keys and words included."""


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
        self._set_up: SetUp | None = None
        self._forgetting = trio.CancelScope()

    @property
    def messenger(self) -> Messenger | None:
        """The opened profile, or None while it is locked."""
        return self._messenger

    @property
    def set_up(self) -> SetUp | None:
        """The profile that is being made, or None. Asking for it keeps it for another half an hour."""
        if self._set_up is not None:
            self._forgetting.deadline = trio.current_time() + SET_UP_LIFETIME_S
        return self._set_up

    async def has_profile(self) -> bool:
        """Whether the data folder holds a profile."""
        return await trio.to_thread.run_sync(has_profile, self._settings.data)

    async def begin(self, passphrase: str, device_name: str) -> SetUp:
        """Begin to make a profile, in place of one that was begun. Nothing is written; takes about a second.

        Raises:
            ProfileExistsError, FolderNotEmptyError: the folder cannot take one.
        """
        async with self._changing:
            self.abandon()
            self._set_up = await begin_set_up(
                self._settings, passphrase, device_name, self._system, self._finish
            )
            # Guarded by tests/messenger/test_keeper.py::test_what_was_begun_is_forgotten.
            self._forgetting = trio.CancelScope(deadline=trio.current_time() + SET_UP_LIFETIME_S)
            self._nursery.start_soon(self._forget, self._forgetting, self._set_up)
            return self._set_up

    def abandon(self) -> None:
        """Forget what was begun; harmless if nothing was."""
        self._forgetting.cancel()
        self._set_up = None

    async def ways(self) -> Ways:
        """Which ways of unlocking there are besides the passphrase."""
        return await ways.ways_of(self._settings.data)

    async def unlock(self, passphrase: str) -> None:
        """Open the profile, and the wallet inside; harmless if it is open. Takes about a second, one call at a time.

        Raises:
            WrongPassphraseError: nothing was changed.
            NoProfileError, DatabaseError, NodeError: as `unlock_profile` and `open_messenger` raise them.
        """
        async with self._changing:
            if self._messenger is None:
                keys = await unlock_profile(self._settings.data, passphrase)
                await self._open(keys.database, keys.vault)

    async def unlock_request(self) -> dict[str, Any]:
        """The EIP-712 data whose signature opens the profile.

        Raises:
            NoSuchWayError: that way is not set up.
        """
        return await ways.unlock_request(self._settings.data)

    async def unlock_by_signature(self, signature: bytes) -> None:
        """Open the profile by the wallet's signature of `unlock_request`; a wallet inside stays locked.

        Raises:
            NoSuchWayError: that way is not set up.
            WrongSignatureError: it does not open it.
        """
        async with self._changing:
            if self._messenger is None:
                await self._open(await ways.key_by_signature(self._settings.data, signature))

    async def unlock_by_keyring(self) -> None:
        """Open the profile by the secret in the system's keyring; a wallet inside stays locked.

        Raises:
            NoSuchWayError: that way is not set up.
            KeyringUnavailableError: the keyring does not give it.
        """
        async with self._changing:
            if self._messenger is None:
                await self._open(await ways.key_by_keyring(self._settings.data, self._system.keyring))

    async def lock(self) -> None:
        """Close the profile; returns when database and node are closed. Harmless if it is locked."""
        async with self._changing:
            if self._messenger is not None:
                self._close.set()
                await self._closed.wait()

    async def _finish(self, made: MadeProfile) -> None:
        async with self._changing:
            if self._messenger is not None:
                raise ProfileExistsError(self._settings.data)
            await write_profile(self._settings.data, made)
            self.abandon()
            await self._open(made.keys.database, made.keys.vault)

    async def _forget(self, scope: trio.CancelScope, begun: SetUp) -> None:
        with scope:
            await trio.sleep_forever()
        if self._set_up is begun:
            self._set_up = None

    async def _open(self, database_key: bytes, vault_key: bytes | None = None) -> None:
        await self._nursery.start(self._hold, database_key, vault_key)

    async def _hold(
        self,
        database_key: bytes,
        vault_key: bytes | None,
        *,
        task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        self._close, self._closed = trio.Event(), trio.Event()
        try:
            async with open_messenger(self._settings, database_key, self._system, vault_key) as messenger:
                self._messenger = messenger
                task_status.started()
                try:
                    await self._close.wait()
                finally:
                    self._messenger = None
        finally:
            self._closed.set()
