"""The key file over time: old ones open forever and become new ones; the passphrase changes, the keys stay."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from database.test_keyfile import CHEAP, PASSPHRASE, create, names
from parley.chat.errors import DiskFullError
from parley.database import files
from parley.database.api import (
    KeyfileDamagedError,
    KeyfileMissingError,
    KeyfileUnreadableError,
    PassphraseCost,
    WrongPassphraseError,
    change_passphrase,
    unlock_keyfile,
)

VECTORS = Path(__file__).parents[1] / "vectors" / "database"
ROOT = Path(__file__).parents[2]


def vector(written: int) -> dict[str, str]:
    """A key file as this format wrote it, its passphrase, and what must be read from it."""
    read: dict[str, str] = json.loads((VECTORS / f"keyfile-{written}.json").read_text())
    return read


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """The stored file of format 1."""
    path = tmp_path / "key"
    path.write_bytes(bytes.fromhex(vector(1)["file"]))
    return path


OLD_PASSPHRASE = vector(1)["passphrase"]


@pytest.mark.parametrize("written", [1, 2])
async def test_a_stored_key_file_of_each_format_opens_forever(tmp_path: Path, written: int) -> None:
    """As it was written when the format was new, before and after it was brought up to date."""
    stored = vector(written)
    (tmp_path / "key").write_bytes(bytes.fromhex(stored["file"]))

    for _ in range(2):
        keys = await unlock_keyfile(tmp_path / "key", stored["passphrase"])
        assert (keys.database.hex(), keys.vault.hex()) == (stored["key"], stored["vault"])


async def test_format_1_is_brought_to_format_2(old: Path) -> None:
    """By the first unlocking: the same passphrase and cost, the same database key, private, nothing else left."""
    before = old.read_bytes()

    keys = await unlock_keyfile(old, OLD_PASSPHRASE)

    after = old.read_bytes()
    assert (len(before), before[9], len(after), after[9]) == (142, 1, 174, 2)
    assert after[10:22] == before[10:22]
    assert after[38:62] != before[38:62], "a nonce was used twice under one key"
    assert names(old.parent) == ["key"]
    assert old.stat().st_mode & 0o777 == 0o600 or os.name != "posix"
    assert keys.vault != keys.database
    assert await unlock_keyfile(old, OLD_PASSPHRASE) == keys
    assert old.read_bytes() == after


async def test_a_wrong_passphrase_leaves_format_1_as_it_is(old: Path) -> None:
    """Nothing is rewritten that was not opened."""
    before = old.read_bytes()

    with pytest.raises(WrongPassphraseError):
        await unlock_keyfile(old, "another")

    assert old.read_bytes() == before


async def test_a_copy_that_is_put_back_opens_the_same_vault(old: Path) -> None:
    """Whoever follows our own advice and puts a copy of the key file back does not lose the wallet sealed since."""
    copy = old.read_bytes()
    keys = await unlock_keyfile(old, OLD_PASSPHRASE)

    old.write_bytes(copy)

    assert await unlock_keyfile(old, OLD_PASSPHRASE) == keys


@pytest.mark.parametrize("step", ["create_private", "sync_file"])
async def test_a_file_that_cannot_be_brought_up_to_date_still_opens(
    old: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """A full disk or a folder that cannot be written keeps nobody out; the keys are those of the next time."""
    before = old.read_bytes()

    def full(_: Path) -> None:
        raise OSError(errno.ENOSPC, "no room")

    with monkeypatch.context() as patch:
        patch.setattr(files, step, full)
        keys = await unlock_keyfile(old, OLD_PASSPHRASE)
        assert old.read_bytes() == before
        assert names(old.parent) == ["key"]

    assert await unlock_keyfile(old, OLD_PASSPHRASE) == keys
    assert old.read_bytes()[9] == 2


async def test_a_passphrase_changed_meanwhile_stays_changed(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unlocking that read the old file does not bring its passphrase back."""
    sync_file = files.sync_file
    fresh, changed = old.with_name("fresh"), []
    keys = await create(fresh, "new")

    def change_first(path: Path) -> None:
        sync_file(path)
        changed.append(fresh.replace(old))

    monkeypatch.setattr(files, "sync_file", change_first)
    await unlock_keyfile(old, OLD_PASSPHRASE)

    assert changed == [old]
    assert await unlock_keyfile(old, "new") == keys
    assert names(old.parent) == ["key"]


async def test_the_new_passphrase_opens_and_the_old_one_does_not(tmp_path: Path) -> None:
    """The same keys, newly wrapped: salt, nonce and cost are not the earlier ones."""
    keys = await create(tmp_path / "key", PASSPHRASE)
    before = (tmp_path / "key").read_bytes()

    await change_passphrase(tmp_path / "key", PASSPHRASE, "new", PassphraseCost(2, 16384))

    after = (tmp_path / "key").read_bytes()
    assert await unlock_keyfile(tmp_path / "key", "new") == keys
    with pytest.raises(WrongPassphraseError):
        await unlock_keyfile(tmp_path / "key", PASSPHRASE)
    assert (after[22:38], after[38:62]) != (before[22:38], before[38:62])
    assert after[10:22] == (2).to_bytes(4, "big") + (16384).to_bytes(8, "big")
    assert names(tmp_path) == ["key"]
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600 or os.name != "posix"


async def test_a_changed_passphrase_costs_as_much_as_a_first_one(tmp_path: Path) -> None:
    """Whatever the file cost before."""
    await create(tmp_path / "key", PASSPHRASE)

    await change_passphrase(tmp_path / "key", PASSPHRASE, "new")

    assert (tmp_path / "key").read_bytes()[10:22] == (3).to_bytes(4, "big") + (2**28).to_bytes(8, "big")


async def test_the_passphrase_of_format_1_can_be_changed(old: Path) -> None:
    """The vault key is the one that unlocking would have given."""
    copy = old.read_bytes()
    await change_passphrase(old, OLD_PASSPHRASE, "new", CHEAP)
    changed = await unlock_keyfile(old, "new")

    old.write_bytes(copy)

    assert await unlock_keyfile(old, OLD_PASSPHRASE) == changed


async def test_a_passphrase_is_only_changed_by_who_knows_it(tmp_path: Path) -> None:
    """And only to one that can be typed again; with each refusal the file is as it was."""
    await create(tmp_path / "key", PASSPHRASE)
    before = (tmp_path / "key").read_bytes()

    with pytest.raises(WrongPassphraseError):
        await change_passphrase(tmp_path / "key", "wrong", "new", CHEAP)
    for old_one, new_one in ((PASSPHRASE, ""), ("", "new"), (PASSPHRASE, "\ud800")):
        with pytest.raises(ValueError, match=r"empty passphrase|surrogates"):
            await change_passphrase(tmp_path / "key", old_one, new_one, CHEAP)
    with pytest.raises(KeyfileMissingError):
        await change_passphrase(tmp_path / "missing", PASSPHRASE, "new", CHEAP)
    (tmp_path / "damaged").write_bytes(before[:-1])
    with pytest.raises(KeyfileDamagedError):
        await change_passphrase(tmp_path / "damaged", PASSPHRASE, "new", CHEAP)

    assert (tmp_path / "key").read_bytes() == before
    assert names(tmp_path) == ["damaged", "key"]


@pytest.mark.parametrize(
    ("code", "error"), [(errno.ENOSPC, DiskFullError), (errno.EACCES, KeyfileUnreadableError)]
)
async def test_a_passphrase_that_cannot_be_stored_is_not_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, error: type[Exception]
) -> None:
    """The earlier one opens, and no half file is left."""
    keys = await create(tmp_path / "key", PASSPHRASE)

    def fail(_: Path) -> None:
        raise OSError(code, "refused")

    with monkeypatch.context() as patch:
        patch.setattr(files, "sync_file", fail)
        with pytest.raises(error):
            await change_passphrase(tmp_path / "key", PASSPHRASE, "new", CHEAP)

    assert names(tmp_path) == ["key"]
    assert await unlock_keyfile(tmp_path / "key", PASSPHRASE) == keys


@pytest.mark.skipif(os.name != "posix", reason="kills as POSIX does")
@pytest.mark.parametrize("moment", ["create_private", "sync_file", "sync_folder"])
async def test_a_process_killed_while_changing_leaves_one_whole_file(tmp_path: Path, moment: str) -> None:
    """The old passphrase opens, or the new one: never neither, never both."""
    keys = await create(tmp_path / "key", PASSPHRASE)
    script = """
import os, pathlib, signal, sys, trio
from parley.database import files
from parley.database.api import PassphraseCost, change_passphrase
step = getattr(files, sys.argv[2])
def kill(path):
    step(path)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(files, sys.argv[2], kill)
path = pathlib.Path(sys.argv[1])
trio.run(change_passphrase, path, sys.argv[3], "new", PassphraseCost(1, 8192))
"""
    done = run(script, str(tmp_path / "key"), moment, PASSPHRASE)

    assert done.returncode == -signal.SIGKILL
    right, wrong = ("new", PASSPHRASE) if moment == "sync_folder" else (PASSPHRASE, "new")
    assert await unlock_keyfile(tmp_path / "key", right) == keys
    with pytest.raises(WrongPassphraseError):
        await unlock_keyfile(tmp_path / "key", wrong)


def run(script: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run a script in another process."""
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT / "app")},
    )
