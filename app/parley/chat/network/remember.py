"""Steps that remember and forget peers. What is remembered is bounded."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from parley.chat.commit import Commit, Row
from parley.chat.network.model import ForgottenPeer, RememberedPeer

REMEMBERED_PEERS = 32
RENEW_MS = 24 * 60 * 60 * 1_000
"""A peer that stays is noted again so often and not at each look at it."""


def remember_named(
    remembered: Sequence[RememberedPeer], cluster_id: int, addresses: Collection[str], now_ms: int
) -> Commit | None:
    """One step: addresses that a person or an invite named; None if all are known."""
    known = {each.address for each in remembered}
    named = list(dict.fromkeys(addresses))[:REMEMBERED_PEERS]
    new = [RememberedPeer(cluster_id, each, False, now_ms) for each in named if each not in known]
    return _commit(remembered, new, named)


def remember_reached(
    remembered: Sequence[RememberedPeer], cluster_id: int, addresses: Collection[str], now_ms: int
) -> Commit | None:
    """One step: addresses where peers answered; None if that is known well enough."""
    fresh = {each.address for each in remembered if each.reached and now_ms - each.noted_at_ms < RENEW_MS}
    named = list(dict.fromkeys(addresses))[:REMEMBERED_PEERS]
    new = [RememberedPeer(cluster_id, each, True, now_ms) for each in named if each not in fresh]
    return _commit(remembered, new, named)


def forget(cluster_id: int, address: str) -> Commit:
    """One step: a person does not want this address any more."""
    return Commit("forget_peer", rows=(ForgottenPeer(cluster_id, address),))


def _commit(
    remembered: Sequence[RememberedPeer], new: list[RememberedPeer], named: list[str]
) -> Commit | None:
    if not new:
        return None
    noted = {each.address for each in new}
    others = [each for each in remembered if each.address not in noted]
    # Those that never answered go first: or invites full of made-up addresses would lose us the network.
    # Guarded by tests/chat/test_remember.py::test_named_addresses_do_not_push_out_those_that_answered.
    # What is known and named beside the new ones is not what makes room for them.
    others.sort(key=lambda each: (each.address in named, each.reached, each.noted_at_ms, each.address))
    surplus = max(0, len(others) + len(new) - REMEMBERED_PEERS)
    rows: list[Row] = [*new]
    rows += [ForgottenPeer(each.cluster_id, each.address) for each in others[:surplus]]
    return Commit("remember_peers", rows=tuple(rows))
