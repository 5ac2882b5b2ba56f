"""A LAN without a router: two network namespaces joined by a cable, with link-local addresses and nothing else."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest


@dataclass(frozen=True, slots=True)
class Lan:
    """Two machines.

    Attributes:
        names: the namespaces.
        hosts: the address of each.
    """

    names: tuple[str, str]
    hosts: tuple[str, str]

    def inside(self, number: int) -> list[str]:
        """What has to stand before a command to run it on one of them."""
        return ["ip", "netns", "exec", self.names[number]]


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@contextmanager
def lan() -> Iterator[Lan]:
    """Make the LAN and take it down again. Skips, loudly, where a test may not make one: it takes root."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("NOT TRIED ON A LAN: it takes root and the command ip")
    tag = secrets.token_hex(3)
    names = (f"parley-{tag}-a", f"parley-{tag}-b")
    hosts = ("169.254.7.1", "169.254.7.2")
    cable = (f"pl{tag}a", f"pl{tag}b")
    try:
        for name in names:
            try:
                _ip("netns", "add", name)
            except subprocess.CalledProcessError:
                pytest.skip("NOT TRIED ON A LAN: this kernel makes no network namespaces")
        _ip("link", "add", cable[0], "type", "veth", "peer", "name", cable[1])
        for name, end, host in zip(names, cable, hosts, strict=True):
            _ip("link", "set", end, "netns", name)
            _ip("-n", name, "addr", "add", f"{host}/16", "dev", end)
            _ip("-n", name, "link", "set", "lo", "up")
            _ip("-n", name, "link", "set", end, "up")
        yield Lan(names, hosts)
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)
