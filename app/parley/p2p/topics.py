"""Names of topics: the pubsub topic of a shard, and the bounds of a content topic.

Source: waku-org/specs, relay-sharding (static sharding); 23/WAKU2-TOPICS for content topics.
"""

from __future__ import annotations

from parley.p2p.errors import ContentTopicError

CONTENT_TOPIC_BYTES = 256
"""Longest content topic in bytes of UTF-8. Waku sets no bound; a relay must not keep unbounded names."""


def pubsub_topic(cluster_id: int, shard: int) -> str:
    """Return the pubsub topic of a static shard.

    Args:
        cluster_id: 0 to 65535.
        shard: 0 to 1023.

    Raises:
        ValueError: either number is out of range.
    """
    if not 0 <= cluster_id <= 0xFFFF:
        raise ValueError(f"cluster id {cluster_id} is out of range")
    if not 0 <= shard <= 1023:
        raise ValueError(f"shard {shard} is out of range")
    return f"/waku/2/rs/{cluster_id}/{shard}"


def check_content_topic(content_topic: str) -> None:
    """Refuse a content topic that is empty or longer than 256 bytes.

    Raises:
        ContentTopicError: with the length in bytes.
    """
    try:
        length = len(content_topic.encode())
    except UnicodeEncodeError:
        raise ContentTopicError(len(content_topic)) from None
    if not 1 <= length <= CONTENT_TOPIC_BYTES:
        raise ContentTopicError(length)
