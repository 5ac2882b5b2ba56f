"""Opening and closing the database file, and every way in which that is refused."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import apsw
import pytest
import trio

from conformance.store_rows import bytes32, commit, contact, conversation, message, profile
from parley.chat.errors import StorageCorruptError
from parley.database.api import (
    Database,
    DatabaseExistsError,
    DatabaseInUseError,
    DatabaseMissingError,
    DatabaseUnwritableError,
    MemoryDatabase,
    open_database,
)

KEY = bytes32("key")
ROOT = Path(__file__).parents[2]


def names(folder: Path) -> list[str]:
    """What is in a folder."""
    return sorted(each.name for each in folder.iterdir())


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """A closed database with a few rows on several pages."""
    made = tmp_path / "profile.db"
    async with open_database(made, KEY, create=True) as database:
        await database.apply(commit(profile(), contact("bob"), conversation("bob")))
        for number in range(20):
            await database.apply(commit(message(f"m{number}", content=b"text " * 400, lamport=number)))
    return made


async def ask(database: Database, statement: str) -> Any:
    """The first value that a statement gives."""
    return await database._call(lambda connection: connection.execute(statement).get)


async def test_what_was_stored_is_there_after_reopening(path: Path) -> None:
    """And the whole file is sound."""
    async with open_database(path, KEY) as database:
        assert await database.profile() == profile()
        assert len(await database.messages(message("m0").conversation_id, 100)) == 20
        await database.check()


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("cipher", "chacha20"),
        ("legacy", "0"),
        ("page_size", 4096),
        ("locking_mode", "exclusive"),
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("secure_delete", 1),
        ("foreign_keys", 1),
        ("temp_store", 2),
        ("cache_size", -16384),
        ("trusted_schema", 0),
        ("cell_size_check", 1),
        ("application_id", 0x5041524C),
        ("user_version", 7),
    ],
)
async def test_the_settings_hold(path: Path, setting: str, value: object) -> None:
    """Secrecy and durability rest on these; README.md gives the reasons."""
    async with open_database(path, KEY) as database:
        assert await ask(database, f"PRAGMA {setting}") == value


async def test_closing_leaves_one_file(path: Path) -> None:
    """The write-ahead log is brought in and gone; nobody else can read the file."""
    async with open_database(path, KEY) as database:
        await database.apply(commit(message("more")))
        assert names(path.parent) == ["profile.db", "profile.db-wal"]
        modes = {stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}

    assert names(path.parent) == ["profile.db"]
    if os.name == "posix":
        assert modes == {0o600}


async def test_a_closed_database_is_not_used(path: Path) -> None:
    """A call after the block ended is refused."""
    async with open_database(path, KEY) as database:
        pass

    with pytest.raises(trio.ClosedResourceError):
        await database.profile()


async def test_a_missing_file_is_never_made_silently(tmp_path: Path) -> None:
    """Only `create` makes a file."""
    with pytest.raises(DatabaseMissingError):
        async with open_database(tmp_path / "profile.db", KEY):
            pytest.fail("opened")

    assert names(tmp_path) == []


async def test_an_existing_file_is_never_replaced(path: Path) -> None:
    """Making a new one leaves what is there, and nothing beside it."""
    with pytest.raises(DatabaseExistsError):
        async with open_database(path, bytes32("another key"), create=True):
            pytest.fail("opened")

    assert names(path.parent) == ["profile.db"]
    async with open_database(path, KEY) as database:
        assert await database.profile() == profile()


async def test_a_key_of_another_size_is_the_callers_error(tmp_path: Path) -> None:
    """And makes no file."""
    with pytest.raises(ValueError, match="32 bytes"):
        async with open_database(tmp_path / "profile.db", b"short", create=True):
            pytest.fail("opened")

    assert names(tmp_path) == []


async def test_a_wrong_key_opens_nothing(path: Path) -> None:
    """The file is as it was."""
    before = path.read_bytes()

    with pytest.raises(StorageCorruptError, match="belongs to another key file"):
        async with open_database(path, bytes32("wrong")):
            pytest.fail("opened")

    assert path.read_bytes() == before
    assert names(path.parent) == ["profile.db"]


async def test_the_file_opens_with_no_other_program(path: Path) -> None:
    """Plain SQLite sees no database in it."""
    connection = apsw.Connection(str(path))
    with pytest.raises(apsw.NotADBError):
        connection.execute("SELECT * FROM sqlite_schema").fetchall()
    connection.close()


async def test_the_same_process_cannot_open_it_twice(path: Path) -> None:
    """The first one goes on."""
    async with open_database(path, KEY) as database:
        with pytest.raises(DatabaseInUseError):
            async with open_database(path, KEY):
                pytest.fail("opened")

        await database.apply(commit(message("more")))

    async with open_database(path, KEY):
        pass


async def test_a_second_process_is_refused_until_the_first_has_closed(path: Path) -> None:
    """Not only while something is written."""
    script = """
        import pathlib, sys, trio
        from parley.database.api import DatabaseInUseError, open_database
        async def main():
            try:
                async with open_database(pathlib.Path(sys.argv[1]), bytes.fromhex(sys.argv[2])) as database:
                    print("opened", (await database.profile()).account)
            except DatabaseInUseError as error:
                print("in use", error.path)
        trio.run(main)
    """

    async def second() -> str:
        done: subprocess.CompletedProcess[bytes] = await trio.run_process(
            [sys.executable, "-c", textwrap.dedent(script), str(path), KEY.hex()],
            capture_stdout=True,
            env={**os.environ, "PYTHONPATH": str(ROOT / "app")},
        )
        return done.stdout.decode().strip()

    async with open_database(path, KEY) as database:
        assert await second() == f"in use {path}"
        await database.apply(commit(message("more")))

    assert await second() == f"opened {profile().account}"


async def test_a_folder_in_the_files_place_is_said_to_be_unusable(tmp_path: Path) -> None:
    """Neither opened nor made."""
    (tmp_path / "profile.db").mkdir()

    with pytest.raises(DatabaseUnwritableError):
        async with open_database(tmp_path / "profile.db", KEY):
            pytest.fail("opened")
    with pytest.raises(DatabaseUnwritableError):
        async with open_database(tmp_path / "missing" / "profile.db", KEY, create=True):
            pytest.fail("opened")


# Damage


async def attempt(path: Path) -> None:
    """Open a file, read and check everything in it, and write to it."""
    async with open_database(path, KEY) as database:
        await database.check()
        await database.apply(commit(message("after the damage")))


async def test_a_flipped_bit_anywhere_is_found(path: Path) -> None:
    """Each page carries a tag: no flipped bit is read as data, whichever page it is on."""
    whole = path.read_bytes()
    pages = len(whole) // 4096
    positions = [
        *range(128),
        *(page * 4096 + offset for page in range(pages) for offset in (0, 777, 4070, 4095)),
    ]

    for position in positions:
        flipped = bytearray(whole)
        flipped[position] ^= 1 << position % 8
        path.write_bytes(flipped)
        with pytest.raises(StorageCorruptError):
            await attempt(path)
        assert path.read_bytes() == flipped, f"a damaged file was written to, position {position}"


async def test_a_cut_file_is_found(path: Path) -> None:
    """At any length, nothing included."""
    whole = path.read_bytes()

    for length in (
        0,
        1,
        15,
        16,
        100,
        4095,
        4096,
        4097,
        8192,
        len(whole) // 2,
        len(whole) - 4096,
        len(whole) - 1,
    ):
        path.write_bytes(whole[:length])
        with pytest.raises(StorageCorruptError):
            await attempt(path)
        assert path.read_bytes() == whole[:length], f"a damaged file was written to, length {length}"


@pytest.mark.parametrize("length", [0, 1, 4095])
async def test_less_than_a_page_is_not_taken_for_a_new_database(path: Path, length: int) -> None:
    """SQLite would begin a new one in so short a file."""
    path.write_bytes(path.read_bytes()[:length])

    with pytest.raises(StorageCorruptError, match="empty or cut short"):
        await attempt(path)


@pytest.mark.parametrize(
    "content",
    [b"\0", bytes(4096), b"not a database" * 1000, b"SQLite format 3\0" + bytes(4080), os.urandom(8192)],
    ids=["one byte", "zeros", "text", "a plain header", "noise"],
)
async def test_something_else_is_found(tmp_path: Path, content: bytes) -> None:
    """What never was a database of ours is neither opened nor changed."""
    (tmp_path / "profile.db").write_bytes(content)

    with pytest.raises(StorageCorruptError):
        await attempt(tmp_path / "profile.db")

    assert (tmp_path / "profile.db").read_bytes() == content


async def test_swapped_pages_are_found(path: Path) -> None:
    """A page is bound to its place in the file."""
    whole = path.read_bytes()
    path.write_bytes(
        whole[: 2 * 4096] + whole[3 * 4096 : 4 * 4096] + whole[2 * 4096 : 3 * 4096] + whole[4 * 4096 :]
    )

    with pytest.raises(StorageCorruptError):
        await attempt(path)


async def test_an_encrypted_database_of_another_program_is_not_taken(tmp_path: Path) -> None:
    """Even under the right key, a file without our mark is left alone."""
    connection = apsw.Connection(str(tmp_path / "profile.db"))
    connection.execute(f"PRAGMA hexkey = '{(b'raw:' + KEY).hex()}'").fetchall()
    connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    before = (tmp_path / "profile.db").read_bytes()

    with pytest.raises(StorageCorruptError, match="not a Parley database"):
        await attempt(tmp_path / "profile.db")

    assert (tmp_path / "profile.db").read_bytes() == before


async def test_damage_that_appears_while_open_is_found(path: Path) -> None:
    """A read of a damaged page raises, and the pages before it were not mixed with it."""
    async with open_database(path, KEY) as database:
        with path.open("r+b") as file:
            file.seek(4096)
            file.write(os.urandom(path.stat().st_size - 4096))
        with pytest.raises(StorageCorruptError):
            await database.messages(message("m0").conversation_id, 100)


# Cancellation


async def test_a_cancelled_apply_has_stored_or_was_never_begun(path: Path) -> None:
    """Cancelled at any moment, the caller knows which: returned means stored, cancelled means nothing happened."""
    stored = 0
    async with open_database(path, KEY) as database:
        for number in range(60):
            returned = False
            with trio.move_on_after(number * 0.00005):
                await database.apply(commit(message(f"c{number}")))
                returned = True
            held = await database.held([bytes32(f"message c{number}")])
            assert bool(held) == returned
            stored += returned
        await database.apply(commit(message("afterwards")))
        await database.check()

    assert stored > 0


def test_both_stores_have_the_same_methods() -> None:
    """The double lacks nothing but what concerns the file."""
    real = {each for each in dir(Database) if not each.startswith("_")}
    double = {each for each in dir(MemoryDatabase) if not each.startswith("_")}

    assert real - double == {"check"}
    assert double <= real
