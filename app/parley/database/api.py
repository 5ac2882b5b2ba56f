"""What other rooms see of the database."""

from __future__ import annotations

from parley.database.database import Database, open_database
from parley.database.errors import (
    DatabaseError,
    DatabaseExistsError,
    DatabaseInUseError,
    DatabaseIOError,
    DatabaseMissingError,
    DatabaseUnwritableError,
    DuplicateMessageError,
    FailedMigrationError,
    InconsistentCommitError,
    KeyfileDamagedError,
    KeyfileError,
    KeyfileExistsError,
    KeyfileMissingError,
    KeyfileUnreadableError,
    NewerDatabaseError,
    NewerKeyfileError,
    PassphraseMemoryError,
    WrongPassphraseError,
)
from parley.database.keyfile import (
    Keys,
    PassphraseCost,
    change_passphrase,
    make_keyfile,
    unlock_keyfile,
    write_keyfile,
)
from parley.database.memory import MemoryDatabase

__all__ = [
    "Database",
    "DatabaseError",
    "DatabaseExistsError",
    "DatabaseIOError",
    "DatabaseInUseError",
    "DatabaseMissingError",
    "DatabaseUnwritableError",
    "DuplicateMessageError",
    "FailedMigrationError",
    "InconsistentCommitError",
    "KeyfileDamagedError",
    "KeyfileError",
    "KeyfileExistsError",
    "KeyfileMissingError",
    "KeyfileUnreadableError",
    "Keys",
    "MemoryDatabase",
    "NewerDatabaseError",
    "NewerKeyfileError",
    "PassphraseCost",
    "PassphraseMemoryError",
    "WrongPassphraseError",
    "change_passphrase",
    "make_keyfile",
    "open_database",
    "unlock_keyfile",
    "write_keyfile",
]
