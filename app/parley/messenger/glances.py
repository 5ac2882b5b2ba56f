"""Glances: first contacts that are opened although there is no room, in case they bring an invite's token.

Only what is inside can say who was invited, so looking costs a verification and a decryption. This bounds them: a
crowd of strangers costs no more than a few a second, and each of them is looked at before one is looked at again.
"""

from __future__ import annotations

import hashlib
from collections import Counter, OrderedDict
from typing import Final

import trio

GLANCES_AT_ONCE: Final = 16
GLANCE_EVERY_S: Final = 1.0
"""About 20 ms of work each, so a crowd that never ends costs a fiftieth of a processor."""
_OF_ONE: Final = 3
"""What somebody says first is a delivery secret and a text, and one of them may be lost."""
_FORGOTTEN_AFTER_S: Final = 10 * 60.0
_REMEMBERED: Final = 1_024


class Glances:
    """What may be looked at now. Whoever brought no token is not looked at again for ten minutes."""

    def __init__(self) -> None:
        self._left = float(GLANCES_AT_ONCE)
        self._filled_s = trio.current_time()
        self._seen_s: OrderedDict[bytes, float] = OrderedDict()
        self._of_one: Counter[bytes] = Counter()

    def take(self, introduction: bytes, envelope_hash: bytes) -> bool:
        """Whether a first contact may be opened; it is counted then, and not opened again soon.

        Args:
            introduction: the record it came with: whose work this is.
        """
        self._forget()
        whose = hashlib.sha256(introduction).digest()
        key = whose + envelope_hash
        if key in self._seen_s or self._of_one.get(whose, 0) >= _OF_ONE or not self._spend():
            return False
        self._seen_s[key] = trio.current_time()
        self._of_one[whose] += 1
        return True

    def _spend(self) -> bool:
        now_s = trio.current_time()
        self._left = min(float(GLANCES_AT_ONCE), self._left + (now_s - self._filled_s) / GLANCE_EVERY_S)
        self._filled_s = now_s
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True

    def _forget(self) -> None:
        horizon_s = trio.current_time() - _FORGOTTEN_AFTER_S
        while self._seen_s and (
            len(self._seen_s) >= _REMEMBERED or next(iter(self._seen_s.values())) <= horizon_s
        ):
            key, _ = self._seen_s.popitem(last=False)
            whose = key[:32]
            self._of_one[whose] -= 1
            if not self._of_one[whose]:
                del self._of_one[whose]
