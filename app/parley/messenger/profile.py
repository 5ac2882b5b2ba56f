"""Make a profile in an empty data folder, and find it again."""

from __future__ import annotations

import shutil
from pathlib import Path

import trio

from parley.chat.devices.create import ENTROPY_BYTES, create_profile, propose_device
from parley.database.api import make_keyfile, open_database, unlock_keyfile, write_keyfile
from parley.messenger.errors import FolderNotEmptyError, NoProfileError, ProfileExistsError
from parley.messenger.system import System
from parley.wallet.api import account_of, new_account_key, sign_typed_data

DATABASE_NAME = "profile.db"
KEYFILE_NAME = "profile.key"
PAGE_FOLDER = "page"
"""Where the page keeps its port and who is signed in; it is there before the first profile is."""

_MAINNET = 1


def database_path(data: Path) -> Path:
    """Where the encrypted database of a data folder is."""
    return data / DATABASE_NAME


def keyfile_path(data: Path) -> Path:
    """Where the wrapped database key of a data folder is."""
    return data / KEYFILE_NAME


def has_profile(data: Path) -> bool:
    """Whether a data folder holds a profile, or a part of one."""
    return database_path(data).exists() or keyfile_path(data).exists()


async def make_profile(data: Path, passphrase: str, device_name: str, system: System) -> str:
    """Make a profile with a fresh Ethereum account that endorses its device.

    The folder is made under another name and renamed when it is whole: an interrupted set-up leaves a folder
    "<name>.unfinished", which the next one removes, and never half a profile.
    Guarded by tests/messenger/test_profile.py::test_an_interrupted_set_up_can_be_repeated.

    Args:
        data: the data folder, made with mode 0700; it may be there already if it holds nothing but the page's folder.
        passphrase: unlocks the database from now on.
        device_name: how this device is called in the endorsement, 1 to 64 characters.

    Returns:
        The new account, EIP-55 text.

    Raises:
        ProfileExistsError: the folder holds a profile; it is left as it is.
        FolderNotEmptyError: the folder holds something else; it is left as it is.
    """
    unfinished = await trio.to_thread.run_sync(_begin_folder, data)
    account_key = new_account_key()
    account = account_of(account_key)
    proposed = propose_device(account, device_name, _MAINNET, system.clock(), system.entropy(ENTROPY_BYTES))
    signature = sign_typed_data(account_key, proposed.endorsement.typed_data())
    commit = create_profile(proposed, signature, account, bytes(account_key))
    encoded, keys = await make_keyfile(passphrase)
    await write_keyfile(keyfile_path(unfinished), encoded)
    async with open_database(database_path(unfinished), keys.database, create=True) as store:
        await store.apply(commit)
    await trio.to_thread.run_sync(_finish_folder, unfinished, data)
    return account


async def unlock_profile(data: Path, passphrase: str) -> bytes:
    """The database key of a data folder, 32 bytes. Takes about a second, by design of Argon2id.

    Raises:
        NoProfileError: neither key file nor database is there.
        WrongPassphraseError, KeyfileDamagedError, KeyfileMissingError: as the key file raises them.
    """
    if not has_profile(data):
        raise NoProfileError(data)
    keys = await unlock_keyfile(keyfile_path(data), passphrase)
    return keys.database


async def unlock_vault(data: Path, passphrase: str) -> bytes:
    """The key of the wallet inside, 32 bytes, which is to be forgotten after its use; as long and with the errors of
    `unlock_profile`.
    """
    keys = await unlock_keyfile(keyfile_path(data), passphrase)
    return keys.vault


def _begin_folder(data: Path) -> Path:
    if has_profile(data):
        raise ProfileExistsError(data)
    if data.exists() and any(each.name != PAGE_FOLDER for each in data.iterdir()):
        raise FolderNotEmptyError(data)
    unfinished = data.with_name(data.name + ".unfinished")
    if unfinished.exists():
        shutil.rmtree(unfinished)
    unfinished.mkdir(mode=0o700, parents=True)
    return unfinished


def _finish_folder(unfinished: Path, data: Path) -> None:
    if data.exists():
        if (data / PAGE_FOLDER).exists():
            (data / PAGE_FOLDER).rename(unfinished / PAGE_FOLDER)
        data.rmdir()
    unfinished.rename(data)
