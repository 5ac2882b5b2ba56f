"""What a start of `parley up` loads, and when: seen from outside, in the real process."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from harness.processes import PASSPHRASE, wait_until
from parley.settings import child_environment

# Nobody who waits for a page to type a passphrase into should wait for these.
HEAVY = {
    "libp2p",
    "multiaddr",
    "zeroconf",
    "fastecdsa",
    "web3",
    "ens",
    "eth_account",
    "eth_keys",
    "eth_utils",
    "eth_abi",
    "hexbytes",
    "coincurve",
    "aiohttp",
    "websockets",
    "grpc",
    "parley_demo",
}


@contextmanager
def watched(data: Path, log: Path) -> Iterator[tuple[httpx.Client, Callable[[], set[str]]]]:
    """Run `parley up`; gives a signed-in browser, and what tells the packages imported so far."""
    environment = child_environment(cluster_id=7399)
    for name in ("PARLEY_PASSPHRASE", "PARLEY_RPC"):
        environment.pop(name, None)
    command = [
        sys.executable,
        "-X",
        "importtime",
        "-m",
        "parley",
        "up",
        "--data",
        str(data),
        "--no-open",
        "--json",
    ]
    with log.open("wb") as errors:
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors
        )

    def imported() -> set[str]:
        lines = log.read_text(errors="replace").splitlines()
        names = [line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")]
        return {name.partition(".")[0] for name in names}

    try:
        assert process.stdout is not None
        facts = json.loads(process.stdout.readline())
        with httpx.Client(
            base_url=facts["url"],
            headers={"Origin": facts["url"].rstrip("/")},
            trust_env=False,
            follow_redirects=True,
            timeout=60,
        ) as browser:
            assert browser.get(facts["launch"]).status_code == 200
            yield browser, imported
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def test_the_first_page_of_all_loads_nothing_heavy(tmp_path: Path) -> None:
    """Served on an empty folder."""
    with watched(tmp_path / "data", tmp_path / "log") as (_, imported):
        assert "fastapi" in imported()
        assert imported() & HEAVY == set()


def test_a_locked_page_loads_nothing_heavy(profiles: Path, tmp_path: Path) -> None:
    """The network is loaded with the passphrase; Ethereum's reader not even then, while no node is set."""
    data = Path(shutil.copytree(profiles / "alice", tmp_path / "alice"))
    with watched(data, tmp_path / "log") as (browser, imported):
        assert "Locked: not receiving" in browser.get("").text
        assert imported() & HEAVY == set()

        assert browser.post("unlock", data={"passphrase": PASSPHRASE}).status_code == 200
        wait_until(lambda: "libp2p" in imported())
        assert imported() & {"web3", "ens", "parley_demo"} == set()
