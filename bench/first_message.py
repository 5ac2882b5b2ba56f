"""From nothing to a first message: a clone, `make setup`, `parley demo`, and a text of Alice's that Bob has.

The clone is of what this checkout has committed. Every package is on this machine already (package_cache.py):
otherwise the time would be that of somebody else's network.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import package_cache
from bench.processes import running
from bench.signin import Browser
from bench.table import Row
from parley.settings import child_environment

ROOT = Path(__file__).resolve().parents[1]
PROMISE_S = 90.0
DELIVERED_WITHIN_S = 120
LOOK_EVERY_S = 0.1


def run() -> list[Row]:
    """Measure it once."""
    with tempfile.TemporaryDirectory() as folder:
        first, checkout, cache = (Path(folder) / each for each in ("first", "parley", "cache"))
        _clone(first)
        environment = package_cache.fill(cache, first)
        shutil.rmtree(first)
        load_before = os.getloadavg()[0]
        began = time.perf_counter()
        _clone(checkout)
        package_cache.set_up(checkout, environment)
        set_up = time.perf_counter()
        command = [str(checkout / ".venv/bin/parley"), "demo", "--no-open", "--json"]
        with running(
            [*command, "--data", str(Path(folder) / "demo")], child_environment(), cwd=checkout
        ) as facts:
            ready = time.perf_counter()
            _talk({each["name"]: each for each in facts["people"]})
            delivered = time.perf_counter()
    return [
        Row("load of the machine before the clone, one minute", load_before, ""),
        Row("load of the machine after the first message, one minute", os.getloadavg()[0], ""),
        Row("clone to first message, all packages cached", delivered - began, "s", promise=PROMISE_S),
        Row("of these: clone and make setup", set_up - began, "s"),
        Row("of these: parley demo until everybody is ready", ready - set_up, "s"),
        Row("of these: the message, until it is delivered", delivered - ready, "s"),
    ]


def _clone(to: Path) -> None:
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(to)], check=True)


def _talk(people: dict[str, dict[str, Any]]) -> None:
    """Send Bob a text on Alice's page, and wait until it says that he has it."""
    alice, bob = people["Alice"], people["Bob"]
    browser, text = Browser(alice["url"]), f"hello {secrets.token_hex(4)}"
    home = browser.read(alice["launch"]).decode()
    conversations = [f"{alice['url']}{each}" for each in re.findall(r"conversations/[0-9a-f]{32}", home)]
    address = next(each for each in conversations if bob["account"] in browser.read(each).decode())
    browser.read(address + "/messages", text=text, form_token=secrets.token_hex(16))
    shown = re.compile(re.escape(text) + r'</p>(?:(?!</li>).)*class="state delivered"', re.DOTALL)
    deadline = time.monotonic() + DELIVERED_WITHIN_S
    while not shown.search(browser.read(address).decode()):
        if time.monotonic() > deadline:
            raise RuntimeError("the first message was not delivered")
        time.sleep(LOOK_EVERY_S)
