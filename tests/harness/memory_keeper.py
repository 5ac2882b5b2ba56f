"""A keeper in memory: a profile that a passphrase opens, without keys or disk."""

from __future__ import annotations

import trio

from harness.memory_messenger import MemoryMessenger
from parley.messenger.errors import ProfileExistsError, WrongPassphraseError


class MemoryKeeper:
    """Keeps a MemoryMessenger behind a passphrase; None is a folder without a profile.

    `fails_with` is raised by the next right passphrase, once.
    """

    def __init__(self, passphrase: str | None = None, messenger: MemoryMessenger | None = None) -> None:
        self.passphrase = passphrase
        self.messenger: MemoryMessenger | None = None
        self.fails_with: Exception | None = None
        self.device_name = ""
        self.tries = 0
        self._kept = messenger or MemoryMessenger()

    async def has_profile(self) -> bool:
        await trio.lowlevel.checkpoint()
        return self.passphrase is not None

    async def create(self, passphrase: str, device_name: str) -> None:
        await trio.lowlevel.checkpoint()
        if self.passphrase is not None:
            raise ProfileExistsError(None)  # type: ignore[arg-type]
        self.passphrase, self.device_name = passphrase, device_name
        await self.unlock(passphrase)

    async def unlock(self, passphrase: str) -> None:
        self.tries += 1
        await trio.lowlevel.checkpoint()
        if passphrase != self.passphrase:
            raise WrongPassphraseError
        if self.fails_with is not None:
            error, self.fails_with = self.fails_with, None
            raise error
        self.messenger = self._kept

    async def lock(self) -> None:
        await trio.lowlevel.checkpoint()
        self.messenger = None
