"""Key slots: open with their secret only, and say what is wrong otherwise."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
import struct
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt

from conformance.store_rows import bytes32
from database.test_keyfile import names, signed
from parley.chat.errors import DiskFullError
from parley.database import files
from parley.database.api import (
    NewerSlotError,
    SlotDamagedError,
    SlotKind,
    SlotMissingError,
    SlotUnreadableError,
    WrongSlotSecretError,
    make_slot,
    open_slot,
    read_slot_salt,
    remove_slot,
    slot_path,
)

KEY = bytes32("database key")
SALT = bytes32("salt")
SECRETS = {
    SlotKind.WALLET: bytes32("r") + bytes32("s"),
    SlotKind.KEYRING: bytes32("secret"),
}
VECTOR = Path(__file__).parents[1] / "vectors" / "database" / "keyslots-1.json"


@pytest.fixture(params=list(SlotKind))
def kind(request: pytest.FixtureRequest) -> SlotKind:
    """Each kind of slot."""
    return SlotKind(request.param)


@pytest.fixture
def path(tmp_path: Path, kind: SlotKind) -> Path:
    """Where the slot of this kind lies."""
    return slot_path(tmp_path / "profile.key", kind)


async def make(path: Path, kind: SlotKind) -> None:
    """Make a slot of this kind."""
    await make_slot(path, kind, SALT, SECRETS[kind], KEY)


def test_slots_lie_beside_the_key_file(tmp_path: Path) -> None:
    """Under names of their own."""
    found = [slot_path(tmp_path / "profile.key", each).relative_to(tmp_path) for each in SlotKind]

    assert found == [Path("profile.wallet-slot"), Path("profile.keyring-slot")]


async def test_the_secret_opens_the_slot(path: Path, kind: SlotKind) -> None:
    """Its salt is read without it; the file shows neither key nor secret."""
    assert await read_slot_salt(path) is None

    await make(path, kind)

    assert await read_slot_salt(path) == SALT
    assert await open_slot(path, kind, SECRETS[kind]) == KEY
    content = path.read_bytes()
    assert KEY not in content
    assert SECRETS[kind][:32] not in content


async def test_any_other_secret_does_not(path: Path, kind: SlotKind) -> None:
    """One bit is enough, and so is another size."""
    await make(path, kind)
    right = SECRETS[kind]
    wrong = [right[:-1], right + b"\0", b"", bytes(len(right))]
    for position in range(len(right)):
        flipped = bytearray(right)
        flipped[position] ^= 1 << position % 8
        wrong.append(bytes(flipped))

    for secret in wrong:
        with pytest.raises(WrongSlotSecretError) as caught:
            await open_slot(path, kind, secret)
        assert caught.value.kind == kind


async def test_a_slot_of_another_kind_is_not_opened(tmp_path: Path) -> None:
    """A file that was renamed is no slot of that way, and its secret is not tried."""
    wallet, keyring = (slot_path(tmp_path / "profile.key", each) for each in SlotKind)
    await make(wallet, SlotKind.WALLET)
    wallet.rename(keyring)

    with pytest.raises(SlotDamagedError):
        await open_slot(keyring, SlotKind.KEYRING, SECRETS[SlotKind.KEYRING])


async def test_the_same_secret_wraps_differently_each_time(path: Path, kind: SlotKind) -> None:
    """A second making replaces the first, with another nonce; nothing else is left in the folder."""
    await make(path, kind)
    first = path.read_bytes()
    await make_slot(path, kind, bytes32("other salt"), SECRETS[kind], bytes32("other key"))

    assert path.read_bytes()[44:68] != first[44:68]
    assert await read_slot_salt(path) == bytes32("other salt")
    assert await open_slot(path, kind, SECRETS[kind]) == bytes32("other key")
    assert names(path.parent) == [path.name]


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
async def test_only_its_owner_can_read_it(path: Path, kind: SlotKind) -> None:
    """Whatever the umask."""
    before = os.umask(0)
    try:
        await make(path, kind)
    finally:
        os.umask(before)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_removed_slot_is_a_missing_one(path: Path, kind: SlotKind) -> None:
    """Removing none is harmless, in a folder that is gone too."""
    await make(path, kind)

    await remove_slot(path)
    await remove_slot(path)
    await remove_slot(path.parent / "gone" / path.name)

    assert names(path.parent) == []
    assert await read_slot_salt(path) is None
    with pytest.raises(SlotMissingError):
        await open_slot(path, kind, SECRETS[kind])


async def test_every_flipped_bit_and_every_cut_is_damage(path: Path, kind: SlotKind) -> None:
    """Damage is never taken for a wrong secret or a newer format, and never makes another key or salt."""
    await make(path, kind)
    whole = path.read_bytes()
    damaged = [whole[:length] for length in range(len(whole))]
    damaged += [whole + b"\0", whole * 2, whole + bytes(10_000), bytes(len(whole))]
    for position in range(len(whole)):
        flipped = bytearray(whole)
        flipped[position] ^= 1 << position % 8
        damaged.append(bytes(flipped))

    for encoded in damaged:
        path.write_bytes(encoded)
        with pytest.raises(SlotDamagedError):
            await open_slot(path, kind, SECRETS[kind])
        with pytest.raises(SlotDamagedError):
            await read_slot_salt(path)


@pytest.mark.parametrize("place", [11, 12, 43, 44, 67, 68])
async def test_the_header_cannot_be_exchanged(path: Path, kind: SlotKind, place: int) -> None:
    """Kind, salt and nonce are authenticated with the key: with a forged checksum it still does not open."""
    await make(path, kind)
    body = bytearray(path.read_bytes()[:-32])
    body[place] ^= 3

    path.write_bytes(signed(bytes(body)))

    with pytest.raises((WrongSlotSecretError, SlotDamagedError)):
        await open_slot(path, kind, SECRETS[kind])


async def test_a_newer_format_is_named(path: Path, kind: SlotKind) -> None:
    """A whole file of a later version says which, whatever else is in it."""
    path.write_bytes(signed(b"PARLEYSLOT" + bytes([7]) + b"something else"))

    for call in (read_slot_salt(path), open_slot(path, kind, SECRETS[kind])):
        with pytest.raises(NewerSlotError) as caught:
            await call
        assert (caught.value.found, caught.value.supported) == (7, 1)


async def test_wrong_sizes_are_the_callers_error(path: Path, kind: SlotKind) -> None:
    """Nothing is wrapped under a short secret."""
    other = 32 if kind is SlotKind.WALLET else 64
    for salt, secret, key in (
        (SALT, bytes(other), KEY),
        (SALT, b"", KEY),
        (SALT[1:], SECRETS[kind], KEY),
        (SALT, SECRETS[kind], KEY[1:]),
    ):
        with pytest.raises(ValueError, match=r"bytes|and a key"):
            await make_slot(path, kind, salt, secret, key)

    assert names(path.parent) == []


async def test_an_unusable_place_is_said_to_be_unusable(path: Path, kind: SlotKind) -> None:
    """A folder where the slot should be, and no folder for it."""
    path.mkdir()

    for call in (
        read_slot_salt(path),
        open_slot(path, kind, SECRETS[kind]),
        make(path, kind),
        remove_slot(path),
        make(path.parent / "gone" / path.name, kind),
    ):
        with pytest.raises(SlotUnreadableError):
            await call
    assert names(path.parent) == [path.name]


@pytest.mark.parametrize(
    ("code", "error"), [(errno.ENOSPC, DiskFullError), (errno.EACCES, SlotUnreadableError)]
)
async def test_a_slot_that_cannot_be_stored_leaves_the_earlier_one(
    path: Path, kind: SlotKind, monkeypatch: pytest.MonkeyPatch, code: int, error: type[Exception]
) -> None:
    """And no half file."""
    await make(path, kind)

    def fail(_: Path) -> None:
        raise OSError(code, "refused")

    with monkeypatch.context() as patch:
        patch.setattr(files, "sync_file", fail)
        with pytest.raises(error):
            await make_slot(path, kind, bytes32("other salt"), SECRETS[kind], KEY)

    assert names(path.parent) == [path.name]
    assert await read_slot_salt(path) == SALT


async def test_the_layout_is_the_specified_one(path: Path, kind: SlotKind) -> None:
    """A reader written from README.md alone gets the key out."""
    await make(path, kind)
    encoded = path.read_bytes()

    magic, version, code, salt, nonce = struct.unpack(">10sBB32s24s", encoded[:68])
    wrapped, digest = encoded[68:116], encoded[116:]
    info = {1: b"parley/keyslot/v1/wallet", 2: b"parley/keyslot/v1/keyring"}[code]
    wrapping = HKDF(SHA256(), 32, salt, info).derive(SECRETS[kind])

    assert (len(encoded), magic, version, salt) == (148, b"PARLEYSLOT", 1, SALT)
    assert digest == hashlib.sha256(encoded[:116]).digest()
    assert crypto_aead_xchacha20poly1305_ietf_decrypt(wrapped, encoded[:68], nonce, wrapping) == KEY


async def test_a_stored_slot_opens_forever(path: Path, kind: SlotKind) -> None:
    """Format 1 as it was written on 2026-11-25."""
    vector = json.loads(VECTOR.read_text())
    path.write_bytes(bytes.fromhex(vector[kind]["file"]))

    assert await open_slot(path, kind, bytes.fromhex(vector[kind]["secret"])) == bytes.fromhex(vector["key"])
