"""ENS on the development chain: its own contracts, our resolver of resolvers, and the people's names.

The registry and the Universal Resolver stand where they stand on the main network, from the first block on, so
that a reader of names needs no setting for this chain.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from parley_demo.chain.ledger import DEPLOYER_KEY, Ledger, address_of_key

REGISTRY = "0x00000000000C2E074eC69A0dFb2997BA6C7d2e1e"
UNIVERSAL_RESOLVER = "0xeEeEEEeE14D718C2B47D9923Deab1335E144EeEe"

ETHER = 10**18


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody the chain knows from its start: `name`.eth both ways, 100 ether, and text records."""

    name: str
    account: str
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ens:
    """Where the contracts are that have no fixed address."""

    resolver: str
    reverse_registrar: str


def genesis_contracts(artifacts: Path) -> dict[str, tuple[bytes, Mapping[int, int]]]:
    """What is there from the first block: the registry, whose root the deployer owns, and the Universal Resolver."""
    # Slot 0 of the registry is the mapping of records; the root's record begins with its owner.
    root_owner = int.from_bytes(keccak(bytes(64)))
    return {
        REGISTRY: (
            _code(artifacts, "ENSRegistry", "deployed"),
            {root_owner: int(address_of_key(DEPLOYER_KEY), 16)},
        ),
        UNIVERSAL_RESOLVER: (_code(artifacts, "UniversalResolver", "deployed"), {}),
    }


def deploy(ledger: Ledger, artifacts: Path, people: tuple[Person, ...]) -> Ens:
    """Deploy the rest, and register the people.

    The deployer keeps `eth`, and with it the right to register any name; addr.reverse goes to ENS's registrar, so
    that every account sets its own reverse record.
    """
    resolver = _create(ledger, artifacts, "PublicResolver", ["address"], [REGISTRY])
    default = _create(ledger, artifacts, "DefaultReverseResolver", ["address"], [REGISTRY])
    registrar = _create(ledger, artifacts, "ReverseRegistrar", ["address", "address"], [REGISTRY, default])
    _own(ledger, "", "eth", ledger.deployer)
    _own(ledger, "", "reverse", ledger.deployer)
    _own(ledger, "reverse", "addr", ledger.deployer)
    for person in people:
        _register(ledger, resolver, person)
    _own(ledger, "reverse", "addr", registrar)
    return Ens(resolver, registrar)


def namehash(name: str) -> bytes:
    """The 32-byte node of a normalised name (EIP-137)."""
    node = bytes(32)
    for label in reversed(name.split(".")) if name else ():
        node = keccak(node + keccak(label.encode()))
    return node


def call_data(signature: str, arguments: list[Any]) -> bytes:
    """Selector and ABI encoding of a call, by a signature without structures."""
    types = signature[signature.index("(") + 1 : -1]
    return keccak(signature.encode())[:4] + encode(types.split(",") if types else [], arguments)


def _register(ledger: Ledger, resolver: str, person: Person) -> None:
    name = f"{person.name}.eth"
    node = namehash(name)
    _own(ledger, "eth", person.name, ledger.deployer)
    _send(ledger, REGISTRY, "setResolver(bytes32,address)", [node, resolver])
    _send(ledger, resolver, "setAddr(bytes32,address)", [node, person.account])
    for key, value in person.texts.items():
        _send(ledger, resolver, "setText(bytes32,string,string)", [node, key, value])
    _send(ledger, REGISTRY, "setOwner(bytes32,address)", [node, person.account])
    label = person.account[2:].lower()
    reverse = namehash(f"{label}.addr.reverse")
    _own(ledger, "addr.reverse", label, ledger.deployer)
    _send(ledger, REGISTRY, "setResolver(bytes32,address)", [reverse, resolver])
    _send(ledger, resolver, "setName(bytes32,string)", [reverse, name])
    _send(ledger, REGISTRY, "setOwner(bytes32,address)", [reverse, person.account])
    ledger.send(person.account, b"", 100 * ETHER)


def _own(ledger: Ledger, parent: str, label: str, owner: str) -> None:
    arguments = [namehash(parent), keccak(label.encode()), owner]
    _send(ledger, REGISTRY, "setSubnodeOwner(bytes32,bytes32,address)", arguments)


def _send(ledger: Ledger, to: str, signature: str, arguments: list[Any]) -> None:
    ledger.send(to, call_data(signature, arguments))


def _create(ledger: Ledger, artifacts: Path, name: str, types: list[str], arguments: list[Any]) -> str:
    receipt = ledger.send(None, _code(artifacts, name, "bytecode") + encode(types, arguments))
    return str(receipt["contract_address"])


def _code(artifacts: Path, name: str, field_name: str) -> bytes:
    artifact = json.loads((artifacts / f"{name}.json").read_text("utf-8"))
    return bytes.fromhex(artifact[field_name])
