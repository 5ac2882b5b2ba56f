"""Preferences, and the bounds that hold for each of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from parley.chat.errors import (
    InvalidChainIdError,
    InvalidNodeAddressError,
    LockAfterError,
    TooManyNetworksError,
    TooManyNodesError,
)

MAINNET = 1
MAX_CHAIN_ID = 2**53 - 1
"""A wallet in a browser keeps it in a JavaScript number."""

MAX_NETWORKS = 16
MAX_ENDPOINTS = 8
MAX_ENDPOINT_CHARACTERS = 1024
MAX_LOCK_AFTER_MINUTES = 7 * 24 * 60

# A host of another script is written in its ASCII form: what is shown of an address is then what is asked.
_ENDPOINT = re.compile(r"https?://[!-~]+")


@dataclass(frozen=True, slots=True)
class Network:
    """A network and the nodes through which it is read.

    Attributes:
        chain_id: EIP-155.
        endpoints: addresses of JSON-RPC over http or https, the preferred one first. Their path often is a key.
    """

    chain_id: int
    endpoints: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Preferences:
    """All preferences. What nobody ever set has its default here.

    Attributes:
        chain_id: which network is read.
        networks: the networks that have nodes, by chain id; the nodes of one that is not read now are kept.
        lock_after_minutes: without a request for so long Parley locks itself; 0 never.
        offchain_names: whether servers outside the chain may be asked for names (ERC-3668). They learn who asks.
    """

    chain_id: int = MAINNET
    networks: tuple[Network, ...] = ()
    lock_after_minutes: int = 0
    offchain_names: bool = False

    def endpoints(self, chain_id: int) -> tuple[str, ...]:
        """The nodes of a network; none unless they were set."""
        return next((each.endpoints for each in self.networks if each.chain_id == chain_id), ())

    def with_chain(self, chain_id: int) -> Preferences:
        """Read this network.

        Raises:
            InvalidChainIdError: no network can have this number.
        """
        return replace(self, chain_id=_chain_id(chain_id))

    def with_endpoints(self, chain_id: int, endpoints: tuple[str, ...]) -> Preferences:
        """Read a network through these nodes, each named once; none forgets the network's nodes.

        Raises:
            InvalidChainIdError, InvalidNodeAddressError, TooManyNodesError, TooManyNetworksError: not within bounds.
        """
        endpoints = tuple(dict.fromkeys(endpoints))
        for place, each in enumerate(endpoints, 1):
            if len(each) > MAX_ENDPOINT_CHARACTERS or not _ENDPOINT.fullmatch(each):
                raise InvalidNodeAddressError(place)
        if len(endpoints) > MAX_ENDPOINTS:
            raise TooManyNodesError(MAX_ENDPOINTS)
        networks = {each.chain_id: each for each in self.networks}
        networks.pop(chain_id, None)
        if endpoints:
            networks[chain_id] = Network(_chain_id(chain_id), endpoints)
        if len(networks) > MAX_NETWORKS:
            raise TooManyNetworksError(MAX_NETWORKS)
        return replace(self, networks=tuple(networks[each] for each in sorted(networks)))

    def with_lock_after(self, minutes: int) -> Preferences:
        """Lock after so many minutes without a request; 0 never.

        Raises:
            LockAfterError: negative, or more than a week.
        """
        if not 0 <= minutes <= MAX_LOCK_AFTER_MINUTES:
            raise LockAfterError(MAX_LOCK_AFTER_MINUTES)
        return replace(self, lock_after_minutes=minutes)

    def with_offchain_names(self, allowed: bool) -> Preferences:
        """Ask servers outside the chain for names, or do not."""
        return replace(self, offchain_names=allowed)


def _chain_id(chain_id: int) -> int:
    if not 1 <= chain_id <= MAX_CHAIN_ID:
        raise InvalidChainIdError(MAX_CHAIN_ID)
    return chain_id
