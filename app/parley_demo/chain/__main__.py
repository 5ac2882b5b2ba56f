"""`python -m parley_demo.chain`: the development chain as a process."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import signal
import sys
import threading

from parley.resources import artifacts_directory

PEOPLE = ("alice", "bob", "carol")


def person_key(name: str) -> bytes:
    """The private key of one of the chain's own people. It is public: SHA-256 of a sentence and the name."""
    return hashlib.sha256(b"parley development chain/" + name.encode()).digest()


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted, or until standard input ends (`--with-parent`)."""
    parser = argparse.ArgumentParser(prog="python -m parley_demo.chain", description=__doc__)
    parser.add_argument("--port", type=int, default=8545, help="0 takes a free one")
    parser.add_argument("--json", action="store_true", help="print one line of JSON instead of a sentence")
    parser.add_argument("--with-parent", action="store_true", help="end when standard input ends")
    parser.add_argument(
        "--person",
        action="append",
        default=[],
        metavar="NAME=ADDRESS",
        help="give an account 100 ether and NAME.eth",
    )
    options = parser.parse_args(arguments)
    given = [each.partition("=") for each in options.person]
    if any(not name.isalnum() or not _is_address(address) for name, _, address in given):
        parser.error("--person wants NAME=ADDRESS, with letters and digits, and 0x with 40 hex digits")
    try:
        from parley_demo.chain.ens import Person, deploy, genesis_contracts
        from parley_demo.chain.ledger import CHAIN_ID, Ledger, address_of_key
        from parley_demo.chain.rpc import RpcMethods
        from parley_demo.chain.server import RpcServer
    except ImportError as error:
        print(f"The development chain needs the extra parley[demo]: {error}", file=sys.stderr)
        return 1
    people = [Person(name.lower(), address) for name, _, address in given]
    taken = {person.name for person in people}
    for name in PEOPLE:
        if name not in taken:
            texts = {"description": f"{name.capitalize()} of the development chain"}
            people.append(Person(name, address_of_key(person_key(name)), texts))
    artifacts = artifacts_directory()
    ledger = Ledger(genesis_contracts(artifacts))
    ens = deploy(ledger, artifacts, tuple(people))
    with RpcServer(RpcMethods(ledger), options.port) as server:
        facts = {
            "url": server.url,
            "chain_id": CHAIN_ID,
            "resolver": ens.resolver,
            "reverse_registrar": ens.reverse_registrar,
            "people": {person.name: person.account for person in people},
        }
        try:
            signal.signal(signal.SIGTERM, _interrupt)
            if options.with_parent:
                threading.Thread(target=_end_with_input, daemon=True).start()
            print(json.dumps(facts) if options.json else f"Development chain at {server.url}", flush=True)
            server.serve_forever(poll_interval=0.1)
        except KeyboardInterrupt:
            return 0
    return 0


def _is_address(text: str) -> bool:
    return len(text) == 42 and text.startswith("0x") and all(c in "0123456789abcdefABCDEF" for c in text[2:])


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _end_with_input() -> None:
    while sys.stdin.buffer.read(4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    raise SystemExit(main())
