"""Launch links: what somebody with access to the data folder shows to get a browser in, once.

A token is `expiry (8 bytes, milliseconds since the epoch) || nonce (16 bytes) || HMAC-SHA256(key, domain || expiry ||
nonce)`, in base64url without padding: 75 characters. Whoever can read the key can make one, so a second process needs
no channel to the first. The server remembers the nonces it has seen, and the key is a new one at each start: a token
serves once, also across restarts.

Plain steps: the caller gives time, key and randomness.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

from parley.web.errors import LaunchLinkError

LIFETIME_MS = 10 * 60 * 1000
"""How long a link can be used, in milliseconds."""

KEY_BYTES = 32
NONCE_BYTES = 16
_DOMAIN = b"parley/launch/v1"
_EXPIRY_BYTES = 8
_MAC_BYTES = 32
_TOKEN = re.compile(r"[A-Za-z0-9_-]{75}")


def launch_token(key: bytes, now_ms: int, nonce: bytes) -> str:
    """Make a token.

    Args:
        key: the running server's launch key, 32 bytes.
        now_ms: milliseconds since the epoch.
        nonce: 16 random bytes.
    """
    body = (now_ms + LIFETIME_MS).to_bytes(_EXPIRY_BYTES, "big") + nonce
    return _text(body + _mac(key, body))


class Launches:
    """Takes each token once.

    Nonces are kept until the server stops, not until they expire: a clock that is set back must not bring a token
    back. Only a holder of the key can add one, at 16 bytes each.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._used: set[bytes] = set()

    def redeem(self, token: str, now_ms: int) -> None:
        """Use a token up.

        Raises:
            LaunchLinkError: it is not of this server's key, used or expired; which of them is not told.
        """
        # Guarded by tests/web/test_launch.py::test_every_changed_character_is_refused and the tests beside it.
        if not _TOKEN.fullmatch(token):
            raise LaunchLinkError
        raw = urlsafe_b64decode(token + "=")
        body, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
        # The last character has two bits to spare: one token has one spelling.
        if _text(raw) != token or not hmac.compare_digest(mac, _mac(self._key, body)):
            raise LaunchLinkError
        expires_ms = int.from_bytes(body[:_EXPIRY_BYTES], "big")
        nonce = body[_EXPIRY_BYTES:]
        if now_ms >= expires_ms or nonce in self._used:
            raise LaunchLinkError
        self._used.add(nonce)


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _mac(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, _DOMAIN + body, hashlib.sha256)
