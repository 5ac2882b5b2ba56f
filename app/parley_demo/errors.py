"""Errors of the demo."""

from __future__ import annotations


class DemoError(Exception):
    """Root of what can go wrong while the demo starts."""


class PersonFailedError(DemoError):
    """A person's process ended before their page answered; `reason` is what it said last."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason


class IntroductionFailedError(DemoError):
    """A person's page did not take the other's contact record."""

    def __init__(self, name: str, status: int) -> None:
        super().__init__(f"{name} answered {status}")
        self.name = name
        self.status = status
