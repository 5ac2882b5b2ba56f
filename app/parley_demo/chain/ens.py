"""ENS on the development chain: its own contracts, our resolver of resolvers, and the people's names.

The registry and the Universal Resolver stand where they stand on the main network, from the first block on, so
that a reader of names needs no setting for this chain.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from parley_demo.chain.artifacts import call_data, create, creation_code, deployed_code
from parley_demo.chain.evm import Account
from parley_demo.chain.ledger import DEPLOYER_KEY, Ledger, address_of_key

REGISTRY = "0x00000000000C2E074eC69A0dFb2997BA6C7d2e1e"
UNIVERSAL_RESOLVER = "0xeEeEEEeE14D718C2B47D9923Deab1335E144EeEe"


@dataclass(frozen=True, slots=True)
class Ens:
    """Where the contracts are that have no fixed address."""

    resolver: str
    reverse_registrar: str


def genesis_contracts(artifacts: Path) -> dict[bytes, Account]:
    """What is there from the first block: the registry, whose root the deployer owns, and the Universal Resolver."""
    # Slot 0 of the registry is the mapping of records; the root's record begins with its owner.
    root_owner = int.from_bytes(keccak(bytes(64)))
    owned = {root_owner: int(address_of_key(DEPLOYER_KEY), 16)}
    return {
        bytes.fromhex(REGISTRY[2:]): Account(
            nonce=1, code=deployed_code(artifacts, "ENSRegistry"), storage=owned
        ),
        bytes.fromhex(UNIVERSAL_RESOLVER[2:]): Account(
            nonce=1, code=deployed_code(artifacts, "UniversalResolver")
        ),
    }


def deploy_ens(ledger: Ledger, artifacts: Path) -> Ens:
    """Deploy the rest. What it sends waits for `Ledger.flush`.

    The deployer keeps `eth`, and with it the right to register any name; addr.reverse goes to ENS's registrar, so
    that every account sets its own reverse record.
    """
    resolver = create(ledger, creation_code(artifacts, "PublicResolver") + encode(["address"], [REGISTRY]))
    default = create(
        ledger, creation_code(artifacts, "DefaultReverseResolver") + encode(["address"], [REGISTRY])
    )
    registrar = create(
        ledger,
        creation_code(artifacts, "ReverseRegistrar") + encode(["address", "address"], [REGISTRY, default]),
    )
    _own(ledger, "", "eth", ledger.deployer)
    _own(ledger, "", "reverse", ledger.deployer)
    _own(ledger, "reverse", "addr", registrar)
    return Ens(resolver, registrar)


def register(ledger: Ledger, ens: Ens, label: str, account: str, texts: dict[str, str]) -> None:
    """Give `label`.eth to an account, both ways and with text records. What it sends waits for `Ledger.flush`."""
    name = f"{label}.eth"
    node = namehash(name)
    _own(ledger, "eth", label, ledger.deployer)
    _send(ledger, REGISTRY, "setResolver(bytes32,address)", [node, ens.resolver])
    _send(ledger, ens.resolver, "setAddr(bytes32,address)", [node, account])
    for key, value in texts.items():
        _send(ledger, ens.resolver, "setText(bytes32,string,string)", [node, key, value])
    _send(ledger, REGISTRY, "setOwner(bytes32,address)", [node, account])
    # The registrar sets a reverse record for whoever asks it, so the deployer takes its place for the moment.
    _own(ledger, "reverse", "addr", ledger.deployer)
    reverse_label = account[2:].lower()
    reverse = namehash(f"{reverse_label}.addr.reverse")
    _own(ledger, "addr.reverse", reverse_label, ledger.deployer)
    _send(ledger, REGISTRY, "setResolver(bytes32,address)", [reverse, ens.resolver])
    _send(ledger, ens.resolver, "setName(bytes32,string)", [reverse, name])
    _send(ledger, REGISTRY, "setOwner(bytes32,address)", [reverse, account])
    _own(ledger, "reverse", "addr", ens.reverse_registrar)


def namehash(name: str) -> bytes:
    """The 32-byte node of a normalised name (EIP-137)."""
    node = bytes(32)
    for label in reversed(name.split(".")) if name else ():
        node = keccak(node + keccak(label.encode()))
    return node


def _own(ledger: Ledger, parent: str, label: str, owner: str) -> None:
    arguments = [namehash(parent), keccak(label.encode()), owner]
    _send(ledger, REGISTRY, "setSubnodeOwner(bytes32,bytes32,address)", arguments)


def _send(ledger: Ledger, to: str, signature: str, arguments: list[Any]) -> None:
    ledger.send(to, call_data(signature, arguments))
