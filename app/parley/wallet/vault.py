"""The wallet at rest: opaque versioned bytes, sealed with XChaCha20-Poly1305 under a key the caller derives.

Layout and sizes: README.md#vault. A decoder believes nothing that the seal has not confirmed, and checks the rest all
the same, since a fault of our own may have been sealed.
"""

from __future__ import annotations

import re
from typing import Final

import nacl.exceptions
from google.protobuf.message import DecodeError
from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
    sodium_pad,
    sodium_unpad,
)

from parley.wallet import vault_pb2
from parley.wallet.accounts import AccountKey, checked_key
from parley.wallet.derivation import MAX_INDEX
from parley.wallet.errors import DamagedVaultError, NewerVaultError, WalletError
from parley.wallet.mnemonic import RecoveryWords, read_words
from parley.wallet.model import MAX_ACCOUNTS, Wallet, WalletAccount, clean_label

FORMAT: Final = 1
VAULT_KEY_BYTES: Final = 32
NONCE_BYTES: Final = 24
PAD_BYTES: Final = 1024
MAX_VAULT_BYTES: Final = 64 * 1024
_TAG_BYTES = 16
_DOMAIN = b"parley/wallet/v1"
_LEAST_BYTES = 1 + NONCE_BYTES + PAD_BYTES + _TAG_BYTES
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")


def seal_wallet(wallet: Wallet, key: bytes, nonce: bytes) -> bytes:
    """Seal a wallet for storage.

    Args:
        key: 32 bytes that only the passphrase gives; see README.md#threat-model.
        nonce: 24 fresh random bytes, never used before with this key.

    Returns:
        format 1 || nonce 24 || sealed: 1065 bytes, or a multiple of 1024 more.
    """
    if len(key) != VAULT_KEY_BYTES or len(nonce) != NONCE_BYTES:
        raise ValueError(f"a key of {VAULT_KEY_BYTES} bytes and a nonce of {NONCE_BYTES}")
    # Padded, so that the size does not tell how many words or imported keys there are.
    padded = sodium_pad(_encode(wallet), PAD_BYTES)
    head = bytes([FORMAT])
    return head + nonce + crypto_aead_xchacha20poly1305_ietf_encrypt(padded, _DOMAIN + head, nonce, key)


def open_vault(sealed: bytes, key: bytes) -> Wallet:
    """Open what `seal_wallet` made. Prefer `unlock_wallet`, which locks itself; this is for changing a wallet.

    Raises:
        NewerVaultError: a newer Parley wrote it.
        DamagedVaultError: it is damaged, or the key is another one.
    """
    if len(key) != VAULT_KEY_BYTES:
        raise ValueError(f"a key of {VAULT_KEY_BYTES} bytes")
    if sealed and sealed[0] > FORMAT:
        raise NewerVaultError(sealed[0], FORMAT)
    if not sealed or sealed[0] != FORMAT or not _LEAST_BYTES <= len(sealed) <= MAX_VAULT_BYTES:
        raise DamagedVaultError("its format or length is impossible")
    head, nonce, ciphertext = sealed[:1], sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    try:
        padded = crypto_aead_xchacha20poly1305_ietf_decrypt(ciphertext, _DOMAIN + head, nonce, key)
    except nacl.exceptions.CryptoError:
        raise DamagedVaultError("its seal does not open with this key") from None
    try:
        return decode_wallet(sodium_unpad(padded, PAD_BYTES))
    except nacl.exceptions.CryptoError:
        raise DamagedVaultError("its padding is impossible") from None


def _encode(wallet: Wallet) -> bytes:
    stored = vault_pb2.Wallet(words_checked=wallet.words_checked)
    if wallet.words is not None:
        stored.words = " ".join(wallet.words.reveal())
    for account in wallet.accounts:
        row = stored.accounts.add(address=account.address, label=account.label)
        if account.key is not None:
            row.key = bytes(account.key)
        elif account.index is not None:
            row.index = account.index
    return bytes(stored.SerializeToString())


def decode_wallet(encoded: bytes) -> Wallet:
    """Read the inside of a vault.

    Raises:
        DamagedVaultError: it is no wallet within its bounds.
    """
    try:
        stored = vault_pb2.Wallet.FromString(encoded)
        words = read_words(stored.words) if stored.words else None
        accounts = tuple(_account(row, words) for row in stored.accounts)
    except (DecodeError, ValueError, WalletError):
        raise DamagedVaultError("its content is no wallet") from None
    addresses = {account.address for account in accounts}
    if not 1 <= len(accounts) <= MAX_ACCOUNTS or len(addresses) != len(accounts):
        raise DamagedVaultError("its accounts are none, too many or repeated")
    return Wallet(words, stored.words_checked, accounts)


def _account(row: vault_pb2.Account, words: RecoveryWords | None) -> WalletAccount:
    if not _ADDRESS.fullmatch(row.address):
        raise ValueError("address")
    source = row.WhichOneof("source")
    index: int | None = None
    key: AccountKey | None = None
    if source == "key":
        key = checked_key(row.key)
    elif source == "index" and words is not None and row.index <= MAX_INDEX:
        index = row.index
    else:
        raise ValueError("source")
    return WalletAccount(row.address, clean_label(row.label), index, key)
