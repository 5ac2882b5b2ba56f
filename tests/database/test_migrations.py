"""Formats: an old file is brought up to date with a copy kept, a newer one is refused, a failure changes nothing."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import apsw
import pytest

from conformance.money_rows import (
    CHAIN,
    asked,
    claimed,
    holding,
    known_token,
    paid,
    saved_address,
    whole_claim,
    whole_payment,
    whole_request,
)
from conformance.store_rows import (
    NOW_MS,
    account,
    bytes32,
    commit,
    compared,
    contact,
    conversation,
    conversation_id,
    issued,
    message,
    outbox_entry,
    peer,
    pending,
    preferences_state,
    profile,
    secret,
    seen,
    taken,
    vault_state,
)
from database.stored_shapes import KEY, VECTORS, make
from parley.chat.commit import StoredState
from parley.chat.delivery.model import DeliveryState
from parley.chat.direct.model import ShownMessage
from parley.chat.errors import DiskFullError
from parley.database.api import (
    Database,
    FailedMigrationError,
    InconsistentCommitError,
    NewerDatabaseError,
    open_database,
)
from parley.database.connection import connect
from parley.database.migrations import MIGRATIONS, Migration

ADD_MUTED = "ALTER TABLE contacts ADD COLUMN muted INTEGER NOT NULL DEFAULT 0"
ROOT = Path(__file__).parents[2]

NEWEST = len(MIGRATIONS)
OLD = f"profile.format-{NEWEST}.db"
"""The old format below is the newest there is: a present Parley reads no older one without migrating it."""


def rebuild_conversations(connection: apsw.Connection) -> None:
    """A migration that replaces a table others refer to."""
    table: str = connection.execute("SELECT sql FROM sqlite_schema WHERE name = 'conversations'").get
    connection.execute(table.replace("TABLE conversations", "TABLE rebuilt"))
    connection.execute("INSERT INTO rebuilt SELECT * FROM conversations")
    connection.execute("DROP TABLE conversations")
    connection.execute("ALTER TABLE rebuilt RENAME TO conversations")


def fail_late(connection: apsw.Connection) -> None:
    """A migration that does much and then fails."""
    connection.execute("DELETE FROM messages")
    connection.execute("DROP TABLE seen")
    connection.execute("INSERT INTO missing VALUES (1)")


def leave_orphans(connection: apsw.Connection) -> None:
    """A migration that loses rows others refer to."""
    connection.execute("DELETE FROM contacts")


def raise_bug(connection: apsw.Connection) -> None:
    """A migration with a bug of its own."""
    connection.execute("DROP TABLE seen")
    raise KeyError("bug")


def fill(connection: apsw.Connection) -> None:
    """A migration that the disk has no room for."""
    pages = connection.execute("PRAGMA page_count").get
    connection.execute(f"PRAGMA max_page_count = {pages}")
    connection.execute("CREATE TABLE filler (x); INSERT INTO filler VALUES (zeroblob(1000000))")


def names(folder: Path) -> list[str]:
    """What is in a folder."""
    return sorted(each.name for each in folder.iterdir())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The stored file of the newest format."""
    return Path(shutil.copy(VECTORS / f"format-{NEWEST}.db", tmp_path / "profile.db"))


MONEY: list[tuple[object, ...]] = [
    (whole_request(),),
    (asked("asked", "eve"),),
    (whole_claim(),),
    (claimed("claimed", "eve"),),
    (whole_payment("second", "first"),),
    (paid("first"),),
    (known_token("a"),),
    (saved_address("dan"), saved_address("eve", watched=True)),
    (holding("me"), holding("me", "a", amount=0)),
]


async def money(database: Database) -> list[tuple[object, ...]]:
    """What of money is read from a stored file, which holds it since format 7."""
    bob, eve = conversation_id("bob"), conversation_id("eve")
    second = {each.payment_id for each in await database.payments_of_request(bytes32("request first"))}
    return [
        await database.transaction_requests(bob, 10),
        await database.transaction_requests(eve, 10),
        await database.claims_of_request(bytes32("request first")),
        await database.claims(eve, 10),
        await database.payments_of_request(bytes32("request first")),
        tuple(each for each in await database.payments(None, None, 10) if each.payment_id not in second),
        await database.known_tokens(CHAIN),
        await database.saved_addresses(),
        await database.holdings(account("me"), CHAIN),
    ]


async def assert_shape(database: Database) -> None:
    """All that stored_shapes.py put into the file is read from it."""
    bob = contact("bob", devices=("phone", "laptop"), standing_at_ms=NOW_MS)
    assert await database.profile() == profile()
    assert await database.device_state() == StoredState(1, b"device")
    assert await database.contact(account("bob")) == bob
    loaded = await database.load_conversation(conversation_id("bob"), "token")
    assert loaded is not None
    assert loaded.row == conversation("bob", given_secret_id=b"g" * 16)
    assert (loaded.channel_version, loaded.channel) == (1, b"channel")
    assert [(each.version, each.session) for each in loaded.sessions] == [(2, b"session 2"), (0, None)]
    assert loaded.contact_secret == secret("bob", 1)
    assert loaded.sent_before == bytes32("message sent")
    assert await database.messages(conversation_id("bob"), 10) == (
        ShownMessage(
            bytes32("message sent"), True, b"content of sent", NOW_MS, NOW_MS, DeliveryState.QUEUED, 0
        ),
        ShownMessage(bytes32("message received"), False, b"content of received", NOW_MS + 1, NOW_MS, None, 0),
    )
    held = [bytes32(f"message {name}") for name in ("sent", "received", "hidden")]
    assert await database.held([*held, bytes32("cause 1")]) == frozenset(held)
    (due,) = await database.due(NOW_MS, 10)
    assert due.entry == outbox_entry("sent", "bob laptop", attempts=2, last_attempt_ms=NOW_MS - 5)
    assert await database.seen(bytes32("envelope received")) == seen("received")
    assert await database.seen(bytes32("envelope acknowledgement")) == seen(
        "acknowledgement", message_id=None
    )
    assert await database.delivery_secrets(account("me")) == (secret("me", 0),)
    await database.check()


@pytest.mark.parametrize("written", range(1, len(MIGRATIONS) + 1))
async def test_a_stored_file_of_each_format_opens_forever(tmp_path: Path, written: int) -> None:
    """As it was written when the format was new, whatever the newest one is; no check names a missing kind."""
    path = Path(shutil.copy(VECTORS / f"format-{written}.db", tmp_path / "profile.db"))
    newer = StoredState(2, b"vault 2"), StoredState(1, b"preferences")

    for _ in range(2):
        async with open_database(path, KEY) as database:
            await assert_shape(database)
            stored = await database.vault(), await database.preferences()
            assert stored == (newer if written >= 2 else (StoredState(), StoredState()))
            assert await database.pending() == ((pending("dan"),) if written >= 3 else ())
            assert [each.account for each in await database.requests()] == [account("eve")] * (written >= 3)
            peers = peer("named", reached=False), peer("relay")
            assert await database.remembered_peers(7337) == (peers if written >= 4 else ())
            assert await database.issued_invites() == ((issued("door"),) if written >= 6 else ())
            assert await database.taken_invites() == ((taken("dan"),) if written >= 6 else ())
            number = await database.compared_number(account("bob"))
            assert number == (compared("bob") if written >= 6 else None)
            assert await money(database) == (MONEY if written >= 7 else [()] * len(MONEY))

    copies = [f"profile.format-{written}.db"] if written < len(MIGRATIONS) else []
    assert names(tmp_path) == ["profile.db", *copies]


async def test_a_file_of_format_1_takes_the_states_of_format_2(tmp_path: Path) -> None:
    """The kinds that its table refused; every other kind is still refused."""
    path = Path(shutil.copy(VECTORS / "format-1.db", tmp_path / "profile.db"))
    async with open_database(path, KEY, migrations=MIGRATIONS[:1]) as database:
        with pytest.raises(InconsistentCommitError):
            await database.apply(commit(vault_state(0, b"vault")))

    async with open_database(path, KEY) as database:
        await database.apply(commit(vault_state(0, b"vault"), preferences_state(0, b"preferences")))
        await assert_shape(database)
        assert await database.vault() == StoredState(1, b"vault")
        assert await database.preferences() == StoredState(1, b"preferences")
        with pytest.raises(InconsistentCommitError):
            await database._call(
                lambda connection: connection.execute("UPDATE states SET kind = 'other'").fetchall()
            )


@pytest.mark.parametrize("written", [1, 2, 3, 4])
async def test_what_was_there_before_counts_as_read(tmp_path: Path, written: int) -> None:
    """A file of a format without read places has nothing unread; what comes then is unread, late or not."""
    path = Path(shutil.copy(VECTORS / f"format-{written}.db", tmp_path / "profile.db"))
    async with open_database(path, KEY) as database:
        assert [each.unread for each in await database.conversations()] == [0]
        assert await database.draft(conversation_id("bob")) == ""
        late = message("late", own=False, lamport=NOW_MS - 1, at_ms=NOW_MS + 1)
        await database.apply(commit(late, message("new", own=False, lamport=NOW_MS + 9)))
        assert [each.unread for each in await database.conversations()] == [2]


async def test_the_newest_format_is_the_stored_one(tmp_path: Path) -> None:
    """Tables cannot change without a new format: a new file has those of the stored file, brought up to date."""
    stored = Path(shutil.copy(VECTORS / f"format-{len(MIGRATIONS)}.db", tmp_path / "stored.db"))
    await make(tmp_path / "new.db")

    schemas = []
    for each in (stored, tmp_path / "new.db"):
        connection = connect(each, KEY)
        schemas.append(
            connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name").fetchall()
        )
        connection.close()

    assert schemas[0] == schemas[1]
    assert len(schemas[0]) > 10


async def test_an_older_file_is_migrated_with_a_copy_kept(path: Path) -> None:
    """Every row is there afterwards; the copy is encrypted, private, and still a database of the old format."""
    later: tuple[Migration, ...] = (*MIGRATIONS, ADD_MUTED, rebuild_conversations)

    async with open_database(path, KEY, migrations=later) as database:
        await assert_shape(database)

    assert names(path.parent) == ["profile.db", OLD]
    copy = path.with_name(OLD)
    assert copy.stat().st_mode & 0o777 == 0o600 or os.name != "posix"
    assert b"content of" not in copy.read_bytes()
    async with open_database(copy, KEY, migrations=MIGRATIONS) as database:
        await assert_shape(database)

    async with open_database(path, KEY, migrations=later) as database:
        await assert_shape(database)
    assert names(path.parent) == ["profile.db", OLD]


async def test_foreign_keys_hold_again_after_a_migration(path: Path) -> None:
    """They are off only while tables are rebuilt."""
    async with open_database(path, KEY, migrations=(*MIGRATIONS, rebuild_conversations)) as database:
        value = await database._call(lambda connection: connection.execute("PRAGMA foreign_keys").get)

    assert value == 1


async def test_what_was_in_the_log_is_in_the_copy(path: Path) -> None:
    """A process that was killed leaves commits in the log only; the copy has them too."""
    script = """
import pathlib, sys, os, signal, trio
from conformance.store_rows import *
from parley.database.api import open_database
from parley.database.migrations import MIGRATIONS
async def main():
    path, key = pathlib.Path(sys.argv[1]), bytes.fromhex(sys.argv[2])
    async with open_database(path, key, migrations=MIGRATIONS) as database:
        await database.apply(commit(profile(record=b"only in the log")))
        os.kill(os.getpid(), signal.SIGKILL)
trio.run(main)
"""
    done = run(script, path)
    assert done.returncode == -signal.SIGKILL
    assert "profile.db-wal" in names(path.parent)

    async with open_database(path, KEY, migrations=(*MIGRATIONS, ADD_MUTED)):
        pass

    async with open_database(path.with_name(OLD), KEY, migrations=MIGRATIONS) as copy:
        assert await copy.profile() == profile(record=b"only in the log")


async def test_an_earlier_copy_is_never_overwritten(path: Path) -> None:
    """The next free name is taken."""
    path.with_name(OLD).write_bytes(b"precious")
    path.with_name(f"profile.format-{NEWEST}.2.db").write_bytes(b"precious too")

    async with open_database(path, KEY, migrations=(*MIGRATIONS, ADD_MUTED)):
        pass

    assert path.with_name(OLD).read_bytes() == b"precious"
    assert path.with_name(f"profile.format-{NEWEST}.2.db").read_bytes() == b"precious too"
    async with open_database(
        path.with_name(f"profile.format-{NEWEST}.3.db"), KEY, migrations=MIGRATIONS
    ) as database:
        await assert_shape(database)


@pytest.mark.parametrize("failing", [fail_late, leave_orphans, raise_bug, "CREATE TABLE messages (x)"])
async def test_a_failing_migration_changes_nothing(path: Path, failing: Migration) -> None:
    """All that are due succeed or none: the file keeps its format and every row, and no copy is added."""
    with pytest.raises(FailedMigrationError) as caught:
        async with open_database(path, KEY, migrations=(*MIGRATIONS, ADD_MUTED, failing)):
            pytest.fail("opened")

    assert (caught.value.found, caught.value.wanted) == (NEWEST, NEWEST + 2)
    assert names(path.parent) == ["profile.db"]
    async with open_database(path, KEY, migrations=MIGRATIONS) as database:
        await assert_shape(database)


async def test_a_migration_without_room_says_so_and_changes_nothing(path: Path) -> None:
    """It can be tried again when there is room."""
    with pytest.raises(DiskFullError):
        async with open_database(path, KEY, migrations=(*MIGRATIONS, fill)):
            pytest.fail("opened")

    assert names(path.parent) == ["profile.db"]
    async with open_database(path, KEY, migrations=(*MIGRATIONS, ADD_MUTED)) as database:
        await assert_shape(database)


async def test_a_newer_file_is_refused_untouched(path: Path) -> None:
    """With both format numbers in the error, and not a byte changed."""
    async with open_database(path, KEY, migrations=(*MIGRATIONS, ADD_MUTED, "CREATE TABLE later (x)")):
        pass
    before, there = path.read_bytes(), names(path.parent)

    with pytest.raises(NewerDatabaseError) as caught:
        async with open_database(path, KEY, migrations=MIGRATIONS):
            pytest.fail("opened")

    assert (caught.value.found, caught.value.supported) == (NEWEST + 2, NEWEST)
    assert path.read_bytes() == before
    assert names(path.parent) == there


async def test_a_process_killed_in_a_migration_leaves_the_old_format(path: Path) -> None:
    """The next start finds every row, with the old version and with the new one."""
    script = """
import os, pathlib, signal, sys, trio
from parley.database.api import open_database
from parley.database.migrations import MIGRATIONS
def half(connection):
    connection.execute("DELETE FROM contact_devices; DELETE FROM outbox; CREATE TABLE big (x)")
    connection.execute("PRAGMA cache_size = 10")
    connection.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) "
        "INSERT INTO big SELECT randomblob(3000) FROM n")
    os.kill(os.getpid(), signal.SIGKILL)
async def main():
    path, key = pathlib.Path(sys.argv[1]), bytes.fromhex(sys.argv[2])
    async with open_database(path, key, migrations=(*MIGRATIONS, half)):
        pass
trio.run(main)
"""
    done = run(script, path)
    assert done.returncode == -signal.SIGKILL
    # The half migration was written out before the process died, so that the next start has something to undo.
    assert path.with_name("profile.db-wal").stat().st_size > 1_000_000

    async with open_database(path, KEY, migrations=MIGRATIONS) as database:
        await assert_shape(database)
    async with open_database(path, KEY, migrations=(*MIGRATIONS, ADD_MUTED)) as database:
        await assert_shape(database)
    async with open_database(path.with_name(OLD), KEY, migrations=MIGRATIONS) as copy:
        await assert_shape(copy)


def run(script: str, path: Path) -> subprocess.CompletedProcess[bytes]:
    """Run a script in another process, with the database and its key."""
    return subprocess.run(
        [sys.executable, "-c", script, str(path), KEY.hex()],
        capture_output=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "app"), str(ROOT / "tests")))},
    )
