"""Remembered peers as they are stored."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RememberedPeer:
    """An address where a peer of one network was reached, or which a person or an invite named.

    Attributes:
        cluster_id: the network.
        address: a multiaddr that ends in `/p2p/<peer id>`.
        reached: whether the peer ever answered there.
        noted_at_ms: when it last did, or was named.
    """

    cluster_id: int
    address: str
    reached: bool
    noted_at_ms: int


@dataclass(frozen=True, slots=True)
class ForgottenPeer:
    """An address that is remembered no more. No effect if it is not."""

    cluster_id: int
    address: str
