"""Settings of a node, with the limits that protect it. Durations carry their unit in the name."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from parley.p2p.budget import BudgetLimits
from parley.p2p.faults import Faults
from parley.p2p.message import TIMESTAMP_WINDOW_MS
from parley.p2p.network import Clock
from parley.p2p.stamps import Stamps
from parley.p2p.topics import pubsub_topic

CLUSTER_ID = 7337
SHARD = 0
KEY_BYTES = 32


def system_clock() -> int:
    """Return the machine's time in milliseconds since the epoch, UTC."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """How a node is run.

    `key` is the 32-byte secret of the Ed25519 libp2p identity: the same key gives the same peer id.
    `listen` and `peers` are multiaddrs over TCP; each peer address ends in `/p2p/<peer id>`.
    """

    key: bytes = field(repr=False)  # Guarded by tests/p2p/test_bounds.py::test_the_key_is_not_shown.
    listen: tuple[str, ...] = ("/ip4/127.0.0.1/tcp/0",)
    peers: tuple[str, ...] = ()
    cluster_id: int = CLUSTER_ID
    shard: int = SHARD
    faults: Faults | None = None
    clock: Clock = system_clock
    timestamp_window_ms: int = TIMESTAMP_WINDOW_MS
    stamps: Stamps | None = None
    """Content topics whose messages are published with a stamp, and neither taken nor relayed without one."""
    budget: BudgetLimits = field(default_factory=BudgetLimits)
    max_connections: int = 64
    """Established connections in all; a quarter of them is kept free for those we dial."""
    relay: bool = False
    """Say in the metadata that this is a service node. Every node relays; this one has no person."""
    mdns: bool = False
    """Find nodes of our cluster on the LAN, and be found by them, while we listen on an address of it."""
    mdns_interfaces: tuple[str, ...] = ()
    """Look there alone, as `192.0.2.1/24`; every interface but the loopback if none is named."""
    max_connections_per_host: int = 16
    """Inbound ones from one address, except from this machine itself."""
    max_half_open: int = 32
    """Inbound connections that have not finished the handshake; a newcomer pushes out the oldest."""
    handshake_s: float = 10.0
    dial_s: float = 10.0
    redial_first_s: float = 1.0
    redial_longest_s: float = 60.0
    ping_every_s: float = 15.0
    silent_s: float = 40.0
    """A connection that brought nothing, not even the answer to a ping, for so long is closed."""
    time_every_s: float = 600.0
    heartbeat_s: float = 1.0
    restart_first_s: float = 1.0
    restart_longest_s: float = 60.0
    channel_messages: int = 1024
    fault_injection: Callable[[str], None] | None = field(default=None, repr=False)
    """Called with the name of a step of the adapter; a test raises from it to see the step survive."""

    def __post_init__(self) -> None:
        """Refuse a key or a shard that cannot be; raises ValueError."""
        if len(self.key) != KEY_BYTES:
            raise ValueError(f"the key has {len(self.key)} bytes, not {KEY_BYTES}")
        pubsub_topic(self.cluster_id, self.shard)

    @property
    def outbound_places(self) -> int:
        """How many connections inbound ones cannot take."""
        return max(1, self.max_connections // 4)

    @property
    def topic(self) -> str:
        """The pubsub topic this node relays."""
        return pubsub_topic(self.cluster_id, self.shard)
