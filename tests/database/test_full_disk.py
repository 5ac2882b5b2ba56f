"""A full disk: nothing of the commit is stored, nothing before it is lost, and it goes on when there is room."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

import pytest

from conformance.store_rows import (
    bytes32,
    commit,
    contact,
    conversation,
    device_state,
    message,
    profile,
    session_state,
)
from parley.chat.commit import Commit, StoredState
from parley.chat.errors import DiskFullError
from parley.database.api import Database, PassphraseCost, make_keyfile, open_database, write_keyfile

KEY = bytes32("key")
BIG = os.urandom(300_000)


def big_step(read_version: int) -> Commit:
    """A step that needs much room, and little before that."""
    return commit(
        device_state(read_version, b"next"),
        message("before"),
        message("big", content=BIG),
        session_state("bob phone", 0, b"session"),
    )


async def assert_unchanged(database: Database) -> None:
    """What was stored before the disk was full is there, and nothing of the failed step."""
    assert await database.device_state() == StoredState(1, b"first")
    assert await database.held(
        [bytes32("message first"), bytes32("message before"), bytes32("message big")]
    ) == {bytes32("message first")}
    await database.check()


async def fill_in(database: Database) -> None:
    """What is stored while there is room."""
    await database.apply(
        commit(profile(), contact("bob"), conversation("bob"), message("first"), device_state(0, b"first"))
    )


async def test_a_commit_without_room_is_refused_whole(tmp_path: Path) -> None:
    """SQLite's own limit on pages stands for the disk's end; every size of the rest is tried."""
    async with open_database(tmp_path / "profile.db", KEY, create=True) as database:
        await fill_in(database)
        pages = await database._call(lambda connection: connection.execute("PRAGMA page_count").get)

        for spare in (0, 1, 5, 40):
            await limit(database, pages + spare)
            with pytest.raises(DiskFullError):
                await database.apply(big_step(1))
            await assert_unchanged(database)

        await limit(database, 1_000_000)
        await database.apply(big_step(1))
        assert await database.device_state() == StoredState(2, b"next")

    async with open_database(tmp_path / "profile.db", KEY) as database:
        shown = await database.message(bytes32("message big"))
        assert shown is not None
        assert shown.content == BIG


async def limit(database: Database, pages: int) -> None:
    """Let the file have so many pages."""
    await database._call(lambda connection: connection.execute(f"PRAGMA max_page_count = {pages}").fetchall())


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 1 MiB."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("NOT TESTED: a really full disk; mounting one takes root on Linux")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", str(disk)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip(f"NOT TESTED: a really full disk; mount says {mounted.stderr.decode().strip()}")
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def fill(disk: Path) -> Path:
    """Take all the room that is left."""
    filler = disk / "filler"
    with filler.open("ab", buffering=0) as file:
        for size in (65536, 4096):
            with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
                write_forever(file, size)
    return filler


def write_forever(file: FileIO, size: int) -> None:
    """Write until it fails; the file system may first take a part."""
    while True:
        file.write(b"x" * size)


async def test_a_really_full_disk_loses_nothing(small_disk: Path) -> None:
    """Refused while full, even over a restart in that state; stored when there is room."""
    path = small_disk / "profile.db"
    async with open_database(path, KEY, create=True) as database:
        await fill_in(database)
        filler = fill(small_disk)

        with pytest.raises(DiskFullError):
            await database.apply(big_step(1))
        await assert_unchanged(database)

    async with open_database(path, KEY) as database:
        with pytest.raises(DiskFullError):
            await database.apply(big_step(1))
        await assert_unchanged(database)
        filler.unlink()
        await database.apply(big_step(1))

    async with open_database(path, KEY) as database:
        assert await database.device_state() == StoredState(2, b"next")
        await database.check()


async def test_filling_the_disk_commit_by_commit_loses_none(small_disk: Path) -> None:
    """Each commit that returned is there; the one that was refused is not; a full log does not block reading."""
    path = small_disk / "profile.db"
    async with open_database(path, KEY, create=True) as database:
        await fill_in(database)
        stored = await apply_until_full(database)
        assert stored > 5

    async with open_database(path, KEY) as database:
        asked = [bytes32(f"message m{number}") for number in range(stored + 1)]
        assert await database.held(asked) == set(asked[:-1])
        await database.check()


async def apply_until_full(database: Database) -> int:
    """How many commits there was room for."""
    stored = 0
    while True:
        try:
            await database.apply(commit(message(f"m{stored}", content=BIG[:20_000])))
        except DiskFullError:
            return stored
        stored += 1


async def test_a_new_file_without_room_leaves_nothing_behind(small_disk: Path) -> None:
    """Neither half a database nor half a key file, and both can be made when there is room."""
    encoded, _ = await make_keyfile("passphrase", PassphraseCost(1, 8192))
    filler = fill(small_disk)

    with pytest.raises(DiskFullError):
        async with open_database(small_disk / "profile.db", KEY, create=True):
            pytest.fail("opened")
    with pytest.raises(DiskFullError):
        await write_keyfile(small_disk / "key", encoded)

    assert [each.name for each in small_disk.iterdir()] == ["filler"]
    filler.unlink()
    async with open_database(small_disk / "profile.db", KEY, create=True) as database:
        await fill_in(database)
    await write_keyfile(small_disk / "key", encoded)
