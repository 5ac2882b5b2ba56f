"""What we remember of each neighbour while it is one, and a little longer, so that reconnecting is no amnesty."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

import trio
from libp2p.peer.envelope import consume_envelope
from libp2p.peer.id import ID

from parley.p2p.budget import BudgetLimits, NeighbourBudget
from parley.p2p.libp2p_adapter.frames import MalformedFrameError

NEIGHBOURS = 1024
RECORD_BYTES = 4096
RECORD_EVERY_S = 30.0


def monotonic_ms() -> int:
    """Milliseconds of trio's clock."""
    return int(trio.current_time() * 1000)


@dataclass(slots=True)
class Neighbour:
    """One neighbour's account and what it has shown."""

    budget: NeighbourBudget
    record: bytes = b""
    record_at_s: float = field(default=-1e9)
    reading: list[trio.CancelScope] = field(default_factory=list)
    asked: int = 0
    served: dict[bytes, int] = field(default_factory=dict)

    def check_record(self, peer_id: ID, record: bytes, now_s: float) -> None:
        """Verify a signed peer record the first time it is seen; raises MalformedFrameError if it is false.

        Verifying it on every RPC was 17 % of the time in measurements. A neighbour whose record changes all
        the time is believed to have an old one. Nothing is dialled because of a record.
        Guarded by tests/p2p/test_hostile_pubsub.py::test_a_bad_signed_record.
        """
        if record == self.record or now_s - self.record_at_s < RECORD_EVERY_S / 2:
            return
        self.record_at_s = now_s
        if len(record) > RECORD_BYTES:
            raise MalformedFrameError("signed record")
        try:
            _, content = consume_envelope(record, "libp2p-peer-record")
        except Exception as error:  # The record is a stranger's protobuf inside a stranger's protobuf.
            raise MalformedFrameError("signed record") from error
        if content.peer_id != peer_id:
            raise MalformedFrameError("signed record")
        self.record = record


class Neighbours:
    """Accounts by peer id; the one unused longest is forgotten."""

    def __init__(self, limits: BudgetLimits) -> None:
        self._limits = limits
        self._known: OrderedDict[ID, Neighbour] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def of(self, peer_id: ID) -> Neighbour:
        """Return a neighbour's account, opening one for a new neighbour."""
        neighbour = self._known.get(peer_id)
        if neighbour is None:
            neighbour = self._known[peer_id] = Neighbour(NeighbourBudget(self._limits, monotonic_ms()))
            while len(self._known) > NEIGHBOURS:
                self._known.popitem(last=False)
        else:
            self._known.move_to_end(peer_id)
        return neighbour

    def each(self) -> list[Neighbour]:
        """All accounts."""
        return list(self._known.values())
