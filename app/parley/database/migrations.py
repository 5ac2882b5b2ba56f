"""Formats of the database file: making a new one, bringing an older one up to date, refusing a newer one.

A migration takes the file from one format to the next. All that are due run in one transaction, after a copy of the
file was kept beside it; a failing one changes nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

import apsw

from parley.chat.errors import DiskFullError, StorageCorruptError
from parley.database.connection import close, connect, transaction, translated, use_log
from parley.database.errors import (
    DatabaseExistsError,
    DatabaseIOError,
    FailedMigrationError,
    InconsistentCommitError,
    NewerDatabaseError,
)
from parley.database.files import create_private, discard, place, sync_file, temporary_name
from parley.database.schema import (
    FORMAT_1,
    FORMAT_2,
    FORMAT_3,
    FORMAT_4,
    FORMAT_5,
    FORMAT_6,
    FORMAT_7,
)

Migration = str | Callable[[apsw.Connection], None]

MIGRATIONS: tuple[Migration, ...] = (FORMAT_1, FORMAT_2, FORMAT_3, FORMAT_4, FORMAT_5, FORMAT_6, FORMAT_7)
"""The n-th entry (from 0) makes format n + 1 out of format n; format 0 is an empty database."""

APPLICATION_ID = 0x5041524C  # "PARL"


def make_database(path: Path, key: bytes, migrations: Sequence[Migration]) -> None:
    """Make a new database file of the newest format. It appears under its name when it is whole.

    Raises:
        DatabaseExistsError: a file is already there.
        StorageError: as `translated` says; no file is left.
    """
    temporary = temporary_name(path)
    try:
        with translated(path):
            if path.exists():
                raise DatabaseExistsError(path)
            create_private(temporary)
            connection = connect(temporary, key)
            try:
                use_log(connection)
                with transaction(connection):
                    _run(connection, 0, migrations)
            finally:
                close(connection)
            sync_file(temporary)
            try:
                place(temporary, path)
            except FileExistsError:
                raise DatabaseExistsError(path) from None
    finally:
        discard(temporary)


def migrate(connection: apsw.Connection, path: Path, key: bytes, migrations: Sequence[Migration]) -> None:
    """Bring an open database to the newest format, keeping a copy of the old file first.

    Raises:
        StorageCorruptError: not a database of ours.
        NewerDatabaseError: a newer Parley wrote it.
        FailedMigrationError: a migration failed; the file has its old format and no copy was added.
        StorageError: as `translated` says; likewise.
    """
    with translated(path):
        application = connection.execute("PRAGMA application_id").get
        found = int(connection.execute("PRAGMA user_version").get)
    if application != APPLICATION_ID or found < 1:
        raise StorageCorruptError("the file is not a Parley database")
    wanted = len(migrations)
    if found > wanted:
        raise NewerDatabaseError(found, wanted)
    if found == wanted:
        return
    copy = keep_copy(connection, path, key, found)
    try:
        # Rebuilding a table drops the old one, which foreign keys would take for a deletion of its rows. The
        # setting cannot be changed inside a transaction; the check at the end of it stands in.
        with translated(path):
            connection.execute("PRAGMA foreign_keys = OFF")
            with transaction(connection):
                _run(connection, found, migrations[found:])
                if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
                    raise InconsistentCommitError("the migration left a row that names a missing one")
    except (DiskFullError, StorageCorruptError, DatabaseIOError):
        discard(copy)
        raise
    except Exception as error:
        # Whatever else a migration raises, the person still has the old file and is told so.
        discard(copy)
        raise FailedMigrationError(found, wanted) from error
    finally:
        connection.execute("PRAGMA foreign_keys = ON")


def keep_copy(connection: apsw.Connection, path: Path, key: bytes, found: int) -> Path:
    """Keep a copy of an open database beside it, under the same key, as `<name>.format-<found>.db`.

    An earlier copy is never overwritten: the next free name is taken (`.format-1.2.db`, ...).

    Raises:
        StorageError: as `translated` says; no copy is left.
    """
    temporary = temporary_name(path)
    try:
        with translated(path):
            create_private(temporary)
            # SQLite's own backup reads through the lock and the write-ahead log, and checks every page on the way.
            copy = connect(temporary, key)
            try:
                with copy.backup("main", connection, "main") as backup:
                    backup.step()
            finally:
                copy.close()
            sync_file(temporary)
            return _place_copy(temporary, path, found)
    finally:
        discard(temporary)


def _place_copy(temporary: Path, path: Path, found: int) -> Path:
    for number in itertools.count(1):
        name = path.with_name(f"{path.stem}.format-{found}{'' if number == 1 else f'.{number}'}.db")
        try:
            place(temporary, name)
        except FileExistsError:
            continue
        return name
    raise AssertionError("there is always a further number")


def _run(connection: apsw.Connection, found: int, migrations: Sequence[Migration]) -> None:
    for migration in migrations:
        if isinstance(migration, str):
            connection.execute(migration)
        else:
            migration(connection)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {found + len(migrations)}")
