"""The bounded way out of a node: a filter of content topics and a channel that drops when full.

Gossip is never the guarantee, so a slow consumer loses the newest messages (they come again by resend or
catch-up) and memory stays bounded; the loss is counted.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection

import trio

from parley.p2p.counts import Counts
from parley.p2p.network import Received
from parley.p2p.topics import check_content_topic

CHANNEL_MESSAGES = 1024
CHANNEL_BYTES = 32 * 1024 * 1024
WATCHED_TOPICS = 16_384


class Subscription:
    """What a node hands to its owner. `receive` is the owner's end."""

    def __init__(
        self, counts: Counts, messages: int = CHANNEL_MESSAGES, payload_bytes: int = CHANNEL_BYTES
    ) -> None:
        self._counts = counts
        self._topics: frozenset[str] = frozenset()
        self._payload_bytes = payload_bytes
        self._send, self.receive = trio.open_memory_channel[Received](messages)
        self._queued: deque[int] = deque()
        self._queued_bytes = 0

    def watch(self, content_topics: Collection[str]) -> None:
        """Replace the watched set; raises ContentTopicError for a name no message can carry."""
        if len(content_topics) > WATCHED_TOPICS:
            raise ValueError(f"{len(content_topics)} topics are more than {WATCHED_TOPICS}")
        for topic in content_topics:
            check_content_topic(topic)
        self._topics = frozenset(content_topics)

    def watches(self, content_topic: str) -> bool:
        """Whether a message on this topic is handed on."""
        return content_topic in self._topics

    def hand_on(self, received: Received) -> bool:
        """Put a watched message into the channel; return False if it was unwatched, full or closed."""
        if received.content_topic not in self._topics:
            return False
        # The number of messages alone does not bound memory: 1,024 messages of 150 KiB would be 150 MiB.
        # Guarded by tests/p2p/test_bounds.py::test_large_messages_are_bounded_by_bytes.
        waiting = self._send.statistics().current_buffer_used
        while len(self._queued) > waiting:  # The channel is a queue, so what left it are the oldest sizes.
            self._queued_bytes -= self._queued.popleft()
        if self._queued_bytes + len(received.payload) > self._payload_bytes:
            self._counts.dropped_full += 1
            return False
        try:
            self._send.send_nowait(received)
        except trio.WouldBlock:
            self._counts.dropped_full += 1
            return False
        except (trio.ClosedResourceError, trio.BrokenResourceError):
            return False
        self._queued.append(len(received.payload))
        self._queued_bytes += len(received.payload)
        self._counts.handed_on += 1
        return True

    def close(self) -> None:
        """End the owner's channel; what is in it can still be read."""
        self._send.close()
