"""One node in a process of its own, ours or stock; it says what it used on standard output, one JSON a line.

Run as `python -m bench.p2p_peers.node_process KIND ROLE [ADDRESS]`: kinds are `ours`, `stock` (its spam filter off
and a heartbeat a second, or nothing of a comparison is left) and `defaults` (as upstream ships it).
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import trio

TOPIC = "/waku/2/rs/7337/0"
CONTENT_TOPIC = "/parley/1/i-00/proto"
WARM_UP, MESSAGES = 50, 400
PER_SECOND = 100
PAYLOAD_BYTES = 1024
QUIET_S = 3.0
READY_S = 30.0

Publish = Callable[[bytes], Awaitable[object]]
Receive = Callable[[], Awaitable[bytes]]
Connected = Callable[[], Awaitable[None]]


def say(**facts: object) -> None:
    """Tell the parent."""
    print(json.dumps(facts), flush=True)


def resident_mib() -> float:
    """Resident memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


@asynccontextmanager
async def ours(peer: str | None) -> AsyncIterator[tuple[str, Publish, Receive, Connected]]:
    """A node of this room, with its defaults."""
    from parley.p2p.api import NodeSettings, open_node

    settings = NodeSettings(key=os.urandom(32), peers=(peer,) if peer else ())
    async with open_node(settings) as node:
        node.watch([CONTENT_TOPIC])

        async def publish(payload: bytes) -> object:
            return await node.publish(CONTENT_TOPIC, payload)

        async def receive() -> bytes:
            return (await node.messages.receive()).payload

        yield node.addresses[0], publish, receive, lambda: node.wait_for_peers(1)


@asynccontextmanager
async def stock(
    peer: str | None, *, defaults: bool
) -> AsyncIterator[tuple[str, Publish, Receive, Connected]]:
    """A host of stock py-libp2p with its GossipSub."""
    from libp2p import new_host
    from libp2p.crypto.ed25519 import create_new_key_pair
    from libp2p.peer.peerinfo import info_from_p2p_addr
    from libp2p.pubsub.gossipsub import PROTOCOL_ID_V11, GossipSub
    from libp2p.pubsub.pubsub import Pubsub
    from libp2p.tools.anyio_service import background_trio_service
    from multiaddr import Multiaddr  # type: ignore[import-untyped]

    host = new_host(key_pair=create_new_key_pair(os.urandom(32)))
    if defaults:
        router = GossipSub(protocols=[PROTOCOL_ID_V11], degree=6, degree_low=4, degree_high=12)
    else:
        router = GossipSub(
            protocols=[PROTOCOL_ID_V11],
            degree=6,
            degree_low=4,
            degree_high=12,
            heartbeat_interval=1,
            spam_protection_enabled=False,
        )
    pubsub = Pubsub(host, router)
    async with (
        host.run([Multiaddr("/ip4/127.0.0.1/tcp/0")]),
        background_trio_service(pubsub),
        background_trio_service(router),
    ):
        await pubsub.wait_until_ready()
        subscription = await pubsub.subscribe(TOPIC)
        if peer:
            await host.connect(info_from_p2p_addr(Multiaddr(peer)))

        async def publish(payload: bytes) -> None:
            await pubsub.publish(TOPIC, payload)

        async def receive() -> bytes:
            while True:
                message = await subscription.get()
                if message.from_id != host.get_id().to_bytes():
                    return bytes(message.data)

        async def connected() -> None:
            while not router.mesh.get(TOPIC):  # noqa: ASYNC110 - Stock libp2p has no event for it.
                await trio.sleep(0.01)

        yield str(host.get_addrs()[0]), publish, receive, connected


def numbered(number: int) -> bytes:
    """A payload of random bytes that says which it is."""
    return number.to_bytes(4, "big") + os.urandom(PAYLOAD_BYTES - 4)


async def send(publish: Publish) -> None:
    """Publish the warm-up, then the measured messages, at a fixed pace."""
    cpu_s = 0.0
    start = trio.current_time()
    for number in range(WARM_UP + MESSAGES):
        if number == WARM_UP:
            cpu_s = time.process_time()
        await publish(numbered(number))
        await trio.sleep_until(start + (number + 1) / PER_SECOND)
    say(cpu_ms=(time.process_time() - cpu_s) * 1_000 / MESSAGES)


async def take(receive: Receive) -> None:
    """Receive until it has been quiet for a while after the first message."""
    seen: set[int] = set()
    began_s = ended_s = 0.0
    with trio.CancelScope(deadline=trio.current_time() + READY_S) as scope:
        while len(seen) < MESSAGES:
            number = int.from_bytes((await receive())[:4], "big")
            scope.deadline = trio.current_time() + QUIET_S
            if number >= WARM_UP:
                began_s = began_s or time.process_time()
                seen.add(number)
                ended_s = time.process_time()
    say(
        cpu_ms=(ended_s - began_s) * 1_000 / max(len(seen), 1),
        received=len(seen),
        resident_mib=resident_mib(),
    )


async def main(kind: str, role: str, peer: str | None) -> None:
    """Play one part."""
    began = time.perf_counter()
    opened = ours(peer) if kind == "ours" else stock(peer, defaults=kind == "defaults")
    async with opened as (address, publish, receive, connected):
        say(address=address, start_s=time.perf_counter() - began, resident_mib=resident_mib())
        if role == "subscriber":
            await take(receive)
        else:
            with trio.fail_after(READY_S):
                await connected()
            await trio.sleep(0.5)  # The other side's mesh has no event that this process could wait for.
            await send(publish)
            await trio.to_thread.run_sync(sys.stdin.readline)


if __name__ == "__main__":
    trio.run(main, sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else None)
