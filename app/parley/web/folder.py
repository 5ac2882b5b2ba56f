"""The page's own files in a data folder: its port, its launch key and its sessions.

    page/            0700
      port           the port as text
      launch.key     32 random bytes, new at each start, locked while the server runs and empty afterwards
      sessions.json  hashes of cookies (sessions.py)
      parley.log     what the run says of itself (commands/log.py)

All are 0600. They hold nothing of a profile: they let somebody in while Parley runs, and tell nothing otherwise.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from parley.messenger.private_file import open_private, write_private
from parley.messenger.profile import PAGE_FOLDER
from parley.web.launch import KEY_BYTES, NONCE_BYTES, launch_token

_LOCK_ATTEMPTS = 20
_LOCK_WAIT_S = 0.05
_LARGEST_BYTES = 64 * 1024


class AlreadyRunningError(Exception):
    """Another Parley serves the page of this data folder."""


class NotRunningError(Exception):
    """No Parley serves the page of this data folder."""


class PageFolder:
    """The page's files in one data folder. Every method does IO and blocks for at most a second."""

    def __init__(self, data: Path) -> None:
        self.path = data / PAGE_FOLDER

    @contextmanager
    def claim(self) -> Iterator[bytes]:
        """Be the one server of this folder until the block is left; gives a new launch key, 32 bytes.

        The lock is the system's and ends with the process, however that ends.

        Raises:
            AlreadyRunningError: another process is. Guarded by tests/web/test_folder.py::test_one_server_a_folder.
        """
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = open_private(self.path / "launch.key")
        try:
            # `running_key` of another process may hold the lock for an instant.
            for attempt in range(_LOCK_ATTEMPTS):
                if _lock(file, exclusive=True):
                    break
                if attempt == _LOCK_ATTEMPTS - 1:
                    raise AlreadyRunningError
                time.sleep(_LOCK_WAIT_S)
            key = secrets.token_bytes(KEY_BYTES)
            os.ftruncate(file, 0)
            os.write(file, key)
            try:
                yield key
            finally:
                with contextlib.suppress(OSError):
                    os.ftruncate(file, 0)
        finally:
            os.close(file)

    def running_key(self) -> bytes:
        """The launch key of the process that serves this folder now.

        Raises:
            NotRunningError: none does.
        """
        try:
            file = os.open(self.path / "launch.key", os.O_RDONLY)
        except FileNotFoundError:
            raise NotRunningError from None
        try:
            key = os.read(file, KEY_BYTES)
            # A file that can be locked is one that a killed process left behind.
            if _lock(file, exclusive=False) or len(key) != KEY_BYTES:
                raise NotRunningError
            return key
        finally:
            os.close(file)

    def kept_port(self) -> int:
        """The folder's port, or 0: wallets and browsers remember a page by its port, so it stays the same."""
        try:
            port = int(self._read("port"))
        except ValueError:
            return 0
        return port if 0 < port < 65536 else 0

    def keep_port(self, port: int) -> None:
        """Remember the port."""
        self._write("port", f"{port}\n".encode())

    def sessions(self) -> bytes:
        """The stored sessions, or nothing."""
        return self._read("sessions.json")

    def keep_sessions(self, stored: bytes) -> None:
        """Store the sessions, whole or not at all."""
        self._write("sessions.json", stored)

    def _read(self, name: str) -> bytes:
        try:
            with (self.path / name).open("rb") as file:
                return file.read(_LARGEST_BYTES)
        except OSError:
            return b""

    def _write(self, name: str, content: bytes) -> None:
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(self.path / name, content)


def launch_link(origin: str, key: bytes, now_ms: int) -> str:
    """A new launch link of the server at `origin` with launch key `key`."""
    return f"{origin}/launch/{launch_token(key, now_ms, secrets.token_bytes(NONCE_BYTES))}"


def _lock(file: int, *, exclusive: bool) -> bool:
    """Try to lock a file until it is closed; tells whether that went."""
    import fcntl  # Not on Windows, where Parley is untested; the rest of the room can be imported there.

    try:
        fcntl.flock(file, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
