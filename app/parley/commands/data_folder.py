"""A data folder as a whole: what in it is Parley's, and that nobody else gets in."""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from parley.messenger.profile import PAGE_FOLDER

PRIVATE: Final = 0o700

UNFINISHED: Final = ".unfinished"
"""Ends the name of the folder, beside the data folder, in which a profile is made."""

# Files are known by their names alone: nothing is opened, and whatever has another name is somebody else's.
# Guarded by tests/processes/test_erase.py::test_nothing_is_left_of_a_talk.
_KEYS = re.compile(r"profile\.key|profile\.(?:wallet|keyring)-slot|relay\.key")
_PROFILE = re.compile(
    r"profile(?:\.format-\d+(?:\.\d+)?)?\.db(?:-wal|-journal|-shm)?|profile\.ports(?:\.unfinished)?"
    r"|\.profile\.[\w.-]+\.[0-9a-f]{16}\.new(?:-wal|-journal|-shm)?"
)
_PAGE = re.compile(r"(?:port|launch\.key|sessions\.json)(?:\.unfinished)?|parley\.log(?:\.1)?")


@dataclass(frozen=True, slots=True)
class Contents:
    """What lies in a data folder.

    Attributes:
        keys: files that hold a wrapped key; without them the rest is noise.
        files: every other file of Parley's.
        folders: folders of Parley's, the innermost first; the data folder itself is the last.
        others: what is not Parley's.
    """

    keys: tuple[Path, ...]
    files: tuple[Path, ...]
    folders: tuple[Path, ...]
    others: tuple[Path, ...]

    @property
    def ours(self) -> tuple[Path, ...]:
        """Every file of Parley's, the keys first."""
        return self.keys + self.files


def contents_of(data: Path) -> Contents:
    """Look at a data folder, and at what an interrupted set-up left beside it. Follows no link inside.

    Raises:
        OSError: it cannot be read.
    """
    keys: list[Path] = []
    files: list[Path] = []
    folders: list[Path] = []
    others: list[Path] = []
    for folder in (data.with_name(data.name + UNFINISHED), data):
        if not folder.is_dir():
            continue
        for each in sorted(folder.iterdir()):
            if each.name == PAGE_FOLDER and each.is_dir() and not each.is_symlink():
                for inner in sorted(each.iterdir()):
                    (files if _is_file(inner, _PAGE) else others).append(inner)
                folders.append(each)
            elif _is_file(each, _KEYS):
                keys.append(each)
            else:
                (files if _is_file(each, _PROFILE) else others).append(each)
        folders.append(folder)
    return Contents(tuple(keys), tuple(files), tuple(folders), tuple(others))


def keep_private(data: Path) -> bool:
    """Make the data folder, or take from others what they may do in one of ours (mode 0700).

    A folder with nothing of Parley's in it, or not only that, is left as it is: it may be somebody's home.

    Returns:
        Whether nobody else gets in now.

    Raises:
        OSError: there is no folder and none can be made.
    """
    # Guarded by tests/commands/test_data_folder.py and tests/processes/test_log.py::test_the_folder_is_private.
    data.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    if is_private(data):
        return True
    if any(each.parent == data for each in contents_of(data).others):
        return False
    try:
        data.chmod(PRIVATE)
    except OSError:
        return False
    return is_private(data)


def erase(contents: Contents) -> tuple[Path, ...]:
    """Remove what is Parley's, the keys first: were it interrupted, what remains could not be read.

    A key is overwritten before; a disk that writes elsewhere, and any copy, keeps the old bytes all the same.

    Returns:
        The folders that stay, because something else is in them.

    Raises:
        OSError: not all of it could be removed; it can be done again.
    """
    for key in contents.keys:
        if not key.is_symlink():
            with key.open("r+b") as file:
                file.write(secrets.token_bytes(key.stat().st_size))
                file.flush()
                os.fsync(file.fileno())
        key.unlink()
    for each in contents.files:
        each.unlink(missing_ok=True)
    kept = []
    for folder in contents.folders:
        try:
            folder.rmdir()
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
            kept.append(folder)
    return tuple(kept)


def is_private(path: Path) -> bool:
    """Whether only its owner may do anything with it, where there are owners."""
    return os.name != "posix" or not stat.S_IMODE(path.stat().st_mode) & 0o077


def _is_file(path: Path, names: re.Pattern[str]) -> bool:
    # A link to a file may be removed as a file: what it leads to stays.
    return names.fullmatch(path.name) is not None and (path.is_symlink() or path.is_file())
