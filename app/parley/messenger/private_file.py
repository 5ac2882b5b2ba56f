"""Small files of a data folder that only their owner reads, written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path


def open_private(path: Path) -> int:
    """Open a file of mode 0600 for reading and writing, made if it is missing; follows no link. Raises OSError.

    Guarded by tests/web/test_folder.py::test_files_are_private.
    """
    file = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
    try:
        if hasattr(os, "fchmod"):
            os.fchmod(file, 0o600)
    except BaseException:
        os.close(file)
        raise
    return file


def write_private(path: Path, content: bytes) -> None:
    """Put a file in place of the one before; until it is whole it is "<name>.unfinished". Raises OSError."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    file = open_private(unfinished)
    try:
        os.ftruncate(file, 0)
        os.write(file, content)
    finally:
        os.close(file)
    unfinished.replace(path)
