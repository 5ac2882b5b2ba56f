"""What stands beside the pages that show no conversation."""

from __future__ import annotations

from typing import TypeVar, cast

from parley.web.contexts import Sidebar
from parley.web.live_part import LivePart
from parley.web.ports import Messenger
from parley.web.snapshot import View, take_snapshot

T = TypeVar("T")


async def beside(messenger: Messenger) -> tuple[Sidebar, str]:
    """The list of conversations with the status, and the address of the stream that keeps them up to date."""
    snapshot = await take_snapshot(messenger)
    return snapshot.sidebar, View().live_url("", snapshot.version)


async def beside_part(messenger: Messenger, part: LivePart[T]) -> tuple[Sidebar, str, T]:
    """The same for a page whose main part is live, and what that shows."""
    view = View(part=part)
    snapshot = await take_snapshot(messenger, view=view)
    return snapshot.sidebar, view.live_url("", snapshot.version), cast(T, snapshot.main)
