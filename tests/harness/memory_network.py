"""A node in memory: the part of MemoryMessenger that the page of the network asks."""

from __future__ import annotations

from dataclasses import dataclass, field

import trio

RELAY = "/ip4/192.0.2.7/tcp/4001/p2p/16Uiu2HAmRelay"
OWN = "/ip4/192.168.1.20/tcp/4600/p2p/16Uiu2HAmOwn"


@dataclass(frozen=True)
class MemoryPeer:
    """A neighbour."""

    peer_id: str = "16Uiu2HAmRelay"
    address: str = RELAY
    since_ms: int = 1_800_000_000_000
    outbound: bool = True
    relay: bool = True


@dataclass(frozen=True)
class MemoryKnownPeer:
    """A peer that is dialled."""

    address: str = RELAY
    given: bool = False
    reached: bool = True
    connected: bool = True


@dataclass(frozen=True)
class MemoryOwnAddress:
    """Where the node can be dialled."""

    address: str = OWN
    reach: str = "lan"


@dataclass(frozen=True)
class MemoryTime:
    """What neighbours say of the clock."""

    offset_ms: int = 0
    answers: int = 0


@dataclass(frozen=True)
class MemoryWaiting:
    """What waits for somebody."""

    conversation_id: str
    account: str
    nickname: str = ""
    messages: int = 1
    attempts: int = 0
    last_attempt_ms: int = 0
    next_attempt_ms: int = 0


@dataclass(frozen=True)
class MemoryDrops:
    """What found no room."""

    messages: int = 0
    first_contacts: int = 0
    records: int = 0


@dataclass
class MemoryNetworkState:
    """How the node would be doing; tests set what they need."""

    peer_id: str = "16Uiu2HAmOwn"
    cluster_id: int = 7337
    peers: tuple[MemoryPeer, ...] = ()
    known: tuple[MemoryKnownPeer, ...] = ()
    addresses: tuple[MemoryOwnAddress, ...] = ()
    reach: str | None = None
    time: MemoryTime = field(default_factory=MemoryTime)
    waiting: tuple[MemoryWaiting, ...] = ()
    now_ms: int = 1_800_000_000_000
    taken_ports: tuple[int, ...] = ()
    drops: MemoryDrops = field(default_factory=MemoryDrops)


class MemoryNetwork:
    """Keeps what a test says of the node, and peers that are added."""

    def __init__(self) -> None:
        self.node = MemoryNetworkState()
        self.refuses_peers: Exception | None = None

    async def network(self) -> MemoryNetworkState:
        await trio.lowlevel.checkpoint()
        return self.node

    async def add_peer(self, address: str) -> None:
        await trio.lowlevel.checkpoint()
        if self.refuses_peers is not None:
            raise self.refuses_peers
        self.node.known += (MemoryKnownPeer(address, reached=False, connected=False),)

    async def remove_peer(self, address: str) -> None:
        await trio.lowlevel.checkpoint()
        self.node.known = tuple(each for each in self.node.known if each.address != address)
