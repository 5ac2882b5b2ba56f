"""Settings of one run. The only reader of the environment.

Guarded by tests/test_settings.py::test_no_other_module_reads_the_environment.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from platformdirs import user_data_path

DEFAULT_LISTEN = "/ip4/127.0.0.1/tcp/0"


_NUMBERS = {"port": 0, "cluster_id": 0, "lock_after": 0, "chain_id": 1, "mdns": 0}
"""The settings that are whole numbers, with the least that each may be."""

_LISTS = ("listen", "peers", "rpc")
_LONGEST_NUMBER = 18


class InvalidSettingError(Exception):
    """A variable of the environment holds something that is no whole number of at least `least`."""

    def __init__(self, variable: str, least: int) -> None:
        super().__init__(variable)
        self.variable = variable
        self.least = least


@dataclass(frozen=True, slots=True)
class Settings:
    """What one run is told, by options first, then by `PARLEY_...` in the environment, then by default.

    Attributes:
        data: the data folder of the profile (PARLEY_DATA).
        port: the page's port on localhost; 0 keeps the folder's port or picks a free one (PARLEY_PORT).
        listen: multiaddrs to listen on, separated by spaces in the environment (PARLEY_LISTEN).
        peers: multiaddrs of static peers, each with its /p2p/ part (PARLEY_PEERS).
        mdns: whether nodes on the LAN are looked for, and may find us, while we listen on an address of it; 0 is off
            (PARLEY_MDNS).
        cluster_id: the Waku cluster (PARLEY_CLUSTER_ID).
        faults: faults injected into what arrives, for tests, as `loss=0.3,seed=1` (PARLEY_FAULTS).
        passphrase: unlocks the profile at the start (PARLEY_PASSPHRASE).
        lock_after: minutes without a request after which the profile is locked, 0 never;
            None if it was not given (PARLEY_LOCK_AFTER).
        rpc: addresses of JSON-RPC of Ethereum nodes, the preferred one first, separated by spaces in the environment
            (PARLEY_RPC). Never shown whole: an address's path often is a key.
        chain_id: the chain that they are on; None if it was not given (PARLEY_CHAIN_ID).
    """

    data: Path
    port: int = 0
    listen: tuple[str, ...] = (DEFAULT_LISTEN,)
    peers: tuple[str, ...] = ()
    mdns: bool = True
    cluster_id: int = 7337
    faults: str = ""
    passphrase: str | None = field(default=None, repr=False)
    lock_after: int | None = None
    rpc: tuple[str, ...] = field(default=(), repr=False)
    chain_id: int | None = None


def read_settings(
    environ: Mapping[str, str] | None = None, *, defaults: Mapping[str, Any] | None = None, **options: Any
) -> Settings:
    """Read the settings of this run.

    Args:
        environ: the environment; the process's own by default.
        defaults: what holds where nothing else was said, instead of what `Settings` says.
        options: what the command line gave; None means not given.

    Raises:
        InvalidSettingError: a number in the environment is not one.
    """
    environ = os.environ if environ is None else environ
    given = {name: value for name, value in options.items() if value is not None and value != ()}
    known = {each.name for each in fields(Settings)}
    values: dict[str, Any] = {}
    for name in known:
        variable = f"PARLEY_{name.upper()}"
        text = environ.get(variable)
        if not text:
            continue  # Set to nothing is not set: an empty passphrase would be no passphrase.
        if name in _NUMBERS:
            number = _number(variable, text, _NUMBERS[name])
            values[name] = bool(number) if name == "mdns" else number
        elif name in _LISTS:
            values[name] = tuple(text.split())
        elif name == "data":
            values[name] = Path(text)
        else:
            values[name] = text
    values = {"data": user_data_path("parley", appauthor=False), **(defaults or {})} | values | given
    # From here on nothing depends on the working folder, nor has "." to be told from other names.
    values["data"] = values["data"].absolute()
    return Settings(**values)


def _number(variable: str, text: str, least: int) -> int:
    if not text.isdecimal() or len(text) > _LONGEST_NUMBER or int(text) < least:
        raise InvalidSettingError(variable, least)
    return int(text)


def child_environment(**values: str | int) -> dict[str, str]:
    """The environment for a process that is started with these settings."""
    return dict(os.environ) | {f"PARLEY_{name.upper()}": str(value) for name, value in values.items()}
