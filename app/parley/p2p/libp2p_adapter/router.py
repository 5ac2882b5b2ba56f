"""Waku relay: GossipSub 1.1's mesh under Waku's protocol id, for one topic and anonymous messages.

A subclass of libp2p's router, so that its Pubsub accepts it, with every part that a neighbour's bytes reach
replaced by a bounded, synchronous one. Off: spam protection (it drops ten messages a second of an honest
forwarder, and our own), scoring (its sign is wrong), adaptive gossip, eclipse protection by address, peer
exchange. Source: 11/WAKU2-RELAY; libp2p GossipSub 1.0 and 1.1.
"""

from __future__ import annotations

import random
import time
from functools import partial
from itertools import chain

import trio
from libp2p.custom_types import TProtocol
from libp2p.peer.id import ID
from libp2p.pubsub.gossipsub import PROTOCOL_ID_V11, GossipSub
from libp2p.pubsub.pb import rpc_pb2

from parley.p2p.counts import Counts
from parley.p2p.libp2p_adapter.guard import Guard
from parley.p2p.libp2p_adapter.neighbours import Neighbours, monotonic_ms
from parley.p2p.libp2p_adapter.recent import RecentMessages
from parley.p2p.message import MESSAGE_ID_BYTES
from parley.p2p.seen import SeenCache

RELAY_PROTOCOL = TProtocol("/vac/waku/relay/2.0.0")
DEGREE, DEGREE_LOW, DEGREE_HIGH = 6, 4, 12
PRUNE_BACK_OFF_S = 60
LONGEST_BACK_OFF_S = 3600
GOSSIP_SHARE = 0.25
IHAVE_IDS = 1000
IWANT_IDS = 500
"""Ids asked of one neighbour between two heartbeats."""
SERVED = 3
"""How often one neighbour gets the same message when it asks."""
CONTROL_ENTRIES = 64


class WakuRelay(GossipSub):
    """The router of one pubsub topic."""

    def __init__(
        self,
        topic: str,
        heartbeat_s: float,
        guard: Guard,
        counts: Counts,
        neighbours: Neighbours,
        seen: SeenCache,
    ) -> None:
        super().__init__(
            protocols=[RELAY_PROTOCOL],
            degree=DEGREE,
            degree_low=DEGREE_LOW,
            degree_high=DEGREE_HIGH,
            heartbeat_interval=heartbeat_s,  # type: ignore[arg-type]
            prune_back_off=PRUNE_BACK_OFF_S,
            do_px=False,
            adaptive_gossip_enabled=False,
            spam_protection_enabled=False,
            eclipse_protection_enabled=False,
        )
        self.scorer = None
        self.recent = RecentMessages()
        self.mcache = self.recent
        self._topic = topic
        self._guard = guard
        self._counts = counts
        self._neighbours = neighbours
        self._seen = seen
        self._random = random.SystemRandom()

    def add_peer(self, peer_id: ID, protocol_id: TProtocol | None) -> None:
        """Take in a neighbour that speaks Waku relay, which is GossipSub 1.1 by another name."""
        if protocol_id != RELAY_PROTOCOL:
            raise ValueError("not a relay")
        super().add_peer(peer_id, PROTOCOL_ID_V11)

    async def publish(self, msg_forwarder: ID, pubsub_msg: rpc_pb2.Message) -> None:
        """Not used: `RelayPubsub` spreads messages itself.

        libp2p's own would take every anonymous message but the first for equivocation, as all have the same
        (empty) sender and number. Guarded by tests/p2p/test_relay.py::test_anonymous_messages_cross_two_hops.
        """
        raise NotImplementedError

    # Sending.

    def send_to(self, peer_id: ID, rpc: bytes, *, priority: bool = False) -> bool:
        """Queue a serialised RPC for a neighbour; return whether there was room."""
        queue = None if self.pubsub is None else self.pubsub.peer_queues.get(peer_id)
        if queue is None:
            return False
        if queue.push(rpc, priority):  # type: ignore[arg-type]
            return True
        self._counts.refused["outbound queue full"] += 1
        return False

    def spread(self, message_id: bytes, rpc: bytes, targets: set[ID]) -> int:
        """Keep a message for those who ask, and queue it for `targets`; return how many took it."""
        self.recent.keep(message_id, rpc)
        return sum(self.send_to(peer_id, rpc) for peer_id in targets)

    async def emit_control_message(self, control_msg: rpc_pb2.ControlMessage, to_peer: ID) -> None:
        """Queue control entries (the base class's emitters end here)."""
        self._emit(control_msg, to_peer)
        await trio.lowlevel.checkpoint()

    def _emit(self, control: rpc_pb2.ControlMessage, peer_id: ID) -> None:
        self.send_to(peer_id, rpc_pb2.RPC(control=control).SerializeToString(), priority=True)

    def _prune(self, peer_id: ID) -> None:
        self._add_back_off(peer_id, self._topic, False)
        prune = rpc_pb2.ControlPrune(topicID=self._topic, backoff=PRUNE_BACK_OFF_S)
        self._emit(rpc_pb2.ControlMessage(prune=[prune]), peer_id)

    def _graft(self, peer_id: ID) -> None:
        self.mesh[self._topic].add(peer_id)
        graft = rpc_pb2.ControlGraft(topicID=self._topic)
        self._emit(rpc_pb2.ControlMessage(graft=[graft]), peer_id)

    def subscribers(self) -> set[ID]:
        """Neighbours on our topic that we can write to."""
        if self.pubsub is None:
            return set()
        subscribed = self.pubsub.peer_topics.get(self._topic, set())
        return {peer_id for peer_id in subscribed if peer_id in self.peer_protocol}

    def mesh_peers(self) -> set[ID]:
        """Neighbours in the mesh that we can write to."""
        return self.mesh.get(self._topic, set()) & self.subscribers()

    def welcome(self, peer_id: ID) -> None:
        """Put a new subscriber into a thin mesh at once rather than at the next heartbeat."""
        mesh = self.mesh.get(self._topic)
        if mesh is None or peer_id in mesh or len(mesh) >= self.degree or peer_id not in self.subscribers():
            return
        if not self._check_back_off(peer_id, self._topic):
            self._graft(peer_id)

    # Control messages.

    async def handle_rpc(self, rpc: rpc_pb2.RPC, sender_peer_id: ID) -> None:
        """Handle control entries (the base class's way in)."""
        self.handle_control(rpc.control, sender_peer_id)
        await trio.lowlevel.checkpoint()

    def handle_control(self, control: rpc_pb2.ControlMessage, peer_id: ID) -> None:
        """Handle at most `CONTROL_ENTRIES` of each kind within the neighbour's budget; the rest is dropped.

        Guarded by tests/p2p/test_hostile_control.py.
        """
        steps = chain(
            (partial(self._on_graft, entry) for entry in control.graft[:CONTROL_ENTRIES]),
            (partial(self._on_prune, entry) for entry in control.prune[:CONTROL_ENTRIES]),
            (partial(self._on_ihave, entry) for entry in control.ihave[:CONTROL_ENTRIES]),
            (partial(self._on_iwant, entry) for entry in control.iwant[:CONTROL_ENTRIES]),
        )
        budget = self._neighbours.of(peer_id).budget
        for step in steps:
            if not budget.take_control(monotonic_ms()):
                self._counts.refused["control budget"] += 1
                return
            step(peer_id)

    def _on_graft(self, graft: rpc_pb2.ControlGraft, peer_id: ID) -> None:
        mesh = self.mesh.get(self._topic)
        if graft.topicID != self._topic or mesh is None or peer_id in mesh:
            return
        if len(mesh) >= DEGREE_HIGH or self._check_back_off(peer_id, self._topic):
            self._prune(peer_id)
        elif peer_id in self.subscribers():
            mesh.add(peer_id)

    def _on_prune(self, prune: rpc_pb2.ControlPrune, peer_id: ID) -> None:
        if prune.topicID != self._topic:
            return
        back_off = min(max(int(prune.backoff), 1), LONGEST_BACK_OFF_S) if prune.backoff else PRUNE_BACK_OFF_S
        self._add_back_off(peer_id, self._topic, False, back_off)
        self.mesh.get(self._topic, set()).discard(peer_id)

    def _on_ihave(self, ihave: rpc_pb2.ControlIHave, peer_id: ID) -> None:
        if ihave.topicID != self._topic:
            return
        neighbour = self._neighbours.of(peer_id)
        room = IWANT_IDS - neighbour.asked
        wanted = [
            key
            for key in ihave.messageIDs[:IHAVE_IDS]
            if len(key) == MESSAGE_ID_BYTES and key not in self._seen
        ][: max(room, 0)]
        if wanted:
            neighbour.asked += len(wanted)
            iwant = rpc_pb2.ControlIWant(messageIDs=wanted)
            self._emit(rpc_pb2.ControlMessage(iwant=[iwant]), peer_id)

    def _on_iwant(self, iwant: rpc_pb2.ControlIWant, peer_id: ID) -> None:
        served = self._neighbours.of(peer_id).served
        for key in iwant.messageIDs[:IHAVE_IDS]:
            rpc = self.recent.rpc(key)
            if rpc is None or served.get(key, 0) >= SERVED:
                continue
            served[key] = served.get(key, 0) + 1
            if not self.send_to(peer_id, rpc):
                return

    # Heartbeat.

    async def heartbeat(self) -> None:
        """Keep mesh and gossip going for as long as the node runs."""
        while True:
            await trio.sleep(self.heartbeat_interval)
            with self._guard.step("heartbeat"):
                self._guard.reach("heartbeat")
                self.beat()

    def beat(self) -> None:
        """One heartbeat: mend the mesh, gossip about recent messages, forget old ones."""
        mesh = self.mesh.get(self._topic)
        subscribers = self.subscribers()
        if mesh is not None:
            mesh &= subscribers
            if len(mesh) < DEGREE_LOW:
                willing = [
                    peer_id
                    for peer_id in subscribers - mesh
                    if not self._check_back_off(peer_id, self._topic)
                ]
                for peer_id in self._some(willing, DEGREE - len(mesh)):
                    self._graft(peer_id)
            elif len(mesh) > DEGREE_HIGH:
                for peer_id in self._some(list(mesh), len(mesh) - DEGREE):
                    mesh.discard(peer_id)
                    self._prune(peer_id)
            self._gossip(subscribers - mesh)
        self.recent.shift()
        for neighbour in self._neighbours.each():
            neighbour.asked = 0
            for key in [key for key in neighbour.served if self.recent.rpc(key) is None]:
                del neighbour.served[key]
        now = int(time.time())
        expired = [peer_id for peer_id, till in self.back_off.get(self._topic, {}).items() if till <= now]
        for peer_id in expired:
            del self.back_off[self._topic][peer_id]

    def _gossip(self, others: set[ID]) -> None:
        ids = self.recent.window(self._topic)[-IHAVE_IDS:]
        if not ids or not others:
            return
        ihave = rpc_pb2.ControlIHave(topicID=self._topic, messageIDs=ids)
        control = rpc_pb2.ControlMessage(ihave=[ihave])
        for peer_id in self._some(list(others), max(DEGREE, int(len(others) * GOSSIP_SHARE))):
            self._emit(control, peer_id)

    def _some(self, pool: list[ID], count: int) -> list[ID]:
        return pool if count >= len(pool) else self._random.sample(pool, max(count, 0))
