"""Bad days: whatever is wrong with the folder, the port or the disk is told in a sentence, and nothing is lost."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trio

from harness.prepared import run_prepared
from harness.processes import PASSPHRASE, PersonProcess, wait_until
from parley.database.api import open_database, unlock_keyfile
from parley.database.migrations import MIGRATIONS
from parley.settings import child_environment

Two = tuple[PersonProcess, PersonProcess]


def run_up(data: Path, *options: str, passphrase: str = PASSPHRASE) -> subprocess.CompletedProcess[str]:
    """Run `parley up` on a folder that it cannot open."""
    arguments = ["up", "--data", str(data), "--no-open", "--json", *options]
    return run_prepared(arguments, child_environment(passphrase=passphrase))


def contents(folder: Path) -> dict[str, str]:
    """The hash of every file in a folder."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.is_file()
    }


def flip_in_the_middle(path: Path) -> None:
    """Damage a file's every page."""
    data = bytearray(path.read_bytes())
    for place in range(100, len(data), 500):
        data[place] ^= 0xFF
    path.write_bytes(data)


def empty(folder: Path) -> None:
    """Leave the folder and nothing in it."""
    shutil.rmtree(folder)
    folder.mkdir()


async def make_newer(data: Path) -> None:
    """Bring the database to a format that this Parley does not know."""
    keys = await unlock_keyfile(data / "profile.key", PASSPHRASE)
    newer = (*MIGRATIONS, "CREATE TABLE invented_later (something)")
    async with open_database(data / "profile.db", keys.database, migrations=newer):
        pass
    for copy in data.glob("profile.format-*"):
        copy.unlink()


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "database damaged": (lambda data: flip_in_the_middle(data / "profile.db"), "is damaged"),
    "database cut short": (lambda data: os.truncate(data / "profile.db", 5_000), "is damaged"),
    "database empty": (lambda data: (data / "profile.db").write_bytes(b""), "is damaged"),
    "database of a newer Parley": (lambda data: trio.run(make_newer, data), "newer Parley"),
    "database missing": (lambda data: (data / "profile.db").unlink(), "no database"),
    "key file damaged": (lambda data: (data / "profile.key").write_bytes(b"not a key file"), "key file"),
    "key file missing": (lambda data: (data / "profile.key").unlink(), "no key file"),
    "folder empty": (empty, "parley create"),
}


@pytest.mark.parametrize("name", list(DAMAGES))
def test_a_damaged_folder_is_told_and_left_as_it_is(name: str, profiles: Path, tmp_path: Path) -> None:
    """One sentence, exit status 1, no traceback, and not a byte of the folder changes."""
    damage, words = DAMAGES[name]
    data = tmp_path / "alice"
    shutil.copytree(profiles / "alice", data)
    damage(data)
    before = contents(data)

    ended = run_up(data)

    assert ended.returncode == 1
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""
    assert contents(data) == before


def test_a_wrong_passphrase_changes_nothing(profiles: Path, tmp_path: Path) -> None:
    """It can be tried again."""
    data = tmp_path / "alice"
    shutil.copytree(profiles / "alice", data)
    before = contents(data)

    ended = run_up(data, passphrase="wrong")

    assert ended.returncode == 1
    assert "does not open" in ended.stderr
    assert contents(data) == before


def test_a_second_start_is_refused_and_the_first_goes_on(people: Two) -> None:
    """Two processes on one profile would ratchet from the same state."""
    alice, _ = people
    alice.start()

    ended = run_up(alice.data)

    assert ended.returncode == 1
    assert "open in another Parley" in ended.stderr
    assert alice.client.get("").status_code == 200


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port that another program listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken.getsockname()[1]


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("--port={port}", "page's port is in use"),
        ("--listen=/ip4/127.0.0.1/tcp/{port}", "address to listen on"),
    ],
)
def test_a_port_in_use_is_told(option: str, words: str, people: Two, taken_port: int) -> None:
    """Which of the two ports it is decides what to do."""
    ended = run_up(people[0].data, option.format(port=taken_port))

    assert ended.returncode == 1
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("option", ["--listen=nowhere", "--peer=/ip4/127.0.0.1/tcp/1", "--peer=hello"])
def test_an_address_that_is_none_is_told(option: str, people: Two) -> None:
    """With an example of one."""
    ended = run_up(people[0].data, option)

    assert ended.returncode == 1
    assert "cannot be read" in ended.stderr


@pytest.mark.parametrize("address", ["ws://node", "node:8545", "http:///key", "http://me@node"])
def test_a_node_that_is_none_is_told(address: str, tmp_path: Path) -> None:
    """Before anything is made or asked; what was typed is not repeated, for it may hold a key."""
    ended = run_up(tmp_path / "new", f"--rpc={address}")

    assert ended.returncode == 1
    assert "given with --rpc cannot be read" in ended.stderr
    assert address not in ended.stderr
    assert not (tmp_path / "new").exists()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of two megabytes; making one takes root."""
    if os.name != "posix" or os.geteuid() != 0:
        pytest.skip("FULL DISK NOT TESTED: mounting a small file system takes root")
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Leave not a byte free."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (65_536, 4_096, 1):
            try:
                while True:
                    file.write(b"\x00" * size)
            except OSError:
                continue
    return filler


def test_a_full_disk_loses_nothing(people: Two, profiles: Path, small_disk: Path) -> None:
    """The text stays in its form and what arrives is sent again; with room both go through."""
    _, bob = people
    shutil.copytree(profiles / "alice", small_disk / "alice")
    alice = PersonProcess(small_disk / "alice")
    try:
        alice.start()
        bob.peers = (alice.addresses[0],)
        bob.start()
        at_alice, at_bob = alice.add(bob), bob.add(alice)
        alice.send(at_alice, "before")
        wait_until(lambda: alice.states(at_alice) == ["delivered"])
        filler = fill(small_disk)

        page = alice.client.post(
            f"conversations/{at_alice}/messages", data={"text": "x" * 9_000, "form_token": "a" * 32}
        )
        bob.send(at_bob, "y" * 9_000)

        assert page.status_code == 507
        assert "x" * 9_000 in page.text
        assert re.search("disk", page.text, re.IGNORECASE)
        filler.unlink()
        assert alice.send(at_alice, "x" * 9_000, "a" * 32) == 303
        wait_until(lambda: alice.received(at_alice) == ["y" * 9_000])
        wait_until(lambda: bob.received(at_bob) == ["before", "x" * 9_000])
    finally:
        alice.kill()
