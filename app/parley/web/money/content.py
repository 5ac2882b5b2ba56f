"""Which messages bring a transaction request, told by the type of their content alone."""

from __future__ import annotations

from parley.chat.content import ContentType, decode_content
from parley.chat.errors import MalformedContentError

REQUEST = ContentType("xmtp.org", "walletSendCalls")


def is_request(content: bytes) -> bool:
    """Whether a message may have brought a transaction request. Never raises."""
    try:
        return decode_content(content).type.same_kind(REQUEST)
    except MalformedContentError:
        return False
