"""Accounts whose key Parley itself holds, and their typed-data signatures.

eth-account takes about a second to import, so it is imported where it is first needed.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any

from parley.wallet.errors import InvalidKeyError

ACCOUNT_KEY_BYTES = 32
_KEY_TEXT = re.compile(r"(?:0[xX])?([0-9a-fA-F]{64})")
_MAX_TYPED_CHARACTERS = 256


class AccountKey(bytes):
    """A 32-byte secp256k1 key. Its text form never shows it.

    Guarded by tests/wallet/test_accounts.py::test_a_key_never_shows_itself.
    """

    def __repr__(self) -> str:
        return "AccountKey(...)"

    __str__ = __repr__


def new_account_key() -> AccountKey:
    """Draw a fresh account key from the system's randomness: the one place of this room that does."""
    while True:
        try:
            return checked_key(secrets.token_bytes(ACCOUNT_KEY_BYTES))
        except InvalidKeyError:
            continue  # Zero or not below the group order: never seen, but the next draw costs nothing.


def checked_key(key: bytes) -> AccountKey:
    """Take 32 bytes as a key if they are one.

    Raises:
        InvalidKeyError: another length, zero, or not below the order of secp256k1.
    """
    from eth_account import Account

    if len(key) != ACCOUNT_KEY_BYTES:
        raise InvalidKeyError(f"a key has {ACCOUNT_KEY_BYTES} bytes")
    try:
        Account.from_key(bytes(key))
    except ValueError:
        raise InvalidKeyError("not between 1 and the order of secp256k1") from None
    return AccountKey(key)


def read_key(typed: str) -> AccountKey:
    """Read a private key as wallets export it: 64 hexadecimal digits, with or without 0x.

    Raises:
        InvalidKeyError: anything else, or a number that is no key. It does not quote what was typed.
    """
    match = _KEY_TEXT.fullmatch(typed.strip()) if len(typed) <= _MAX_TYPED_CHARACTERS else None
    if match is None:
        raise InvalidKeyError("a key is 64 hexadecimal digits, with or without 0x")
    return checked_key(bytes.fromhex(match.group(1)))


def account_of(key: AccountKey) -> str:
    """The account of a key: its address in EIP-55 spelling."""
    from eth_account import Account

    return str(Account.from_key(bytes(key)).address)


def sign_typed_data(key: AccountKey, typed_data: Mapping[str, Any]) -> bytes:
    """Sign EIP-712 typed data (types, primaryType, domain, message) that this program itself made.

    What others ask to have signed goes through an unlocked wallet, which checks it first.

    Returns:
        The signature r || s || v, 65 bytes.
    """
    from eth_account import Account

    return bytes(Account.sign_typed_data(bytes(key), full_message=dict(typed_data)).signature)
