"""Amounts as a person writes and reads them: exact, by a token's decimals. Inside they are integers."""

from __future__ import annotations

import re

from parley.messenger.money.errors import InvalidAmountError, TooManyDigitsError

MAX_AMOUNT = 2**256 - 1
MAX_AMOUNT_CHARACTERS = 100

# ASCII alone, and no separators of thousands: "1,000" is a thousand to one reader and one to another.
# Guarded by tests/messenger/money/test_amounts.py::test_what_could_be_read_otherwise_is_refused.
_TYPED = re.compile(r"([0-9]*)(?:\.([0-9]+))?", re.ASCII)


def format_amount(amount: int, decimals: int) -> str:
    """An amount in whole tokens, every digit of it: 1500000 of 6 decimals is "1.5"."""
    sign, digits = ("-" if amount < 0 else ""), str(abs(amount)).rjust(decimals + 1, "0")
    whole, part = digits[: len(digits) - decimals], digits[len(digits) - decimals :].rstrip("0")
    return f"{sign}{whole}.{part}" if part else sign + whole


def parse_amount(text: str, decimals: int) -> int:
    """The amount somebody typed, in the smallest unit: "1.5" of 6 decimals is 1500000.

    Raises:
        InvalidAmountError: no number, zero, or more than 256 bits.
        TooManyDigitsError: digits after the point that the token cannot have; nothing is rounded.
    """
    typed = text.strip()
    found = _TYPED.fullmatch(typed) if len(typed) <= MAX_AMOUNT_CHARACTERS else None
    if found is None:
        raise InvalidAmountError
    whole, part = found.group(1), found.group(2) or ""
    if len(part.rstrip("0")) > decimals:
        raise TooManyDigitsError(decimals)
    amount = int((whole or "0") + part.rstrip("0").ljust(decimals, "0"))
    if not 0 < amount <= MAX_AMOUNT:
        raise InvalidAmountError
    return amount
