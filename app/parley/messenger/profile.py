"""Make a profile in an empty data folder, and find it again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import trio

from parley.chat.commit import Commit, StateChange, StateKind
from parley.chat.devices.model import ProfileRow
from parley.database.api import Keys, make_keyfile, open_database, unlock_keyfile, write_keyfile
from parley.messenger.errors import FolderNotEmptyError, NoProfileError, ProfileExistsError
from parley.messenger.setup import LABEL, Finish, MadeProfile, SetUp
from parley.messenger.system import System
from parley.settings import Settings
from parley.wallet.api import NONCE_BYTES, AccountKey, seal_wallet, wallet_from_key

DATABASE_NAME = "profile.db"
KEYFILE_NAME = "profile.key"
PAGE_FOLDER = "page"
"""Where the page keeps its port and who is signed in; it is there before the first profile is."""

WORDS = 12
"""How many recovery words a profile gets that nobody chose for."""


def database_path(data: Path) -> Path:
    """Where the encrypted database of a data folder is."""
    return data / DATABASE_NAME


def keyfile_path(data: Path) -> Path:
    """Where the wrapped database key of a data folder is."""
    return data / KEYFILE_NAME


def has_profile(data: Path) -> bool:
    """Whether a data folder holds a profile, or a part of one."""
    return database_path(data).exists() or keyfile_path(data).exists()


def check_folder(data: Path) -> None:
    """See that a data folder can take a new profile; it may hold nothing but the page's folder.

    Raises:
        ProfileExistsError: the folder holds a profile.
        FolderNotEmptyError: the folder holds something else.
    """
    if has_profile(data):
        raise ProfileExistsError(data)
    if data.exists() and any(each.name != PAGE_FOLDER for each in data.iterdir()):
        raise FolderNotEmptyError(data)


async def write_profile(data: Path, made: MadeProfile) -> None:
    """Write a profile into a data folder.

    The folder is made under another name and renamed when it is whole: an interrupted set-up leaves a folder
    "<name>.unfinished", which the next one removes, and never half a profile.
    Guarded by tests/messenger/test_profile.py::test_an_interrupted_set_up_can_be_repeated.

    Args:
        data: made with mode 0700; it may be there already if it holds nothing but the page's folder.

    Raises:
        ProfileExistsError, FolderNotEmptyError: the folder is left as it is.
    """
    unfinished = await trio.to_thread.run_sync(_begin_folder, data)
    await write_keyfile(keyfile_path(unfinished), made.keyfile)
    async with open_database(database_path(unfinished), made.keys.database, create=True) as store:
        await store.apply(made.commit)
    await trio.to_thread.run_sync(_finish_folder, unfinished, data)


async def make_profile(data: Path, passphrase: str, device_name: str, system: System) -> str:
    """Make a profile whose account comes from fresh recovery words, which are still to be written down.

    Args:
        passphrase: unlocks the database and the wallet inside from now on.
        device_name: how this device is called in the endorsement, 1 to 64 characters.

    Returns:
        The new account, EIP-55 text.

    Raises:
        ProfileExistsError, FolderNotEmptyError: the folder is left as it is.
    """
    made: list[MadeProfile] = []

    async def finish(profile: MadeProfile) -> None:
        await write_profile(data, profile)
        made.append(profile)

    set_up = await begin_set_up(Settings(data), passphrase, device_name, system, finish)
    set_up.make_words(WORDS)
    await set_up.accept_words(None)
    return made[0].account


async def begin_set_up(
    settings: Settings, passphrase: str, device_name: str, system: System, finish: Finish
) -> SetUp:
    """Derive the keys of a new profile from its passphrase; nothing is written. Takes about a second.

    Raises:
        ProfileExistsError, FolderNotEmptyError: the folder cannot take one.
    """
    await trio.to_thread.run_sync(check_folder, settings.data)
    keyfile, keys = await make_keyfile(passphrase)
    return SetUp(device_name, keyfile, keys, settings, system, finish)


async def unlock_profile(data: Path, passphrase: str) -> Keys:
    """The keys of a data folder. Takes about a second, by design of Argon2id.

    Raises:
        NoProfileError: neither key file nor database is there.
        WrongPassphraseError, KeyfileDamagedError, KeyfileMissingError: as the key file raises them.
    """
    if not has_profile(data):
        raise NoProfileError(data)
    return await unlock_keyfile(keyfile_path(data), passphrase)


async def unlock_vault(data: Path, passphrase: str) -> bytes:
    """The key of the wallet inside, 32 bytes, which is to be forgotten after its use; as long and with the errors of
    `unlock_profile`.
    """
    keys = await unlock_keyfile(keyfile_path(data), passphrase)
    return keys.vault


def seal_account_key(profile: ProfileRow, vault_key: bytes, entropy: Callable[[int], bytes]) -> Commit:
    """One step: the account's key, which early profiles keep in a row, moves into a wallet inside."""
    if profile.account_key is None:
        raise ValueError("this profile keeps no account key in its row")
    wallet = wallet_from_key(AccountKey(profile.account_key), LABEL)
    sealed = seal_wallet(wallet, vault_key, entropy(NONCE_BYTES))
    return Commit(
        "seal_account_key",
        states=(StateChange(StateKind.VAULT, b"", 0, sealed),),
        rows=(replace(profile, account_key=None),),
    )


def _begin_folder(data: Path) -> Path:
    check_folder(data)
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
