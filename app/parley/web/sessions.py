"""Sessions: which browsers may use the pages.

A browser holds 32 random bytes in a cookie; the server holds their SHA-256 and when they end, and keeps these in the
data folder. Ending a session forgets the hash, so that a copied cookie ends with it; a reader of the file learns no
cookie. Plain steps: the caller gives time and randomness, and stores what `dump` returns.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass

TOKEN_BYTES = 32
LIFETIME_MS = 30 * 24 * 3600 * 1000
"""A browser stays signed in for so long, in milliseconds; then it needs a new link."""

MAX_SESSIONS = 32
"""The oldest ends when another begins."""

_MAX_COOKIES = 8
_DIGEST_HEX = 64


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that is signed in: the hash of its cookie in hex, and when it ends (milliseconds since the epoch)."""

    digest: str
    ends_ms: int


class Sessions:
    """The sessions of one data folder, the oldest first."""

    def __init__(self, stored: bytes = b"") -> None:
        self._live = _read(stored)

    def begin(self, token: str, now_ms: int) -> Session:
        """Let in whoever holds `token`, the text of 32 random bytes."""
        session = Session(_digest(token), now_ms + LIFETIME_MS)
        self._live = [*(each for each in self._live if each.ends_ms > now_ms), session][-MAX_SESSIONS:]
        return session

    def find(self, tokens: Iterable[str], now_ms: int) -> Session | None:
        """The live session of any of these tokens.

        Several, because another port's page can set a cookie of the same name, for one path even before ours: it
        must not be able to sign anybody out.
        Guarded by tests/web/test_signin.py::test_a_foreign_cookie_beside_ours_is_harmless.
        """
        found = None
        for token in list(tokens)[:_MAX_COOKIES]:
            digest = _digest(token)
            for session in self._live:
                # Hashes of secrets, compared in constant time: nothing of a digest can be learnt by trying.
                if hmac.compare_digest(session.digest, digest) and now_ms < session.ends_ms:
                    found = session
        return found

    def end(self, session: Session) -> None:
        """End a session; harmless if it has ended."""
        self._live = [each for each in self._live if each != session]

    def dump(self) -> bytes:
        """What is to be stored: hashes and ends, no cookie."""
        return json.dumps(
            {"version": 1, "sessions": [[each.digest, each.ends_ms] for each in self._live]}
        ).encode()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def _read(stored: bytes) -> list[Session]:
    """The stored sessions; none from a file that is damaged or of another version, which costs a new link."""
    try:
        facts = json.loads(stored)
        if facts["version"] != 1:
            return []
        found = [Session(str(digest), int(ends_ms)) for digest, ends_ms in facts["sessions"]]
    except (ValueError, KeyError, TypeError):
        return []
    return [each for each in found if len(each.digest) == _DIGEST_HEX][-MAX_SESSIONS:]
