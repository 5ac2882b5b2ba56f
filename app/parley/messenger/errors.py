"""Errors of opening a profile."""

from __future__ import annotations

from pathlib import Path

from parley.database.api import WrongPassphraseError

__all__ = [
    "FolderNotEmptyError",
    "MessengerError",
    "NoProfileError",
    "ProfileClosedError",
    "ProfileExistsError",
    "WrongPassphraseError",
]


class MessengerError(Exception):
    """Root of what opening or making a profile refuses."""


class NoProfileError(MessengerError):
    """The data folder holds no profile."""

    def __init__(self, data: Path) -> None:
        super().__init__(str(data))
        self.data = data


class ProfileExistsError(MessengerError):
    """The data folder holds a profile already, which is never overwritten."""

    def __init__(self, data: Path) -> None:
        super().__init__(str(data))
        self.data = data


class FolderNotEmptyError(MessengerError):
    """The data folder holds something that is not a profile, which is never touched."""

    def __init__(self, data: Path) -> None:
        super().__init__(str(data))
        self.data = data


class ProfileClosedError(MessengerError):
    """The profile was locked before this was done; nothing of it was stored."""
