"""MemoryKeyring: the double of the system keyring for tests. It passes tests/conformance/test_system_keyring.py."""

from __future__ import annotations

import trio

from parley.database.errors import NoSystemKeyringError, SystemKeyringRefusedError
from parley.database.system_keyring import decode_secret, encode_secret


class MemoryKeyring:
    """SystemKeyring without a system.

    Args:
        present: False is a machine that has no keyring. It may be changed at any time, like `locked`.
        locked: True is a keyring that is there and refuses, as one does whose question is dismissed.
    """

    def __init__(self, *, present: bool = True, locked: bool = False) -> None:
        self.present = present
        self.locked = locked
        self.texts: dict[str, str] = {}

    async def available(self) -> bool:
        """As SystemKeyring.available."""
        await trio.lowlevel.checkpoint()
        return self.present

    async def store(self, name: str, secret: bytes) -> None:
        """As SystemKeyring.store."""
        text = encode_secret(name, secret)
        await self._answer()
        self.texts[name] = text

    async def read(self, name: str) -> bytes | None:
        """As SystemKeyring.read."""
        await self._answer()
        text = self.texts.get(name)
        return None if text is None else decode_secret(text)

    async def remove(self, name: str) -> None:
        """As SystemKeyring.remove."""
        await self._answer()
        self.texts.pop(name, None)

    async def _answer(self) -> None:
        await trio.lowlevel.checkpoint()
        if not self.present:
            raise NoSystemKeyringError
        if self.locked:
            raise SystemKeyringRefusedError("locked")
