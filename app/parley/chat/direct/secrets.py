"""Delivery secrets as content: told to an accepted contact inside the conversation, like anything else said there.

As an SDS message of its own it is acknowledged and resent without any rule of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from google.protobuf.message import DecodeError

from parley.chat import content_pb2
from parley.chat.content import DELIVERY_SECRET, Content
from parley.chat.devices.model import OwnDevice
from parley.chat.direct.model import DeliverySecretRow
from parley.chat.errors import MalformedContentError

SECRET_BYTES = 32
SECRET_ID_BYTES = 16
RETIRED_MS = 30 * 24 * 60 * 60 * 1000
"""So long after a newer one was made, a secret is still watched (DESIGN section 5, Delivery secrets)."""


def renewed_secret(own: OwnDevice, now_ms: int, entropy: bytes) -> DeliverySecretRow:
    """A new own delivery secret, which from now on is the newest.

    Args:
        entropy: `SECRET_ID_BYTES + SECRET_BYTES` random bytes.
    """
    issued_at_ms = max(now_ms, own.secret_issued_at_ms + 1)
    secret_id, secret = entropy[:SECRET_ID_BYTES], entropy[SECRET_ID_BYTES:]
    return DeliverySecretRow(own.account, secret_id, secret, issued_at_ms)


def secrets_in_use(secrets: Sequence[DeliverySecretRow], now_ms: int) -> list[bytes]:
    """The own secrets that somebody may still deliver under: the newest, and those retired in the last 30 days.

    Args:
        secrets: all of them, the newest first; each retires the next.
    """
    ended_ms = now_ms - RETIRED_MS
    newer = [None, *secrets]
    return [
        each.secret
        for each, successor in zip(secrets, newer, strict=False)
        if successor is None or successor.issued_at_ms > ended_ms
    ]


def secret_content(own: OwnDevice) -> Content:
    """The own newest delivery secret, to be said in a conversation."""
    message = content_pb2.DeliverySecret(
        secret_id=own.secret_id, secret=own.secret, issued_at_ms=own.secret_issued_at_ms
    )
    return Content(DELIVERY_SECRET, message.SerializeToString(deterministic=True))


def read_secret(content: Content, account: str) -> DeliverySecretRow:
    """The delivery secret that `account` told.

    Raises:
        MalformedContentError: not a delivery secret.
    """
    message = content_pb2.DeliverySecret()
    try:
        message.ParseFromString(content.content)
    except DecodeError as error:
        raise MalformedContentError("not a delivery secret") from error
    if len(message.secret_id) != SECRET_ID_BYTES or len(message.secret) != SECRET_BYTES:
        raise MalformedContentError("a delivery secret of the wrong size")
    if message.issued_at_ms >= 2**63:
        raise MalformedContentError("a delivery secret from no possible time")
    return DeliverySecretRow(account, message.secret_id, message.secret, message.issued_at_ms)
