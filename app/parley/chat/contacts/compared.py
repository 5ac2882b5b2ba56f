"""The safety number that was last compared with a contact, as it is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ComparedNumber:
    """A person and their contact saw the same safety number; replaces the row of the same account.

    Attributes:
        number: 60 digits. Once another one is true, devices were added or ended on either side.
    """

    account: str
    number: str
    compared_at_ms: int


class ComparedStore(Protocol):
    """Reads compared safety numbers."""

    async def compared_number(self, account: str) -> ComparedNumber | None:
        """The safety number that was last compared with this account, if one was."""
        ...
