"""Compiled contracts, and what it takes to deploy and to call them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from parley_demo.chain.ledger import Ledger
from parley_demo.chain.transactions import created_address


def creation_code(artifacts: Path, name: str) -> bytes:
    """What deploys a contract, without its arguments."""
    return _code(artifacts, name, "bytecode")


def deployed_code(artifacts: Path, name: str) -> bytes:
    """What a contract's address holds; the constructor has not run."""
    return _code(artifacts, name, "deployed")


def create(ledger: Ledger, code: bytes) -> str:
    """Deploy a contract as the deployer; its address, once `Ledger.flush` has been called."""
    nonce = ledger.deployer_nonce()
    ledger.send(None, code)
    return created_address(bytes.fromhex(ledger.deployer[2:]), nonce)


def call_data(signature: str, arguments: list[Any]) -> bytes:
    """Selector and ABI encoding of a call, by a signature without structures."""
    types = signature[signature.index("(") + 1 : -1]
    return keccak(signature.encode())[:4] + encode(types.split(",") if types else [], arguments)


def _code(artifacts: Path, name: str, field: str) -> bytes:
    artifact = json.loads((artifacts / f"{name}.json").read_text("utf-8"))
    return bytes.fromhex(artifact[field])
