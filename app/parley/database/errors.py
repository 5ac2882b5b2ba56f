"""What can go wrong with the database, its key file, key slots and the system keyring.

Each error carries facts; the sentences are in README.md.

Disk-full, corrupt and stale errors are chat's own (`parley.chat.errors`): the messenger reacts to them.
"""

from __future__ import annotations

from pathlib import Path

from parley.chat.errors import StorageError


class DatabaseError(StorageError):
    """Root of what this room adds to chat's storage errors."""


class DatabaseMissingError(DatabaseError):
    """There is no database file, and it was not asked to make one."""

    def __init__(self, path: Path) -> None:
        super().__init__("the database file is missing")
        self.path = path


class DatabaseExistsError(DatabaseError):
    """A new database was asked for where a file already is; the file was not touched."""

    def __init__(self, path: Path) -> None:
        super().__init__("a database file is already there")
        self.path = path


class DatabaseInUseError(DatabaseError):
    """Another process, or another connection of this one, has the database open."""

    def __init__(self, path: Path) -> None:
        super().__init__("the database is in use by another process")
        self.path = path


class DatabaseUnwritableError(DatabaseError):
    """The database file or its folder may not be opened or written by this user."""

    def __init__(self, path: Path) -> None:
        super().__init__("the database file or its folder cannot be opened or written")
        self.path = path


class DatabaseIOError(DatabaseError):
    """The disk failed to read or write; `code` is SQLite's extended result code."""

    def __init__(self, path: Path, code: int) -> None:
        super().__init__(f"the disk failed to read or write, SQLite code {code}")
        self.path = path
        self.code = code


class NewerDatabaseError(DatabaseError):
    """The file was written by a newer Parley; it was not touched."""

    def __init__(self, found: int, supported: int) -> None:
        super().__init__(f"the database has format {found}, this version reads up to {supported}")
        self.found = found
        self.supported = supported


class FailedMigrationError(DatabaseError):
    """Bringing an older format up to date failed; the file still has the format `found`."""

    def __init__(self, found: int, wanted: int) -> None:
        super().__init__(f"the database could not be brought from format {found} to {wanted}")
        self.found = found
        self.wanted = wanted


class DuplicateMessageError(DatabaseError):
    """A message of this id, or one made by the same form, is stored already; nothing of the commit was stored."""

    def __init__(self, message_id: bytes) -> None:
        super().__init__("a message of this id or form token is already stored")
        self.message_id = message_id


class InconsistentCommitError(DatabaseError):
    """A row names something that is not stored, or takes a place that another row has; nothing was stored.

    This is a bug of the step that made the commit.
    """


class KeyfileError(DatabaseError):
    """Root of what can go wrong with a key file."""


class KeyfileMissingError(KeyfileError):
    """There is no key file."""

    def __init__(self, path: Path) -> None:
        super().__init__("the key file is missing")
        self.path = path


class KeyfileExistsError(KeyfileError):
    """A new key file was asked for where a file already is; the file was not touched."""

    def __init__(self, path: Path) -> None:
        super().__init__("a key file is already there")
        self.path = path


class KeyfileUnreadableError(KeyfileError):
    """The key file or its folder may not be read or written by this user, or the disk failed."""

    def __init__(self, path: Path) -> None:
        super().__init__("the key file cannot be read or written")
        self.path = path


class KeyfileDamagedError(KeyfileError):
    """The file is not a whole key file."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the key file is damaged: {reason}")
        self.reason = reason


class NewerKeyfileError(KeyfileError):
    """The key file was written by a newer Parley."""

    def __init__(self, found: int, supported: int) -> None:
        super().__init__(f"the key file has format {found}, this version reads up to {supported}")
        self.found = found
        self.supported = supported


class WrongPassphraseError(KeyfileError):
    """The key file is whole, and this passphrase does not open it."""

    def __init__(self) -> None:
        super().__init__("wrong passphrase")


class PassphraseMemoryError(KeyfileError):
    """This machine has not the memory that the passphrase's hash needs."""

    def __init__(self, memory_bytes: int) -> None:
        super().__init__(f"hashing the passphrase needs {memory_bytes} bytes of memory")
        self.memory_bytes = memory_bytes


class SlotError(DatabaseError):
    """Root of what can go wrong with a key slot."""


class SlotMissingError(SlotError):
    """There is no key slot: this way of unlocking is not set up."""

    def __init__(self, path: Path) -> None:
        super().__init__("the key slot is missing")
        self.path = path


class SlotUnreadableError(SlotError):
    """The key slot or its folder may not be read or written by this user, or the disk failed."""

    def __init__(self, path: Path) -> None:
        super().__init__("the key slot cannot be read or written")
        self.path = path


class SlotDamagedError(SlotError):
    """The file is not a whole key slot of the kind that was asked for."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the key slot is damaged: {reason}")
        self.reason = reason


class NewerSlotError(SlotError):
    """The key slot was written by a newer Parley."""

    def __init__(self, found: int, supported: int) -> None:
        super().__init__(f"the key slot has format {found}, this version reads up to {supported}")
        self.found = found
        self.supported = supported


class WrongSlotSecretError(SlotError):
    """The key slot is whole, and this secret does not open it; `kind` is "wallet" or "keyring"."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"wrong secret for the {kind} slot")
        self.kind = kind


class SystemKeyringError(DatabaseError):
    """Root of what can go wrong with the system keyring."""


class NoSystemKeyringError(SystemKeyringError):
    """There is no system keyring here that a secret could be entrusted to."""

    def __init__(self) -> None:
        super().__init__("no system keyring")


class SystemKeyringRefusedError(SystemKeyringError):
    """The system keyring did not do what was asked: it is locked, or its question was dismissed, or it failed."""

    def __init__(self, cause: str) -> None:
        super().__init__(f"the system keyring refused: {cause}")
        self.cause = cause


class SystemKeyringSilentError(SystemKeyringError):
    """The system keyring did not answer in time; its question may still be open."""

    def __init__(self, limit_s: float) -> None:
        super().__init__(f"the system keyring did not answer within {limit_s} s")
        self.limit_s = limit_s
