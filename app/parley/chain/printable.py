"""Texts of nodes, tokens and contracts, so that they can be shown beside facts and pass for none of them."""

from __future__ import annotations

import unicodedata

_MARKS = 2
"""As many as a letter of a living script carries; with more, a text covers the lines above it."""


def printable(text: str, characters: int) -> str:
    """A text on one line of at most so many characters, without what shows nothing or turns the direction.

    A cut is shown as "…". Guarded by tests/chain/test_printable.py.
    """
    shown: list[str] = []
    marks = 0
    # Cut before it is looked at: what is removed must not let a long text through.
    for each in text[: characters * 4]:
        category = unicodedata.category(each)
        marks = marks + 1 if category[0] == "M" else 0
        if category[0] == "Z" or each in "\t\r\n":
            shown.append(" ")
        elif category[0] != "C" and marks <= _MARKS:
            shown.append(each)
    line = " ".join("".join(shown).split())
    if len(line) <= characters and len(text) <= characters * 4:
        return line
    return line[: characters - 1].rstrip() + "…"


def is_printable(text: str) -> bool:
    """Whether a text would be shown exactly as it is."""
    return bool(text) and printable(text, len(text)) == text
