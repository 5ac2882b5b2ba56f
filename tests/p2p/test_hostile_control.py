"""Hostile control messages and subscriptions: bounded in what they cost, what they make us keep and send."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import replace

from libp2p.pubsub.pb import rpc_pb2

from conformance.network_cases import until
from p2p.attacker import PUBSUB_TOPIC, Attacker
from p2p.siege import SETTINGS, TOPIC, Siege, besieged
from parley.p2p.libp2p_adapter.router import (
    DEGREE_HIGH,
    IWANT_IDS,
    LONGEST_BACK_OFF_S,
    PRUNE_BACK_OFF_S,
    SERVED,
)
from parley.p2p.message import encode, message_id


def control(**entries: Sequence[object]) -> rpc_pb2.RPC:
    """An RPC of control entries."""
    return rpc_pb2.RPC(control=rpc_pb2.ControlMessage(**entries))  # type: ignore[arg-type]


def fresh(payload: bytes) -> bytes:
    """A Waku message of now."""
    return encode(PUBSUB_TOPIC, TOPIC, payload, timestamp_ns=time.time_ns(), ephemeral=False, meta=b"").data


async def all_read(siege: Siege, attacker: Attacker) -> None:
    """Wait until the victim has read everything sent so far."""
    before = siege.victim.counts().received
    await attacker.publish(fresh(os.urandom(8)))
    await until(lambda: siege.victim.counts().received > before)


async def test_a_graft_flood_on_unknown_topics() -> None:
    """Grafts for topics we do not have change nothing, are not answered, and end in the control budget."""
    async with besieged() as siege:
        attacker = await siege.attacker()
        for batch in range(30):
            grafts = [rpc_pb2.ControlGraft(topicID=f"topic {batch} {number}") for number in range(1_000)]
            await attacker.send(control(graft=grafts))
        await siege.refused("control budget")
        assert list(siege.inside.router.mesh) == [PUBSUB_TOPIC]
        assert list(siege.inside.router.back_off) in ([], [PUBSUB_TOPIC])
        assert not any(rpc.control.prune for rpc in attacker.rpcs)


async def test_a_graft_without_a_subscription_is_not_taken_in() -> None:
    """The mesh holds subscribers only."""
    async with besieged() as siege:
        attacker = await siege.attacker()
        await attacker.send(control(graft=[rpc_pb2.ControlGraft(topicID=PUBSUB_TOPIC)]))
        await all_read(siege, attacker)
        assert attacker.peer_id not in siege.inside.router.mesh[PUBSUB_TOPIC]


async def test_the_mesh_does_not_grow_past_its_bound() -> None:
    """Fourteen grafts and a mesh of at most twelve; who is refused hears a prune with a back-off."""
    async with besieged(replace(SETTINGS, heartbeat_s=60)) as siege:
        crowd = [await siege.attacker(f"mallory {number}") for number in range(14)]
        for attacker in crowd:
            await attacker.subscribe()
            await attacker.send(control(graft=[rpc_pb2.ControlGraft(topicID=PUBSUB_TOPIC)]))
        await until(
            lambda: any(prune for attacker in crowd for rpc in attacker.rpcs for prune in rpc.control.prune)
        )
        assert len(siege.inside.router.mesh[PUBSUB_TOPIC]) <= DEGREE_HIGH


async def test_a_prune_with_a_back_off_for_ever_and_peers_to_dial() -> None:
    """The back-off is capped, the addresses of other peers are ignored, other topics leave no trace."""
    async with besieged() as siege:
        attacker = await siege.attacker()
        await attacker.subscribe()
        prune = rpc_pb2.ControlPrune(topicID=PUBSUB_TOPIC, backoff=2**63)
        prune.peers.add(peerID=os.urandom(38), signedPeerRecord=os.urandom(200))
        others = [rpc_pb2.ControlPrune(topicID=str(number), backoff=1) for number in range(60)]
        await attacker.send(control(prune=[prune, *others]))
        await all_read(siege, attacker)
        back_off = siege.inside.router.back_off
        assert list(back_off) == [PUBSUB_TOPIC]
        assert back_off[PUBSUB_TOPIC][attacker.peer_id] <= time.time() + LONGEST_BACK_OFF_S
        assert siege.inside.swarm.get_total_connections() == 3


async def test_a_graft_during_the_back_off_is_pruned_again() -> None:
    """Grafting at once after a prune does not get a peer into the mesh."""
    async with besieged() as siege:
        attacker = await siege.attacker()
        await attacker.subscribe()
        await attacker.send(control(prune=[rpc_pb2.ControlPrune(topicID=PUBSUB_TOPIC)]))
        await attacker.send(control(graft=[rpc_pb2.ControlGraft(topicID=PUBSUB_TOPIC)]))
        await until(lambda: any(rpc.control.prune for rpc in attacker.rpcs))
        assert attacker.peer_id not in siege.inside.router.mesh[PUBSUB_TOPIC]
        answer = next(rpc.control.prune[0] for rpc in attacker.rpcs if rpc.control.prune)
        assert answer.backoff == PRUNE_BACK_OFF_S


async def test_an_ihave_flood_is_asked_about_within_bounds() -> None:
    """Twenty thousand made-up ids, a few too long: at most 500 are asked for in a heartbeat."""
    async with besieged() as siege:
        attacker = await siege.attacker()
        for _ in range(20):
            ids = [os.urandom(32) for _ in range(999)] + [os.urandom(10_000)]
            await attacker.send(control(ihave=[rpc_pb2.ControlIHave(topicID=PUBSUB_TOPIC, messageIDs=ids)]))
        await all_read(siege, attacker)
        asked = sum(len(want.messageIDs) for rpc in attacker.rpcs for want in rpc.control.iwant)
        beats = 3  # The flood may straddle a few heartbeats on a slow machine.
        assert asked <= IWANT_IDS * beats


async def test_an_ihave_for_what_is_known_asks_for_nothing() -> None:
    """A message the victim has is not fetched again."""
    async with besieged() as siege:
        attacker = await siege.attacker()
        data = fresh(b"known")
        await attacker.publish(data)
        known = rpc_pb2.ControlIHave(topicID=PUBSUB_TOPIC, messageIDs=[message_id(data)])
        await attacker.send(control(ihave=[known]))
        await all_read(siege, attacker)
        assert not any(rpc.control.iwant for rpc in attacker.rpcs)


async def test_an_iwant_flood_is_served_three_times() -> None:
    """A 32-byte question cannot fetch 100 KiB again and again."""
    async with besieged() as siege:
        attacker = await siege.attacker()
        data = fresh(bytes(100_000))
        await attacker.publish(data)
        wanted = rpc_pb2.ControlIWant(messageIDs=[message_id(data)] * 200 + [os.urandom(32)] * 200)
        for _ in range(10):
            await attacker.send(control(iwant=[wanted]))
        await until(lambda: attacker.received().count(data) == SERVED)
        await all_read(siege, attacker)
        assert attacker.received().count(data) == SERVED


async def test_idontwant_and_unknown_control_entries_leave_no_trace() -> None:
    """Kinds of control entries we do not use are not kept."""
    async with besieged() as siege:
        attacker = await siege.attacker()
        ids = [os.urandom(32) for _ in range(5_000)]
        await attacker.send(control(idontwant=[rpc_pb2.ControlIDontWant(messageIDs=ids)]))
        await attacker.send(control(observe=[rpc_pb2.ControlObserve(topicID=str(n)) for n in range(500)]))
        await all_read(siege, attacker)
        assert not any(siege.inside.router.dont_send_message_ids.values())


async def test_a_subscription_flood() -> None:
    """Other people's topics are not kept, however many, and ours is noted once."""
    async with besieged() as siege:
        attacker = await siege.attacker()
        for batch in range(20):
            entries = [
                rpc_pb2.RPC.SubOpts(subscribe=True, topicid=f"/waku/2/rs/{batch}/{number}")
                for number in range(4_000)
            ]
            await attacker.send(rpc_pb2.RPC(subscriptions=entries))
        await siege.refused("control budget")
        assert list(siege.inside.pubsub.peer_topics) == [PUBSUB_TOPIC]
        assert attacker.peer_id not in siege.inside.pubsub.peer_topics[PUBSUB_TOPIC]


async def test_subscribing_and_leaving_again_and_again() -> None:
    """Flapping ends in the control budget and does not disturb the others."""
    async with besieged() as siege:
        attacker = await siege.attacker()
        for number in range(2_000):
            entry = rpc_pb2.RPC.SubOpts(subscribe=number % 2 == 0, topicid=PUBSUB_TOPIC)
            await attacker.send(rpc_pb2.RPC(subscriptions=[entry]))
        await siege.refused("control budget")
        assert len(siege.inside.pubsub.peer_topics[PUBSUB_TOPIC]) <= 3


async def test_a_subscriber_that_never_reads_fills_no_memory() -> None:
    """A stalled neighbour costs at most its queue; what does not fit is refused and counted."""
    async with besieged() as siege:
        attacker = siege.unconnected()
        attacker.stop_reading()
        await attacker.connect()
        await attacker.subscribe()
        await until(lambda: len(siege.victim.peers()) == 3)
        for number in range(120):
            await siege.victim.publish(TOPIC, bytes([number]) * 150_000)
        queue = siege.inside.pubsub.peer_queues.get(attacker.peer_id)
        assert queue is None or len(queue) < 120
        assert siege.victim.counts().refused["outbound queue full"] > 0
