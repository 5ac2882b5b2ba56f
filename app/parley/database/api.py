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
from parley.database.keyfile import PassphraseCost, create_keyfile, unlock_keyfile
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
    "MemoryDatabase",
    "NewerDatabaseError",
    "NewerKeyfileError",
    "PassphraseCost",
    "PassphraseMemoryError",
    "WrongPassphraseError",
    "create_keyfile",
    "open_database",
    "unlock_keyfile",
]
