"""What anybody wrote, on one line, without tricks."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.chain.api import is_printable, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("USD Coin", "USD Coin"),
        ("  a \t b\r\nc ", "a b c"),
        ("CDSU\u202e", "CDSU"),
        ("US\u200bDC", "USDC"),
        ("a\x00\x1b[31mb", "a[31mb"),
        ("a" + "\u0301" * 30, "a\u0301\u0301"),
        ("a\u2028b", "a b"),
        ("\U000e0041x\ud800", "x"),
        ("x" * 11, "x" * 9 + "…"),
        ("\u200b" * 10_000 + "late", "…"),
        ("", ""),
    ],
)
def test_what_is_shown(text: str, shown: str) -> None:
    assert printable(text, 10) == shown


@given(st.text(max_size=200), st.integers(2, 60))
def test_any_text_is_one_bounded_line(text: str, characters: int) -> None:
    shown = printable(text, characters)

    assert len(shown) <= characters
    assert not [each for each in shown if unicodedata.category(each)[0] == "C"]
    assert printable(shown, characters) == shown


@pytest.mark.parametrize(("text", "plain"), [("tUSD", True), ("", False), ("a\u200b", False), (" a", False)])
def test_what_is_shown_as_it_is(text: str, plain: bool) -> None:
    assert is_printable(text) is plain
