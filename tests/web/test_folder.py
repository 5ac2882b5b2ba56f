"""The page's files in a data folder: private, one server at a time, and what a second process can tell from them."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from parley.web.folder import AlreadyRunningError, NotRunningError, PageFolder, launch_link
from parley.web.launch import Launches

NOW_MS = 1_800_000_000_000


def test_files_are_private(tmp_path: Path) -> None:
    """Whatever the umask, and also where a file was there before."""
    folder = PageFolder(tmp_path / "data")
    before = os.umask(0)
    try:
        folder.keep_sessions(b"sessions")
        (folder.path / "launch.key").write_bytes(b"")
        (folder.path / "launch.key").chmod(0o666)
        with folder.claim():
            folder.keep_port(1234)
            modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in folder.path.iterdir()}
    finally:
        os.umask(before)

    assert modes == {"sessions.json": 0o600, "launch.key": 0o600, "port": 0o600}
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700


def test_one_server_a_folder(tmp_path: Path) -> None:
    """A second one is refused and the first one's key stays; afterwards there is room again, with another key."""
    folder = PageFolder(tmp_path)
    with folder.claim() as key:
        with pytest.raises(AlreadyRunningError), PageFolder(tmp_path).claim():
            pass
        assert PageFolder(tmp_path).running_key() == key
    with folder.claim() as other:
        assert other != key


def test_nothing_runs_where_nothing_runs(tmp_path: Path) -> None:
    """Not before, not after, not in a folder that is not there."""
    folder = PageFolder(tmp_path / "data")
    with pytest.raises(NotRunningError):
        folder.running_key()
    with folder.claim():
        pass
    with pytest.raises(NotRunningError):
        folder.running_key()


def test_a_killed_server_does_not_run(tmp_path: Path) -> None:
    """Its key is still in the file, and its lock is gone with it."""
    program = (
        "import os, pathlib, sys; from parley.web.folder import PageFolder;"
        "claim = PageFolder(pathlib.Path(sys.argv[1])).claim(); claim.__enter__(); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False, timeout=60)
    folder = PageFolder(tmp_path)

    assert len((folder.path / "launch.key").read_bytes()) == 32
    with pytest.raises(NotRunningError):
        folder.running_key()
    with folder.claim():
        pass


def test_a_link_is_made_from_the_folder_alone(tmp_path: Path) -> None:
    """A second process needs nothing else."""
    with PageFolder(tmp_path).claim() as key:
        link = launch_link("http://localhost:1234", PageFolder(tmp_path).running_key(), NOW_MS)
        origin, _, token = link.rpartition("/launch/")

    assert origin == "http://localhost:1234"
    Launches(key).redeem(token, NOW_MS)


@pytest.mark.parametrize(("text", "port"), [("8080\n", 8080), ("0", 0), ("65536", 0), ("-1", 0), ("x", 0)])
def test_the_port_is_kept(tmp_path: Path, text: str, port: int) -> None:
    """And one that is none counts as none."""
    folder = PageFolder(tmp_path)
    assert folder.kept_port() == 0
    folder.keep_port(4321)
    assert folder.kept_port() == 4321
    (folder.path / "port").write_text(text)

    assert folder.kept_port() == port
