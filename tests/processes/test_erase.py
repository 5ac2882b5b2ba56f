"""`parley erase` on the folder of somebody who has talked."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from harness.prepared import Prepared, run_prepared
from harness.processes import PersonProcess, wait_until
from parley.web.folder import PageFolder

Two = tuple[PersonProcess, PersonProcess]


def run_erase(data: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run `parley erase` without a terminal."""
    return run_prepared(["erase", "--data", str(data), *options])


def type_to_erase(data: Path, typed: str) -> tuple[int, str]:
    """Run it in a terminal and answer; gives the exit status and all that it said."""
    terminal, other_end = pty.openpty()
    with tempfile.TemporaryFile() as errors:
        arguments = ["erase", "--data", str(data)]
        with Prepared("parley", arguments, dict(os.environ), stdin=other_end, stderr=errors) as process:
            os.close(other_end)
            os.write(terminal, typed.encode() + b"\n")
            said = process.stdout.read()
            status = process.wait(60)
        os.close(terminal)
        errors.seek(0)
        return status, said + errors.read().decode()


def files(folder: Path) -> set[str]:
    """Every file below a folder."""
    return {str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file()}


def test_nothing_is_left_of_a_talk(people: Two) -> None:
    """Whatever a run makes in its folder, erasing knows; while it runs, nothing is touched."""
    alice, bob = people
    alice.start()
    bob.peers = (alice.addresses[0],)
    bob.start()
    at_alice = alice.add(bob)
    bob.add(alice)
    alice.send(at_alice, "soon forgotten")
    wait_until(lambda: alice.states(at_alice) == ["delivered"])

    refused = run_erase(alice.data, "--yes")
    assert refused.returncode == 1
    assert "Parley runs on this data folder." in refused.stderr
    assert alice.client.get("").status_code == 200

    alice.kill()
    bob.stop()
    for each in people:
        ended = run_erase(each.data, "--yes")
        assert (ended.returncode, ended.stderr) == (0, "")
        assert ended.stdout.endswith("Erased.\n")
        assert not each.data.exists()
    assert run_erase(alice.data, "--yes").returncode == 1


def test_it_is_refused_while_the_profile_is_locked(profiles: Path, tmp_path: Path) -> None:
    """A Parley that waits for the passphrase holds the folder all the same."""
    data = Path(shutil.copytree(profiles / "alice", tmp_path / "alice"))
    with PageFolder(data).claim():
        assert run_erase(data, "--yes").returncode == 1
        assert (data / "profile.key").exists()


@pytest.mark.parametrize("typed", ["", "yes", "ERASE", "eras"])
def test_only_the_word_erases(typed: str, profiles: Path, tmp_path: Path) -> None:
    """And what will be lost is said before."""
    data = Path(shutil.copytree(profiles / "alice", tmp_path / "alice"))
    before = {name: (data / name).read_bytes() for name in files(data)}
    status, said = type_to_erase(data, typed)

    assert status == 1
    assert "Nobody can bring them back" in said
    assert "recovery words" in said
    assert said.strip().endswith("Nothing was erased.")
    assert {name: (data / name).read_bytes() for name in before} == before


def test_the_word_erases_and_other_files_stay(profiles: Path, tmp_path: Path) -> None:
    """They are named, and left as they are."""
    data = Path(shutil.copytree(profiles / "alice", tmp_path / "alice"))
    (data / "notes.txt").write_text("mine")
    status, said = type_to_erase(data, "erase")

    assert status == 0
    assert f"  {data / 'notes.txt'}" in said
    assert files(data) == {"notes.txt"}


def test_without_a_terminal_it_takes_yes(profiles: Path, tmp_path: Path) -> None:
    """A script that forgot it erases nothing."""
    data = Path(shutil.copytree(profiles / "alice", tmp_path / "alice"))
    ended = run_erase(data)

    assert ended.returncode == 1
    assert "--yes" in ended.stderr
    assert (data / "profile.key").exists()


def test_a_folder_that_is_not_parleys_is_left(tmp_path: Path) -> None:
    """Nor is anything made in it."""
    (tmp_path / "notes.txt").write_text("mine")
    ended = run_erase(tmp_path, "--yes")

    assert ended.returncode == 1
    assert "There is nothing of Parley's in" in ended.stderr
    assert files(tmp_path) == {"notes.txt"}
