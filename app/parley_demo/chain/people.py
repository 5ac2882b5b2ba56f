"""Whom the chain knows from its start: names, ether and test dollars for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from parley_demo.chain.artifacts import call_data, create, creation_code
from parley_demo.chain.ens import Ens, deploy_ens, register
from parley_demo.chain.journal import Known
from parley_demo.chain.keys import person_key
from parley_demo.chain.ledger import Ledger, address_of_key

NAMES = ("alice", "bob", "carol")
ETHER = 10**18
PERSON_WEI = 100 * ETHER

TEST_DOLLAR = "0xF2E246BB76DF876Cef8b38ae84130F4F55De395b"
"""Where TestDollar is: the deployer's first transaction deploys it, so its address depends on nothing else."""

DOLLAR = 10**6
PERSON_DOLLARS = 1000 * DOLLAR


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with `name`.eth both ways, 100 ether and 1,000 tUSD; `account` with its checksum."""

    name: str
    account: str

    @property
    def texts(self) -> dict[str, str]:
        """The text records of the name."""
        shown = self.name.capitalize()
        return {"description": f"{shown} of the development chain", "display": f"{shown}.eth"}


def with_defaults(given: Iterable[Person], known: Mapping[str, str]) -> list[Person]:
    """The people to be there: those given, and alice, bob and carol unless somebody has the name."""
    people = list(given)
    taken = {each.name for each in people} | known.keys()
    return people + [Person(name, address_of_key(person_key(name))) for name in NAMES if name not in taken]


def deploy_contracts(ledger: Ledger, artifacts: Path) -> dict[str, str]:
    """Deploy everything; the addresses by name. Raises RpcError."""
    dollar = create(ledger, creation_code(artifacts, "TestDollar"))
    ens = deploy_ens(ledger, artifacts)
    ledger.flush()
    return {
        "test_dollar": dollar,
        "resolver": ens.resolver,
        "reverse_registrar": ens.reverse_registrar,
    }


def settle_people(ledger: Ledger, known: Known, people: Iterable[Person]) -> Known:
    """Register and endow those whose name does not stand for their account yet; who is known now.

    A name that was another account's is taken from it: the deployer owns `eth`. Raises RpcError.
    """
    found = dict(known.people)
    ens = Ens(known.contracts["resolver"], known.contracts["reverse_registrar"])
    for person in people:
        if found.get(person.name) == person.account:
            continue
        register(ledger, ens, person.name, person.account, person.texts)
        ledger.send(person.account, b"", PERSON_WEI)
        transfer = call_data("transfer(address,uint256)", [person.account, PERSON_DOLLARS])
        ledger.send(known.contracts["test_dollar"], transfer)
        ledger.flush()
        found[person.name] = person.account
    return Known(found, known.contracts)
