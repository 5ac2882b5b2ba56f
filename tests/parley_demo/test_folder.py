"""The demo's folder: only what is a demo's is touched, and ports stay."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from parley_demo.errors import NotADemoFolderError
from parley_demo.folder import PORTS, DemoFolder
from parley_demo.parts import PEOPLE


def test_another_folder_is_left_as_it_is(tmp_path: Path) -> None:
    """A home with a folder "alice" in it is no demo."""
    (tmp_path / "alice").mkdir()
    (tmp_path / "thesis.txt").touch()

    with pytest.raises(NotADemoFolderError) as found:
        DemoFolder(tmp_path).check()

    assert found.value.found == "thesis.txt"


def test_what_a_demo_leaves_is_a_demos(tmp_path: Path) -> None:
    """Half-made profiles and half-written journals included; so is a folder that is not there yet."""
    folder = DemoFolder(tmp_path)
    for each in (*folder.profiles, folder.relay, tmp_path / "page", tmp_path / "alice.unfinished"):
        each.mkdir()
    for each in (folder.journal, tmp_path / "chain.journal.new"):
        each.touch()
    folder.keep_ports({"chain": 1, "relay": 2})

    folder.check()
    DemoFolder(tmp_path / "not" / "there").check()
    assert [each.name for each in folder.profiles] == [*(each.lower() for each in PEOPLE), "you"]


def test_a_port_is_kept_unless_another_program_has_it(tmp_path: Path) -> None:
    """Then a free one is taken."""
    folder = DemoFolder(tmp_path)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        folder.keep_ports({"chain": port})
        while_used = folder.kept_port("chain")

    assert while_used == 0
    assert folder.kept_port("chain") == port


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"chain": "1"}', '{"chain": 0}', '{"chain": 70000}', '{"relay": 1}']
)
def test_a_damaged_file_of_ports_is_as_none(tmp_path: Path, text: str) -> None:
    """It is only a preference."""
    (tmp_path / PORTS).write_text(text)

    assert DemoFolder(tmp_path).kept_port("chain") == 0


def test_ports_are_stored_as_they_are_documented(tmp_path: Path) -> None:
    """Others may read them."""
    DemoFolder(tmp_path).keep_ports({"chain": 8545, "relay": 60000})

    assert json.loads((tmp_path / PORTS).read_text()) == {"chain": 8545, "relay": 60000}
