"""A profile whose Ethereum nodes are in memory, and a page that looks at what it knows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import trio

from harness.memory_nodes import MemoryNodes
from harness.people import People
from parley.chain.api import MemoryChain
from parley.messenger import Messenger
from parley.messenger.ethereum import EthereumState
from parley.settings import Settings

NODE = "https://node.example/secret-key"
OTHER = "https://other.example/"
SEPOLIA = 11155111
ETHER = 10**18


class World:
    """Alice, who opens her profile as a test says, and nodes of two networks."""

    def __init__(self, people: People) -> None:
        self.people = people
        self.nodes = MemoryNodes()
        self.mainnet = MemoryChain(1)
        self.sepolia = MemoryChain(SEPOLIA)
        self.nodes.serve(NODE, self.mainnet)
        self.nodes.serve(OTHER, self.mainnet)
        self.nodes.serve("https://sepolia.example/", self.sepolia)

    @asynccontextmanager
    async def open(self, name: str = "alice", **options: object) -> AsyncIterator[Messenger]:
        """Open a profile, with what the run is started with."""
        settings = replace(Settings(data=Path(name)), **options)  # type: ignore[arg-type]
        async with self.people.open(name, settings=settings, make_chain=self.nodes.make_chain) as messenger:
            yield messenger

    def name(self, account: str, name: str, chain: MemoryChain | None = None) -> None:
        """Let a name stand for an account, and the account for the name."""
        chain = chain or self.mainnet
        chain.set_address(name, account)
        chain.set_reverse(account, name)


async def see(messenger: Messenger, enough: Callable[[EthereumState], bool]) -> EthereumState:
    """Look as an open page does, every three seconds, until what is known is enough."""
    with trio.fail_after(3 * 3600):
        while not enough(messenger.ethereum.state()):  # noqa: ASYNC110  (looking again is what is tested)
            await trio.sleep(3)
    return messenger.ethereum.state()


async def name_of(messenger: Messenger, account: str) -> str:
    """Look until the account has a name."""
    await see(messenger, lambda _: messenger.ethereum.name_of(account) is not None)
    return messenger.ethereum.name_of(account) or ""
