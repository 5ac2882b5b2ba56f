"""The token of an invite in what is said first: a parameter of the content, which only the two sides can read."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from parley.chat.content import Content
from parley.chat.errors import NotAnInviteError
from parley.chat.invites.codec import decode_link
from parley.chat.invites.model import TOKEN_BYTES, TakenInvite

PARAMETER = "invite"


def hash_token(token: bytes) -> bytes:
    """By what an issued invite is found: SHA-256 of a tag and the token, 32 bytes."""
    return hashlib.sha256(b"parley/invite-token/v1" + token).digest()


def with_token(content: Content, taken: TakenInvite | None, now_ms: int) -> Content:
    """The content with the token of the invite that its receiver issued, if there is one that still lets in."""
    if taken is None or taken.expires_at_ms <= now_ms:
        return content
    try:
        token = decode_link(taken.link).token
    except NotAnInviteError:
        return content  # It was read before it was stored; what is stored now must not keep a message from going.
    return replace(content, parameters=(*content.parameters, (PARAMETER, token.hex())))


def token_of(content: Content) -> bytes | None:
    """The token that a content brings, 16 bytes, if any."""
    text = dict(content.parameters).get(PARAMETER, "")
    if len(text) != 2 * TOKEN_BYTES:
        return None
    try:
        return bytes.fromhex(text)
    except ValueError:
        return None
