"""Asking a chain about money, and saying in this room's errors why nobody answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from parley.chain.api import (
    EndpointsUnreachableError,
    MoneyChain,
    NoEndpointError,
    RefusedError,
    WrongChainError,
)
from parley.messenger.errors import NodesUnreachableError, NoNodeError, WrongNodeChainError
from parley.messenger.money.errors import NotHandedInError

Chains = Callable[[int], MoneyChain]
"""Gives a reader of the chain with this id; one without endpoints if none is set for it.

Each question begins by asking the node for its chain id, so that what is signed next is for the chain that answered.
"""


@contextmanager
def explained(chain_id: int) -> Iterator[None]:
    """Say what kept a chain from being asked.

    Raises:
        NoNodeError, NodesUnreachableError, WrongNodeChainError: it was not asked.
        NotHandedInError: a node refused a transaction.
    """
    try:
        yield
    except NoEndpointError as error:
        raise NoNodeError(chain_id) from error
    except EndpointsUnreachableError as error:
        raise NodesUnreachableError(chain_id) from error
    except WrongChainError as error:
        raise WrongNodeChainError(error.expected, error.claimed) from error
    except RefusedError as error:
        raise NotHandedInError(error.reason) from error
