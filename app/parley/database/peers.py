"""Remembered peers; mirrors chat/network/ports.py."""

from __future__ import annotations

import apsw

from parley.chat.network.model import ForgottenPeer, RememberedPeer


def store_peer(connection: apsw.Connection, row: RememberedPeer) -> None:
    """Remember a peer's address, or when it was noted again."""
    connection.execute(
        """
        INSERT INTO peers (cluster_id, address, reached, noted_at_ms) VALUES (?, ?, ?, ?)
        ON CONFLICT (cluster_id, address) DO UPDATE SET
            reached = excluded.reached,
            noted_at_ms = excluded.noted_at_ms
        """,
        (row.cluster_id, row.address, row.reached, row.noted_at_ms),
    )


def forget_peer(connection: apsw.Connection, row: ForgottenPeer) -> None:
    """Forget a peer's address, if it is there."""
    connection.execute(
        "DELETE FROM peers WHERE cluster_id = ? AND address = ?", (row.cluster_id, row.address)
    )


def read_peers(connection: apsw.Connection, cluster_id: int) -> tuple[RememberedPeer, ...]:
    """Those of one network, the one noted last first."""
    rows = connection.execute(
        """
        SELECT cluster_id, address, reached, noted_at_ms FROM peers WHERE cluster_id = ?
        ORDER BY noted_at_ms DESC, address
        """,
        (cluster_id,),
    )
    return tuple(RememberedPeer(row[0], row[1], bool(row[2]), row[3]) for row in rows)
