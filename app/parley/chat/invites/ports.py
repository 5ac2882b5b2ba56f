"""What invites need from storage."""

from __future__ import annotations

from typing import Protocol

from parley.chat.invites.model import IssuedInvite, TakenInvite


class InviteStore(Protocol):
    """Reads invites."""

    async def issued_invite(self, token_hash: bytes) -> IssuedInvite | None:
        """The invite that was made here with this token, if it was not ended."""
        ...

    async def issued_invites(self) -> tuple[IssuedInvite, ...]:
        """All that were made here and not ended, the newest first."""
        ...

    async def taken_invite(self, account: str) -> TakenInvite | None:
        """The invite of this account that was used here, if it was not dropped."""
        ...

    async def taken_invites(self) -> tuple[TakenInvite, ...]:
        """All that were used here, the newest first."""
        ...
