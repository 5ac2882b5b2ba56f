"""Delivery secrets as content: told to an accepted contact inside the conversation, like anything else said there.

As an SDS message of its own it is acknowledged and resent without any rule of its own.
"""

from __future__ import annotations

from google.protobuf.message import DecodeError

from parley.chat import content_pb2
from parley.chat.content import DELIVERY_SECRET, Content
from parley.chat.devices.model import OwnDevice
from parley.chat.direct.model import DeliverySecretRow
from parley.chat.errors import MalformedContentError

SECRET_BYTES = 32
SECRET_ID_BYTES = 16


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
