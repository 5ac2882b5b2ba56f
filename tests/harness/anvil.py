"""Foundry's anvil: an Ethereum node of other people's making, with the contents of our development chain.

It is a real process, fetched from npm by a lock without addresses (`tests/conformance/peers/anvil`), and brought to
the development chain's state by the same first block and the same signed transactions: every contract and every
person has the address that it has there.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from eth_utils.address import to_checksum_address

from harness.embedded_world import EmbeddedWorld
from harness.node_peers import installed
from parley.resources import artifacts_directory
from parley_demo.chain.start import Started, begin
from parley_demo.chain.transactions import CHAIN_ID, GAS_LIMIT

SOURCE = Path(__file__).resolve().parents[1] / "conformance" / "peers" / "anvil"
LISTENING = "Listening on "


class AnvilWorld(EmbeddedWorld):
    """Around an anvil that has been given a development chain. A transaction is mined at once, unless it is held.

    Attributes:
        started: the development chain that it was given, in this process.
    """

    def __init__(self, url: str, started: Started) -> None:
        known = started.known
        super().__init__(
            {"url": url, "chain_id": CHAIN_ID, "people": dict(known.people), **dict(known.contracts)}
        )
        self.started = started

    def fund(self, account: str, wei: int) -> None:
        """Give an account ether, in a block of its own."""
        balance = int(self.rpc("eth_getBalance", account, "latest"), 16)
        self.rpc("anvil_setBalance", account, hex(balance + wei))
        self.mine()

    def receipt(self, transaction_hash: str) -> dict[str, Any]:
        """The receipt of a transaction, its addresses as the development chain spells them."""
        receipt = super().receipt(transaction_hash)
        created = receipt["contractAddress"]
        return receipt | {"contractAddress": created and to_checksum_address(created)}

    def mine(self, blocks: int = 1) -> None:
        """Make blocks, the first with what waits."""
        self.rpc("anvil_mine", hex(blocks))

    def reorganise(self, depth: int) -> None:
        """Put other blocks in the place of the newest ones, without their transactions, which are forgotten."""
        self.rpc("anvil_reorg", depth, [])

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let transactions wait for `mine` meanwhile."""
        self.rpc("evm_setAutomine", False)
        try:
            yield
        finally:
            self.rpc("anvil_dropAllTransactions")
            self.rpc("evm_setAutomine", True)


@contextmanager
def anvil_world() -> Iterator[AnvilWorld]:
    """An anvil in a process of its own, with a development chain; it ends with the block.

    Where the npm registry cannot be reached the test is skipped, and fails where CI=true.
    """
    with anvil(CHAIN_ID) as url:
        world = AnvilWorld(url, begin(artifacts_directory(), [], 0, lambda: int(time.time())))
        try:
            _fill(world)
            yield world
        finally:
            world.close()


@contextmanager
def anvil(chain_id: int) -> Iterator[str]:
    """An anvil of any chain in a process of its own, with nothing on it; gives its URL. It skips as above."""
    (program,) = (installed(SOURCE) / "node_modules" / "@foundry-rs").glob("anvil-*/bin/anvil*")
    command = [str(program), "--port", "0", "--accounts", "1", "--no-cors", "--hardfork", "prague"]
    command += ["--chain-id", str(chain_id), "--gas-limit", str(GAS_LIMIT)]
    # Every block is final as soon as it is there, as on the development chain.
    command += ["--slots-in-an-epoch", "0"]
    with tempfile.TemporaryDirectory() as home:
        # It keeps a folder in its user's home otherwise.
        environment = {"PATH": os.environ["PATH"], "HOME": home}
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            try:
                url = next(
                    f"http://{line.removeprefix(LISTENING).strip()}"
                    for line in process.stdout
                    if line.startswith(LISTENING)
                )
                # It says something of each request, and would wait if nobody read it.
                threading.Thread(target=process.stdout.read, daemon=True).start()
                yield url
            finally:
                process.kill()


def _fill(world: AnvilWorld) -> None:
    """Give a node the development chain's first block, and have it mine the transactions of the others."""
    ledger = world.started.ledger
    # Blocks of one second would otherwise have the same time, which is so on no chain that Parley is for.
    _ask(world, [("anvil_setBlockTimestampInterval", 1)])
    for raw, account in ledger.beginning.accounts.items():
        address = "0x" + raw.hex()
        _ask(world, [("anvil_setBalance", address, hex(account.balance))])
        if account.code:
            _ask(world, [("anvil_setCode", address, "0x" + account.code.hex())])
        for slot, value in account.storage.items():
            words = ("0x" + each.to_bytes(32, "big").hex() for each in (slot, value))
            _ask(world, [("anvil_setStorageAt", address, *words)])
    with world.held():
        # Block by block: what pays for a transaction is not there before it is mined.
        for block in ledger.blocks.held(1, ledger.blocks.head.block_number):
            if block.transactions:
                _ask(
                    world, [("eth_sendRawTransaction", "0x" + each.raw.hex()) for each in block.transactions]
                )
            world.mine()


def _ask(world: AnvilWorld, requests: list[tuple[Any, ...]]) -> None:
    content = [
        {"jsonrpc": "2.0", "id": index, "method": method, "params": params}
        for index, (method, *params) in enumerate(requests)
    ]
    answers = world.post(content).json()
    assert not [each for each in answers if "error" in each], answers
