"""Stores that stop the world around a commit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum

import trio

from parley.chat.commit import Commit
from parley.messenger.system import Store


class Moment(StrEnum):
    """When the crash comes: the commit is not stored, or it is and nothing of it has left."""

    BEFORE = "before"
    AFTER = "after"


class WatchedStore:
    """Passes everything on to a store, notes the name of each step, and calls `crash` around one commit.

    Args:
        store: the store.
        commit_number: which commit, from 1; 0 for none.
        step: only commits of this step count; all of them by default.
        moment: before or after it is stored.
        crash: does not return.
    """

    def __init__(
        self,
        store: Store,
        commit_number: int = 0,
        moment: Moment = Moment.BEFORE,
        crash: Callable[[], Awaitable[None]] = trio.sleep_forever,
        step: str = "",
    ) -> None:
        self._store = store
        self._commit_number = commit_number
        self._moment = moment
        self._crash = crash
        self._step = step
        self.steps: list[str] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def spare(self) -> None:
        """Let the world go on from now, whatever is stored."""
        self._commit_number = 0

    async def apply(self, commit: Commit) -> None:
        """Store the commit, unless this is where the world ends."""
        self.steps.append(commit.step)
        counted = len(self.steps) if not self._step else self.steps.count(self._step)
        doomed = self._step in ("", commit.step) and counted == self._commit_number
        if doomed and self._moment is Moment.BEFORE:
            await self._crash()
        await self._store.apply(commit)
        if doomed and self._moment is Moment.AFTER and self._commit_number:
            await self._crash()
