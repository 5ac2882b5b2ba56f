"""Amounts as they are written and read: exact, or refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.messenger.money.amounts import MAX_AMOUNT, format_amount, parse_amount
from parley.messenger.money.errors import InvalidAmountError, TooManyDigitsError


@given(st.integers(1, MAX_AMOUNT), st.integers(0, 36))
def test_every_amount_is_read_as_it_is_written(amount: int, decimals: int) -> None:
    """No digit is lost on the way to the page and back."""
    assert parse_amount(format_amount(amount, decimals), decimals) == amount


@pytest.mark.parametrize(
    ("amount", "decimals", "text"),
    [
        (0, 18, "0"),
        (1, 18, "0.000000000000000001"),
        (10**18, 18, "1"),
        (1_500_000, 6, "1.5"),
        (-25_000_000, 6, "-25"),
        (7, 0, "7"),
        (100, 0, "100"),
    ],
)
def test_an_amount_shows_every_digit(amount: int, decimals: int, text: str) -> None:
    """And no zero that says nothing."""
    assert format_amount(amount, decimals) == text


@pytest.mark.parametrize(
    ("text", "decimals", "amount"),
    [("1", 6, 1_000_000), (" 0.5 ", 18, 5 * 10**17), (".5", 1, 5), ("1.500", 1, 15), ("007", 0, 7)],
)
def test_what_a_person_types(text: str, decimals: int, amount: int) -> None:
    """Blanks around, zeros at both ends."""
    assert parse_amount(text, decimals) == amount


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            ".",
            "1.",
            "1,5",
            "1,000",
            "1 000",
            "1'000",
            "1e3",
            "0x10",
            "+1",
            "-1",
            "0",
            "0.0",
            "nan",
            "inf",
        ),
        *("１", "1_000", "1.2.3", "²", "9" * 79, "1" * 101),
    ],
)
def test_what_could_be_read_otherwise_is_refused(text: str) -> None:
    """A comma, a letter, a sign, digits of other scripts, and more than 256 bits."""
    with pytest.raises(InvalidAmountError):
        parse_amount(text, 6)


def test_more_digits_than_the_token_has_are_refused() -> None:
    """Nothing is rounded: the amount would be another one."""
    with pytest.raises(TooManyDigitsError) as caught:
        parse_amount("0.0000001", 6)
    assert caught.value.decimals == 6
