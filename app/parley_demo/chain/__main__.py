"""`python -m parley_demo.chain`: the development chain as a process."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from parley.resources import artifacts_directory
from parley_demo.chain.errors import JournalError

if TYPE_CHECKING:
    from parley_demo.chain.people import Person

BLOCK_TIME_S = 2
LONGEST_BLOCK_TIME_S = 600


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted, or until standard input ends (`--with-parent`)."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.fresh and options.journal is None:
        parser.error("--fresh is about a --journal")
    try:
        from parley_demo.chain.rpc import RpcMethods
        from parley_demo.chain.server import RpcServer
        from parley_demo.chain.start import Started, begin, come_back
        from parley_demo.chain.ticker import Ticker
        from parley_demo.chain.transactions import CHAIN_ID
    except ImportError as error:
        print(f"The development chain needs the extra parley[demo]: {error}", file=sys.stderr)
        return 1
    people = _people(parser, options.person)

    def start() -> Started:
        journal: Path | None = options.journal
        if journal is not None and not options.fresh and journal.exists() and journal.stat().st_size:
            return come_back(journal, artifacts_directory(), people, options.block_time, _now)
        return begin(artifacts_directory(), people, options.block_time, _now, journal)

    try:
        started = start()
    except JournalError as error:
        print(f"{error} With --fresh, a new chain begins in its place.", file=sys.stderr)
        return 1
    if started.cut:
        print(
            f"The journal's last record was unfinished, and {started.cut} bytes of it were cut off.",
            file=sys.stderr,
        )
    methods = RpcMethods(started.ledger)
    with RpcServer(methods, options.port) as server:
        facts = {
            "url": server.url,
            "chain_id": CHAIN_ID,
            "block_time": options.block_time,
            **started.known.contracts,
            "people": dict(started.known.people),
        }
        try:
            signal.signal(signal.SIGTERM, _interrupt)
            if options.with_parent:
                threading.Thread(target=_end_with_input, daemon=True).start()
            Ticker(methods, options.block_time).start()
            print(json.dumps(facts) if options.json else f"Development chain at {server.url}", flush=True)
            server.serve_forever(poll_interval=0.1)
        except KeyboardInterrupt:
            return 0
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m parley_demo.chain", description=__doc__)
    parser.add_argument("--port", type=int, default=8545, help="0 takes a free one")
    parser.add_argument("--json", action="store_true", help="print one line of JSON instead of a sentence")
    parser.add_argument("--with-parent", action="store_true", help="end when standard input ends")
    parser.add_argument(
        "--block-time",
        type=_block_time,
        default=BLOCK_TIME_S,
        metavar="S",
        help="seconds from block to block; 0 mines each transaction at once and nothing else",
    )
    parser.add_argument("--journal", type=Path, metavar="FILE", help="come back from this file, and keep it")
    parser.add_argument("--fresh", action="store_true", help="begin anew, and the journal too")
    parser.add_argument(
        "--person",
        action="append",
        default=[],
        metavar="NAME=ADDRESS",
        help="give an account NAME.eth, 100 ether and 1,000 tUSD",
    )
    return parser


def _block_time(text: str) -> int:
    if not text.isdecimal() or int(text) > LONGEST_BLOCK_TIME_S:
        raise argparse.ArgumentTypeError(f"whole seconds from 0 to {LONGEST_BLOCK_TIME_S}")
    return int(text)


def _people(parser: argparse.ArgumentParser, given: list[str]) -> list[Person]:
    from eth_utils.address import to_checksum_address

    from parley_demo.chain.people import Person

    people: dict[str, Person] = {}
    for each in given:
        name, _, address = each.partition("=")
        name = name.lower()
        if not (name.isascii() and name.isalnum()) or not _is_address(address):
            parser.error("--person wants NAME=ADDRESS, with letters and digits, and 0x with 40 hex digits")
        if name in people:
            parser.error(f"--person has {name} twice")
        people[name] = Person(name, to_checksum_address(address))
    return list(people.values())


def _is_address(text: str) -> bool:
    """Whether this is an address. With a wrong checksum it is none: a slip of the finger gives nobody a name."""
    from eth_utils.address import is_hex_address, to_checksum_address

    return (
        text.startswith("0x") and is_hex_address(text) and text in (text.lower(), to_checksum_address(text))
    )


def _now() -> int:
    return int(time.time())


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _end_with_input() -> None:
    # Not through sys.stdin, whose lock a thread that is still reading would hold when the interpreter ends.
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    raise SystemExit(main())
