"""Who brought a message, in bounds, and over real ways."""

from __future__ import annotations

import trio

from conformance.network_cases import key_of, until
from parley.p2p.api import NodeSettings, WakuHash, open_node
from parley.p2p.bearers import BEARERS, Bearers

TOPIC = "/parley/1/c-00/proto"


def test_bearers_are_bounded() -> None:
    """The oldest messages are forgotten, further neighbours are not noted, and unknown messages do nothing."""
    bearers = Bearers(messages=2)
    for number in (1, 2, 3):
        bearers.first(b"id %d" % number, WakuHash(b"hash %d" % number), "a")
    for name in range(100):
        bearers.again(b"id 3", f"peer {name}")
        bearers.again(b"id 9", f"peer {name}")

    assert bearers.of(WakuHash(b"hash 1")) == frozenset()
    assert bearers.of(WakuHash(b"hash 2")) == {"a"}
    assert len(bearers.of(WakuHash(b"hash 3"))) == BEARERS
    assert bearers.of(WakuHash(b"hash 9")) == frozenset()


async def test_two_ways_are_two_bearers() -> None:
    """What Bob publishes comes to Alice from him and through Carol."""
    async with (
        open_node(NodeSettings(key=key_of("alice"))) as alice,
        open_node(NodeSettings(key=key_of("bob"), peers=alice.addresses)) as bob,
        open_node(NodeSettings(key=key_of("carol"), peers=alice.addresses + bob.addresses)) as carol,
    ):
        alice.watch([TOPIC])
        with trio.fail_after(30):
            for node in (alice, bob, carol):
                await node.wait_for_peers(2)
            while True:
                # Carol passes on what she hears once her mesh has formed, which takes a heartbeat or two.
                published = await bob.publish(TOPIC, b"hello")
                await alice.messages.receive()
                both, waku_hash = {bob.peer_id, carol.peer_id}, published.waku_hash
                with trio.move_on_after(1):
                    await until(lambda both=both, waku_hash=waku_hash: alice.bearers(waku_hash) == both)  # type: ignore[misc]
                    return
