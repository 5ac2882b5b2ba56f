"""Stamps: proof of work in a message's `meta`, which some content topics ask of every message (README.md#protocols).

A relay checks one with two hashes, whoever publishes pays for tens of thousands. It is a cost floor for messages to
those who asked for none, not a defence. A stamp is bound to topic, payload and the hour of the timestamp, so it is
of no use for anything else, and not for long.
"""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

import trio

STAMP_BITS = 16
NONCE_BYTES = 8
HOUR_NS = 60 * 60 * 1_000_000_000
_CONTEXT = b"parley/stamp/v1"
_SLICE = 1_024
"""So many hashes, about a millisecond, between two chances for others to run."""
_KEPT = 256


@dataclass(frozen=True, slots=True)
class Stamps:
    """Which content topics ask for a stamp, and what it costs.

    Attributes:
        topics: a regular expression that matches the whole content topic.
        bits: leading zero bits of the hash; a stamp costs 2 to the power of this many hashes on average.
    """

    topics: re.Pattern[str]
    bits: int = STAMP_BITS

    def ask(self, content_topic: str) -> bool:
        """Whether messages of this topic need a stamp."""
        return self.topics.fullmatch(content_topic) is not None

    def fit(self, content_topic: str, payload: bytes, timestamp_ns: int, meta: bytes) -> bool:
        """Whether `meta` is a stamp of this message, or needs not be one.

        Guarded by tests/p2p/test_stamps.py::test_a_stamp_is_good_for_one_topic_payload_and_hour.
        """
        if not self.ask(content_topic):
            return True
        base = _base(content_topic, payload, timestamp_ns // HOUR_NS)
        return len(meta) == NONCE_BYTES and self._paid(base, meta)

    async def make(self, content_topic: str, payload: bytes, hour: int) -> bytes:
        """Find the stamp of a message (8 bytes) of this hour, counted from the epoch.

        It is looked for in slices on the caller's loop: a thread would hold the same lock while it hashes.
        """
        base = _base(content_topic, payload, hour)
        for number in count():
            nonce = number.to_bytes(NONCE_BYTES, "big")
            if self._paid(base, nonce):
                return nonce
            if number % _SLICE == _SLICE - 1:
                await trio.lowlevel.checkpoint()
        raise AssertionError("there is always a further number")

    def _paid(self, base: bytes, nonce: bytes) -> bool:
        digest = hashlib.sha256(base + nonce).digest()
        return int.from_bytes(digest[:8], "big") >> (64 - self.bits) == 0


class StampBook:
    """Makes stamps and keeps the latest, so that a message sent again in the same hour is paid for once."""

    def __init__(self, stamps: Stamps | None) -> None:
        self._stamps = stamps
        self._made: OrderedDict[bytes, bytes] = OrderedDict()

    async def stamp(
        self, content_topic: str, payload: bytes, next_ns: Callable[[], int]
    ) -> tuple[int, bytes]:
        """The timestamp of a message and the stamp of its hour, which is empty for a topic that asks for none.

        Args:
            next_ns: gives the timestamp of now.
        """
        timestamp_ns, stamp = next_ns(), b""
        if self._stamps is None or not self._stamps.ask(content_topic):
            return timestamp_ns, stamp
        hour = None
        while hour != timestamp_ns // HOUR_NS:  # The hour may end while its stamp is looked for.
            hour = timestamp_ns // HOUR_NS
            stamp = await self._of_hour(self._stamps, content_topic, payload, hour)
            timestamp_ns = next_ns()
        return timestamp_ns, stamp

    async def _of_hour(self, stamps: Stamps, content_topic: str, payload: bytes, hour: int) -> bytes:
        base = _base(content_topic, payload, hour)
        if base not in self._made:
            self._made[base] = await stamps.make(content_topic, payload, hour)
            if len(self._made) > _KEPT:
                self._made.popitem(last=False)
        return self._made[base]


def _base(content_topic: str, payload: bytes, hour: int) -> bytes:
    topic = content_topic.encode()
    return (
        _CONTEXT
        + len(topic).to_bytes(4, "big")
        + topic
        + hour.to_bytes(8, "big", signed=True)
        + hashlib.sha256(payload).digest()
    )
