"""The folder of a relay: its key, and what is refused."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from parley.commands.relay_folder import (
    KEY_BYTES,
    RELAY_KEY,
    RelayKeyDamagedError,
    RelayRunningError,
    claim_relay_folder,
)
from parley.messenger import FolderNotEmptyError


def test_the_key_is_made_once_and_private(tmp_path: Path) -> None:
    """The same at each start, in a folder of its own, whatever the umask."""
    data = tmp_path / "new" / "relay"
    before = os.umask(0)
    try:
        with claim_relay_folder(data) as first:
            pass
    finally:
        os.umask(before)
    with claim_relay_folder(data) as second:
        pass

    assert first == second == (data / RELAY_KEY).read_bytes()
    assert len(first) == KEY_BYTES
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert stat.S_IMODE((data / RELAY_KEY).stat().st_mode) == 0o600


def test_two_folders_have_two_keys(tmp_path: Path) -> None:
    """An identity is nobody else's."""
    with claim_relay_folder(tmp_path / "a") as one, claim_relay_folder(tmp_path / "b") as other:
        assert one != other


def test_a_claimed_folder_is_refused(tmp_path: Path) -> None:
    """And can be claimed when it is given up."""
    with (
        claim_relay_folder(tmp_path / "data"),
        pytest.raises(RelayRunningError),
        claim_relay_folder(tmp_path / "data"),
    ):
        pytest.fail("claimed twice")
    with claim_relay_folder(tmp_path / "data"):
        pass


@pytest.mark.parametrize("name", ["profile.db", "profile.key", "notes.txt", "page/port"])
def test_a_folder_with_something_else_is_left_as_it_is(tmp_path: Path, name: str) -> None:
    """A profile's, or anybody's."""
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("theirs")
    before = tmp_path.stat().st_mode
    with pytest.raises(FolderNotEmptyError), claim_relay_folder(tmp_path):
        pytest.fail("claimed")

    assert tmp_path.stat().st_mode == before
    assert not (tmp_path / RELAY_KEY).exists()


@pytest.mark.parametrize("content", [b"short", bytes(33)])
def test_a_damaged_key_is_never_replaced(tmp_path: Path, content: bytes) -> None:
    """Others know the relay by it; a copy may exist."""
    (tmp_path / RELAY_KEY).write_bytes(content)
    with pytest.raises(RelayKeyDamagedError), claim_relay_folder(tmp_path):
        pytest.fail("claimed")

    assert (tmp_path / RELAY_KEY).read_bytes() == content


def test_a_key_file_that_was_never_written_becomes_one(tmp_path: Path) -> None:
    """The process ended between making it and writing it."""
    (tmp_path / RELAY_KEY).touch(0o600)
    with claim_relay_folder(tmp_path) as key:
        assert len(key) == KEY_BYTES


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    """Where it leads to is not ours to write."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / RELAY_KEY).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic"), claim_relay_folder(tmp_path / "data"):
        pytest.fail("claimed")

    assert not (tmp_path / "elsewhere").exists()
