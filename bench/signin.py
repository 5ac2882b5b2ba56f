"""Start and sign-in: how long `parley up` takes until a person sees a page, and until they are in.

Each start is a process of its own on a warm disk; times count from before it to the last byte of a page that a
signed-in browser got. The promise is about the median: the slowest says more about what else the machine was doing,
which CPU time does not count.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

import trio

from bench.processes import memory_mib
from bench.table import Row
from parley.messenger import make_profile, real_system
from parley.settings import child_environment

STARTS = 5
FIRST_PAGE_S = 5.0
PASSPHRASE = "bench"  # noqa: S105 - the profile is thrown away.
CLUSTER_ID = 7396
LATER = ("libp2p", "web3", "ens", "eth_account", "eth_keys", "eth_abi", "coincurve")
"""Libraries that a page without an opened profile does without."""


@dataclass(frozen=True, slots=True)
class Start:
    """One start, until the first page and then until the profile was open."""

    page_s: float
    page_cpu_s: float
    unlocked_s: float
    locked_mib: float
    unlocked_mib: float


def run() -> list[Row]:
    """Measure everything once."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        first_runs = [_first_run(Path(folder) / str(number)) for number in range(STARTS)]
        trio.run(make_profile, data, PASSPHRASE, "bench", real_system())
        starts = [_start(data) for _ in range(STARTS)]
        locked, unlocked = _imported(data)
    pages = [each.page_s for each in starts]
    return [
        Row("start to the first page, no profile yet, median", median(first_runs), "s", promise=FIRST_PAGE_S),
        Row("start to the first page, locked, median", median(pages), "s", promise=FIRST_PAGE_S),
        Row(f"the same, slowest of {STARTS}", max(pages), "s"),
        Row("the same, CPU, median", median(each.page_cpu_s for each in starts), "s"),
        Row("passphrase to the conversations, median", median(each.unlocked_s for each in starts), "s"),
        Row("memory, locked, median", median(each.locked_mib for each in starts), "MiB"),
        Row("memory, unlocked, median", median(each.unlocked_mib for each in starts), "MiB"),
        Row("heavy libraries loaded for a locked page", len(locked.intersection(LATER)), "", promise=0),
        Row("web3 loaded with no Ethereum node set", len(unlocked & {"web3", "ens"}), "", promise=0),
    ]


class Browser:
    """Keeps cookies, and speaks to one page as a browser does."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor()
        )

    def read(self, address: str, **form: str) -> bytes:
        """The page at an address of this server, after a POST if there is a form."""
        body = urlencode(form).encode() if form else None
        request = urllib.request.Request(address, body, {"Origin": self._url.rstrip("/")})  # noqa: S310 - localhost.
        with self._opener.open(request, timeout=60) as answer:
            content: bytes = answer.read()
            return content


def _first_run(data: Path) -> float:
    began = time.perf_counter()
    with _running(data) as (_, browser, launch):
        browser.read(launch)
        return time.perf_counter() - began


def _start(data: Path) -> Start:
    began = time.perf_counter()
    with _running(data) as (process, browser, launch):
        page = browser.read(launch)
        page_s = time.perf_counter() - began
        assert b"passphrase" in page
        page_cpu_s = _cpu_s(process.pid)
        locked_mib = memory_mib(process.pid)
        typed = time.perf_counter()
        browser.read(launch.partition("/launch/")[0] + "/unlock", passphrase=PASSPHRASE)
        unlocked_s = time.perf_counter() - typed
        return Start(page_s, page_cpu_s, unlocked_s, locked_mib, memory_mib(process.pid))


def _imported(data: Path) -> tuple[set[str], set[str]]:
    """The packages that a process has imported with a locked page, and once it is unlocked."""
    with (
        tempfile.TemporaryFile() as told,
        _running(data, "-X", "importtime", errors=told.fileno()) as running,
    ):
        _, browser, launch = running
        browser.read(launch)
        locked = _packages(told.fileno())
        browser.read(launch.partition("/launch/")[0] + "/unlock", passphrase=PASSPHRASE)
        return locked, _packages(told.fileno())


def _packages(told: int) -> set[str]:
    lines = os.pread(told, 2**24, 0).decode(errors="replace").splitlines()
    return {
        line.rpartition("|")[2].strip().partition(".")[0] for line in lines if line.startswith("import time:")
    }


@contextmanager
def _running(
    data: Path, *options: str, errors: int = subprocess.DEVNULL
) -> Iterator[tuple[subprocess.Popen[bytes], Browser, str]]:
    command = [sys.executable, *options, "-m", "parley", "up", "--data", str(data), "--no-open", "--json"]
    environment = child_environment(cluster_id=CLUSTER_ID)
    environment.pop("PARLEY_PASSPHRASE", None)
    environment.pop("PARLEY_RPC", None)
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors
    ) as process:
        try:
            assert process.stdout is not None
            facts = json.loads(process.stdout.readline())
            yield process, Browser(facts["url"]), facts["launch"]
        finally:
            process.terminate()


def _cpu_s(pid: int) -> float:
    after_the_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_the_name[11]) + int(after_the_name[12])) / os.sysconf("SC_CLK_TCK")
