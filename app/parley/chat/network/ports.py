"""What remembering peers needs from storage."""

from __future__ import annotations

from typing import Protocol

from parley.chat.network.model import RememberedPeer


class PeerStore(Protocol):
    """Reads remembered peers."""

    async def remembered_peers(self, cluster_id: int) -> tuple[RememberedPeer, ...]:
        """Those of one network, the one noted last first, equals by their address."""
        ...
