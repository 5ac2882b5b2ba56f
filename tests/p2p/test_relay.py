"""Relaying between real nodes on loopback: hops, the mesh, gossip, clusters, clocks."""

from __future__ import annotations

import re
import time
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest
import trio
from libp2p.pubsub.pb import rpc_pb2

from conformance.network_cases import WAIT_S, ShiftedClock, key_of, until
from p2p.attacker import PUBSUB_TOPIC
from p2p.siege import SETTINGS, TOPIC, besieged
from parley.p2p.api import Faults, Node, NodeSettings, Stamps, open_node
from parley.p2p.libp2p_adapter.router import DEGREE, DEGREE_HIGH
from parley.p2p.message import encode, message_id


def settings_of(name: str, *peers: Node, **changes: object) -> NodeSettings:
    """Settings of a node that dials these peers."""
    addresses = tuple(address for peer in peers for address in peer.addresses)
    return replace(SETTINGS, key=key_of(name), peers=addresses, **changes)  # type: ignore[arg-type]


async def test_anonymous_messages_cross_two_hops() -> None:
    """Twenty messages over a line of four nodes: stock py-libp2p takes all but the first for equivocation."""
    async with AsyncExitStack() as stack:
        line: list[Node] = []
        for name in ("one", "two", "three", "four"):
            line.append(await stack.enter_async_context(open_node(settings_of(name, *line[-1:]))))
        with trio.fail_after(WAIT_S):
            for node, count in zip(line, (1, 2, 2, 1), strict=True):
                await node.wait_for_peers(count)
        line[-1].watch([TOPIC])
        sent = [(await line[0].publish(TOPIC, bytes([number]))).waku_hash for number in range(20)]
        with trio.fail_after(WAIT_S):
            received = [(await line[-1].messages.receive()).waku_hash for _ in sent]

        assert received == sent
        assert line[1].counts().relayed == 20


async def test_what_we_publish_carries_no_field_that_names_us() -> None:
    """StrictNoSign on the wire: data and topic, and nothing else, not even empty."""
    async with besieged() as siege:
        attacker = await siege.attacker()
        await attacker.subscribe()
        await until(lambda: len(siege.victim.peers()) == 3)
        await siege.victim.publish(TOPIC, b"ours")
        await siege.alice.publish(TOPIC, b"relayed")
        await until(lambda: len(attacker.received()) >= 2)
        messages = [message for rpc in attacker.rpcs for message in rpc.publish]
        assert {tuple(field.name for field, _ in message.ListFields()) for message in messages} == {
            ("data", "topicIDs")
        }
        assert {tuple(message.topicIDs) for message in messages} == {(PUBSUB_TOPIC,)}


async def test_our_signed_record_is_attached_once_and_not_to_every_rpc() -> None:
    """The first RPC carries it; the next fifty within thirty seconds do not."""
    async with besieged() as siege:
        attacker = await siege.attacker()
        await attacker.subscribe()
        await until(lambda: len(siege.victim.peers()) == 3)
        for number in range(50):
            await siege.victim.publish(TOPIC, bytes([number]))
        await until(lambda: len(attacker.received()) >= 50)
        assert sum(rpc.HasField("senderRecord") for rpc in attacker.rpcs) == 1


async def test_a_lost_message_is_fetched_after_gossip() -> None:
    """A subscriber outside of the mesh hears of a message by IHAVE and gets it by IWANT."""
    # A message can be asked for during five heartbeats, which a busy machine must not let pass before the question.
    async with besieged(replace(SETTINGS, heartbeat_s=0.5)) as siege:
        attacker = await siege.attacker()
        await attacker.subscribe()
        await attacker.send(
            rpc_pb2.RPC(control=rpc_pb2.ControlMessage(prune=[rpc_pb2.ControlPrune(topicID=PUBSUB_TOPIC)]))
        )
        await until(lambda: attacker.peer_id not in siege.inside.router.mesh[PUBSUB_TOPIC])
        await until(lambda: attacker.peer_id in siege.inside.router.back_off[PUBSUB_TOPIC])
        await siege.alice.publish(TOPIC, b"by gossip")

        def heard() -> list[bytes]:
            return [key for rpc in attacker.rpcs for ihave in rpc.control.ihave for key in ihave.messageIDs]

        await until(lambda: len(heard()) > 0)
        assert not any(b"by gossip" in data for data in attacker.received())
        iwant = rpc_pb2.ControlIWant(messageIDs=heard())
        await attacker.send(rpc_pb2.RPC(control=rpc_pb2.ControlMessage(iwant=[iwant])))
        await until(lambda: any(b"by gossip" in data for data in attacker.received()))


async def test_we_fetch_what_a_neighbour_says_it_has() -> None:
    """The other way round: an IHAVE for something unknown is answered by IWANT, and what comes is relayed."""
    async with besieged() as siege:
        attacker = await siege.attacker()
        await attacker.subscribe()
        siege.bob.watch([TOPIC])
        data = encode(
            PUBSUB_TOPIC, TOPIC, b"kept back", timestamp_ns=time.time_ns(), ephemeral=False, meta=b""
        ).data
        ihave = rpc_pb2.ControlIHave(topicID=PUBSUB_TOPIC, messageIDs=[message_id(data)])
        await attacker.send(rpc_pb2.RPC(control=rpc_pb2.ControlMessage(ihave=[ihave])))
        await until(
            lambda: any(
                list(want.messageIDs) == [message_id(data)]
                for rpc in attacker.rpcs
                for want in rpc.control.iwant
            )
        )
        await attacker.publish(data)
        with trio.fail_after(WAIT_S):
            while (await siege.bob.messages.receive()).payload != b"kept back":
                pass


async def test_a_thin_mesh_is_filled_and_a_fat_one_trimmed() -> None:
    """Heartbeats keep the mesh between its bounds with fourteen willing neighbours."""
    async with besieged(replace(SETTINGS, heartbeat_s=0.05)) as siege:
        crowd = [await siege.attacker(f"mallory {number}") for number in range(14)]
        for attacker in crowd:
            await attacker.subscribe()
        await until(lambda: len(siege.victim.peers()) == 16)
        mesh = siege.inside.router.mesh[PUBSUB_TOPIC]
        await until(lambda: len(mesh) >= DEGREE)
        mesh |= {attacker.peer_id for attacker in crowd}
        await until(lambda: len(siege.inside.router.mesh[PUBSUB_TOPIC]) <= DEGREE_HIGH)


async def test_a_clock_a_minute_off_is_corrected_by_three_neighbours() -> None:
    """The publisher's clock is a minute behind; its neighbours accept what it publishes all the same."""
    async with AsyncExitStack() as stack:
        right = [await stack.enter_async_context(open_node(settings_of(f"right {n}"))) for n in range(3)]
        wrong = await stack.enter_async_context(
            open_node(settings_of("wrong", *right, clock=ShiftedClock(-60_000)))
        )
        await until(lambda: wrong.time().answers == 3)
        with trio.fail_after(WAIT_S):
            await wrong.wait_for_peers(3)
        right[0].watch([TOPIC])
        wrong.watch([TOPIC])
        await wrong.publish(TOPIC, b"in time")
        with trio.fail_after(WAIT_S):
            assert (await right[0].messages.receive()).payload == b"in time"
        await right[0].publish(TOPIC, b"and back")
        with trio.fail_after(WAIT_S):
            assert (await wrong.messages.receive()).payload == b"and back"

        assert 58_000 < wrong.time().offset_ms < 62_000
        assert {node.time().offset_ms for node in right} == {0}


async def test_another_cluster_is_not_kept() -> None:
    """Both sides hang up, and neither counts the other as a neighbour."""
    async with AsyncExitStack() as stack:
        ours = await stack.enter_async_context(open_node(settings_of("ours")))
        theirs = await stack.enter_async_context(open_node(settings_of("theirs", ours, cluster_id=1)))
        await until(
            lambda: ours.counts().refused["other cluster"] + theirs.counts().refused["other cluster"] > 0
        )
        assert ours.stack is not None
        swarm = ours.stack.swarm
        await until(lambda: swarm.get_total_connections() == 0)

        assert ours.peers() == ()
        assert theirs.peers() == ()


async def test_another_shard_of_our_cluster_is_kept_and_not_relayed_to() -> None:
    """The specification advises against hanging up; there is nothing to relay either."""
    async with AsyncExitStack() as stack:
        ours = await stack.enter_async_context(open_node(settings_of("ours")))
        theirs = await stack.enter_async_context(open_node(settings_of("theirs", ours, shard=1)))
        await until(lambda: ours.time().answers == 1 == theirs.time().answers)

        assert (await ours.publish(TOPIC, b"x")).relays == 0
        assert ours.counts().refused.total() == 0


async def test_faults_are_met_by_a_real_node() -> None:
    """Half of what arrives is lost and counted; relaying is not affected."""
    async with AsyncExitStack() as stack:
        sender = await stack.enter_async_context(open_node(settings_of("sender")))
        lossy = await stack.enter_async_context(
            open_node(settings_of("lossy", sender, faults=Faults.parse("seed=5,loss=0.5,duplicate=0.2")))
        )
        last = await stack.enter_async_context(open_node(settings_of("last", lossy)))
        with trio.fail_after(WAIT_S):
            await lossy.wait_for_peers(2)
            await sender.wait_for_peers(1)
            await last.wait_for_peers(1)
        lossy.watch([TOPIC])
        last.watch([TOPIC])
        for number in range(100):
            await sender.publish(TOPIC, bytes([number]))
        await until(lambda: last.counts().handed_on == 100)
        counts = lossy.fault_counts

        assert counts.arrived == 100
        assert 30 < counts.lost < 70
        assert lossy.counts().handed_on == counts.handed_on == 100 - counts.lost + counts.duplicated


@pytest.mark.parametrize("count", [8])
async def test_a_small_network_delivers_everything(count: int) -> None:
    """Eight nodes in a ring with chords, each publishes: everybody gets everything once."""
    async with AsyncExitStack() as stack:
        nodes: list[Node] = []
        for number in range(count):
            known = nodes[-1:] + nodes[:1] + nodes[len(nodes) // 2 : len(nodes) // 2 + 1]
            nodes.append(
                await stack.enter_async_context(
                    open_node(settings_of(f"node {number}", *dict.fromkeys(known)))
                )
            )
            nodes[-1].watch([TOPIC])
        with trio.fail_after(WAIT_S):
            for node in nodes:
                await node.wait_for_peers(2)
        for number, node in enumerate(nodes):
            await node.publish(TOPIC, bytes([number]))
        await until(lambda: all(node.counts().handed_on == count - 1 for node in nodes))
        for number, node in enumerate(nodes):
            got = sorted(node.messages.receive_nowait().payload[0] for _ in range(count - 1))
            assert got == [other for other in range(count) if other != number]


async def test_a_relay_refuses_what_has_no_stamp() -> None:
    """Whoever does not pay is not heard beyond their own neighbours; whoever does is."""
    stamps = Stamps(re.compile(re.escape(TOPIC)), bits=8)
    async with AsyncExitStack() as stack:
        relay = await stack.enter_async_context(open_node(settings_of("relay", stamps=stamps)))
        listener = await stack.enter_async_context(open_node(settings_of("listener", relay)))
        unpaid = await stack.enter_async_context(open_node(settings_of("unpaid", relay)))
        paid = await stack.enter_async_context(open_node(settings_of("paid", relay, stamps=stamps)))
        with trio.fail_after(WAIT_S):
            await relay.wait_for_peers(3)
            for node in (listener, unpaid, paid):
                await node.wait_for_peers(1)
        listener.watch([TOPIC])
        await unpaid.publish(TOPIC, b"for nothing")
        await until(lambda: relay.counts().refused["no stamp"] == 1)
        await paid.publish(TOPIC, b"paid")
        with trio.fail_after(WAIT_S):
            received = await listener.messages.receive()

        assert received.payload == b"paid"
        assert listener.counts().received == 1
