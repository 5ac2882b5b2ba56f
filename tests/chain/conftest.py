"""A node that lies when it is told to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chain.lying_endpoint import LyingNode, served
from harness.small_chain import CHAIN_ID
from parley.chain.api import EthereumChain


@pytest.fixture(scope="package")
def shared() -> Iterator[tuple[LyingNode, str, str]]:
    """A liar's address and an honest one's, of the same chain."""
    node, honest = LyingNode(), LyingNode()
    honest.chain = node.chain
    with served(node) as url, served(honest) as honest_url:
        yield node, url, honest_url


@pytest.fixture
def node(shared: tuple[LyingNode, str, str]) -> LyingNode:
    """Honest at first."""
    shared[0].lies, shared[0].errors = {}, {}
    return shared[0]


@pytest.fixture
def liar(shared: tuple[LyingNode, str, str], node: LyingNode) -> EthereumChain:
    """Asks the liar alone."""
    return EthereumChain(CHAIN_ID, [shared[1]], b"")
