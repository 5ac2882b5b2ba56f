"""Whole files that appear at once or not at all, and are still there after a power cut."""

from __future__ import annotations

import errno
import os
import secrets
from contextlib import suppress
from pathlib import Path

MAX_SMALL_FILE_BYTES = 4096
"""More than any format of a key file or slot has; no more is ever read of one, so that a huge file stays unread."""


def temporary_name(path: Path) -> Path:
    """A name beside `path` that nothing else uses; the file is made whole under it and then placed."""
    return path.with_name(f".{path.name}.{secrets.token_hex(8)}.new")


def create_private(path: Path) -> None:
    """Create an empty file that only its owner can read and write (mode 0600).

    Raises:
        FileExistsError: a file is already there.
    """
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def create_private_folder(path: Path) -> None:
    """Create a folder and its parents, open to their owner only (mode 0700); an existing one stays as it is."""
    missing = [each for each in (path, *path.parents) if not each.exists()]
    for each in reversed(missing):
        # A parallel start may make the folder first; it makes it with the same mode.
        each.mkdir(mode=0o700, exist_ok=True)


def sync_file(path: Path) -> None:
    """Return only when the file's bytes are on the disk."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(path: Path) -> None:
    """Return only when the names in this folder are on the disk."""
    if os.name != "posix":  # Windows can neither open nor sync a folder.
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def place(temporary: Path, path: Path) -> None:
    """Give a finished and synced file its name, never replacing another file.

    Raises:
        FileExistsError: the name is taken; the temporary file is still there.
    """
    try:
        # A hard link is the one call that both names the file and refuses a taken name.
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:
        # Some file systems (FAT, some network shares) have no hard links.
        if path.exists():
            raise FileExistsError(path) from None
        temporary.rename(path)
    else:
        temporary.unlink()
    sync_folder(path.parent)


def write_new(path: Path, content: bytes) -> None:
    """Write a small private file whole or not at all, never replacing another; a missing folder is made.

    Raises:
        FileExistsError: the name is taken; nothing was changed.
        OSError: not written, and nothing is left of it.
    """
    temporary = temporary_name(path)
    try:
        if path.exists():
            raise FileExistsError(path)
        create_private_folder(path.parent)
        create_private(temporary)
        temporary.write_bytes(content)
        sync_file(temporary)
        place(temporary, path)
    finally:
        discard(temporary)


def write_over(path: Path, content: bytes, instead_of: bytes | None = None) -> None:
    """Write a small private file whole, in place of the one of this name: at any time the one or the other is there.

    Args:
        instead_of: what the file has to hold now; with anything else it is left as it is.

    Raises:
        OSError: the file is as it was.
    """
    temporary = temporary_name(path)
    try:
        create_private(temporary)
        temporary.write_bytes(content)
        sync_file(temporary)
        if instead_of is None or path.read_bytes() == instead_of:
            temporary.replace(path)
            sync_folder(path.parent)
    finally:
        discard(temporary)


def discard(path: Path) -> None:
    """Remove a file that may be there, with the side files SQLite may have left beside it."""
    for suffix in ("", "-wal", "-journal", "-shm"):
        with suppress(OSError):
            path.with_name(path.name + suffix).unlink()


def is_full(error: OSError) -> bool:
    """Whether the disk, or this user's share of it, is full."""
    return error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
