"""The names of accounts that were asked for, and whose is to be asked for next. Plain: the time is handed in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

REFRESH_S = 60.0 * 60.0
RETRY_S = 30.0


@dataclass(frozen=True, slots=True)
class _Known:
    name: str | None
    due_s: float
    failures: int


class Names:
    """Names by account, each with when it is asked for again. What failed keeps the last known name."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}

    def name_of(self, account: str) -> str | None:
        """The last known name, or None."""
        known = self._known.get(account)
        return None if known is None else known.name

    def due(self, accounts: Iterable[str], now_s: float) -> list[str]:
        """The accounts to be asked for now: those that failed least first, then in the order given.

        A contact whose resolver spoils every answer therefore keeps nobody else's name away.
        Guarded by tests/messenger/test_names.py::test_what_fails_is_asked_last.
        """
        due = [each for each in accounts if self._of(each).due_s <= now_s]
        return sorted(due, key=lambda each: self._of(each).failures)

    def learn(self, account: str, name: str | None, now_s: float) -> bool:
        """Keep an answer; gives whether the name is another one than before."""
        changed = self.name_of(account) != name
        self._known[account] = _Known(name, now_s + REFRESH_S, 0)
        return changed

    def fail(self, account: str, now_s: float) -> None:
        """There was no answer: wait twice as long each time, at most as long as after an answer."""
        known = self._of(account)
        wait_s = min(RETRY_S * 2.0 ** min(known.failures, 10), REFRESH_S)
        self._known[account] = _Known(known.name, now_s + wait_s, known.failures + 1)

    def next_s(self, accounts: Iterable[str]) -> float:
        """When the next of these accounts is due; infinite without any."""
        return min((self._of(each).due_s for each in accounts), default=float("inf"))

    def _of(self, account: str) -> _Known:
        return self._known.get(account, _Known(None, float("-inf"), 0))
