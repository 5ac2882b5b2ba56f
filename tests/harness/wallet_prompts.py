"""What a test wallet shows to the person, and what that person does with it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What a prompt asks the person."""

    CONNECT = "connect"
    SIGN = "sign"
    SWITCH = "switch"
    PAY = "pay"


@dataclass(frozen=True)
class Prompt:
    """A window of the wallet that opened before the person.

    Attributes:
        shown: the text to be signed, the typed data as an object, or the transaction or batch as the page sent it;
            None for other prompts.
    """

    kind: Kind
    origin: str
    method: str
    params: list[Any]
    shown: Any = None


# What the person does with a prompt.


@dataclass(frozen=True)
class Approves:
    """Does what was asked."""


@dataclass(frozen=True)
class Rejects:
    """Closes the window or presses Reject."""


@dataclass(frozen=True)
class Waits:
    """Leaves the window open until `answer` is called, which may be never."""


@dataclass(frozen=True)
class Fails:
    """The wallet fails with an error of its own."""

    code: Any
    message: str = "The wallet failed."


@dataclass(frozen=True)
class Gives:
    """The wallet answers with a value that has nothing to do with the question.

    Attributes:
        odd: instead of `value`, what JSON cannot say: nothing, trap, circle or symbol.
        as_error: it is thrown instead of returned.
    """

    value: Any = None
    odd: str = ""
    as_error: bool = False


Answer = Approves | Rejects | Waits | Fails | Gives


class WalletError(Exception):
    """An error (EIP-1193, EIP-1474) that a page is given."""

    def __init__(self, code: Any, message: str) -> None:
        super().__init__(message)
        self.code = code
