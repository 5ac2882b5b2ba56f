"""Errors of the demo."""

from __future__ import annotations

from pathlib import Path


class DemoError(Exception):
    """Root of what can go wrong in the demo."""


class PartEndedError(DemoError):
    """A process ended before it was ready; `reason` is what it said last."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class CannotStartError(DemoError):
    """A part (`name`) ended again and again and was never ready; `reason` is what it said last."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason


class NotReadyError(DemoError):
    """A person's page was asked for while it does not answer."""


class NotADemoFolderError(DemoError):
    """A folder holds something (`found`) that no demo puts there; it was left as it is."""

    def __init__(self, folder: Path, found: str) -> None:
        super().__init__(f"{folder} holds {found}")
        self.folder = folder
        self.found = found
