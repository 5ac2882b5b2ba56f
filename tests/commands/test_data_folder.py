"""The data folder as a whole: what of it is Parley's, and that it is private."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from parley.commands.data_folder import contents_of, erase, keep_private

OURS = [
    "profile.db",
    "profile.db-wal",
    "profile.format-1.db",
    "profile.format-1.2.db",
    ".profile.db.0123456789abcdef.new-journal",
    ".profile.key.0123456789abcdef.new",
    "profile.ports",
    "profile.ports.unfinished",
    "page/port",
    "page/launch.key",
    "page/sessions.json.unfinished",
    "page/parley.log.1",
]
KEYS = ["profile.key", "profile.wallet-slot", "profile.keyring-slot", "relay.key"]
OTHERS = ["profile.db.bak", "notes.txt", ".profile.db", "page/photo.png", "profile.key.old", "port"]


def write(folder: Path, *names: str) -> None:
    """Make files that hold their own names."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)


def mode(path: Path) -> int:
    """The permissions of a path."""
    return stat.S_IMODE(path.stat().st_mode)


def names(data: Path) -> set[str]:
    """Every file below a folder."""
    found = (each for each in data.rglob("*") if each.is_symlink() or not each.is_dir())
    return {str(each.relative_to(data)) for each in found}


def test_what_is_parleys_is_known_by_name(tmp_path: Path) -> None:
    """And whatever has another name is not."""
    write(tmp_path, *OURS, *KEYS, *OTHERS)
    found = contents_of(tmp_path)

    assert {str(each.relative_to(tmp_path)) for each in found.keys} == set(KEYS)
    assert {str(each.relative_to(tmp_path)) for each in found.files} == set(OURS)
    assert {str(each.relative_to(tmp_path)) for each in found.others} == set(OTHERS)


def test_erasing_leaves_what_is_not_parleys(tmp_path: Path) -> None:
    """Also where that lies in a folder of Parley's."""
    data = tmp_path / "data"
    write(data, *OURS, *KEYS, *OTHERS)
    write(tmp_path / "data.unfinished", "profile.key", "profile.db")

    assert erase(contents_of(data)) == (data / "page", data)
    assert names(data) == set(OTHERS)
    assert not (tmp_path / "data.unfinished").exists()


def test_erasing_removes_the_folder_when_it_is_empty(tmp_path: Path) -> None:
    """And nothing above it."""
    write(tmp_path / "data", *OURS, *KEYS)

    assert erase(contents_of(tmp_path / "data")) == ()
    assert list(tmp_path.iterdir()) == []


def test_links_are_removed_and_not_followed(tmp_path: Path) -> None:
    """What they lead to is elsewhere and may be somebody else's."""
    data, other = tmp_path / "data", tmp_path / "other"
    write(other, "port", "profile.key", "theirs")
    data.mkdir()
    (data / "profile.key").symlink_to(other / "profile.key")
    (data / "page").symlink_to(other)

    kept = erase(contents_of(data))

    assert names(other) == {"port", "profile.key", "theirs"}
    assert (other / "profile.key").read_text() == "profile.key"
    assert kept == (data,)
    assert names(data) == {"page"}


def test_keys_go_first_and_are_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupted, it must not leave a database beside the key that opens it."""
    write(tmp_path, "profile.db", "profile.key")
    os.link(tmp_path / "profile.key", tmp_path / "copy")
    unlink = Path.unlink

    def only_keys(path: Path, missing_ok: bool = False) -> None:
        if path.name == "profile.db":
            raise KeyboardInterrupt
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", only_keys)
    with pytest.raises(KeyboardInterrupt):
        erase(contents_of(tmp_path))

    assert names(tmp_path) == {"profile.db", "copy"}
    assert (tmp_path / "copy").read_bytes() != b"profile.key"
    assert (tmp_path / "copy").stat().st_size == len("profile.key")


@pytest.mark.parametrize("umask", [0, 0o022, 0o077])
def test_a_new_folder_is_private(tmp_path: Path, umask: int) -> None:
    """Whatever the umask."""
    before = os.umask(umask)
    try:
        assert keep_private(tmp_path / "data")
    finally:
        os.umask(before)

    assert mode(tmp_path / "data") == 0o700


@pytest.mark.parametrize("files", [[], ["page/port"], OURS + KEYS])
def test_one_of_ours_is_made_private_again(tmp_path: Path, files: list[str]) -> None:
    """Restored from a copy, folders are often open."""
    write(tmp_path, *files)
    tmp_path.chmod(0o755)

    assert keep_private(tmp_path)
    assert mode(tmp_path) == 0o700


def test_a_folder_with_other_things_in_it_is_left_as_it_is(tmp_path: Path) -> None:
    """Somebody's home, given as --data, would else be closed to whom they share it with."""
    write(tmp_path, "profile.db", "holiday.jpg")
    tmp_path.chmod(0o755)

    assert not keep_private(tmp_path)
    assert mode(tmp_path) == 0o755
