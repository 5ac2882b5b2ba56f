"""Addresses in one spelling."""

from __future__ import annotations

import re

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")


def checksummed(account: str) -> str:
    """The EIP-55 spelling of an address.

    Raises ValueError for anything but 0x and 40 hex digits, and for digits in both cases that are not EIP-55's:
    then one of them was mistyped.
    """
    from eth_utils.address import to_checksum_address

    if not isinstance(account, str) or not _ADDRESS.fullmatch(account):
        raise ValueError("not an address: 0x and 40 hex digits")
    spelled = str(to_checksum_address(account))
    digits = account[2:]
    if account != spelled and digits != digits.lower() and digits != digits.upper():
        raise ValueError("not an address: the checksum is wrong")
    return spelled
