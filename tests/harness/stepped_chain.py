"""The development chain in a process of its own whose blocks a test makes: a world, and the module that is run.

With `evm_mine` and `evm_setAutomine`, which development nodes of others have and ours has not: an address that makes
blocks for whoever asks is nobody's business outside of tests. It can also forget a method, as poorer nodes do.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from harness.embedded_world import EmbeddedWorld
from harness.prepared import Prepared
from parley.resources import artifacts_directory
from parley_demo.chain.ledger import Ledger
from parley_demo.chain.rpc import RpcMethods
from parley_demo.chain.server import RpcServer
from parley_demo.chain.start import begin
from parley_demo.chain.transactions import CHAIN_ID

NEVER_S = 600
"""Seconds from block to block where nobody makes the one that is due."""
DEPTH = 10_240
"""The recursion limit of py-evm."""


class SteppedWorld(EmbeddedWorld):
    """Around such a chain. A transaction is mined at once, unless it is held."""

    def mine(self, blocks: int = 1) -> None:
        """Make blocks, the first with what waits."""
        for _ in range(blocks):
            self.rpc("evm_mine")

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let transactions wait for `mine` meanwhile; those that still wait at the end are mined."""
        self.rpc("evm_setAutomine", False)
        try:
            yield
        finally:
            self.mine()
            self.rpc("evm_setAutomine", True)

    @contextmanager
    def without(self, method: str) -> Iterator[None]:
        """Be a node that does not know a method meanwhile."""
        self.rpc("evm_forget", method, True)
        try:
            yield
        finally:
            self.rpc("evm_forget", method, False)


@contextmanager
def stepped_world() -> Iterator[SteppedWorld]:
    """A chain in a process of its own; it ends with the block."""
    with Prepared("harness.stepped_chain", [], dict(os.environ)) as process:
        line = process.stdout.readline()
        assert line, "the chain did not start"
        world = SteppedWorld(json.loads(line))
        try:
            yield world
        finally:
            world.close()


class SteppedMethods(RpcMethods):
    """The development chain's methods, and those that a test changes it by."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self._methods |= {
            "evm_forget": self._forget,
            "evm_mine": self._mine,
            "evm_setAutomine": self._set_automine,
        }
        self._known = dict(self._methods)

    def _mine(self) -> str:
        now = max(self._blocks.head.timestamp + 1, int(time.time()))
        return hex(self._ledger.mine(now).number)

    def _set_automine(self, automine: bool) -> bool:
        self._ledger.block_time = 0 if automine else NEVER_S
        return True

    def _forget(self, method: str, forgotten: bool) -> bool:
        if forgotten:
            del self._methods[method]
        else:
            self._methods[method] = self._known[method]
        return True


def main() -> None:
    """Serve until standard input ends."""
    sys.setrecursionlimit(DEPTH)
    started = begin(artifacts_directory(), [], 0, lambda: int(time.time()))
    with RpcServer(SteppedMethods(started.ledger), 0) as server:
        facts = {"url": server.url, "chain_id": CHAIN_ID, **started.known.contracts}
        print(json.dumps(facts | {"people": dict(started.known.people)}), flush=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdin.read()


if __name__ == "__main__":
    main()
