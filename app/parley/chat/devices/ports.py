"""What the own profile needs from storage."""

from __future__ import annotations

from typing import Protocol

from parley.chat.commit import StoredState
from parley.chat.devices.model import ProfileRow


class ProfileStore(Protocol):
    """Reads the own profile."""

    async def profile(self) -> ProfileRow | None:
        """The own profile, or None in a database that has none yet."""
        ...

    async def device_state(self) -> StoredState:
        """The own device's e2ee state."""
        ...

    async def vault(self) -> StoredState:
        """The sealed wallet inside; version 0 where the wallet is outside."""
        ...

    async def preferences(self) -> StoredState:
        """What was set for this profile; version 0 as long as nothing was."""
        ...
