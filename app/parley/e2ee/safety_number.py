"""The safety number: 60 digits that two people compare over another way (README.md#safety-number).

Both sides compute it from what they hold of both identity logs. It changes with every device that is added or ended,
and a device that only one of them knows of makes the two numbers differ.
"""

import hashlib
from typing import Final

from parley.e2ee import lengthprefix
from parley.e2ee.contact_record import INBOX_ID_BYTES

SAFETY_NUMBER_DIGITS: Final = 60
_CONTEXT: Final = b"parley/safety-number/v1"
_ROUNDS: Final = 5200
"""As many as Signal's: to find another log with the same digits costs that much more for each try."""


def safety_number(one: tuple[str, bytes], other: tuple[str, bytes]) -> str:
    """Return 60 decimal digits, the same whichever side asks. Takes about 6 ms.

    Args:
        one: an account's text, and the head (32 bytes) of its entries.
        other: the same of the other account.

    Raises:
        ValueError: a head of another size, or twice the same account.
    """
    if one[0] == other[0]:
        raise ValueError("a safety number is of two accounts")
    return "".join(sorted((_half(*one), _half(*other))))


def _half(account: str, head: bytes) -> str:
    if len(head) != INBOX_ID_BYTES:
        raise ValueError("a head is 32 bytes")
    base = lengthprefix.join([_CONTEXT, account.encode(), head])
    digest = base
    for _ in range(_ROUNDS):
        digest = hashlib.sha512(digest + base).digest()
    chunks = (int.from_bytes(digest[start : start + 5], "big") % 100_000 for start in range(0, 30, 5))
    return "".join(f"{chunk:05d}" for chunk in chunks)
