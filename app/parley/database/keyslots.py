"""Key slots: the database key wrapped once more, for a way of unlocking besides the passphrase.

A slot's secret is long and random, or a signature, so no slow hash is run on it. A slot never holds the vault key:
whoever unlocks by it has not the wallet inside. The layout is in README.md#key-slots.
"""

from __future__ import annotations

import hashlib
import secrets
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import nacl.exceptions
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
    NewerSlotError,
    SlotDamagedError,
    SlotMissingError,
    SlotUnreadableError,
    WrongSlotSecretError,
)
from parley.database.files import MAX_SMALL_FILE_BYTES, is_full, sync_folder, write_over


class SlotKind(StrEnum):
    """Whose secret opens the slot."""

    WALLET = "wallet"  # r || s of a wallet's signature over typed data that names the slot's salt
    KEYRING = "keyring"  # random, kept in the system keyring


FORMAT = 1
SLOT_SALT_BYTES = 32
SLOT_SECRET_BYTES = {SlotKind.WALLET: 64, SlotKind.KEYRING: 32}
_MAGIC = b"PARLEYSLOT"
_CODES = {SlotKind.WALLET: 1, SlotKind.KEYRING: 2}
_NONCE_BYTES = 24
_TAG_BYTES = 16
_DIGEST_BYTES = 32
# magic, format, kind, salt, nonce; all of it is authenticated with the wrapped key.
_HEADER = struct.Struct(f">{len(_MAGIC)}sBB{SLOT_SALT_BYTES}s{_NONCE_BYTES}s")
_FILE_BYTES = _HEADER.size + KEY_BYTES + _TAG_BYTES + _DIGEST_BYTES
_INFO = {kind: f"parley/keyslot/v1/{kind}".encode() for kind in SlotKind}


@dataclass(frozen=True, slots=True)
class _Slot:
    """A whole slot of a known format."""

    code: int
    salt: bytes
    nonce: bytes
    header: bytes
    wrapped: bytes


def slot_path(keyfile: Path, kind: SlotKind) -> Path:
    """Where the slot lies: beside the key file, `profile.wallet-slot` beside `profile.key`."""
    return keyfile.with_suffix(f".{kind}-slot")


async def read_slot_salt(path: Path) -> bytes | None:
    """The salt of a slot, 32 bytes, which needs no secret to be read; None if there is no slot.

    Raises:
        SlotDamagedError: not a whole slot.
        NewerSlotError: a newer Parley wrote it.
        SlotUnreadableError: not allowed to read it, or the disk failed.
    """
    try:
        return (await trio.to_thread.run_sync(_read, path)).salt
    except SlotMissingError:
        return None


async def make_slot(path: Path, kind: SlotKind, salt: bytes, secret: bytes, database_key: bytes) -> None:
    """Wrap the database key for another way of unlocking; whole and on the disk (mode 0600) when this returns.

    A slot that is there is replaced: nothing is lost by that, since the key file has the same key.

    Args:
        path: from `slot_path`; its folder exists.
        salt: 32 random bytes, fresh for each slot.
        secret: `SLOT_SECRET_BYTES` of its kind.
        database_key: 32 bytes.

    Raises:
        ValueError: a size is another.
        DiskFullError: no room on the disk.
        SlotUnreadableError: not allowed to write there, or the disk failed. With each of these an earlier slot is as
            it was.
    """
    if len(secret) != SLOT_SECRET_BYTES[kind]:
        raise ValueError(f"the secret of a {kind} slot has {SLOT_SECRET_BYTES[kind]} bytes")
    if len(salt) != SLOT_SALT_BYTES or len(database_key) != KEY_BYTES:
        raise ValueError(f"a salt of {SLOT_SALT_BYTES} bytes and a key of {KEY_BYTES}")
    nonce = secrets.token_bytes(_NONCE_BYTES)
    header = _HEADER.pack(_MAGIC, FORMAT, _CODES[kind], salt, nonce)
    body = header + crypto_aead_xchacha20poly1305_ietf_encrypt(
        database_key, header, nonce, _wrapping_key(kind, salt, secret)
    )
    await trio.to_thread.run_sync(_write, path, body + hashlib.sha256(body).digest())


async def open_slot(path: Path, kind: SlotKind, secret: bytes) -> bytes:
    """Read the database key with the slot's secret.

    Returns:
        The database key, 32 bytes.

    Raises:
        SlotMissingError: there is no slot.
        SlotUnreadableError: not allowed to read it, or the disk failed.
        SlotDamagedError: not a whole slot, or one of another kind.
        NewerSlotError: a newer Parley wrote it.
        WrongSlotSecretError: the slot is whole, the secret another, or of another size.
    """
    slot = await trio.to_thread.run_sync(_read, path)
    # Guarded by tests/database/test_keyslots.py::test_a_slot_of_another_kind_is_not_opened.
    if slot.code != _CODES[kind]:
        raise SlotDamagedError(f"it is no {kind} slot")
    if len(secret) != SLOT_SECRET_BYTES[kind]:
        raise WrongSlotSecretError(kind)
    try:
        return bytes(
            crypto_aead_xchacha20poly1305_ietf_decrypt(
                slot.wrapped, slot.header, slot.nonce, _wrapping_key(kind, slot.salt, secret)
            )
        )
    except nacl.exceptions.CryptoError:
        # Damage was ruled out by the digest, so this is the secret, or somebody who forged the digest too.
        raise WrongSlotSecretError(kind) from None


async def remove_slot(path: Path) -> None:
    """Remove a slot; harmless if there is none. A copy of it still opens with its secret: the key stays.

    Raises:
        SlotUnreadableError: not allowed to remove it, or the disk failed.
    """
    await trio.to_thread.run_sync(_remove, path)


def _wrapping_key(kind: SlotKind, salt: bytes, secret: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt, _INFO[kind]).derive(secret)


def _read(path: Path) -> _Slot:
    try:
        with _translated(path), path.open("rb") as file:
            encoded = file.read(MAX_SMALL_FILE_BYTES + 1)
    except FileNotFoundError:
        raise SlotMissingError(path) from None
    return _parse(encoded)


def _parse(encoded: bytes) -> _Slot:
    body, digest = encoded[:-_DIGEST_BYTES], encoded[-_DIGEST_BYTES:]
    # As in a key file, what every format begins and ends with is checked before anything is believed.
    if not body.startswith(_MAGIC):
        raise SlotDamagedError("it does not begin as a key slot does")
    if hashlib.sha256(body).digest() != digest or len(body) <= len(_MAGIC):
        raise SlotDamagedError("its checksum does not match")
    found = body[len(_MAGIC)]
    if found > FORMAT:
        raise NewerSlotError(found, FORMAT)
    if found != FORMAT or len(encoded) != _FILE_BYTES:
        raise SlotDamagedError("its format or length is impossible")
    header, wrapped = body[: _HEADER.size], body[_HEADER.size :]
    _, _, code, salt, nonce = _HEADER.unpack(header)
    return _Slot(code, salt, nonce, header, wrapped)


def _write(path: Path, encoded: bytes) -> None:
    try:
        with _translated(path):
            write_over(path, encoded)
    except FileNotFoundError as error:
        raise SlotUnreadableError(path) from error


def _remove(path: Path) -> None:
    try:
        with _translated(path):
            path.unlink()
            sync_folder(path.parent)
    except FileNotFoundError:
        return


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        if is_full(error):
            raise DiskFullError("there is no room on the disk of the data folder") from error
        raise SlotUnreadableError(path) from error
