"""What every store does with remembered peers."""

from __future__ import annotations

from conformance.store_rows import (
    NOW_MS,
    peer,
)
from conformance.stores import Store
from conformance.test_store import apply
from parley.chat.network.model import ForgottenPeer


async def test_peers_are_remembered_by_network_and_address(store: Store) -> None:
    """The one noted last first; noting one again replaces what was said of it."""
    await apply(store, peer("a"), peer("b", noted_at_ms=NOW_MS + 1), peer("c", cluster_id=1), peer("d"))
    await apply(store, peer("a", reached=False, noted_at_ms=NOW_MS + 2))

    assert await store.remembered_peers(7337) == (
        peer("a", reached=False, noted_at_ms=NOW_MS + 2),
        peer("b", noted_at_ms=NOW_MS + 1),
        peer("d"),
    )
    assert await store.remembered_peers(1) == (peer("c", cluster_id=1),)


async def test_a_forgotten_peer_is_gone_and_forgetting_twice_does_no_harm(store: Store) -> None:
    """On its own network only."""
    await apply(store, peer("a"), peer("a", cluster_id=1), peer("b"))
    for _ in range(2):
        await apply(store, ForgottenPeer(7337, peer("a").address))

    assert await store.remembered_peers(7337) == (peer("b"),)
    assert await store.remembered_peers(1) == (peer("a", cluster_id=1),)
