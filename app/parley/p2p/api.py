"""The public surface of the room p2p: a node of the network, its in-memory double, and seeded faults."""

from __future__ import annotations

from parley.p2p.budget import BudgetLimits
from parley.p2p.counts import Counts
from parley.p2p.errors import (
    AddressInUseError,
    ContentTopicError,
    InvalidAddressError,
    InvalidFaultsError,
    MetaTooLargeError,
    NetworkClosedError,
    P2pError,
    PayloadTooLargeError,
    TooManyPeersError,
)
from parley.p2p.faults import FaultCounts, Faults
from parley.p2p.interfaces import Reach, reach_of
from parley.p2p.memory import MemoryNetwork, MemoryNode
from parley.p2p.message import META_BYTES, PAYLOAD_BYTES
from parley.p2p.network import Clock, Network, NetworkTime, Peer, Published, Received, WakuHash
from parley.p2p.node import Node, open_node
from parley.p2p.peer_address import PeerAddress, read_peer_address
from parley.p2p.settings import CLUSTER_ID, SHARD, NodeSettings
from parley.p2p.stamps import STAMP_BITS, Stamps

__all__ = [
    "CLUSTER_ID",
    "META_BYTES",
    "PAYLOAD_BYTES",
    "SHARD",
    "STAMP_BITS",
    "AddressInUseError",
    "BudgetLimits",
    "Clock",
    "ContentTopicError",
    "Counts",
    "FaultCounts",
    "Faults",
    "InvalidAddressError",
    "InvalidFaultsError",
    "MemoryNetwork",
    "MemoryNode",
    "MetaTooLargeError",
    "Network",
    "NetworkClosedError",
    "NetworkTime",
    "Node",
    "NodeSettings",
    "P2pError",
    "PayloadTooLargeError",
    "Peer",
    "PeerAddress",
    "Published",
    "Reach",
    "Received",
    "Stamps",
    "TooManyPeersError",
    "WakuHash",
    "open_node",
    "reach_of",
    "read_peer_address",
]
