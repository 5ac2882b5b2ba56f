"""The texts that wallets were asked to sign for a sign-in (EIP-4361), each taken once.

The text stays here and does not travel: what is verified is what was issued, whatever a browser sends. Plain steps:
the caller gives time and nonces.
"""

from __future__ import annotations

from dataclasses import dataclass

from parley.messenger.errors import NonceError

LIFETIME_MS = 5 * 60 * 1000
"""How long a wallet may take to sign, in milliseconds."""

MAX_ISSUED = 32
"""The oldest text is forgotten when another is issued."""


@dataclass(frozen=True, slots=True)
class _Issued:
    text: str
    at_ms: int


class SignInTexts:
    """The texts of one application that wait for a signature, the oldest first."""

    def __init__(self) -> None:
        self._issued: dict[str, _Issued] = {}

    def issue(self, nonce: str, text: str, now_ms: int) -> None:
        """Wait for the signature of a text.

        Args:
            nonce: fresh and not to be guessed; it stands in the text.
        """
        self._issued[nonce] = _Issued(text, now_ms)
        # Guarded by tests/web/test_nonces.py::test_a_flood_leaves_a_bounded_number.
        while len(self._issued) > MAX_ISSUED:
            del self._issued[next(iter(self._issued))]

    def take(self, nonce: str, now_ms: int) -> str:
        """The text that was issued with a nonce, which is used up by it, right or wrong.

        Raises:
            NonceError: unknown, used or expired.
        """
        # Guarded by tests/web/test_nonces.py::test_a_text_is_taken_once.
        issued = self._issued.pop(nonce, None)
        # A clock that was set back makes a text expire, never live longer.
        if issued is None or not 0 <= now_ms - issued.at_ms < LIFETIME_MS:
            raise NonceError
        return issued.text
