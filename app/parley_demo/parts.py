"""What the demo is made of, and how each part is doing: what its page shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import trio

PEOPLE = ("Alice", "Bob", "Carol")

CHAIN = "Chain"
NAMES = "Names"
RELAY = "Relay"
CONTACTS = "Contacts"
YOURSELF = "You"


class State(StrEnum):
    """How a part is doing."""

    WAITING = "waiting"
    STARTING = "starting"
    RUNNING = "running"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Part:
    """One part at one moment.

    Attributes:
        detail: what it is or does now, or what it said last before it failed.
        advice: what a person can do about a failure.
        failures: how often it ended in a row.
        facts: what it said of itself when it was ready; empty before.
    """

    name: str
    state: State = State.WAITING
    detail: str = ""
    advice: str = ""
    failures: int = 0
    facts: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def runs(self) -> bool:
        """Whether it is ready now."""
        return self.state is State.RUNNING


class Parts:
    """All parts by name, in the order in which they are shown.

    Args:
        tell: called with each part that changed.
    """

    def __init__(self, tell: Callable[[Part], None]) -> None:
        names = (CHAIN, NAMES, RELAY, *PEOPLE, CONTACTS)
        self._parts = {name: Part(name) for name in names}
        self._tell = tell
        self._changed = trio.Event()

    def __iter__(self) -> Iterator[Part]:
        return iter(self._parts.values())

    def __getitem__(self, name: str) -> Part:
        return self._parts[name]

    def get(self, name: str) -> Part | None:
        """A part, or None if there is none of this name (yet)."""
        return self._parts.get(name)

    def put(self, part: Part) -> None:
        """Say how a part is doing now."""
        if self._parts.get(part.name) == part:
            return
        self._parts[part.name] = part
        changed, self._changed = self._changed, trio.Event()
        changed.set()
        self._tell(part)

    def runs(self, *names: str) -> bool:
        """Whether all of these are ready now."""
        return all(name in self._parts and self._parts[name].runs for name in names)

    @property
    def ready(self) -> bool:
        """Whether everything that a demo begins with is ready."""
        return self.runs(CHAIN, NAMES, RELAY, *PEOPLE, CONTACTS)

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until something about the parts is so."""
        while not true():
            await self._changed.wait()
