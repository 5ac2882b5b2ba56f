"""The Waku message: encoding, bounds, deterministic hash, and the rule about time.

Pure. What a relay accepts is decided here and nowhere else, so the in-memory double and the real node agree.
Source: 14/WAKU2-MESSAGE; the wire is protobuf, so hashes are over fields and never over a re-encoding.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from google.protobuf.message import DecodeError

from parley.p2p import waku_pb2
from parley.p2p.errors import MalformedMessageError, MetaTooLargeError, PayloadTooLargeError
from parley.p2p.network import Received, WakuHash
from parley.p2p.stamps import Stamps
from parley.p2p.topics import CONTENT_TOPIC_BYTES, check_content_topic

PAYLOAD_BYTES = 150 * 1024
"""Waku's limit on a message."""
META_BYTES = 64
MESSAGE_BYTES = PAYLOAD_BYTES + CONTENT_TOPIC_BYTES + META_BYTES + 512
"""Longest encoding accepted: the fields at their limits plus tags, timestamp and an ignored rate limit proof."""
TIMESTAMP_WINDOW_MS = 20_000
"""Default distance of a timestamp from our clock, either way, that a relay accepts."""
MESSAGE_ID_BYTES = 32


@dataclass(frozen=True, slots=True)
class Encoded:
    """A message ready for the wire: its bytes, its gossip id and its Waku hash."""

    data: bytes
    message_id: bytes
    waku_hash: WakuHash


def message_id(data: bytes) -> bytes:
    """Return the gossip message id, SHA-256 of the encoded Waku message (32 bytes)."""
    return hashlib.sha256(data).digest()


def message_hash(topic: str, payload: bytes, content_topic: str, meta: bytes, timestamp_ns: int) -> WakuHash:
    """Return the deterministic hash of a message (32 bytes), the key of Waku's store.

    Source: 14/WAKU2-MESSAGE, Deterministic message hashing (timestamp as 8 bytes, big-endian, signed).
    """
    digest = hashlib.sha256(topic.encode())
    digest.update(payload)
    digest.update(content_topic.encode())
    digest.update(meta)
    digest.update(timestamp_ns.to_bytes(8, "big", signed=True))
    return WakuHash(digest.digest())


def encode(
    topic: str, content_topic: str, payload: bytes, *, timestamp_ns: int, ephemeral: bool, meta: bytes
) -> Encoded:
    """Encode what the caller wants published on pubsub topic `topic`.

    Raises:
        PayloadTooLargeError: above 153,600 bytes.
        MetaTooLargeError: above 64 bytes.
        ContentTopicError: empty or above 256 bytes.
    """
    if len(payload) > PAYLOAD_BYTES:
        raise PayloadTooLargeError(len(payload), PAYLOAD_BYTES)
    if len(meta) > META_BYTES:
        raise MetaTooLargeError(len(meta), META_BYTES)
    check_content_topic(content_topic)
    message = waku_pb2.WakuMessage(payload=payload, content_topic=content_topic, timestamp=timestamp_ns)
    if meta:
        message.meta = meta
    if ephemeral:
        message.ephemeral = True
    data = message.SerializeToString()
    waku_hash = message_hash(topic, payload, content_topic, meta, timestamp_ns)
    return Encoded(data, message_id(data), waku_hash)


def accept(topic: str, data: bytes, now_ms: int, window_ms: int, stamps: Stamps | None = None) -> Received:
    """Decode what a neighbour relayed on pubsub topic `topic`, or refuse it.

    Args:
        now_ms: the network's time.
        window_ms: how far from it a timestamp may be, either way.
        stamps: which topics ask for a stamp; None for none.

    Raises:
        MalformedMessageError: a size, the protobuf, the timestamp or the stamp is not acceptable. An identical old
            message cannot be replayed, because its timestamp leaves the window before the seen cache
            forgets it. Guarded by tests/p2p/test_message.py::test_a_timestamp_outside_the_window_is_refused.
    """
    if len(data) > MESSAGE_BYTES:
        raise MalformedMessageError("message too large")
    try:
        message = waku_pb2.WakuMessage.FromString(data)
    except (DecodeError, UnicodeDecodeError):
        raise MalformedMessageError("message not decodable") from None
    if len(message.payload) > PAYLOAD_BYTES:
        raise MalformedMessageError("payload too large")
    if len(message.meta) > META_BYTES:
        raise MalformedMessageError("meta too large")
    if not 1 <= len(message.content_topic.encode()) <= CONTENT_TOPIC_BYTES:
        raise MalformedMessageError("content topic length")
    if abs(message.timestamp - now_ms * 1_000_000) > window_ms * 1_000_000:
        raise MalformedMessageError("timestamp outside the window")
    if stamps and not stamps.fit(message.content_topic, message.payload, message.timestamp, message.meta):
        raise MalformedMessageError("no stamp")
    return Received(
        content_topic=message.content_topic,
        payload=message.payload,
        timestamp_ns=message.timestamp,
        waku_hash=message_hash(
            topic, message.payload, message.content_topic, message.meta, message.timestamp
        ),
        ephemeral=message.ephemeral,
        meta=message.meta,
    )
