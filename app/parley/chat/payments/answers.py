"""Contents that end a transaction request: its payer declines it, or its requester takes it back."""

from __future__ import annotations

from parley.chat.content import Content, ContentType
from parley.chat.errors import MalformedPaymentContentError
from parley.chat.payments import payments_pb2
from parley.chat.payments.bounds import MAX_TEXT_CHARACTERS, REQUEST_ID_BYTES
from parley.chat.payments.wire import read_message

REQUEST_DECLINED = ContentType("parley", "requestDeclined")
REQUEST_CANCELLED = ContentType("parley", "requestCancelled")
DECLINED_FALLBACK = "A transaction request was declined."
CANCELLED_FALLBACK = "A transaction request was taken back."


def declined_content(request_id: bytes, reason: str) -> Content:
    """Say that a request will not be paid, and why, if the payer says it."""
    message = payments_pb2.RequestDeclined(request_id=request_id, reason=reason)
    encoded = message.SerializeToString(deterministic=True)
    return Content(REQUEST_DECLINED, encoded, fallback=DECLINED_FALLBACK)


def cancelled_content(request_id: bytes) -> Content:
    """Say that a request need not be paid any more."""
    message = payments_pb2.RequestCancelled(request_id=request_id)
    encoded = message.SerializeToString(deterministic=True)
    return Content(REQUEST_CANCELLED, encoded, fallback=CANCELLED_FALLBACK)


def read_declined(content: Content) -> tuple[bytes, str]:
    """The request's id, and the payer's reason, which may be empty. Raises MalformedPaymentContentError."""
    message = payments_pb2.RequestDeclined()
    read_message(content.content, message)
    if len(message.request_id) != REQUEST_ID_BYTES or len(message.reason) > MAX_TEXT_CHARACTERS:
        raise MalformedPaymentContentError("out of bounds")
    return message.request_id, message.reason


def read_cancelled(content: Content) -> bytes:
    """The request's id. Raises MalformedPaymentContentError."""
    message = payments_pb2.RequestCancelled()
    read_message(content.content, message)
    if len(message.request_id) != REQUEST_ID_BYTES:
        raise MalformedPaymentContentError("out of bounds")
    return message.request_id
