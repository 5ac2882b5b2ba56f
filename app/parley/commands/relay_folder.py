"""The data folder of a relay: one file, which holds its identity and is locked while it runs."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from parley.commands.data_folder import contents_of, keep_private
from parley.messenger import FolderNotEmptyError

RELAY_KEY: Final = "relay.key"
KEY_BYTES: Final = 32


class RelayRunningError(Exception):
    """Another relay runs on this data folder."""


class RelayKeyDamagedError(Exception):
    """The key file of a relay has not the length of a key; it was left as it is."""


@contextmanager
def claim_relay_folder(data: Path) -> Iterator[bytes]:
    """Be the one relay of this folder until the block is left; gives its key, 32 bytes, the same at each start.

    The folder is made if it is missing, and the key with it. The lock is the system's and ends with the process.

    Raises:
        FolderNotEmptyError: the folder holds something else, a profile perhaps; it was left as it is.
        RelayRunningError: guarded by tests/processes/test_relay.py::test_one_relay_a_folder.
        RelayKeyDamagedError, OSError: nothing was changed.
    """
    contents = contents_of(data)
    if contents.others or any(each != data / RELAY_KEY for each in contents.ours):
        raise FolderNotEmptyError(data)
    keep_private(data)
    # Mode 0600 whatever the umask, and no link followed. Guarded by
    # tests/commands/test_relay_folder.py::test_the_key_is_made_once_and_private and the last of that file.
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    file = os.open(data / RELAY_KEY, flags, 0o600)
    try:
        if not _lock(file):
            raise RelayRunningError
        yield _key(file)
    finally:
        os.close(file)


def _key(file: int) -> bytes:
    key = os.read(file, KEY_BYTES + 1)
    if not key:
        # A process that ended between making the file and this left it empty: nobody knows a peer id of it.
        key = secrets.token_bytes(KEY_BYTES)
        os.write(file, key)
        os.fsync(file)
    if len(key) != KEY_BYTES:
        raise RelayKeyDamagedError
    return key


def _lock(file: int) -> bool:
    import fcntl  # Not on Windows, where Parley is untested; the rest of the commands can be imported there.

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
