"""Turns what is stored into text a page may show.

Peers choose their bytes, so nothing here may raise, and nothing may come out that breaks a page: control characters
become U+FFFD, very long texts get an excerpt. Writing direction is isolated by the templates (`dir="auto"`,
`<bdi>`), because it depends on the element and not on the text.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime

# Letters, digits, marks, blanks and signs; none of the classes of Unicode that turn or isolate a text.
_LEFT_TO_RIGHT = frozenset({"L", "EN", "ES", "ET", "CS", "NSM", "B", "S", "WS", "ON"})

EXCERPT_CHARACTERS = 3000
EXCERPT_LINES = 40
PREVIEW_CHARACTERS = 120
NAME_CHARACTERS = 255
SHOWN_NAME_CHARACTERS = 25

_STEERING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")

# Everything of Unicode's category Cc except newline and tab, and lone surrogates, which UTF-8 cannot carry.
# Guarded by tests/web/test_hostile_text.py::test_control_characters_are_replaced.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Moment:
    """A time, for machines (`iso`, UTC) and for people without JavaScript (`text`, UTC).

    Attributes:
        day, clock: the day (YYYY-MM-DD) and the time of it where this server runs, which is where its reader is.
    """

    iso: str
    text: str
    day: str
    clock: str


@dataclass(frozen=True, slots=True)
class Identicon:
    """A picture of an account: one colour, and the filled cells of a symmetric 5 by 5 grid as an SVG path."""

    hue: int
    path: str


def printable(text: str) -> str:
    """Text with line ends as newlines and control characters as U+FFFD."""
    return _UNPRINTABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str, limit: int = PREVIEW_CHARACTERS) -> str:
    """The start of a text on one line, at most `limit` characters and an ellipsis."""
    # Only the start is looked at: a preview must not cost a pass over 64 KiB.
    start = printable(text[: 4 * limit])
    line = " ".join(start.split())
    return line if len(line) <= limit and len(text) <= 4 * limit else line[:limit].rstrip() + "…"


def plain(text: str, limit: int = PREVIEW_CHARACTERS) -> str:
    """The same without marks that steer the writing direction: for a stranger's words within a sentence of ours.

    Guarded by tests/web/money/test_hostile_money.py::test_nothing_steers_what_stands_beside_it.
    """
    line = one_line(_STEERING.sub("", text[: 4 * limit]), limit)
    return line if len(text) <= 4 * limit or line.endswith("…") else f"{line}…"


def quoted(text: str, limit: int = PREVIEW_CHARACTERS) -> str:
    """The same where there is no markup around it; what runs from right to left is kept inside."""
    line = plain(text, limit)
    return line if is_left_to_right(line) else isolated(line)


def excerpt(text: str) -> str | None:
    """The start of a text that is too long to be shown at once, or None if it can be shown whole."""
    lines = text.split("\n", EXCERPT_LINES)
    start = "\n".join(lines[:EXCERPT_LINES])[:EXCERPT_CHARACTERS]
    return start + "…" if len(start) < len(text) else None


def is_left_to_right(text: str) -> bool:
    """Whether a text that is shown whole has nothing in it that runs from right to left or changes directions."""
    return len(text) <= EXCERPT_CHARACTERS and all(
        unicodedata.bidirectional(each) in _LEFT_TO_RIGHT for each in text
    )


def isolated(text: str) -> str:
    """Text for a place that has no markup (a page's title), with its writing direction kept inside."""
    return f"\u2068{text}\u2069"


def address(account: str) -> str:
    """The address of an account, whose text names a chain before it if it is a smart account (CAIP-10)."""
    return account.rpartition(":")[2]


def short_account(account: str) -> str:
    """The start and the end of an account's address."""
    shown = address(account)
    return f"{shown[:6]}…{shown[-4:]}" if len(shown) > 12 else shown


def name_of_account(name: str) -> str:
    """An ENS name on one line, shortened in its middle.

    Its end says whose it is: "vitalik.eth.….mallory.eth" is Mallory's, and must not be cut to "vitalik.eth".
    Guarded by tests/web/test_names.py::test_the_end_of_a_long_name_is_always_shown.
    """
    line = " ".join(printable(name[:NAME_CHARACTERS]).split())
    if len(line) <= SHOWN_NAME_CHARACTERS:
        return line
    half = (SHOWN_NAME_CHARACTERS - 3) // 2
    # With blanks, which no name holds.
    return f"{line[:half]} … {line[-half:]}"


def exact_amount(units: int, digits: int) -> str:
    """A whole number of smallest units as a decimal number, to the last of them: 1500000 with 6 digits is "1.5".

    Raises:
        ValueError: less than nothing.
    """
    if units < 0:
        raise ValueError("an amount is not negative")
    whole, part = divmod(units, 10**digits)
    fraction = f"{part:0{digits}d}".rstrip("0")
    return f"{whole}.{fraction}" if fraction else str(whole)


def moment(at_ms: int) -> Moment | None:
    """A time from milliseconds since the epoch; None for a number that is no date."""
    try:
        at = datetime.fromtimestamp(at_ms / 1000, UTC)
        here = at.astimezone()
    except (OverflowError, OSError, ValueError):
        return None
    return Moment(
        iso=at.isoformat(timespec="milliseconds"),
        text=at.strftime("%Y-%m-%d %H:%M UTC"),
        day=here.strftime("%Y-%m-%d"),
        clock=here.strftime("%H:%M"),
    )


def identicon(account: str) -> Identicon:
    """The picture of an account. It helps to tell contacts apart at a glance and proves nothing."""
    digest = hashlib.sha256(account.encode(errors="replace")).digest()
    left = [(x, y) for y in range(5) for x in range(3) if digest[3 * y + x] & 1]
    cells = sorted({cell for x, y in left for cell in ((x, y), (4 - x, y))})
    # Cells overlap by a hair, or the joints would show.
    path = "".join(f"M{x} {y}h1.02v1.02h-1.02z" for x, y in cells)
    return Identicon(hue=int.from_bytes(digest[16:18], "big") % 360, path=path)
