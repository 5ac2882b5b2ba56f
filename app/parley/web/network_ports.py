"""What the page of the peer-to-peer network needs of an opened profile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Peer(Protocol):
    """A neighbour that a message would be handed to now.

    Attributes:
        address: where it was reached, or came from where `outbound` is false.
        relay: whether it says of itself that it is a service node.
    """

    @property
    def peer_id(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def since_ms(self) -> int: ...
    @property
    def outbound(self) -> bool: ...
    @property
    def relay(self) -> bool: ...


class KnownPeer(Protocol):
    """A peer that is dialled again and again.

    Attributes:
        given: named by an option of this run.
        reached: whether it ever answered there.
    """

    @property
    def address(self) -> str: ...
    @property
    def given(self) -> bool: ...
    @property
    def reached(self) -> bool: ...
    @property
    def connected(self) -> bool: ...


class OwnAddress(Protocol):
    """Where this node can be dialled; `reach` is "machine", "lan" or "internet"."""

    @property
    def address(self) -> str: ...
    @property
    def reach(self) -> str: ...


class NetworkTime(Protocol):
    """How far the own clock is off, by the answers of so many neighbours."""

    @property
    def offset_ms(self) -> int: ...
    @property
    def answers(self) -> int: ...


class Waiting(Protocol):
    """What of one conversation waits for acknowledgements.

    Attributes:
        last_attempt_ms: 0 if nothing was tried yet.
    """

    @property
    def conversation_id(self) -> str: ...
    @property
    def account(self) -> str: ...
    @property
    def nickname(self) -> str: ...
    @property
    def messages(self) -> int: ...
    @property
    def attempts(self) -> int: ...
    @property
    def last_attempt_ms(self) -> int: ...
    @property
    def next_attempt_ms(self) -> int: ...


class Drops(Protocol):
    """How much found no room since the profile was opened; whoever means it sends it again."""

    @property
    def messages(self) -> int: ...
    @property
    def first_contacts(self) -> int: ...
    @property
    def records(self) -> int: ...


class NetworkState(Protocol):
    """How the node is doing.

    Attributes:
        peer_id: under which the network knows this node; it names no account.
        known: peers of the options and of memory.
        addresses: where this node listens, what is reached from farthest first.
        reach: of the first of them; None if it only dials.
        now_ms: when this was put together.
        taken_ports: those that this node had before, and another program has now.
    """

    @property
    def peer_id(self) -> str: ...
    @property
    def cluster_id(self) -> int: ...
    @property
    def peers(self) -> Sequence[Peer]: ...
    @property
    def known(self) -> Sequence[KnownPeer]: ...
    @property
    def addresses(self) -> Sequence[OwnAddress]: ...
    @property
    def reach(self) -> str | None: ...
    @property
    def time(self) -> NetworkTime: ...
    @property
    def waiting(self) -> Sequence[Waiting]: ...
    @property
    def now_ms(self) -> int: ...
    @property
    def taken_ports(self) -> Sequence[int]: ...
    @property
    def drops(self) -> Drops: ...


class Connections(Protocol):
    """The part of an opened profile that knows its node."""

    async def network(self) -> NetworkState:
        """How the node is doing now."""
        ...

    async def add_peer(self, address: str) -> None:
        """Dial a peer from now on, also after the next start.

        Raises:
            InvalidPeerAddressError, TooManyPeersError, StorageError: nothing was changed.
        """
        ...

    async def remove_peer(self, address: str) -> None:
        """Dial a peer no more, and forget it. Raises StorageError."""
        ...
