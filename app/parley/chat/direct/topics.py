"""Content topics: where an envelope for somebody is published, and which ones a receiver watches.

Source: DESIGN section 5, Topics. A topic names one of 256 buckets, never a person: `i-` by the first byte of the
inbox id, `c-` by one byte of HMAC(delivery secret, UTC day).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable

from parley.e2ee import api as e2ee

INBOX_TOPICS = re.compile(r"/parley/1/i-[0-9a-f]{2}/proto")
"""Where anybody may write to anybody: each message there carries a stamp (p2p/README.md#protocols)."""

_DAY_MS = 24 * 60 * 60 * 1000


def inbox_topic(inbox_id: bytes) -> str:
    """The topic of first contact for an inbox."""
    return f"/parley/1/i-{inbox_id[0]:02x}/proto"


def conversation_topic(secret: bytes, now_ms: int) -> str:
    """The topic of one UTC day for whoever minted this delivery secret."""
    day = (now_ms // _DAY_MS).to_bytes(8, "big")
    bucket = hmac.new(secret, b"parley/topic/v1" + day, hashlib.sha256).digest()[0]
    return f"/parley/1/c-{bucket:02x}/proto"


def envelope_topic(envelope: bytes, inbox_id: bytes, secret: bytes | None, now_ms: int) -> str:
    """Where this envelope goes now.

    First contact goes to the inbox; everything else under the recipient's newest delivery secret, or to the inbox
    as long as none has been heard.
    """
    if secret is None or e2ee.envelope_kind(e2ee.Envelope(envelope)) is e2ee.Kind.FIRST_CONTACT:
        return inbox_topic(inbox_id)
    return conversation_topic(secret, now_ms)


def watched_topics(inbox_id: bytes, secrets: Iterable[bytes], now_ms: int) -> frozenset[str]:
    """What a receiver watches: its inbox, and yesterday, today and tomorrow of each of its secrets."""
    days = (now_ms - _DAY_MS, now_ms, now_ms + _DAY_MS)
    return frozenset(
        {inbox_topic(inbox_id)} | {conversation_topic(each, day) for each in secrets for day in days}
    )
