"""What a reader of Ethereum does, whoever does it: `EthereumChain` over RPC, `MemoryChain` in tests."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol

BlockTag = Literal["latest", "finalized"]


@dataclass(frozen=True, slots=True)
class Block:
    """A block: what an answer is as of."""

    number: int
    hash: bytes
    time_ms: int
    """When it was made, by its own time stamp: milliseconds since the epoch, UTC."""


@dataclass(frozen=True, slots=True)
class Balance:
    """An account's ether after a block. To be shown with the block's time, and never as 0 for want of an answer."""

    account: str
    wei: int
    block: Block


@dataclass(frozen=True, slots=True)
class ContractVerdict:
    """What a contract account says of a signature, as of a block. A recorded one is evidence, not proof."""

    valid: bool
    block: Block
    delegated: bool = False
    """Whether a valid signature was judged by what an account of a key delegates to (EIP-7702)."""


class EndpointHealth(StrEnum):
    """What is known of an endpoint, from the last time it was asked."""

    UNTRIED = "untried"
    ANSWERING = "answering"
    UNREACHABLE = "unreachable"
    WRONG_CHAIN = "wrong chain"
    BAD_ANSWER = "bad answer"


@dataclass(frozen=True, slots=True)
class EndpointState:
    """One endpoint, as a page shows it: `endpoint` is scheme, host and port, without path, query or password."""

    endpoint: str
    health: EndpointHealth
    asked_ms: int | None
    """When it was last asked; None if never."""


class Chain(Protocol):
    """Reads one chain. Every method that asks raises, besides what it names:

    NoEndpointError: no endpoint is set.
    EndpointsUnreachableError: none of them gave an answer.
    WrongChainError: those that answered are on another chain.
    ValueError: an account that is no address, or has a wrong EIP-55 checksum.
    """

    @property
    def chain_id(self) -> int:
        """The chain that is read (EIP-155)."""
        ...

    def endpoints(self) -> tuple[EndpointState, ...]:
        """What is known of each endpoint, in the order they were given. Asks nobody."""
        ...

    async def block(self, tag: BlockTag = "latest") -> Block:
        """The latest or the latest finalised block."""
        ...

    async def balance(self, account: str) -> Balance:
        """The ether of an account after the latest block."""
        ...

    async def address_of(self, name: str, *, offchain: bool = False) -> str | None:
        """The account an ENS name stands for, in EIP-55 spelling, or None.

        Args:
            offchain: whether servers outside the chain, which the name's owner chose, may be asked (ERC-3668). They
                see the IP address and the name, and when it was asked for.

        Raises InvalidNameError, NamesUnsupportedError, OffchainNameError if they may not, GatewaysFailedError if they
        gave no answer that holds.
        """
        ...

    async def name_of(self, account: str, *, resolved: str | None = None) -> str | None:
        """The ENS name of an account, if it resolves both ways; else None, whatever its reverse record says.

        Nobody outside the chain is ever asked: a stranger could have it done by writing to somebody.

        Args:
            resolved: a normalised name that `address_of` just gave the account for. It is not asked for again, so it
                may be one that is known outside.

        Raises NamesUnsupportedError.
        """
        ...

    async def text_of(self, name: str, key: str, *, offchain: bool = False) -> str | None:
        """A text record (ENSIP-5) of a name, or None. Its text is anybody's and may be up to an answer long.

        Takes and raises what `address_of` does.
        """
        ...

    async def contract_verdict(self, account: str, digest: bytes, signature: bytes) -> ContractVerdict:
        """What the account's contract says of a signature over a 32-byte digest (ERC-1271, ERC-6492).

        It is asked at the latest finalised block. An account without a contract accepts nothing; whether the
        account's own key signed is `verify_signature`'s question.
        """
        ...
