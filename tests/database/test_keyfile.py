"""The key file: opens with its passphrase only, and says what is wrong otherwise."""

from __future__ import annotations

import hashlib
import os
import stat
import struct
import subprocess
import sys
import textwrap
import unicodedata
from pathlib import Path

import nacl.pwhash.argon2id
import pytest
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt

from parley.database import keyfile
from parley.database.api import (
    KeyfileDamagedError,
    KeyfileExistsError,
    KeyfileMissingError,
    KeyfileUnreadableError,
    Keys,
    NewerKeyfileError,
    PassphraseCost,
    WrongPassphraseError,
    make_keyfile,
    unlock_keyfile,
    write_keyfile,
)

CHEAP = PassphraseCost(operations=1, memory_bytes=8192)
PASSPHRASE = "correct horse battery staple"


def signed(body: bytes) -> bytes:
    """A body with the checksum that every format ends with."""
    return body + hashlib.sha256(body).digest()


def names(folder: Path) -> list[str]:
    """What is in a folder."""
    return sorted(each.name for each in folder.iterdir())


async def create(path: Path, passphrase: str, cost: PassphraseCost = CHEAP) -> Keys:
    """Make a key file and keep it."""
    encoded, keys = await make_keyfile(passphrase, cost)
    await write_keyfile(path, encoded)
    return keys


async def test_the_passphrase_opens_the_file(tmp_path: Path) -> None:
    """The keys that were made are the keys that are read; another file has others, and all are different."""
    keys = await create(tmp_path / "key", PASSPHRASE)
    other = await create(tmp_path / "other", PASSPHRASE)

    assert await unlock_keyfile(tmp_path / "key", PASSPHRASE) == keys
    assert {len(keys.database), len(keys.vault)} == {32}
    assert len({keys.database, keys.vault, other.database, other.vault}) == 4
    for key in (keys.database, keys.vault):
        assert key not in (tmp_path / "key").read_bytes()


async def test_making_keys_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set-up that is given up half way leaves no file; the keys are not shown to whoever prints them."""
    monkeypatch.chdir(tmp_path)

    _, keys = await make_keyfile(PASSPHRASE, CHEAP)

    assert names(tmp_path) == []
    assert repr(keys) == "Keys()"


async def test_the_usual_cost_is_256_mib_and_3_passes(tmp_path: Path) -> None:
    """What the design asks for is what a file gets when nothing else is said."""
    keys = await create(tmp_path / "key", PASSPHRASE, PassphraseCost())

    operations, memory_bytes = struct.unpack_from(">IQ", (tmp_path / "key").read_bytes(), 10)
    assert (operations, memory_bytes) == (3, 256 * 1024 * 1024)
    assert await unlock_keyfile(tmp_path / "key", PASSPHRASE) == keys
    assert PassphraseCost() == PassphraseCost(operations, memory_bytes)


@pytest.mark.parametrize("wrong", ["Correct horse battery staple", PASSPHRASE + " ", "x"])
async def test_another_passphrase_does_not(tmp_path: Path, wrong: str) -> None:
    """Case and blanks count."""
    await create(tmp_path / "key", PASSPHRASE)

    with pytest.raises(WrongPassphraseError):
        await unlock_keyfile(tmp_path / "key", wrong)


async def test_a_passphrase_typed_in_another_composition_opens(tmp_path: Path) -> None:
    """Composed, decomposed and compatibility forms of the same characters are the same passphrase."""
    keys = await create(tmp_path / "key", "Zoë ﬁnds Ⅳ")

    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        spelled = unicodedata.normalize(form, "Zoë ﬁnds Ⅳ")
        assert await unlock_keyfile(tmp_path / "key", spelled) == keys


@pytest.mark.parametrize("unusable", ["", "\ud800"])
async def test_an_unusable_passphrase_is_the_callers_error(unusable: str) -> None:
    """Nothing is made under an empty passphrase or one that is not text."""
    with pytest.raises(ValueError, match=r"empty passphrase|surrogates"):
        await make_keyfile(unusable, CHEAP)


async def test_an_existing_file_is_never_replaced(tmp_path: Path) -> None:
    """Whatever is there stays: it may be the only way to somebody's messages."""
    (tmp_path / "key").write_bytes(b"precious")

    with pytest.raises(KeyfileExistsError):
        await create(tmp_path / "key", PASSPHRASE)

    assert (tmp_path / "key").read_bytes() == b"precious"
    assert names(tmp_path) == ["key"]


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
async def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    """File 0600, folders 0700, whatever the umask; nothing else is left in the folder."""
    before = os.umask(0)
    try:
        await create(tmp_path / "data" / "alice" / "key", PASSPHRASE)
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "data" / "alice" / "key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "data" / "alice").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    assert names(tmp_path / "data" / "alice") == ["key"]


async def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    """And is not made."""
    with pytest.raises(KeyfileMissingError):
        await unlock_keyfile(tmp_path / "key", PASSPHRASE)

    assert names(tmp_path) == []


async def test_an_unreadable_place_is_said_to_be_unreadable(tmp_path: Path) -> None:
    """A folder where the file should be, a file where the folder should be."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(KeyfileUnreadableError):
        await unlock_keyfile(tmp_path / "folder", PASSPHRASE)
    with pytest.raises(KeyfileUnreadableError):
        await create(tmp_path / "file" / "key", PASSPHRASE)


async def test_every_flipped_bit_and_every_cut_is_damage(tmp_path: Path) -> None:
    """Damage is never taken for a wrong passphrase or a newer format, and never makes another key."""
    await create(tmp_path / "key", PASSPHRASE)
    whole = (tmp_path / "key").read_bytes()
    damaged = [whole[:length] for length in range(len(whole))]
    damaged += [whole + b"\0", whole * 2, whole + bytes(10_000), bytes(len(whole))]
    for position in range(len(whole)):
        flipped = bytearray(whole)
        flipped[position] ^= 1 << position % 8
        damaged.append(bytes(flipped))

    for encoded in damaged:
        (tmp_path / "damaged").write_bytes(encoded)
        with pytest.raises(KeyfileDamagedError):
            await unlock_keyfile(tmp_path / "damaged", PASSPHRASE)


async def test_a_newer_format_is_named(tmp_path: Path) -> None:
    """A whole file of a later version says which, whatever else is in it."""
    (tmp_path / "key").write_bytes(signed(b"PARLEYKEY" + bytes([7]) + b"something else"))

    with pytest.raises(NewerKeyfileError) as caught:
        await unlock_keyfile(tmp_path / "key", PASSPHRASE)

    assert (caught.value.found, caught.value.supported) == (7, 2)


@pytest.mark.parametrize(
    ("operations", "memory_bytes"),
    [(3, 2**40), (3, 2**30 + 1), (2**32 - 1, 8192), (17, 8192), (0, 8192), (3, 8191), (3, 0)],
)
async def test_an_excessive_cost_is_refused_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, operations: int, memory_bytes: int
) -> None:
    """A file from elsewhere cannot demand a terabyte, or an hour."""
    header = struct.pack(">9sBIQ16s24s", b"PARLEYKEY", 2, operations, memory_bytes, bytes(16), bytes(24))
    (tmp_path / "key").write_bytes(signed(header + bytes(80)))
    monkeypatch.setattr(keyfile, "_stretch", lambda *_: pytest.fail("work was begun"))

    with pytest.raises(KeyfileDamagedError):
        await unlock_keyfile(tmp_path / "key", PASSPHRASE)


async def test_the_header_cannot_be_exchanged(tmp_path: Path) -> None:
    """Cost, salt and nonce are authenticated with the key: with a forged checksum it still does not open."""
    await create(tmp_path / "key", PASSPHRASE)
    body = bytearray((tmp_path / "key").read_bytes()[:-32])
    body[13] = 2  # two passes instead of one

    (tmp_path / "key").write_bytes(signed(bytes(body)))

    with pytest.raises(WrongPassphraseError):
        await unlock_keyfile(tmp_path / "key", PASSPHRASE)


async def test_the_layout_is_the_specified_one(tmp_path: Path) -> None:
    """A reader written from README.md alone gets the keys out."""
    keys = await create(tmp_path / "key", PASSPHRASE)
    encoded = (tmp_path / "key").read_bytes()

    magic, version, operations, memory_bytes, salt, nonce = struct.unpack(">9sBIQ16s24s", encoded[:62])
    wrapped, digest = encoded[62:142], encoded[142:]
    wrapping = nacl.pwhash.argon2id.kdf(
        32, PASSPHRASE.encode(), salt, opslimit=operations, memlimit=memory_bytes
    )

    assert (len(encoded), magic, version) == (174, b"PARLEYKEY", 2)
    assert digest == hashlib.sha256(encoded[:142]).digest()
    unwrapped = crypto_aead_xchacha20poly1305_ietf_decrypt(wrapped, encoded[:62], nonce, wrapping)
    assert unwrapped == keys.database + keys.vault


@pytest.mark.skipif(sys.platform != "linux", reason="limits the memory of a process as Linux does")
def test_too_little_memory_is_said() -> None:
    """A machine that cannot hash the passphrase says how much memory that needs."""
    script = """
        import resource, trio
        from parley.database.api import PassphraseCost, PassphraseMemoryError, make_keyfile
        resource.setrlimit(resource.RLIMIT_AS, (800 * 1024**2, 800 * 1024**2))
        async def main():
            try:
                await make_keyfile("x", PassphraseCost(1, 1024**3))
            except PassphraseMemoryError as error:
                print(error.memory_bytes)
        trio.run(main)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "app")},
    )

    assert (done.stdout, done.stderr) == (f"{1024**3}\n", "")
