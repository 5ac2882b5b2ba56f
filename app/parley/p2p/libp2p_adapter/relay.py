"""Pubsub over libp2p streams: reading RPCs, judging messages, writing to neighbours.

Everything a neighbour's bytes reach is synchronous, bounded, and inside the guard. Messages are judged in the
reading task itself; py-libp2p starts a task for each and lets it fail into the nursery of the node.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable

import trio
from google.protobuf.message import DecodeError
from libp2p.abc import INetStream
from libp2p.host.exceptions import StreamFailure
from libp2p.io.exceptions import IOException
from libp2p.network.exceptions import SwarmException
from libp2p.network.stream.exceptions import StreamError
from libp2p.peer.id import ID
from libp2p.peer.peerstore import env_to_send_in_RPC
from libp2p.pubsub.pb import rpc_pb2
from libp2p.pubsub.pubsub import Pubsub

from parley.p2p.counts import Counts
from parley.p2p.errors import MalformedMessageError
from parley.p2p.libp2p_adapter.frames import FrameReader, MalformedFrameError, check_rpc_shape, varint
from parley.p2p.libp2p_adapter.guard import Guard
from parley.p2p.libp2p_adapter.host import BoundedHost
from parley.p2p.libp2p_adapter.muxer import lifetime_of
from parley.p2p.libp2p_adapter.neighbours import RECORD_EVERY_S, Neighbour, Neighbours, monotonic_ms
from parley.p2p.libp2p_adapter.outbound import RPC_BYTES, OutboundQueue, frame
from parley.p2p.libp2p_adapter.router import WakuRelay
from parley.p2p.message import message_id
from parley.p2p.seen import SeenCache

RECORD_TAG = varint(rpc_pb2.RPC.DESCRIPTOR.fields_by_name["senderRecord"].number << 3 | 2)
SUBSCRIPTIONS = 64
"""Entries looked at in one RPC; a node of one shard announces one."""
LONGEST_PAUSE_S = 10.0
READERS = 3
NOT_PROTOBUF = (DecodeError, UnicodeDecodeError)
"""What reading a peer's protobuf raises: some of it only when a text field is looked at."""

Judge = Callable[[bytes, Hashable], None]
"""Takes the data of a new message, and who brought it, and raises MalformedMessageError for one that must not be
relayed."""
Again = Callable[[bytes, Hashable], None]
"""Takes the id of a message that came before, and who brought it again."""


class RelayPubsub(Pubsub):
    """libp2p's Pubsub for one topic and StrictNoSign messages."""

    def __init__(
        self,
        host: BoundedHost,
        router: WakuRelay,
        topic: str,
        judge: Judge,
        again: Again,
        guard: Guard,
        counts: Counts,
        neighbours: Neighbours,
        seen: SeenCache,
        now_ms: Callable[[], int],
        changed: Callable[[], None],
    ) -> None:
        super().__init__(
            host,
            router,
            strict_signing=False,
            msg_id_constructor=lambda msg: hashlib.sha256(msg.data).digest(),
            max_inbound_rpc_size=RPC_BYTES,
            allowed_topics={topic},
        )
        self.seen_messages.stop()  # It runs a thread of its own, which would outlive the node.
        self._host = host
        self._opening: set[ID] = set()
        self._relay = router
        self._topic = topic
        self._judge = judge
        self._again = again
        self._guard = guard
        self._counts = counts
        self._neighbours = neighbours
        self._seen = seen
        self._now_ms = now_ms
        self._changed = changed

    # Publishing.

    def publish_own(self, data: bytes) -> int:
        """Hand a message of ours to every neighbour on the topic; return how many took it."""
        key = message_id(data)
        self._seen.add(key, self._now_ms())
        return self._relay.spread(key, self._rpc_of(data), self._relay.subscribers())

    def _rpc_of(self, data: bytes) -> bytes:
        # StrictNoSign: the fields that could name a sender are absent, not empty.
        message = rpc_pb2.Message(data=data, topicIDs=[self._topic])
        return rpc_pb2.RPC(publish=[message]).SerializeToString()

    async def publish(self, topic_id: str | list[str], data: bytes) -> None:  # noqa: ARG002
        """Publish on our topic (the base class's way in)."""
        self.publish_own(data)
        await trio.lowlevel.checkpoint()

    # Receiving.

    async def stream_handler(self, stream: INetStream) -> None:
        """Read a neighbour's RPCs until its stream ends or it sends something malformed."""
        peer_id = stream.muxed_conn.peer_id
        neighbour = self._neighbours.of(peer_id)
        # Two who dial each other at once have two connections and may change their minds about the stream,
        # so a few are read; the oldest gives way. Guarded by tests/p2p/test_supervision.py::
        # test_the_same_key_is_the_same_peer_and_two_peers_at_once_dial_each_other.
        if len(neighbour.reading) >= READERS:
            neighbour.reading[0].cancel()
        scope = trio.CancelScope()
        neighbour.reading.append(scope)
        orderly = False
        try:
            with scope, self._guard.step("pubsub"):
                self._guard.reach("pubsub")
                await self.continuously_read_stream(stream)
                orderly = True
        finally:
            neighbour.reading.remove(scope)
        if not orderly:
            await stream.reset()

    async def continuously_read_stream(self, stream: INetStream) -> None:
        """Read frames, at the pace the neighbour's byte budget allows."""
        peer_id = stream.muxed_conn.peer_id
        neighbour = self._neighbours.of(peer_id)
        reader = FrameReader(stream, RPC_BYTES)
        while True:
            try:
                data = await reader.next()
                if data is None:
                    return
                self._guard.reach("rpc")
                self.handle_frame(peer_id, neighbour, data)
            except (StreamError, IOException):
                return  # The neighbour or the connection went away, which is nobody's fault.
            except MalformedFrameError as error:
                self._counts.refused[error.fact] += 1
                await stream.reset()
                self._strike(peer_id, neighbour)
                return
            pause_ms = neighbour.budget.spend_bytes(len(data), monotonic_ms())
            if pause_ms:
                self._counts.refused["byte budget"] += 1
                await trio.sleep(min(pause_ms / 1000, LONGEST_PAUSE_S))
            else:
                await trio.lowlevel.checkpoint()

    def _strike(self, peer_id: ID, neighbour: Neighbour) -> None:
        if neighbour.budget.strike(monotonic_ms()):
            self._counts.refused["too many strikes"] += 1
            self._host.hang_up(peer_id)

    def handle_frame(self, peer_id: ID, neighbour: Neighbour, data: bytes) -> None:
        """Handle one RPC; raises MalformedFrameError if it cannot come from a correct implementation."""
        check_rpc_shape(data)
        try:
            rpc = rpc_pb2.RPC.FromString(data)
            if rpc.HasField("senderRecord"):
                neighbour.check_record(peer_id, rpc.senderRecord, trio.current_time())
            for subscription in rpc.subscriptions[:SUBSCRIPTIONS]:
                if not neighbour.budget.take_control(monotonic_ms()):
                    self._counts.refused["control budget"] += 1
                    break
                self.handle_subscription(peer_id, subscription)
            for message in rpc.publish:
                if not neighbour.budget.take_message(monotonic_ms()):
                    self._counts.refused["message budget"] += 1
                    continue
                with self._guard.step("message", NOT_PROTOBUF):
                    self._guard.reach("message")
                    self.handle_message(peer_id, message)
            if rpc.HasField("control"):
                with self._guard.step("control", NOT_PROTOBUF):
                    self._guard.reach("control")
                    self._relay.handle_control(rpc.control, peer_id)
        except NOT_PROTOBUF as error:
            raise MalformedFrameError("rpc not decodable") from error

    def handle_message(self, peer_id: ID, message: rpc_pb2.Message) -> None:
        """Judge one message, hand it on and relay it, once."""
        if list(message.topicIDs) != [self._topic]:
            self._counts.refused["other topic"] += 1
            return
        # A message that names or signs a sender breaks StrictNoSign and could be told apart from ours.
        # Guarded by tests/p2p/test_hostile_pubsub.py::test_signed_messages_are_refused.
        if any(message.HasField(name) for name in ("from_id", "seqno", "signature", "key")):
            self._counts.refused["signed message"] += 1
            return
        data = message.data
        key = message_id(data)
        if not self._seen.add(key, self._now_ms()):
            self._again(key, peer_id)
            return
        self._counts.received += 1
        try:
            self._judge(data, peer_id)
        except MalformedMessageError as error:
            self._counts.refused[error.fact] += 1
            return
        targets = self._relay.mesh_peers()
        targets.discard(peer_id)
        self._counts.relayed += self._relay.spread(key, self._rpc_of(data), targets)

    async def push_msg(self, msg_forwarder: ID, msg: rpc_pb2.Message) -> None:
        """Judge one message (the base class's way in)."""
        with self._guard.step("message"):
            self.handle_message(msg_forwarder, msg)
        await trio.lowlevel.checkpoint()

    def handle_subscription(self, origin_id: ID, sub_message: rpc_pb2.RPC.SubOpts) -> None:
        """Note that a neighbour joined or left our topic; others are none of our business and are not kept.

        Guarded by tests/p2p/test_hostile_control.py::test_a_subscription_flood.
        """
        if sub_message.topicid != self._topic:
            return
        subscribed = self.peer_topics.setdefault(self._topic, set())
        if sub_message.subscribe:
            subscribed.add(origin_id)
            self._relay.welcome(origin_id)
        else:
            subscribed.discard(origin_id)
        self._changed()

    # Neighbours come and go.

    async def _handle_new_peer(self, peer_id: ID) -> None:
        if peer_id in self.peers or peer_id in self._opening:
            return
        self._opening.add(peer_id)
        try:
            await self._open_stream(peer_id)
        finally:
            self._opening.discard(peer_id)

    async def _open_stream(self, peer_id: ID) -> None:
        try:
            stream = await self.host.new_stream(peer_id, self.protocols)
        except StreamFailure as error:
            # A slow neighbour is worth another try; one without Waku relay fails all of them.
            raise SwarmException("no relay stream") from error
        self._relay.add_peer(peer_id, stream.get_protocol())
        queue = OutboundQueue()
        queue.push(self.get_hello_packet())
        self.peers[peer_id] = stream
        self.peer_queues[peer_id] = queue
        self.manager.run_task(self._send, peer_id, stream, queue)
        self._relay.welcome(peer_id)
        self._changed()

    def get_hello_packet(self) -> rpc_pb2.RPC:
        """Announce our topic; the signed record is attached when it is sent."""
        return rpc_pb2.RPC(
            subscriptions=[rpc_pb2.RPC.SubOpts(subscribe=True, topicid=topic) for topic in self.topic_ids]
        )

    async def _send(self, peer_id: ID, stream: INetStream, queue: OutboundQueue) -> None:
        """Write a neighbour's queue, several RPCs at once, our signed record with one of them every 30 s."""
        record_at_s = -RECORD_EVERY_S
        # The connection may end and another one take its place before anybody is told, and the queue of the
        # new one would wait behind a stream that is no more.
        # Guarded by tests/p2p/test_supervision.py::test_a_peer_that_leaves_and_returns_is_a_neighbour_again.
        with lifetime_of(stream), self._guard.step("send"):
            while (batch := await queue.next_batch()) is not None:
                self._guard.reach("send")
                now_s = trio.current_time()
                if now_s - record_at_s >= RECORD_EVERY_S:
                    record_at_s = now_s
                    record = env_to_send_in_RPC(self.host)[0]
                    # Appending a field to a serialised protobuf sets that field.
                    batch[0] += RECORD_TAG + varint(len(record)) + record
                await stream.write(b"".join(frame(rpc) for rpc in batch))
        if self.peers.get(peer_id) is stream:
            with trio.move_on_after(1, shield=True), self._guard.step("close"):
                await stream.reset()
            self._handle_dead_peer(peer_id)
            if not stream.muxed_conn.is_closed:
                # Or a neighbour that resets each stream we open would have us open streams without end.
                self._strike(peer_id, self._neighbours.of(peer_id))

    def _handle_dead_peer(self, peer_id: ID) -> None:
        with self._guard.step("neighbour lost"):
            connected = self._peer_is_connected(peer_id)
            if not connected:
                # While it is connected its subscription stands: it will not be announced again.
                self.peer_topics.get(self._topic, set()).discard(peer_id)
            self.peers.pop(peer_id, None)
            queue = self.peer_queues.pop(peer_id, None)
            if queue is not None:
                queue.close()
            self._relay.remove_peer(peer_id)
            if connected:
                self._schedule_peer_stream_retry(peer_id)
            self._changed()
