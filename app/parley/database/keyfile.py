"""The key file: the random database key, wrapped under a passphrase.

Argon2id makes a guess cost time and memory, XChaCha20-Poly1305 wraps the key. The layout and its bounds are in
README.md#key-file.
"""

from __future__ import annotations

import hashlib
import secrets
import struct
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import nacl.exceptions
import nacl.pwhash.argon2id
import trio
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
from parley.database.files import (
    create_private,
    create_private_folder,
    discard,
    is_full,
    place,
    sync_file,
    temporary_name,
)

FORMAT = 1
_MAGIC = b"PARLEYKEY"
_SALT_BYTES = 16
_NONCE_BYTES = 24
_TAG_BYTES = 16
_DIGEST_BYTES = 32
# magic, format, operations, memory in bytes, salt, nonce; all of it is authenticated with the wrapped key.
_HEADER = struct.Struct(f">{len(_MAGIC)}sBIQ{_SALT_BYTES}s{_NONCE_BYTES}s")
_WRAPPED_BYTES = KEY_BYTES + _TAG_BYTES
_FILE_BYTES = _HEADER.size + _WRAPPED_BYTES + _DIGEST_BYTES

_MAX_OPERATIONS = 16
_MAX_MEMORY_BYTES = 1024**3


@dataclass(frozen=True, slots=True)
class PassphraseCost:
    """What one guess of the passphrase costs: Argon2id passes and memory in bytes."""

    operations: int = 3
    memory_bytes: int = 256 * 1024**2


async def create_keyfile(path: Path, passphrase: str, cost: PassphraseCost | None = None) -> bytes:
    """Make a random database key and keep it in a new file that `passphrase` opens; takes about a second.

    The file is whole and on the disk when this returns (mode 0600; a missing folder is made with mode 0700).

    Returns:
        The key, 32 bytes.

    Raises:
        ValueError: the passphrase is empty or not Unicode text.
        KeyfileExistsError: a file is already there.
        PassphraseMemoryError: too little memory.
        DiskFullError: no room on the disk.
        KeyfileUnreadableError: not allowed to write there, or the disk failed.
    """
    return await trio.to_thread.run_sync(_create, path, passphrase, cost or PassphraseCost())


async def unlock_keyfile(path: Path, passphrase: str) -> bytes:
    """Read the database key with the passphrase; takes about a second, on a thread.

    Returns:
        The key, 32 bytes.

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


def _create(path: Path, passphrase: str, cost: PassphraseCost) -> bytes:
    salt = secrets.token_bytes(_SALT_BYTES)
    nonce = secrets.token_bytes(_NONCE_BYTES)
    key = secrets.token_bytes(KEY_BYTES)
    header = _HEADER.pack(_MAGIC, FORMAT, cost.operations, cost.memory_bytes, salt, nonce)
    temporary = temporary_name(path)
    try:
        if path.exists():
            raise FileExistsError(path)
        wrapping_key = _stretch(passphrase, salt, cost)
        body = header + crypto_aead_xchacha20poly1305_ietf_encrypt(key, header, nonce, wrapping_key)
        create_private_folder(path.parent)
        create_private(temporary)
        temporary.write_bytes(body + hashlib.sha256(body).digest())
        sync_file(temporary)
        place(temporary, path)
    except FileExistsError:
        raise KeyfileExistsError(path) from None
    except OSError as error:
        if is_full(error):
            raise DiskFullError("there is no room on the disk of the data folder") from error
        raise KeyfileUnreadableError(path) from error
    finally:
        discard(temporary)
    return key


def _unlock(path: Path, passphrase: str) -> bytes:
    try:
        with path.open("rb") as file:
            # One byte more than any known format, so that a huge file is not read whole.
            encoded = file.read(4096 + 1)
    except FileNotFoundError:
        raise KeyfileMissingError(path) from None
    except OSError as error:
        raise KeyfileUnreadableError(path) from error
    cost, salt, nonce, header, wrapped = _parse(encoded)
    wrapping_key = _stretch(passphrase, salt, cost)
    try:
        return bytes(crypto_aead_xchacha20poly1305_ietf_decrypt(wrapped, header, nonce, wrapping_key))
    except nacl.exceptions.CryptoError:
        # Damage was ruled out by the digest, so this is the passphrase, or somebody who forged the digest too.
        raise WrongPassphraseError from None


def _parse(encoded: bytes) -> tuple[PassphraseCost, bytes, bytes, bytes, bytes]:
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
    if found != FORMAT or len(encoded) != _FILE_BYTES:
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
    return PassphraseCost(operations, memory_bytes), salt, nonce, header, wrapped


def _stretch(passphrase: str, salt: bytes, cost: PassphraseCost) -> bytes:
    # The same characters typed on another system may be composed differently.
    normal = unicodedata.normalize("NFKC", passphrase).encode()
    if not normal:
        raise ValueError("an empty passphrase")
    try:
        return nacl.pwhash.argon2id.kdf(
            32, normal, salt, opslimit=cost.operations, memlimit=cost.memory_bytes
        )
    except nacl.exceptions.RuntimeError as error:
        raise PassphraseMemoryError(cost.memory_bytes) from error
