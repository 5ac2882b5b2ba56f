"""The demo's folder: one for each person, the relay's, the chain's journal, and the ports that were used last.

alice/ bob/ carol/   the people's data folders
you/                 the data folder of "Start as yourself"
relay/               the relay's
chain.journal        the chain's ([chain](chain/README.md))
ports.json           {"chain", "relay"}: so that addresses which wallets and people keep lead here again
page/                the port, lock and sessions of the demo's own page, as in a person's data folder
"""

from __future__ import annotations

import json
import socket
from pathlib import Path

from parley_demo.errors import NotADemoFolderError
from parley_demo.parts import PEOPLE, YOURSELF

PAGE = "page"
RELAY_FOLDER = "relay"
JOURNAL = "chain.journal"
PORTS = "ports.json"

_UNFINISHED = ".unfinished"
_LARGEST_BYTES = 4_096


class DemoFolder:
    """The folder of one demo. What it holds is known by its names alone; every method blocks for an instant."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def relay(self) -> Path:
        """The data folder of the relay."""
        return self.path / RELAY_FOLDER

    @property
    def journal(self) -> Path:
        """The chain's journal."""
        return self.path / JOURNAL

    @property
    def profiles(self) -> tuple[Path, ...]:
        """The data folders of everybody, also of those who are not there yet."""
        return tuple(self.of(each) for each in (*PEOPLE, YOURSELF))

    def of(self, name: str) -> Path:
        """The data folder of somebody."""
        return self.path / name.lower()

    def check(self) -> None:
        """See that no other use is made of the folder.

        Raises:
            NotADemoFolderError: something is in it that a demo does not put there.
            OSError: it cannot be read.
        """
        # Guarded by tests/parley_demo/test_folder.py::test_another_folder_is_left_as_it_is: --fresh erases in here.
        if not self.path.exists():
            return
        known = {PAGE, RELAY_FOLDER, JOURNAL, PORTS, *(each.name for each in self.profiles)}
        for each in sorted(self.path.iterdir()):
            if each.name.removesuffix(_UNFINISHED) not in known and not each.name.startswith(JOURNAL + "."):
                raise NotADemoFolderError(self.path, each.name)

    def kept_port(self, name: str) -> int:
        """The port that "chain" or "relay" had last, or 0 if there is none or another program has it."""
        try:
            with (self.path / PORTS).open("rb") as file:
                port = json.loads(file.read(_LARGEST_BYTES))[name]
        except (OSError, ValueError, KeyError, TypeError):
            return 0
        return port if isinstance(port, int) and 0 < port < 65536 and _is_free(port) else 0

    def keep_ports(self, ports: dict[str, int]) -> None:
        """Remember these ports."""
        (self.path / PORTS).write_text(json.dumps(ports) + "\n", "ascii")


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a connection of an earlier demo that is not quite over is no reason for another port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
