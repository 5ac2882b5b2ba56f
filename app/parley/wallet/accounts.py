"""Accounts whose key Parley itself holds, and their signatures.

eth-account takes about a second to import, so it is imported where it is first needed.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

ACCOUNT_KEY_BYTES = 32


class AccountKey(bytes):
    """A 32-byte secp256k1 key. Its text form never shows it.

    Guarded by tests/wallet/test_accounts.py::test_a_key_never_shows_itself.
    """

    def __repr__(self) -> str:
        return "AccountKey(...)"

    __str__ = __repr__


def new_account_key() -> AccountKey:
    """Draw a fresh account key from the system's randomness."""
    from eth_account import Account

    while True:
        key = AccountKey(secrets.token_bytes(ACCOUNT_KEY_BYTES))
        try:
            Account.from_key(bytes(key))
        except ValueError:
            continue  # Zero or not below the group order: never seen, but the next draw costs nothing.
        return key


def account_of(key: AccountKey) -> str:
    """The account of a key: its address in EIP-55 spelling."""
    from eth_account import Account

    return str(Account.from_key(bytes(key)).address)


def sign_typed_data(key: AccountKey, typed_data: Mapping[str, Any]) -> bytes:
    """Sign EIP-712 typed data (types, primaryType, domain, message).

    Returns:
        The signature r || s || v, 65 bytes.
    """
    from eth_account import Account

    return bytes(Account.sign_typed_data(bytes(key), full_message=dict(typed_data)).signature)
