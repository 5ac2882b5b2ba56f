"""Readers of Ethereum over JSON-RPC, with what the chain room needs from the package."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache

from parley.chain.api import EthereumChain, MoneyChain
from parley.resources import AssetsMissingError, artifacts_directory

MakeChain = Callable[[int, tuple[str, ...]], MoneyChain]
"""A reader of a chain (EIP-155 id) through nodes, the preferred one first. ValueError: an address is none."""

VALIDATOR = "SignatureValidator.json"


def ethereum_chain(chain_id: int, endpoints: tuple[str, ...]) -> MoneyChain:
    """A reader over JSON-RPC; asks nobody and loads nothing before its first question.

    Raises:
        ValueError: an endpoint's address is none.
        AssetsMissingError: the contracts were not compiled.
    """
    return EthereumChain(chain_id, endpoints, _validator_code() if endpoints else b"")


@cache
def _validator_code() -> bytes:
    """The creation code of contracts/SignatureValidator.sol."""
    directory = artifacts_directory()
    try:
        return bytes.fromhex(json.loads((directory / VALIDATOR).read_text("utf-8"))["bytecode"])
    except (OSError, ValueError, KeyError, TypeError):
        raise AssetsMissingError(directory, (VALIDATOR,)) from None
