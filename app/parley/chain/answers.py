"""Values in a node's answers, read strictly. Each raises ValueError for what is none, and then there is no answer.

web3's own formatting is lenient: a number may be negative, a text may be one, and a missing field stays missing.
"""

from __future__ import annotations

import re
from typing import Any

from parley.chain.account import checksummed

_QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,64}")
_DATA = re.compile(r"0x(?:[0-9a-fA-F]{2})*")


def quantity(value: Any, bits: int = 256) -> int:
    """A number as "0x..." of at most so many bits. Leading zeros are let pass, since some nodes write them."""
    if not isinstance(value, str) or not _QUANTITY.fullmatch(value):
        raise ValueError("no quantity")
    number = int(value, 16)
    if number >= 2**bits:
        raise ValueError("a quantity out of bounds")
    return number


def data(value: Any, most: int) -> bytes:
    """Bytes as "0x...", at most so many."""
    if not isinstance(value, str) or len(value) > 2 + 2 * most or not _DATA.fullmatch(value):
        raise ValueError("no data")
    return bytes.fromhex(value[2:])


def word(value: Any) -> bytes:
    """32 bytes as "0x..."."""
    found = data(value, 32)
    if len(found) != 32:
        raise ValueError("no 32 bytes")
    return found


def address(value: Any) -> str:
    """An address in EIP-55 spelling. What a node spells in another way than that is let pass, if it is one case."""
    if not isinstance(value, str):
        raise ValueError("no address")
    return checksummed(value)


def items(value: Any, most: int) -> list[Any]:
    """A list of at most so many things."""
    if not isinstance(value, list) or len(value) > most:
        raise ValueError("no list, or a long one")
    return value


def fields(value: Any) -> dict[str, Any]:
    """An object."""
    if not isinstance(value, dict):
        raise ValueError("no object")
    return value
