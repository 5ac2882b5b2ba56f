"""The messages of the last few heartbeats, by message id, for those who ask for them.

py-libp2p keys its cache by sender and sequence number, which anonymous messages do not have, so all of them
would share one entry; and it has no bound.
"""

from __future__ import annotations

from collections import OrderedDict

from libp2p.pubsub.mcache import MessageCache

HISTORY_BEATS = 5
GOSSIP_BEATS = 3
CACHE_BYTES = 16 * 1024 * 1024


class RecentMessages(MessageCache):
    """Serialised RPCs of recent messages; the oldest go when time or bytes run out."""

    def __init__(self) -> None:
        super().__init__(GOSSIP_BEATS, HISTORY_BEATS)
        self._rpcs: OrderedDict[bytes, tuple[bytes, int]] = OrderedDict()
        self._bytes = 0
        self._beat = 0

    def __len__(self) -> int:
        return len(self._rpcs)

    def keep(self, message_id: bytes, rpc: bytes) -> None:
        """Keep the RPC that carries a message."""
        if message_id in self._rpcs:
            return
        self._rpcs[message_id] = (rpc, self._beat)
        self._bytes += len(rpc)
        while self._bytes > CACHE_BYTES:
            self._drop_oldest()

    def rpc(self, message_id: bytes) -> bytes | None:
        """Return the RPC that carries a message, if it is still kept."""
        entry = self._rpcs.get(message_id)
        return None if entry is None else entry[0]

    def window(self, topic: str) -> list[bytes]:  # noqa: ARG002
        """Return the ids to gossip about, newest last. There is one topic."""
        return [key for key, (_, beat) in self._rpcs.items() if beat > self._beat - GOSSIP_BEATS]

    def shift(self) -> None:
        """Let a heartbeat pass."""
        self._beat += 1
        while self._rpcs:
            _, beat = next(iter(self._rpcs.values()))
            if beat > self._beat - HISTORY_BEATS:
                break
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        _, (rpc, _) = self._rpcs.popitem(last=False)
        self._bytes -= len(rpc)
