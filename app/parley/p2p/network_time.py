"""How far our clock is off, from what neighbours say: the decision only, without asking anybody.

The median of at least three neighbours is used, and only from two seconds on: fewer could be one liar and his
friend, and less is not worth moving for. It corrects the time stamped on and expected of messages, and is
never used for an expiry. Source: DESIGN section 5, Time.
"""

from __future__ import annotations

from statistics import median

from parley.p2p.network import NetworkTime

TIME_PEERS = 3
TIME_IGNORED_MS = 2_000
TIME_ROUND_TRIP_MS = 5_000
"""An answer that took longer says too little about the moment it was made."""
TIME_NONCE_BYTES = 16
TIME_ANSWER_BYTES = TIME_NONCE_BYTES + 8


def answer(nonce: bytes, now_ms: int) -> bytes:
    """Return what `/parley/time/1.0.0` answers: the 16-byte nonce, then our milliseconds (8 bytes, big-endian)."""
    return nonce + now_ms.to_bytes(8, "big")


def sample(nonce: bytes, reply: bytes, asked_ms: int, answered_ms: int) -> int | None:
    """Return how many milliseconds the neighbour's clock is ahead of ours, or None if the answer is no use.

    Args:
        nonce: what we sent; a reply to anything else is no answer to our question.
        asked_ms, answered_ms: our clock when the question left and when the reply was here.
    """
    if len(reply) != TIME_ANSWER_BYTES or reply[:TIME_NONCE_BYTES] != nonce:
        return None
    round_trip = answered_ms - asked_ms
    if not 0 <= round_trip <= TIME_ROUND_TRIP_MS:
        return None
    theirs = int.from_bytes(reply[TIME_NONCE_BYTES:], "big")
    if theirs >= 1 << 62:  # Past the range a timestamp in nanoseconds can express.
        return None
    return theirs - (asked_ms + round_trip // 2)


def network_time(samples: dict[str, int]) -> NetworkTime:
    """Return the correction from the latest sample of each neighbour (one vote a neighbour)."""
    if len(samples) < TIME_PEERS:
        return NetworkTime(0, len(samples))
    offset = int(median(samples.values()))
    if abs(offset) < TIME_IGNORED_MS:
        offset = 0
    return NetworkTime(offset, len(samples))
