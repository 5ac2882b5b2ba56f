"""Who brought a message: the neighbours that handed over the same one, bounded in number.

Gossip comes more than once wherever there is more than one way. What one neighbour alone brings, one neighbour alone
could have kept back, or could be the only one to have.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

from parley.p2p.network import WakuHash

REMEMBERED = 1_024
BEARERS = 8


class Bearers:
    """Remembers them for the latest messages that were handed on."""

    def __init__(self, messages: int = REMEMBERED) -> None:
        self._messages = messages
        self._by_id: OrderedDict[bytes, tuple[WakuHash, set[Hashable]]] = OrderedDict()
        self._by_hash: dict[WakuHash, bytes] = {}

    def first(self, message_id: bytes, waku_hash: WakuHash, bearer: Hashable) -> None:
        """A neighbour brought a new message; the oldest one is forgotten at the limit."""
        if message_id in self._by_id:
            return
        self._by_id[message_id] = (waku_hash, {bearer})
        self._by_hash[waku_hash] = message_id
        if len(self._by_id) > self._messages:
            _, (oldest, _bearers) = self._by_id.popitem(last=False)
            self._by_hash.pop(oldest, None)

    def again(self, message_id: bytes, bearer: Hashable) -> None:
        """A neighbour brought one that is known; no effect if it is not remembered."""
        known = self._by_id.get(message_id)
        if known is not None and len(known[1]) < BEARERS:
            known[1].add(bearer)

    def of(self, waku_hash: WakuHash) -> frozenset[str]:
        """Their peer ids; nobody's for a message that is not remembered."""
        message_id = self._by_hash.get(waku_hash)
        return frozenset() if message_id is None else frozenset(map(str, self._by_id[message_id][1]))
