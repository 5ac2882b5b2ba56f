"""How each part of the demo is started."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

from parley.settings import child_environment
from parley_demo.folder import DemoFolder
from parley_demo.process import Command

PASSPHRASE: Final = "demo"  # noqa: S105 - the demo's people hold nothing of anybody's.

CLUSTER_ID: Final = 7338
"""Not the network that people use: what is said in a demo stays on this machine."""

CHAIN_ID: Final = 31337

LOOPBACK: Final = "/ip4/127.0.0.1/tcp/"

_PARLEY = (sys.executable, "-m", "parley")

# What this process was told of itself must not reach the others: one port for all of them, say. Set to nothing is
# not set. And nobody is looked for on the LAN.
_SETTINGS: Final = {
    **dict.fromkeys(("data", "port", "listen", "peers", "passphrase", "lock_after", "rpc", "chain_id"), ""),
    "mdns": "0",
}


def chain_command(folder: DemoFolder, port: int) -> Command:
    """The chain, which comes back from its journal."""
    arguments = (
        *(sys.executable, "-m", "parley_demo.chain"),
        *("--port", str(port), "--journal", str(folder.journal), "--json", "--with-parent"),
    )
    return Command(arguments, child_environment(**_SETTINGS))


def relay_command(folder: DemoFolder, port: int) -> Command:
    """The relay."""
    arguments = (
        *(*_PARLEY, "relay", "--data", str(folder.relay), "--listen", f"{LOOPBACK}{port}"),
        *("--network", str(CLUSTER_ID), "--json", "--with-parent"),
    )
    return Command(arguments, child_environment(**_SETTINGS))


def person_command(folder: DemoFolder, name: str, chain: str, relay: Sequence[str]) -> Command:
    """One of the demo's people, who makes their profile by themselves and is never locked for want of requests."""
    arguments = (*_PARLEY, "demo-person", name, *_as_person(folder, name, chain, relay), "--lock-after", "0")
    return Command(arguments, child_environment(**(_SETTINGS | {"passphrase": PASSPHRASE})))


def own_command(folder: DemoFolder, name: str, chain: str, relay: Sequence[str]) -> Command:
    """A Parley of your own, which knows nothing of the demo but its chain and its relay."""
    arguments = (*_PARLEY, "up", *_as_person(folder, name, chain, relay))
    return Command(arguments, child_environment(**_SETTINGS))


def _as_person(folder: DemoFolder, name: str, chain: str, relay: Sequence[str]) -> tuple[str, ...]:
    peers = (part for address in relay for part in ("--peer", address))
    return (
        *("--data", str(folder.of(name)), "--rpc", chain, "--chain-id", str(CHAIN_ID)),
        *("--network", str(CLUSTER_ID), "--listen", f"{LOOPBACK}0", *peers),
        *("--no-open", "--json", "--with-parent"),
    )
