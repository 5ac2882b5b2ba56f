"""Whom a node stays connected to, and under which addresses. Pure.

Peers are named by the owner, at the start or later, or found on the LAN. Nothing that a peer says comes in here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from parley.p2p.errors import TooManyPeersError

ADDED_PEERS = 64
"""Peers added at run time; those in the settings are not counted."""
FOUND_PEERS = 32
"""Peers that are known by being found alone."""
PEER_ADDRESSES = 8
"""Addresses of one peer, tried in turn."""


@dataclass(slots=True)
class _Entry:
    """Addresses of one peer; `reached` is the one of them that answered last, or empty."""

    fixed: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    found: tuple[str, ...] = ()
    reached: str = ""


class PeerBook:
    """Addresses by peer id.

    Args:
        fixed: peer ids of the settings with their addresses.
    """

    def __init__(self, fixed: Iterable[tuple[str, str]] = ()) -> None:
        self._entries: dict[str, _Entry] = {}
        for peer_id, address in fixed:
            self._entries.setdefault(peer_id, _Entry()).fixed.append(address)

    def add(self, peer_id: str, address: str) -> bool:
        """Note an address; tells whether it is new.

        Of more than eight the oldest goes, but none of the settings and not the one that answered last: whoever
        names a peer of ours in an invite must not be able to lose it for us.
        Guarded by tests/p2p/test_peer_book.py::test_wrong_addresses_do_not_push_out_the_good_ones.

        Raises:
            TooManyPeersError: it is of a further peer, and there are too many.
        """
        entry = self._entries.get(peer_id)
        if entry is None:
            entry = _Entry()
        if not entry.fixed and not entry.added and self._count(lambda each: bool(each.added)) >= ADDED_PEERS:
            raise TooManyPeersError(ADDED_PEERS)
        self._entries[peer_id] = entry
        if address in entry.fixed or address in entry.added:
            return False
        entry.added.append(address)
        if len(entry.fixed) + len(entry.added) > PEER_ADDRESSES:
            oldest = next(each for each in entry.added if each != entry.reached)
            entry.added.remove(oldest)
        return True

    def remove(self, peer_id: str, address: str) -> bool:
        """Forget an address; tells whether it was the last one of its peer."""
        entry = self._entries.get(peer_id, _Entry())
        for addresses in (entry.fixed, entry.added):
            if address in addresses:
                addresses.remove(address)
        return self._drop_if_empty(peer_id)

    def find(self, peer_id: str, addresses: tuple[str, ...]) -> bool:
        """A peer was found at these addresses, and at no other; tells whether that is taken and new."""
        entry = self._entries.get(peer_id)
        if entry is None and self._count(lambda each: not each.added) >= FOUND_PEERS:
            return False
        entry = self._entries.setdefault(peer_id, _Entry())
        new = entry.found != addresses
        entry.found = addresses
        return new

    def lose(self, peer_id: str) -> None:
        """A peer is found no more; it stays where it was named."""
        if peer_id in self._entries:
            self._entries[peer_id].found = ()
            self._drop_if_empty(peer_id)

    def note_reached(self, peer_id: str, address: str) -> None:
        """The peer answered there: it is the first to be tried next time."""
        if peer_id in self._entries:
            self._entries[peer_id].reached = address

    def reached(self, peer_id: str) -> str:
        """Where the peer answered last, or empty."""
        entry = self._entries.get(peer_id)
        return "" if entry is None else entry.reached

    def peers(self) -> tuple[str, ...]:
        """All peers of the book."""
        return tuple(self._entries)

    def addresses(self, peer_id: str) -> tuple[str, ...]:
        """Where a peer may be found, in the order to try; empty if it is not in the book."""
        entry = self._entries.get(peer_id, _Entry())
        known = dict.fromkeys((*entry.fixed, *entry.added, *entry.found))
        return tuple(sorted(known, key=lambda each: each != entry.reached))[: 2 * PEER_ADDRESSES]

    def is_found(self, peer_id: str) -> bool:
        """Whether a peer is known by being found alone."""
        entry = self._entries.get(peer_id, _Entry())
        return bool(entry.found) and not entry.fixed and not entry.added

    def is_fixed(self, peer_id: str) -> bool:
        """Whether a peer is one of the settings."""
        return peer_id in self._entries and bool(self._entries[peer_id].fixed)

    def _count(self, which: Callable[[_Entry], bool]) -> int:
        return sum(not each.fixed and which(each) for each in self._entries.values())

    def _drop_if_empty(self, peer_id: str) -> bool:
        entry = self._entries.get(peer_id)
        if entry is None or entry.fixed or entry.added or entry.found:
            return False
        del self._entries[peer_id]
        return True
