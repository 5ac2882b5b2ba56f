"""What stands beside the pages that show no conversation."""

from __future__ import annotations

from parley.web.contexts import Sidebar
from parley.web.ports import Messenger
from parley.web.snapshot import take_snapshot


async def beside(messenger: Messenger) -> tuple[Sidebar, str]:
    """The list of conversations with the status, and the address of the stream that keeps them up to date."""
    snapshot = await take_snapshot(messenger)
    return snapshot.sidebar, f"/live?shown={snapshot.version}"
