"""The one place that opens an encrypted SQLite file and turns SQLite's errors into the room's.

Every setting that secrecy or durability rests on is made here; README.md#settings gives the reasons.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import apsw

from parley.chat.errors import DiskFullError, StorageCorruptError
from parley.database.errors import (
    DatabaseInUseError,
    DatabaseIOError,
    DatabaseUnwritableError,
    InconsistentCommitError,
)
from parley.database.files import is_full

KEY_BYTES = 32

PAGE_BYTES = 4096

MAX_LOG_PAGES = 500
"""About 2 MB: the write-ahead log is brought into the database file and truncated when it has grown to this."""

# The cipher is named although it is the default of today, so that a default of tomorrow cannot make files unreadable.
_CIPHER = ("PRAGMA cipher = 'chacha20'", "PRAGMA legacy = 0")

_SETTINGS = (
    # Refuses every other connection, in this process or another, and needs no shared-memory file.
    "PRAGMA locking_mode = EXCLUSIVE",
    # Each commit is on the disk before its envelopes leave: a power cut must not bring back an older ratchet.
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = ON",
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    # 16 MiB of pages: each one that is read again from the file is decrypted and authenticated again.
    "PRAGMA cache_size = -16384",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
)


def connect(path: Path, key: bytes) -> apsw.Connection:
    """Open an existing file with its 32-byte key, settings made; nothing is written to it.

    An empty file is taken for an empty database, so callers check what they found, and then call `use_log`.

    Raises:
        ValueError: the key is not 32 bytes.
        StorageError: as `translated` says.
    """
    if len(key) != KEY_BYTES:
        raise ValueError(f"a database key has {KEY_BYTES} bytes")
    with translated(path):
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
        try:
            for statement in _CIPHER:
                connection.execute(statement).fetchall()
            # "raw:" makes the 32 bytes the key itself: it is random, so there is nothing for a slow hash to do.
            hexkey = (b"raw:" + key).hex()
            # Not cached, so that the statement with the key in it does not stay in memory for as long as the file.
            connection.execute(f"PRAGMA hexkey = '{hexkey}'", can_cache=False).fetchall()
            for statement in _SETTINGS:
                connection.execute(statement).fetchall()
            connection.set_wal_hook(_truncate_long_log)
            connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)
            # The first read of a file with a log takes the exclusive lock, and shows whether the key is right.
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
        except BaseException:
            connection.close(True)
            raise
    return connection


def use_log(connection: apsw.Connection) -> None:
    """Commit through a write-ahead log: one sync for each commit, and a crash leaves whole commits only."""
    connection.execute("PRAGMA journal_mode = WAL").fetchall()


def close(connection: apsw.Connection) -> None:
    """Bring the write-ahead log into the database file, truncate it, and close."""
    with suppress(apsw.Error):
        # A full or failing disk: the log stays beside the file and is read at the next start. Nothing is lost.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    connection.close(True)


def _truncate_long_log(connection: apsw.Connection, _name: str, pages: int) -> int:
    """After a commit: bring a long write-ahead log into the database file and truncate it.

    SQLite's own checkpoint leaves the file, in which older ratchet states would stay readable to whoever gets
    the key until they happen to be overwritten. Guarded by tests/database/test_secrecy.py.
    """
    if pages >= MAX_LOG_PAGES:
        with suppress(apsw.Error):
            # A full or failing disk: the commit is safe in the log, and the next one tries again.
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return apsw.SQLITE_OK


@contextmanager
def transaction(connection: apsw.Connection) -> Iterator[None]:
    """One transaction: stored whole when the block ends, undone when it raises."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # SQLite has already undone some transactions that failed (no room, a failing disk).
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn the errors of SQLite and of the file system into the room's.

    Raises:
        DiskFullError: no room on the disk.
        StorageCorruptError: damaged, or not readable with this key; the two cannot be told apart.
        DatabaseInUseError: somebody else has it open.
        DatabaseUnwritableError: not allowed to open or write it.
        DatabaseIOError: the disk failed.
        InconsistentCommitError: a row contradicts what is stored.
    """
    try:
        yield
    except apsw.FullError as error:
        raise DiskFullError("there is no room on the disk of the data folder") from error
    except apsw.NotADBError as error:
        raise StorageCorruptError(
            "the database file cannot be read with its key: it is damaged, or it belongs to another key file"
        ) from error
    except (apsw.CorruptError, apsw.FormatError) as error:
        raise StorageCorruptError("a part of the database file is damaged") from error
    except (apsw.BusyError, apsw.LockedError) as error:
        raise DatabaseInUseError(path) from error
    except (apsw.CantOpenError, apsw.ReadOnlyError, apsw.PermissionsError) as error:
        raise DatabaseUnwritableError(path) from error
    except apsw.IOError as error:
        raise DatabaseIOError(path, extended_code(error)) from error
    except apsw.ConstraintError as error:
        raise InconsistentCommitError(str(error)) from error
    except OSError as error:
        if is_full(error):
            raise DiskFullError("there is no room on the disk of the data folder") from error
        raise DatabaseUnwritableError(path) from error


def extended_code(error: apsw.Error) -> int:
    """SQLite's extended result code of an error; apsw sets it on each, though its types do not say so."""
    code: int = getattr(error, "extendedresult")  # noqa: B009
    return code
