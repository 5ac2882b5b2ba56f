"""Ways to get a pair of networks, for the suite that every implementation of `Network` must pass."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import trio

from parley.p2p.api import MemoryNetwork, Network, NodeSettings, open_node
from parley.p2p.settings import system_clock

Clock = Callable[[], int]
WAIT_S = 10


@dataclass
class ShiftedClock:
    """The machine's clock, moved by `shift_ms`."""

    shift_ms: int = 0

    def __call__(self) -> int:
        return system_clock() + self.shift_ms


def key_of(name: str) -> bytes:
    """A throw-away identity for a node of this name."""
    return hashlib.sha256(name.encode()).digest()


@asynccontextmanager
async def memory_nodes(
    *names: str,
    clocks: dict[str, Clock] | None = None,
    channel_messages: int = 1024,
    meshed: bool = True,
    relays: tuple[str, ...] = (),
) -> AsyncIterator[list[Network]]:
    """Nodes of one memory network; strangers to each other unless `meshed`."""
    async with MemoryNetwork(meshed=meshed) as network:
        yield [
            network.join(
                name,
                clock=(clocks or {}).get(name),
                channel_messages=channel_messages,
                relay=name in relays,
            )
            for name in names
        ]


@asynccontextmanager
async def real_nodes(
    *names: str,
    clocks: dict[str, Clock] | None = None,
    channel_messages: int = 1024,
    meshed: bool = True,
    relays: tuple[str, ...] = (),
) -> AsyncIterator[list[Network]]:
    """Real nodes on loopback, each connected to all before it; strangers to each other unless `meshed`."""
    async with AsyncExitStack() as stack:
        nodes: list[Network] = []
        for name in names:
            settings = NodeSettings(
                key=key_of(name),
                peers=tuple(address for node in nodes for address in node.addresses) if meshed else (),
                clock=(clocks or {}).get(name, system_clock),
                channel_messages=channel_messages,
                relay=name in relays,
                redial_first_s=0.02,
                redial_longest_s=0.1,
            )
            nodes.append(await stack.enter_async_context(open_node(settings)))
        with trio.fail_after(WAIT_S):
            for node in nodes:
                await node.wait_for_peers(len(nodes) - 1 if meshed else 0)
        yield nodes


Nodes = Callable[..., AbstractAsyncContextManager[list[Network]]]


async def until(fact: Callable[[], bool]) -> None:
    """Wait for a counter of a node to say something; a counter has no event to wait for."""
    with trio.fail_after(WAIT_S):
        while not fact():  # noqa: ASYNC110 - See above.
            await trio.sleep(0.001)
