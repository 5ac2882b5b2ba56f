"""The node of a profile, at the ports it had before: addresses in invites stay good across restarts.

    profile.ports    one line for each address that is listened on without a port of its own:
                     the address, and the ports it has had, the first one tried first

A port that another program has taken meanwhile is passed over for this run, and kept: invites name it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import trio

from parley.chat.direct.topics import INBOX_TOPICS
from parley.messenger.private_file import write_private
from parley.p2p.api import AddressInUseError, Faults, Network, NodeSettings, Stamps
from parley.settings import Settings

if TYPE_CHECKING:
    from parley.messenger.system import System

_log = logging.getLogger(__name__)

NAME: Final = "profile.ports"
_MAX_BYTES: Final = 4_096
_MAX_PORTS: Final = 4
_ANY_PORT: Final = "/tcp/0"
_LINE = re.compile(r"(/ip[46]/[0-9a-fA-F:.]{1,45}/tcp/0)((?: [0-9]{1,5}){1,4})")
_BOUND = re.compile(r"/(ip[46])/([0-9a-fA-F:.]{1,45})/tcp/([0-9]{1,5})(?:/p2p/.*)?")
_EVERYWHERE: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, not bound to.

Kept = Mapping[str, tuple[int, ...]]
"""The ports that an address to listen on has had, by the address; the first one is tried first."""


class Ports(Protocol):
    """Where a profile keeps its ports. Both methods may do IO, and raise nothing."""

    def read(self) -> Kept:
        """What was kept; whatever cannot be read was not."""
        ...

    def keep(self, ports: Kept) -> None:
        """Keep this from now on, or, where the disk does not take it, what was kept before."""
        ...


class PortFile:
    """The ports in a data folder."""

    def __init__(self, data: Path) -> None:
        self._path = data / NAME

    def read(self) -> Kept:
        """See `Ports.read`."""
        try:
            with self._path.open("rb") as file:
                text = file.read(_MAX_BYTES).decode("ascii", "replace")
        except OSError:
            return {}
        kept = {each[1]: _numbers(each[2]) for each in map(_LINE.fullmatch, text.splitlines()) if each}
        return {address: ports for address, ports in kept.items() if ports}

    def keep(self, ports: Kept) -> None:
        """See `Ports.keep`."""
        lines = [f"{each} {' '.join(map(str, numbers))}\n" for each, numbers in ports.items()]
        try:
            write_private(self._path, "".join(lines).encode("ascii"))
        except OSError as error:
            _log.warning("the node's ports were not kept: %s", type(error).__name__)


@asynccontextmanager
async def open_listening(
    system: System, settings: Settings, key: bytes
) -> AsyncIterator[tuple[Network, tuple[int, ...]]]:
    """Open the node of a profile, at the ports it had before.

    Args:
        key: 32 bytes, the secret of its libp2p identity.

    Yields:
        The node, and the ports it had before that another program has taken.

    Raises:
        AddressInUseError: an address that was named with its port is taken. And what opening a node raises.
    """
    node = NodeSettings(
        key=key,
        listen=settings.listen,
        peers=settings.peers,
        mdns=settings.mdns,
        cluster_id=settings.cluster_id,
        faults=Faults.parse(settings.faults) if settings.faults else None,
        clock=system.clock,
        stamps=Stamps(INBOX_TOPICS),
    )
    ports = system.ports(settings.data)
    kept = await trio.to_thread.run_sync(ports.read)
    tried = {each: iter((*kept.get(each, ()), 0)) for each in settings.listen if each.endswith(_ANY_PORT)}
    chosen = {each: next(numbers) for each, numbers in tried.items()}
    taken: list[int] = []
    async with AsyncExitStack() as stack:
        while True:
            listen = tuple(_with_port(each, chosen.get(each)) for each in settings.listen)
            try:
                network = await stack.enter_async_context(system.open_network(replace(node, listen=listen)))
                break
            except AddressInUseError as error:
                blocked = [
                    each for each, port in chosen.items() if port and _with_port(each, port) == error.address
                ]
                if not blocked:
                    raise
                for each in blocked:
                    _log.warning("network.port_taken port=%s", chosen[each])
                    taken.append(chosen[each])
                    chosen[each] = next(tried[each])
        now_kept = {**kept, **_kept_now(kept, chosen, network.addresses)}
        if now_kept != kept:
            await trio.to_thread.run_sync(ports.keep, now_kept)
        yield network, tuple(taken)


def _kept_now(kept: Kept, chosen: Mapping[str, int], addresses: tuple[str, ...]) -> Kept:
    """What is to be kept of those addresses whose port was chosen by the system, once they are listened on."""
    found = [match for match in map(_BOUND.fullmatch, addresses) if match]
    used = set(chosen.values())
    new: dict[str, tuple[int, ...]] = {}
    for address in (each for each, port in chosen.items() if port == 0):
        _, family, host, *_ = address.split("/")
        for match in found:
            port = int(match[3])
            if match[1] == family and (host in _EVERYWHERE or match[2] == host) and port not in used:
                used.add(port)
                # The oldest stay first: most invites name them.
                new[address] = (*kept.get(address, ()), port)[-_MAX_PORTS:]
                break
    return new


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(port for port in map(int, text.split()) if 0 < port < 65_536)


def _with_port(address: str, port: int | None) -> str:
    return address if port is None else f"{address[: -len(_ANY_PORT)]}/tcp/{port}"
