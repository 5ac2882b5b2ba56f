"""A victim between two good peers. Whatever is done to it, afterwards it must still relay between them."""

from __future__ import annotations

import os
import resource
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import trio

from conformance.network_cases import WAIT_S, key_of, until
from p2p.attacker import Attacker, attackers
from parley.p2p.api import Node, NodeSettings, open_node
from parley.p2p.libp2p_adapter.stack import Stack

TOPIC = "/parley/1/i-00/proto"
GROWTH_BYTES = 96 * 1024 * 1024
"""Attackers live in the same process, so their buffers count too; an unbounded victim grows past any number."""
SETTINGS = NodeSettings(key=key_of("victim"))


def resident_bytes() -> int:
    """This process's resident memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


@dataclass
class Siege:
    """The victim, its two good peers, and a way to make attackers."""

    victim: Node
    alice: Node
    bob: Node
    stack: AsyncExitStack
    make: object = None
    count: int = field(default=0)

    @property
    def address(self) -> str:
        """Where the victim listens."""
        return self.victim.addresses[0]

    @property
    def inside(self) -> Stack:
        """The victim's libp2p stack."""
        assert self.victim.stack is not None
        return self.victim.stack

    async def attacker(self, name: str = "mallory") -> Attacker:
        """A connected attacker."""
        return await self.make(name).connect()  # type: ignore[operator,no-any-return]

    def unconnected(self, name: str = "mallory") -> Attacker:
        """An attacker that has not dialled yet."""
        return self.make(name)  # type: ignore[operator,no-any-return]

    async def refused(self, fact: str, times: int = 1) -> None:
        """Wait until the victim has refused something for this reason so often."""
        await until(lambda: self.victim.counts().refused[fact] >= times)

    async def failed(self, step: str, times: int = 1) -> None:
        """Wait until this step of the victim's has failed so often."""
        await until(lambda: self.victim.counts().failures[step] >= times)

    async def still_relays(self) -> None:
        """Alice and Bob know only the victim: a message between them passes through it."""
        for sender, receiver in ((self.alice, self.bob), (self.bob, self.alice)):
            receiver.watch([TOPIC])
            payload = os.urandom(16)
            with trio.fail_after(WAIT_S):
                while not (await sender.publish(TOPIC, payload)).relays:
                    await sender.wait_for_peers(1)
                while (await receiver.messages.receive()).payload != payload:
                    pass


@asynccontextmanager
async def besieged(settings: NodeSettings = SETTINGS) -> AsyncIterator[Siege]:
    """Set the scene; after the block check that the victim is as well as before."""
    async with AsyncExitStack() as stack:
        victim = await stack.enter_async_context(open_node(settings))
        friends = []
        for name in ("alice", "bob"):
            friend = replace(SETTINGS, key=key_of(name), peers=victim.addresses)
            friends.append(await stack.enter_async_context(open_node(friend)))
        with trio.fail_after(WAIT_S):
            await victim.wait_for_peers(2)
            for friend_node in friends:
                await friend_node.wait_for_peers(1)
        siege = Siege(victim, friends[0], friends[1], stack)
        await siege.still_relays()
        await until(lambda: victim.time().answers == 2)
        tasks = trio.lowlevel.current_statistics().tasks_living
        memory = resident_bytes()
        async with attackers(victim.addresses[0]) as siege.make:
            yield siege
            await siege.still_relays()
        await until(lambda: trio.lowlevel.current_statistics().tasks_living <= tasks)
        assert victim.counts().restarts == 0
        assert resident_bytes() - memory < GROWTH_BYTES
