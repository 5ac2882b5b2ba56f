"""Ethereum nodes that were named in a command."""

from __future__ import annotations

from parley.chain.api import EthereumChain
from parley.messenger.errors import InvalidEndpointError


def check_endpoints(endpoints: tuple[str, ...]) -> None:
    """Refuse what is no address of a node before anything starts; nobody is asked.

    Raises:
        InvalidEndpointError: an address is not http or https with a host, or holds a user name.
    """
    try:
        EthereumChain(1, endpoints, b"")
    except ValueError:
        raise InvalidEndpointError from None
