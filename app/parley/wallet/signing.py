"""Signatures of one key over what was checked, each compared with the account it is meant to be of.

Fields are checked in transaction.py; the key comes from an unlocked wallet and is not kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from parley.wallet.accounts import AccountKey
from parley.wallet.errors import UnsignableError
from parley.wallet.transaction import checked_message, checked_transaction, checked_typed_data


@dataclass(frozen=True, slots=True)
class SignedTransaction:
    """A signed transaction, ready to be sent: its raw bytes and its hash, 32 bytes."""

    raw: bytes
    hash: bytes


def typed_data_signature(key: AccountKey, typed_data: Mapping[str, Any], *, chain_id: int | None) -> bytes:
    """Sign EIP-712 typed data for the chain that was shown: r || s || v, 65 bytes.

    Raises:
        UnsignableError, WrongChainError: as `checked_typed_data`.
    """
    from eth_abi.exceptions import EncodingError
    from eth_account import Account
    from eth_utils.exceptions import ValidationError

    checked = checked_typed_data(typed_data, chain_id=chain_id)
    try:
        return bytes(Account.sign_typed_data(bytes(key), full_message=checked).signature)
    except (ValidationError, EncodingError, ValueError, TypeError, KeyError, AttributeError):
        raise UnsignableError("typed data") from None


def message_signature(key: AccountKey, text: str) -> bytes:
    """Sign a text a person can read, by EIP-191 (personal_sign): r || s || v, 65 bytes.

    Raises:
        UnsignableError: the text is empty, over 16 KiB or not Unicode.
    """
    from eth_account import Account
    from eth_account.messages import encode_defunct

    message = encode_defunct(text=checked_message(text))
    return bytes(Account.sign_message(message, bytes(key)).signature)


def transaction_signature(
    key: AccountKey, transaction: Mapping[str, Any], *, address: str, chain_id: int
) -> SignedTransaction:
    """Sign a transaction of type 0 (with EIP-155) or 2 for the chain that was shown.

    Raises:
        UnsignableError, WrongChainError: as `checked_transaction`.
    """
    from eth_account import Account

    checked = checked_transaction(transaction, address=address, chain_id=chain_id)
    signed = Account.sign_transaction(checked, bytes(key))
    return SignedTransaction(bytes(signed.raw_transaction), bytes(signed.hash))
