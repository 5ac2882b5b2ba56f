"""What a person at the terminal is told when a command cannot go on: what happened, and what to do."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from parley.chat.errors import DiskFullError, StorageCorruptError
from parley.commands.relay_folder import RelayKeyDamagedError, RelayRunningError
from parley.database.api import (
    DatabaseInUseError,
    DatabaseIOError,
    DatabaseMissingError,
    DatabaseUnwritableError,
    FailedMigrationError,
    KeyfileDamagedError,
    KeyfileMissingError,
    KeyfileUnreadableError,
    NewerDatabaseError,
    NewerKeyfileError,
    NewerSlotError,
    NoSystemKeyringError,
    PassphraseMemoryError,
    SlotDamagedError,
    SlotMissingError,
    SlotUnreadableError,
    SystemKeyringRefusedError,
    SystemKeyringSilentError,
    WrongPassphraseError,
    WrongSlotSecretError,
)
from parley.messenger import FolderNotEmptyError, NoProfileError, ProfileExistsError
from parley.messenger.errors import InvalidEndpointError
from parley.p2p.api import AddressInUseError, InvalidAddressError, InvalidFaultsError
from parley.resources import AssetsMissingError
from parley.settings import InvalidSettingError
from parley.web.folder import AlreadyRunningError, NotRunningError
from parley.web.server import PortInUseError

_SENTENCES: tuple[tuple[type[Exception], str], ...] = (
    (WrongPassphraseError, "This passphrase does not open the profile. Nothing was changed; try again."),
    (
        DatabaseInUseError,
        "This profile is open in another Parley. Use that one, or stop it and start this one again.",
    ),
    (
        NewerDatabaseError,
        "This profile was last used by a newer Parley, whose format this one does not know. Nothing was changed: "
        "update Parley and start it again.",
    ),
    (
        NewerKeyfileError,
        "The key file of this profile was made by a newer Parley. Update Parley and start it again.",
    ),
    (
        StorageCorruptError,
        "The database of this profile is damaged and was left as it is. Copy the data folder to a safe place, then "
        "put back a copy of it that worked.",
    ),
    (
        KeyfileDamagedError,
        "The key file of this profile is damaged and was left as it is. Put back a copy of profile.key that worked.",
    ),
    (
        KeyfileMissingError,
        "The data folder has a database but no key file. Put back profile.key: without it nothing can be read.",
    ),
    (
        DatabaseMissingError,
        "The data folder has a key file but no database. Put back profile.db, or make a profile in another folder.",
    ),
    (
        DatabaseUnwritableError,
        "Parley may not write to the data folder. Change its owner or its permissions, or name another folder.",
    ),
    (
        KeyfileUnreadableError,
        "Parley may not read or write the key file. Change its owner or its permissions, or name another folder.",
    ),
    (
        DatabaseIOError,
        "The disk of the data folder failed. Nothing that was shown as sent or received is lost; check the disk.",
    ),
    (
        FailedMigrationError,
        "The profile could not be brought to this version's format and was left as it was. The Parley that was used "
        "before still opens it.",
    ),
    (
        PassphraseMemoryError,
        "This machine has too little free memory to check the passphrase. Close other programs and try again.",
    ),
    (
        WrongSlotSecretError,
        "This does not open the profile. Unlock it with the passphrase, then set this way of unlocking up anew.",
    ),
    (SlotMissingError, "This way of unlocking is not set up. Unlock the profile with the passphrase."),
    (
        SlotDamagedError,
        "The file of this way of unlocking is damaged. Unlock the profile with the passphrase, then set the way up "
        "anew.",
    ),
    (
        NewerSlotError,
        "This way of unlocking was set up by a newer Parley. Update Parley, or unlock with the passphrase.",
    ),
    (
        SlotUnreadableError,
        "Parley may not read or write the file of this way of unlocking. Change its owner or its permissions.",
    ),
    (
        NoSystemKeyringError,
        "This system has no keyring that answers. Unlock the profile with the passphrase.",
    ),
    (
        SystemKeyringRefusedError,
        "The system keyring refused. Unlock the keyring and try again, or unlock the profile with the passphrase.",
    ),
    (
        SystemKeyringSilentError,
        "The system keyring did not answer. Answer its question, which may be behind other windows, and try again.",
    ),
    (NoProfileError, "There is no profile in this data folder. Make one with: parley create --data FOLDER"),
    (
        ProfileExistsError,
        "There is already a profile in this data folder; it was left as it is. Name another folder.",
    ),
    (
        FolderNotEmptyError,
        "The folder holds other files and was left as it is. Name an empty or a new folder.",
    ),
    (DiskFullError, "The disk of the data folder is full. Nothing was lost; make room and start again."),
    (
        AlreadyRunningError,
        "This profile is open in another Parley. Use that one: parley open prints a link to it.",
    ),
    (RelayRunningError, "A relay runs on this data folder already. Name another folder with --data."),
    (
        RelayKeyDamagedError,
        "The file relay.key of this data folder holds no key. Put back a copy of it, or name another folder with "
        "--data: the relay is then another one, and has to be named anew by those who use it.",
    ),
    (NotRunningError, "No Parley runs on this data folder. Start it with: parley up --data FOLDER"),
    (
        PortInUseError,
        "The page's port is in use by another program. Stop that program, or name another with --port.",
    ),
    (
        AddressInUseError,
        "The address to listen on is in use by another program. Stop that program, or name another with --listen.",
    ),
    (
        InvalidAddressError,
        "An address given with --listen or --peer cannot be read. It looks like "
        "/ip4/192.0.2.1/tcp/4001, for a peer followed by /p2p/ and its id.",
    ),
    (
        InvalidEndpointError,
        "An address of an Ethereum node given with --rpc cannot be read. It begins with http:// or https:// and "
        "holds no user name.",
    ),
    (InvalidFaultsError, "The faults in PARLEY_FAULTS cannot be read. They look like loss=0.3,seed=1"),
    (AssetsMissingError, "Files that the page needs are missing. Run: make setup"),
)


def sentence_of(error: BaseException) -> str | None:
    """The sentence for an error, looking inside groups; None for one that is nobody's doing but ours."""
    if isinstance(error, BaseExceptionGroup):
        found = [sentence_of(each) for each in error.exceptions]
        return found[0] if found and all(each == found[0] for each in found) else None
    for kind, sentence in _SENTENCES:
        if isinstance(error, kind):
            return sentence
    if isinstance(error, InvalidSettingError):
        above = "" if error.least == 0 else f" of at least {error.least}"
        return f"{error.variable} in the environment has to be a whole number{above}. Change it, or unset it."
    if isinstance(error, PermissionError):
        return f"Parley may not use {error.filename}. Change its owner or its permissions, or name another folder."
    if isinstance(error, NotADirectoryError | FileExistsError):
        return f"{error.filename} is a file and no folder. Name a folder with --data."
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return sentence_of(DiskFullError())
    return None


def stop(sentence: str) -> NoReturn:
    """Say why the command ends, and end it."""
    print(sentence, file=sys.stderr)
    raise SystemExit(1)


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn the errors a person can do something about into one sentence and exit status 1."""
    try:
        yield
    except Exception as error:
        sentence = sentence_of(error)
        if sentence is None:
            raise
        stop(sentence)
