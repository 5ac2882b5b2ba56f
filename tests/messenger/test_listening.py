"""The ports of a profile's node: the same after a restart, and what happens if another program has one."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import pytest
import trio

from parley.messenger.listening import NAME, PortFile, open_listening
from parley.messenger.system import real_system
from parley.p2p.api import AddressInUseError, Network, NodeSettings
from parley.settings import Settings

KEY = bytes(range(32))
LOOPBACK = "/ip4/127.0.0.1/tcp/0"


@dataclass(frozen=True)
class Placed:
    """Where a node says it listens, which is all that is asked of it here."""

    addresses: tuple[str, ...]


@dataclass
class Machine:
    """Gives free ports, one after the other, and refuses those that are taken."""

    taken: set[int] = field(default_factory=set)
    given: int = 50_000
    asked: list[tuple[str, ...]] = field(default_factory=list)

    @asynccontextmanager
    async def open_network(self, settings: NodeSettings) -> AsyncIterator[Network]:
        """A node that says it listens where it was told."""
        self.asked.append(settings.listen)
        addresses = []
        for each in settings.listen:
            start, _, port = each.rpartition("/")
            if int(port) in self.taken:
                raise AddressInUseError(each)
            if port == "0":
                self.given += 1
                port = str(self.given)
            hosts = ("192.168.1.2", "127.0.0.1") if "/0.0.0.0/" in start else (start.split("/")[2],)
            addresses += [f"/{start.split('/')[1]}/{host}/tcp/{port}/p2p/QmX" for host in hosts]
        yield cast(Network, Placed(tuple(addresses)))

    async def start(self, data: Path, *listen: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
        """Open a profile's node and close it; gives where it was, and which of its ports were taken."""
        system = replace(real_system(), open_network=self.open_network)
        async with open_listening(system, Settings(data, listen=listen or (LOOPBACK,)), KEY) as (node, taken):
            return node.addresses, taken


async def test_a_node_is_where_it_was(tmp_path: Path) -> None:
    """Each address that was listened on without a port of its own has the one it had, also beside others."""
    machine = Machine()
    listen = (LOOPBACK, "/ip4/0.0.0.0/tcp/0", "/ip6/::1/tcp/0", "/ip4/10.0.0.1/tcp/4001")
    first = await machine.start(tmp_path, *listen)
    second = await machine.start(tmp_path, *reversed(listen))

    assert sorted(second[0]) == sorted(first[0])
    assert second[1] == ()
    assert (tmp_path / NAME).read_text() == (
        "/ip4/127.0.0.1/tcp/0 50001\n/ip4/0.0.0.0/tcp/0 50002\n/ip6/::1/tcp/0 50003\n"
    )
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600


async def test_a_port_that_is_taken_is_passed_over_and_told(tmp_path: Path) -> None:
    """For as long as it is: the next one is as steady, and the first one, which invites name, comes back."""
    machine = Machine()
    (first,), _ = await machine.start(tmp_path)
    machine.taken = {50_001}
    (second,), taken = await machine.start(tmp_path)
    (third,), taken_again = await machine.start(tmp_path)
    machine.taken = set()
    (fourth,), _ = await machine.start(tmp_path)

    assert taken == taken_again == (50_001,)
    assert first == fourth != second == third


async def test_a_port_that_was_named_is_not_passed_over(tmp_path: Path) -> None:
    """Whoever names one means that one."""
    machine = Machine(taken={4001})
    with pytest.raises(AddressInUseError):
        await machine.start(tmp_path, LOOPBACK, "/ip4/127.0.0.1/tcp/4001")


@pytest.mark.parametrize(
    "stored",
    [b"", b"\xff\xfe", b"/ip4/127.0.0.1/tcp/0 99999\n", b"/ip4/127.0.0.1/tcp/0 1 2 3 4 5\n", b"x" * 9_000],
)
async def test_ports_that_cannot_be_read_were_not_kept(stored: bytes, tmp_path: Path) -> None:
    """Whatever happened to the file: the node starts, and what it has now is kept."""
    (tmp_path / NAME).write_bytes(stored)
    await Machine().start(tmp_path)

    assert PortFile(tmp_path).read() == {LOOPBACK: (50_001,)}


async def test_a_folder_that_takes_nothing_stops_nobody(tmp_path: Path) -> None:
    """The node runs, at another port the next time."""
    machine = Machine()
    await machine.start(tmp_path / "gone")
    (address,), _ = await machine.start(tmp_path / "gone")

    assert address.startswith("/ip4/127.0.0.1/tcp/50002/")


async def test_a_real_port_that_is_taken_is_passed_over(tmp_path: Path) -> None:
    """The node of libp2p says which address it could not have."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        number = other.getsockname()[1]
        PortFile(tmp_path).keep({LOOPBACK: (number,)})
        with trio.fail_after(60):
            async with open_listening(real_system(), Settings(tmp_path), KEY) as (node, taken):
                (address,) = node.addresses

        assert taken == (number,)
        assert f"/tcp/{number}/" not in address
        assert PortFile(tmp_path).read()[LOOPBACK] == (number, int(address.split("/")[4]))
