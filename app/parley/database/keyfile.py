"""The key file: the random database key and the random vault key, wrapped under a passphrase.

Argon2id makes a guess cost time and memory, XChaCha20-Poly1305 wraps the keys. The layout and its bounds are in
README.md#key-file.
"""

from __future__ import annotations

import hashlib
import secrets
import struct
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import nacl.exceptions
import nacl.pwhash.argon2id
import trio
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
)

from parley.chat.errors import DiskFullError
from parley.database.connection import KEY_BYTES
from parley.database.errors import (
    KeyfileDamagedError,
    KeyfileExistsError,
    KeyfileMissingError,
    KeyfileUnreadableError,
    NewerKeyfileError,
    PassphraseMemoryError,
    WrongPassphraseError,
)
from parley.database.files import MAX_SMALL_FILE_BYTES, is_full, write_new, write_over

FORMAT = 2
VAULT_KEY_BYTES = 32
_MAGIC = b"PARLEYKEY"
_SALT_BYTES = 16
_NONCE_BYTES = 24
_TAG_BYTES = 16
_DIGEST_BYTES = 32
# magic, format, operations, memory in bytes, salt, nonce; all of it is authenticated with the wrapped keys.
_HEADER = struct.Struct(f">{len(_MAGIC)}sBIQ{_SALT_BYTES}s{_NONCE_BYTES}s")
# By format: format 1 wraps the database key alone.
_FILE_BYTES = {
    1: _HEADER.size + KEY_BYTES + _TAG_BYTES + _DIGEST_BYTES,
    2: _HEADER.size + KEY_BYTES + VAULT_KEY_BYTES + _TAG_BYTES + _DIGEST_BYTES,
}
_VAULT_KEY_OF_FORMAT_1 = b"parley/keyfile/vault-key/v1"

_MAX_OPERATIONS = 16
_MAX_MEMORY_BYTES = 1024**3


@dataclass(frozen=True, slots=True)
class PassphraseCost:
    """What one guess of the passphrase costs: Argon2id passes and memory in bytes."""

    operations: int = 3
    memory_bytes: int = 256 * 1024**2


@dataclass(frozen=True, slots=True)
class Keys:
    """What the passphrase gives.

    Attributes:
        database: 32 bytes; opens the database. Key slots wrap it too.
        vault: 32 bytes; opens the wallet inside. Only the passphrase gives it, so whoever has an open database, or
            another way of unlocking, has not the wallet.
    """

    database: bytes = field(repr=False)
    vault: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Sealed:
    """A whole key file, of a known format and an acceptable cost."""

    format: int
    cost: PassphraseCost
    salt: bytes
    nonce: bytes
    header: bytes
    wrapped: bytes


async def make_keyfile(passphrase: str, cost: PassphraseCost | None = None) -> tuple[bytes, Keys]:
    """Make random keys and the file that `passphrase` opens; nothing is written. Takes about a second, on a thread.

    Returns:
        The file's bytes, for `write_keyfile`, and the keys.

    Raises:
        ValueError: the passphrase is empty or not Unicode text.
        PassphraseMemoryError: too little memory.
    """
    return await trio.to_thread.run_sync(_make, passphrase, cost or PassphraseCost())


async def write_keyfile(path: Path, encoded: bytes) -> None:
    """Keep a key file: whole and on the disk when this returns (mode 0600; a missing folder is made, mode 0700).

    Raises:
        KeyfileExistsError: a file is already there, and is never replaced.
        DiskFullError: no room on the disk.
        KeyfileUnreadableError: not allowed to write there, or the disk failed.
    """
    await trio.to_thread.run_sync(_write, path, encoded)


async def unlock_keyfile(path: Path, passphrase: str) -> Keys:
    """Read the keys with the passphrase; takes about a second, on a thread.

    A file of format 1 is brought to format 2 on the way, where it can be written; if not, the next time.

    Raises:
        ValueError: the passphrase is empty or not Unicode text.
        KeyfileMissingError: there is no file.
        KeyfileUnreadableError: not allowed to read it, or the disk failed.
        KeyfileDamagedError: not a whole key file.
        NewerKeyfileError: a newer Parley wrote it.
        WrongPassphraseError: the file is whole, the passphrase another.
        PassphraseMemoryError: too little memory.
    """
    return await trio.to_thread.run_sync(_unlock, path, passphrase)


async def change_passphrase(path: Path, old: str, new: str, cost: PassphraseCost | None = None) -> None:
    """Wrap the same keys under another passphrase; takes about two seconds, on a thread.

    The file on the disk is the one or the other, whole, at any time. A copy of the earlier one still opens with the
    earlier passphrase: the keys stay.

    Raises:
        ValueError: a passphrase is empty or not Unicode text.
        DiskFullError: no room on the disk.
        KeyfileError: as `unlock_keyfile` raises them, with the old passphrase. With each of these the file is as it
            was.
    """
    await trio.to_thread.run_sync(_change, path, old, new, cost or PassphraseCost())


def _make(passphrase: str, cost: PassphraseCost) -> tuple[bytes, Keys]:
    keys = Keys(secrets.token_bytes(KEY_BYTES), secrets.token_bytes(VAULT_KEY_BYTES))
    return _wrapped(keys, passphrase, cost), keys


def _write(path: Path, encoded: bytes) -> None:
    with _translated(path):
        write_new(path, encoded)


def _unlock(path: Path, passphrase: str) -> Keys:
    encoded = _read(path)
    sealed = _parse(encoded)
    wrapping_key = _stretch(passphrase, sealed.salt, sealed.cost)
    keys = _opened(sealed, wrapping_key)
    if sealed.format != FORMAT:
        # Under the same salt, so that the hash need not run again. A full disk or a folder that cannot be written
        # must not keep anybody out: the keys are the same the next time. A passphrase that was changed meanwhile
        # stays changed. Guarded by tests/database/test_keyfile_formats.py.
        with suppress(OSError):
            write_over(path, _seal(keys, wrapping_key, sealed.salt, sealed.cost), instead_of=encoded)
    return keys


def _change(path: Path, old: str, new: str, cost: PassphraseCost) -> None:
    _normal(new)
    sealed = _parse(_read(path))
    keys = _opened(sealed, _stretch(old, sealed.salt, sealed.cost))
    encoded = _wrapped(keys, new, cost)
    with _translated(path):
        write_over(path, encoded)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_SMALL_FILE_BYTES + 1)
    except FileNotFoundError:
        raise KeyfileMissingError(path) from None
    except OSError as error:
        raise KeyfileUnreadableError(path) from error


def _wrapped(keys: Keys, passphrase: str, cost: PassphraseCost) -> bytes:
    salt = secrets.token_bytes(_SALT_BYTES)
    return _seal(keys, _stretch(passphrase, salt, cost), salt, cost)


def _seal(keys: Keys, wrapping_key: bytes, salt: bytes, cost: PassphraseCost) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    header = _HEADER.pack(_MAGIC, FORMAT, cost.operations, cost.memory_bytes, salt, nonce)
    body = header + crypto_aead_xchacha20poly1305_ietf_encrypt(
        keys.database + keys.vault, header, nonce, wrapping_key
    )
    return body + hashlib.sha256(body).digest()


def _opened(sealed: _Sealed, wrapping_key: bytes) -> Keys:
    try:
        keys = crypto_aead_xchacha20poly1305_ietf_decrypt(
            sealed.wrapped, sealed.header, sealed.nonce, wrapping_key
        )
    except nacl.exceptions.CryptoError:
        # Damage was ruled out by the digest, so this is the passphrase, or somebody who forged the digest too.
        raise WrongPassphraseError from None
    database = bytes(keys[:KEY_BYTES])
    if sealed.format == 1:
        # Derived rather than drawn: a copy of the old file that is put back gives the vault key that a wallet was
        # sealed with since, and two processes that upgrade at once make the same one.
        # Guarded by tests/database/test_keyfile_formats.py::test_a_copy_that_is_put_back_opens_the_same_vault.
        return Keys(
            database,
            HKDF(SHA256(), VAULT_KEY_BYTES, sealed.header, _VAULT_KEY_OF_FORMAT_1).derive(wrapping_key),
        )
    return Keys(database, bytes(keys[KEY_BYTES:]))


def _parse(encoded: bytes) -> _Sealed:
    body, digest = encoded[:-_DIGEST_BYTES], encoded[-_DIGEST_BYTES:]
    # Every format begins with the magic and the format number and ends with this digest. It is checked before
    # anything is believed, so that damage is not taken for a newer format or a wrong passphrase.
    if not body.startswith(_MAGIC):
        raise KeyfileDamagedError("it does not begin as a key file does")
    if hashlib.sha256(body).digest() != digest or len(body) <= len(_MAGIC):
        raise KeyfileDamagedError("its checksum does not match")
    found = body[len(_MAGIC)]
    if found > FORMAT:
        raise NewerKeyfileError(found, FORMAT)
    if len(encoded) != _FILE_BYTES.get(found):
        raise KeyfileDamagedError("its format or length is impossible")
    header, wrapped = body[: _HEADER.size], body[_HEADER.size :]
    _, _, operations, memory_bytes, salt, nonce = _HEADER.unpack(header)
    # A file from elsewhere must not make this machine work for hours or claim all its memory.
    # Guarded by tests/database/test_keyfile.py::test_an_excessive_cost_is_refused_before_any_work.
    if not (
        nacl.pwhash.argon2id.OPSLIMIT_MIN <= operations <= _MAX_OPERATIONS
        and nacl.pwhash.argon2id.MEMLIMIT_MIN <= memory_bytes <= _MAX_MEMORY_BYTES
    ):
        raise KeyfileDamagedError("the cost it names is out of bounds")
    return _Sealed(found, PassphraseCost(operations, memory_bytes), salt, nonce, header, wrapped)


def _normal(passphrase: str) -> bytes:
    # The same characters typed on another system may be composed differently.
    normal = unicodedata.normalize("NFKC", passphrase).encode()
    if not normal:
        raise ValueError("an empty passphrase")
    return normal


def _stretch(passphrase: str, salt: bytes, cost: PassphraseCost) -> bytes:
    normal = _normal(passphrase)
    try:
        return nacl.pwhash.argon2id.kdf(
            32, normal, salt, opslimit=cost.operations, memlimit=cost.memory_bytes
        )
    except nacl.exceptions.RuntimeError as error:
        raise PassphraseMemoryError(cost.memory_bytes) from error


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except FileExistsError:
        raise KeyfileExistsError(path) from None
    except OSError as error:
        if is_full(error):
            raise DiskFullError("there is no room on the disk of the data folder") from error
        raise KeyfileUnreadableError(path) from error
