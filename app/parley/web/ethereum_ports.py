"""What the pages need to know of Ethereum and of the preferences. `parley.messenger` provides it, as `ports`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol


class Block(Protocol):
    """What a balance is as of; `time_ms` by the block's own time stamp."""

    @property
    def time_ms(self) -> int: ...


class Balance(Protocol):
    """An account's ether after a block."""

    @property
    def wei(self) -> int: ...
    @property
    def block(self) -> Block: ...


class NodeState(Protocol):
    """What is known of a node, from the last time it was asked.

    Attributes:
        endpoint: scheme, host and port; the rest of an address often is a key.
        health: "untried", "answering", "unreachable", "wrong chain" or "bad answer".
        asked_ms: when that was; None if never.
    """

    @property
    def endpoint(self) -> str: ...
    @property
    def health(self) -> str: ...
    @property
    def asked_ms(self) -> int | None: ...


class EthereumState(Protocol):
    """What is known now.

    Attributes:
        nodes: none means that nobody is asked.
        balance: the own account's, last known; None as long as there was no answer.
        answered: whether the last question for it was answered; None before there was one.
        elsewhere: the own account is a contract on this other chain, so that it has no balance here.
    """

    @property
    def chain_id(self) -> int: ...
    @property
    def nodes(self) -> tuple[NodeState, ...]: ...
    @property
    def balance(self) -> Balance | None: ...
    @property
    def answered(self) -> bool | None: ...
    @property
    def elsewhere(self) -> int | None: ...


class NetworkChoice(Protocol):
    """The network that is read and its nodes, as the profile keeps them and as this run was started.

    Attributes:
        stored_endpoints: the addresses kept for the network that is read, whole.
        chain_given, endpoints_given: whether this run was started with others, which count until it ends.
    """

    @property
    def chain_id(self) -> int: ...
    @property
    def stored_chain_id(self) -> int: ...
    @property
    def stored_endpoints(self) -> tuple[str, ...]: ...
    @property
    def chain_given(self) -> bool: ...
    @property
    def endpoints_given(self) -> bool: ...


class Ethereum(Protocol):
    """Reads Ethereum for one opened profile. What is read here asks nobody; news is told as an event."""

    def name_of(self, account: str) -> str | None:
        """The ENS name of an account, if it is known and stands for the account too."""
        ...

    def ask_for(self, strangers: Iterable[str]) -> None:
        """Have the names of these asked for too, while a page shows them; nodes see it."""
        ...

    def state(self) -> EthereumState:
        """What is known of the network and of the own balance."""
        ...

    def network(self) -> NetworkChoice:
        """The network and its nodes as they were set."""
        ...

    @property
    def offchain_names(self) -> bool:
        """Whether servers outside the chain may be asked for a name that a person typed."""
        ...

    async def allow_offchain_names(self, allowed: bool) -> None:
        """Ask servers outside the chain for names that a person types, or do not. Raises StorageError."""
        ...

    async def choose(self, chain_id: int) -> None:
        """Read another network from now on. Raises InvalidChainIdError, StorageError."""
        ...

    async def set_nodes(self, chain_id: int, endpoints: tuple[str, ...]) -> None:
        """Read a network through these nodes, after each was asked; one that cannot be reached is kept.

        Raises:
            InvalidChainIdError, InvalidNodeAddressError, TooManyNodesError, TooManyNetworksError, StorageError,
            WrongNodeError: nothing was changed.
        """
        ...

    async def check_nodes(self) -> None:
        """Ask every node of the network now."""
        ...


class Locking(Protocol):
    """When Parley locks itself.

    Attributes:
        minutes: without a request for so long; 0 never.
        stored: what the profile keeps.
        given: whether this run was started with it, which counts until it ends.
    """

    @property
    def minutes(self) -> int: ...
    @property
    def stored(self) -> int: ...
    @property
    def given(self) -> bool: ...
