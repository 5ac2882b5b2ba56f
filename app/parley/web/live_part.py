"""A part of a page, beside list and status, that the page's stream keeps up to date."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from parley.web.ports import Messenger

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class LivePart(Generic[T_co]):
    """What a page shows in its main part, as something that can be read again.

    Attributes:
        name: what the address of the page's stream calls it.
        blocks: the blocks of `template`, each with the id of the element it stands in.
        read: what the blocks show, as `page.main`. Equal texts of it (`repr`) mean equal blocks.
    """

    name: str
    template: str
    blocks: tuple[tuple[str, str], ...]
    read: Callable[[Messenger], Awaitable[T_co]] = field(repr=False, compare=False)
