"""What the doctor makes of what it sees."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

import pytest

from parley.commands import findings
from parley.commands.findings import Finding, State, on_this_machine
from parley.commands.surroundings import Clocks, clock_finding
from parley.web.folder import PageFolder


def found(data: Path) -> dict[str, Finding]:
    """The findings on a folder, by their word."""
    return {each.check: each for each in on_this_machine(data)}


def make_profile_files(data: Path) -> Path:
    """A private folder with what a profile consists of."""
    data.mkdir(mode=0o700)
    for name in ("profile.db", "profile.key"):
        (data / name).write_bytes(b"x" * 2_000)
    return data


def test_nothing_is_wrong_before_the_first_run(tmp_path: Path) -> None:
    """And looking makes no folder."""
    states = {check: each.state for check, each in found(tmp_path / "none" / "data").items()}

    assert State.WRONG not in states.values()
    assert states["profile"] is State.UNKNOWN
    assert not (tmp_path / "none").exists()


def test_a_healthy_profile(tmp_path: Path) -> None:
    """All is well, without a passphrase."""
    states = {each.state for each in found(make_profile_files(tmp_path / "data")).values()}

    assert states == {State.OK}


@pytest.mark.parametrize("name", ["profile.db", "profile.key"])
def test_half_a_profile_is_wrong(tmp_path: Path, name: str) -> None:
    """And which half is missing is told."""
    data = make_profile_files(tmp_path / "data")
    (data / name).unlink()

    assert found(data)["profile"].state is State.WRONG
    assert name in found(data)["profile"].sentence


def test_a_folder_open_to_others_is_wrong(tmp_path: Path) -> None:
    """With the command that closes it."""
    data = make_profile_files(tmp_path / "data")
    data.chmod(0o750)

    assert found(data)["folder"].state is State.WRONG
    assert f"chmod 700 {data}" in found(data)["folder"].advice


@pytest.mark.parametrize(
    ("free_mib", "state"), [(49, State.WRONG), (50, State.WARNING), (499, State.WARNING), (500, State.OK)]
)
def test_room_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_mib: int, state: State
) -> None:
    """Too little is wrong, little is a warning."""
    usage = shutil.disk_usage(tmp_path)._replace(free=free_mib * findings.MIB)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)

    assert found(tmp_path)["disk"].state is state


def test_the_port_is_taken_by_another_program(tmp_path: Path) -> None:
    """Else it would only show at the next start."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        PageFolder(tmp_path).keep_port(other.getsockname()[1])

        assert found(tmp_path)["page"].state is State.WRONG
        assert "--port" in found(tmp_path)["page"].advice


def test_a_running_parley_is_no_other_program(tmp_path: Path) -> None:
    """Its address is told."""
    folder = PageFolder(tmp_path)
    with folder.claim():
        folder.keep_port(4321)

        assert found(tmp_path)["page"] == Finding(
            "page", State.OK, "Parley runs; its page is at http://localhost:4321/"
        )


@pytest.mark.parametrize(
    ("clocks", "state"),
    [
        (Clocks(), State.UNKNOWN),
        (Clocks(answers=2), State.UNKNOWN),
        (Clocks(answers=3), State.OK),
        (Clocks(answers=3, offset_ms=-2_000), State.WARNING),
        (Clocks(answers=3, offset_ms=20_001), State.WRONG),
        (Clocks(answers=2, block_ahead_ms=(-12_000,)), State.OK),
        (Clocks(block_ahead_ms=(20_001,)), State.WRONG),
        # One liar beside an honest node changes nothing.
        (Clocks(block_ahead_ms=(10**15, -1_000)), State.OK),
        (Clocks(block_ahead_ms=(-(10**15), -1_000)), State.OK),
        (Clocks(block_ahead_ms=(-120_001,)), State.WARNING),
        # Three peers know better than a node that lags.
        (Clocks(answers=4, block_ahead_ms=(-(10**9),)), State.OK),
    ],
)
def test_the_clock_against_others(clocks: Clocks, state: State) -> None:
    """Three peers, else the newest block; too few are no reason to call a clock wrong."""
    assert clock_finding(clocks).state is state


def test_which_way_the_clock_is_off() -> None:
    """That is what somebody who sets it wants to know."""
    assert "30 s behind" in clock_finding(Clocks(answers=3, offset_ms=30_000)).sentence
    assert "3 s ahead" in clock_finding(Clocks(answers=3, offset_ms=-3_000)).sentence
    assert "25 s behind" in clock_finding(Clocks(block_ahead_ms=(25_000,))).sentence
