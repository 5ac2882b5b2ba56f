"""Import of a V3 keystore (Web3 Secret Storage), the file geth and other wallets export.

The file comes from anywhere: every field is checked and bounded here, and eth-account is handed a fresh dictionary of
what was checked, never the file's own. Limits: README.md#keystore.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final, NoReturn

from parley.wallet.accounts import AccountKey, account_of, checked_key
from parley.wallet.errors import (
    InvalidKeystoreError,
    KeystoreAddressError,
    KeystoreMemoryError,
    KeystoreTooCostlyError,
    WrongKeystorePasswordError,
)

MAX_KEYSTORE_BYTES: Final = 16 * 1024
MAX_SCRYPT_MEMORY_BYTES: Final = 512 * 1024**2
MAX_SCRYPT_WORK: Final = 2**23  # n * r * p; geth writes 2^21, which takes about a second.
MAX_SCRYPT_FACTOR: Final = 32  # r and p; 1 to 8 are usual.
MAX_PBKDF2_ROUNDS: Final = 2**24
_MAX_SALT_BYTES = 128
_KEY_BYTES = 32
_IV_BYTES = 16
_HEX = re.compile(r"(?:0[xX])?([0-9a-fA-F]*)")


def read_keystore(encoded: bytes, password: str) -> AccountKey:
    """Open a keystore; takes about a second and 256 MiB for a usual one, so run it on a thread.

    Args:
        encoded: the file, UTF-8 JSON, at most 16 KiB.
        password: as typed; it is used byte for byte as UTF-8, as other wallets do.

    Raises:
        InvalidKeystoreError: not a V3 keystore.
        KeystoreTooCostlyError: it demands too much memory or work.
        KeystoreMemoryError: this machine has too little memory for it.
        WrongKeystorePasswordError: another password (or damage that only the password's check can see).
        KeystoreAddressError: the key is of another account than the file says.
        InvalidKeyError: what was in it is no key.

    Source: Web3 Secret Storage Definition, version 3.
    """
    keystore, claimed = _checked(_parse(encoded))
    try:
        password.encode()
    except UnicodeEncodeError:
        raise WrongKeystorePasswordError from None  # Half a character: no password can hold it.
    key = checked_key(_open(keystore, password))
    found = account_of(key)
    # Guarded by tests/wallet/test_keystore.py::test_a_key_of_another_address_is_told.
    if claimed and claimed != found.lower():
        from eth_utils.address import to_checksum_address

        raise KeystoreAddressError(str(to_checksum_address(claimed)), found)
    return key


def _open(keystore: dict[str, Any], password: str) -> bytes:
    from eth_account import Account
    from eth_keyfile.exceptions import EthKeyfileValueError

    try:
        return bytes(Account.decrypt(keystore, password))
    except EthKeyfileValueError:
        raise WrongKeystorePasswordError from None
    except (ValueError, MemoryError):
        # Every parameter was checked, so all that is left is scrypt finding no memory.
        raise KeystoreMemoryError from None


def _parse(encoded: bytes) -> dict[str, Any]:
    if len(encoded) > MAX_KEYSTORE_BYTES:
        raise InvalidKeystoreError("size")
    try:
        parsed = json.loads(
            encoded.decode("utf-8-sig"), object_pairs_hook=_one_of_each, parse_constant=_no_constant
        )
    except InvalidKeystoreError:
        raise
    except (ValueError, RecursionError):
        raise InvalidKeystoreError("encoding") from None
    if not isinstance(parsed, dict):
        raise InvalidKeystoreError("encoding")
    return parsed


def _one_of_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Wallets spell "Crypto" and "crypto"; a file with both could be read differently elsewhere.
    found = {name.lower(): value for name, value in pairs}
    if len(found) != len(pairs):
        raise InvalidKeystoreError("repeated field")
    return found


def _no_constant(_name: str) -> NoReturn:
    raise InvalidKeystoreError("encoding")


def _checked(file: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """The file's fields as eth-account wants them, all checked, and the address it claims ("" if none)."""
    if _whole(file, "version") != 3:
        raise InvalidKeystoreError("version")
    crypto = _object(file, "crypto")
    # eth-account does not look at the name of the cipher.
    if crypto.get("cipher") != "aes-128-ctr":
        raise InvalidKeystoreError("cipher")
    kdf, parameters = crypto.get("kdf"), _object(crypto, "kdfparams")
    if kdf == "scrypt":
        checked = _scrypt(parameters)
    elif kdf == "pbkdf2":
        checked = _pbkdf2(parameters)
    else:
        raise InvalidKeystoreError("kdf")
    if _whole(parameters, "dklen") != _KEY_BYTES:
        raise InvalidKeystoreError("dklen")
    salt = _hex(parameters, "salt", 1, _MAX_SALT_BYTES)
    iv = _digits(_object(crypto, "cipherparams"), "iv")
    if not 1 <= len(iv) <= 2 * _IV_BYTES:
        raise InvalidKeystoreError("iv")
    keystore = {
        "version": 3,
        "crypto": {
            "cipher": "aes-128-ctr",
            # Some programs write the counter as a number and lose its leading zeros.
            "cipherparams": {"iv": iv.zfill(2 * _IV_BYTES)},
            "ciphertext": _hex(crypto, "ciphertext", _KEY_BYTES, _KEY_BYTES),
            "kdf": kdf,
            "kdfparams": {**checked, "dklen": _KEY_BYTES, "salt": salt},
            "mac": _hex(crypto, "mac", 32, 32),
        },
    }
    claimed = "0x" + _hex(file, "address", 20, 20) if file.get("address") else ""
    return keystore, claimed


def _scrypt(parameters: Mapping[str, Any]) -> dict[str, Any]:
    n, r, p = (_whole(parameters, name) for name in ("n", "r", "p"))
    if n < 2 or n & (n - 1) or r < 1 or p < 1:
        raise InvalidKeystoreError("kdfparams")
    # Guarded by tests/wallet/test_keystore.py::test_an_excessive_cost_is_refused_before_any_work.
    for cost, limit, unit in (
        (128 * n * r, MAX_SCRYPT_MEMORY_BYTES, "bytes"),
        (n * r * p, MAX_SCRYPT_WORK, "blocks"),
        (
            max(r, p),
            MAX_SCRYPT_FACTOR,
            "as a factor",
        ),  # The library spends memory and slow loops on these too.
    ):
        if cost > limit:
            raise KeystoreTooCostlyError(cost, limit, unit)
    return {"n": n, "r": r, "p": p}


def _pbkdf2(parameters: Mapping[str, Any]) -> dict[str, Any]:
    if parameters.get("prf") != "hmac-sha256":
        raise InvalidKeystoreError("prf")
    rounds = _whole(parameters, "c")
    if rounds < 1:
        raise InvalidKeystoreError("kdfparams")
    if rounds > MAX_PBKDF2_ROUNDS:
        raise KeystoreTooCostlyError(rounds, MAX_PBKDF2_ROUNDS, "rounds")
    return {"c": rounds, "prf": "hmac-sha256"}


def _object(parent: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = parent.get(name)
    if not isinstance(value, dict):
        raise InvalidKeystoreError(name)
    return value


def _whole(parent: Mapping[str, Any], name: str) -> int:
    value = parent.get(name)
    # A number of thousands of digits is refused here, before it is multiplied or printed.
    if type(value) is not int or not 0 <= value < 2**32:
        raise InvalidKeystoreError(name)
    return value


def _digits(parent: Mapping[str, Any], name: str) -> str:
    value = parent.get(name)
    match = _HEX.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise InvalidKeystoreError(name)
    return match.group(1).lower()


def _hex(parent: Mapping[str, Any], name: str, least_bytes: int, most_bytes: int) -> str:
    digits = _digits(parent, name)
    if len(digits) % 2 or not 2 * least_bytes <= len(digits) <= 2 * most_bytes:
        raise InvalidKeystoreError(name)
    return digits
