"""Which message ids were seen lately: bounded in time and in number.

py-libp2p's own cache renews an entry on every look-up, starts a thread per node and has no bound; this one has
none of that.
"""

from __future__ import annotations

from collections import OrderedDict

SEEN_MS = 120_000
SEEN_ENTRIES = 100_000


class SeenCache:
    """Remembers an id from its first sighting for `SEEN_MS`, at most `SEEN_ENTRIES` of them (oldest go first)."""

    def __init__(self, ttl_ms: int = SEEN_MS, entries: int = SEEN_ENTRIES) -> None:
        self._ttl_ms = ttl_ms
        self._entries = entries
        self._expiry: OrderedDict[bytes, int] = OrderedDict()

    def __len__(self) -> int:
        return len(self._expiry)

    def __contains__(self, key: bytes) -> bool:
        return key in self._expiry

    def add(self, key: bytes, now_ms: int) -> bool:
        """Remember `key`; return whether it was new. A second sighting does not renew it."""
        while self._expiry:
            oldest, expiry = next(iter(self._expiry.items()))
            if expiry > now_ms and len(self._expiry) < self._entries:
                break
            del self._expiry[oldest]
        if key in self._expiry:
            return False
        self._expiry[key] = now_ms + self._ttl_ms
        return True
