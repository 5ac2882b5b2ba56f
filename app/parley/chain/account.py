"""Addresses in one spelling."""

from __future__ import annotations


def checksummed(account: str) -> str:
    """The EIP-55 spelling of an address.

    Raises ValueError for anything but 0x and 40 hex digits, and for digits in both cases that are not EIP-55's:
    then one of them was mistyped.
    """
    from eth_utils.address import is_address, to_checksum_address

    if not isinstance(account, str) or len(account) != 42 or not is_address(account):
        raise ValueError("not an address, or one with a wrong checksum")
    return str(to_checksum_address(account))
