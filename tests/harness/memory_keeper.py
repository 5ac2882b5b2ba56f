"""A keeper in memory: a profile that a passphrase opens, without disk."""

from __future__ import annotations

from typing import Any

import trio

from harness.memory_messenger import MemoryMessenger
from harness.memory_setup import MemorySetUp
from harness.memory_ways import MemoryWays
from parley.messenger.errors import ProfileExistsError, WrongPassphraseError


class MemoryKeeper:
    """Keeps a MemoryMessenger behind a passphrase; None is a folder without a profile.

    `fails_with` is raised by the next right passphrase (or what stands for it), once.
    """

    def __init__(self, passphrase: str | None = None, messenger: MemoryMessenger | None = None) -> None:
        self.messenger: MemoryMessenger | None = None
        self.set_up: MemorySetUp | None = None
        self.fails_with: Exception | None = None
        self.device_name = ""
        self.tries = 0
        self._kept = messenger or MemoryMessenger()
        self._kept.unlocking.passphrase = passphrase

    @property
    def passphrase(self) -> str | None:
        """What opens the profile; None without one."""
        return self._kept.unlocking.passphrase

    async def has_profile(self) -> bool:
        await trio.lowlevel.checkpoint()
        return self.passphrase is not None

    async def begin(self, passphrase: str, device_name: str) -> MemorySetUp:
        await trio.lowlevel.checkpoint()
        self._fail()
        if self.passphrase is not None:
            raise ProfileExistsError(None)  # type: ignore[arg-type]

        async def made(account: str) -> None:
            self._kept.unlocking.passphrase, self.device_name = passphrase, device_name
            self._kept.account = account
            self.set_up = None
            await self.unlock(passphrase)

        self.set_up = MemorySetUp(device_name, made)
        return self.set_up

    def abandon(self) -> None:
        self.set_up = None

    async def ways(self) -> MemoryWays:
        await trio.lowlevel.checkpoint()
        return self._kept.unlocking

    async def unlock(self, passphrase: str) -> None:
        self.tries += 1
        await trio.lowlevel.checkpoint()
        if passphrase != self.passphrase:
            raise WrongPassphraseError
        self._fail()
        self.messenger = self._kept

    async def unlock_request(self) -> dict[str, Any]:
        await trio.lowlevel.checkpoint()
        return self._kept.unlocking.request()

    async def unlock_by_signature(self, signature: bytes) -> None:
        self.tries += 1
        await trio.lowlevel.checkpoint()
        self._kept.unlocking.check_signature(signature)
        self._fail()
        self.messenger = self._kept

    async def unlock_by_keyring(self) -> None:
        await trio.lowlevel.checkpoint()
        self._kept.unlocking.check_keyring()
        self._fail()
        self.messenger = self._kept

    async def lock(self) -> None:
        await trio.lowlevel.checkpoint()
        self.messenger = None

    def _fail(self) -> None:
        if self.fails_with is not None:
            error, self.fails_with = self.fails_with, None
            raise error
