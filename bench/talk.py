"""Two people in two browsers: from Send to the text before the other's eyes, memory, and the very first message.

Each person is `parley up` in a process of its own with a page in Chromium; they reach each other through a relay, all
of it over loopback. Times are taken by the pages, from the click to the change of the other document: both are in one
browser, and so of one clock.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import trio
from playwright.sync_api import Browser, FilePayload, Page, expect, sync_playwright

from bench import first_message
from bench.processes import memory_mib, running
from bench.table import Row
from parley.messenger import make_profile, real_system
from parley.settings import child_environment

MESSAGES = 100
WARM_UP = 10
"""So many messages come first and do not count: what they set up is a first message's work, not the talk's."""

PASSPHRASE = "bench"  # noqa: S105 - the profiles are thrown away.
CLUSTER_ID = 7395
LOOPBACK = "/ip4/127.0.0.1/tcp/0"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
TIMEOUT_MS = 60_000

# Evaluated by the debugger, which the page's policy does not concern.
WATCH = """() => {
  window.seen = {};
  window.awaited = {};
  const note = (key) => {
    window.seen[key] ??= Date.now();
    window.awaited[key]?.(window.seen[key]);
  };
  const look = () => {
    for (const each of [...document.querySelectorAll("#messages .message")].slice(-3)) {
      const text = each.querySelector(".text").textContent;
      if (each.matches(".other")) note("received " + text);
      else if (each.querySelector(".state.delivered")) note("delivered " + text);
    }
  };
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
  document.addEventListener("click", (event) => {
    if (event.target.closest(".send")) window.pressed = Date.now();
  }, true);
}"""
SEEN = "(key) => window.seen[key] ?? new Promise((resolve) => { window.awaited[key] = resolve; })"


@dataclass(frozen=True, slots=True)
class Talk:
    """What two pages and the processes behind them measured."""

    read_ms: list[float]
    delivered_ms: list[float]
    nodes_mib: list[float]
    relay_mib: float


def run() -> list[Row]:
    """Measure everything once."""
    with tempfile.TemporaryDirectory() as folder:
        talk = _talk(Path(folder))
    cuts = quantiles(talk.read_ms, n=100)
    return [
        Row("load of the machine after the talk, one minute", os.getloadavg()[0], ""),
        Row(f"Send to the other's page, {MESSAGES} in turn, p50", cuts[49], "ms", promise=150),
        Row(f"Send to the other's page, {MESSAGES} in turn, p95", cuts[94], "ms", promise=300),
        Row("Send to Delivered on the own page, p50", median(talk.delivered_ms), "ms"),
        Row(
            "memory of a node that talked with a page open, larger of two",
            max(talk.nodes_mib),
            "MiB",
            promise=200,
        ),
        Row("memory of the relay", talk.relay_mib, "MiB"),
        *first_message.run(),
    ]


def _talk(folder: Path) -> Talk:
    for name in ("alice", "bob"):
        trio.run(make_profile, folder / name, PASSPHRASE, "bench", real_system())
    with _relay(folder / "relay") as relay:
        peer = relay["addresses"][0]
        with (
            _person(folder / "alice", peer) as alice,
            _person(folder / "bob", peer) as bob,
            _chromium() as browser,
        ):
            here, there = _introduced(browser, alice, bob)
            for number in range(WARM_UP):
                _exchange(here, there, f"warming up {number}")
            times = [_exchange(here, there, f"message {number}") for number in range(MESSAGES)]
            nodes_mib = [memory_mib(each["pid"]) for each in (alice, bob)]
            read_ms, delivered_ms = (list(each) for each in zip(*times, strict=True))
            return Talk(read_ms, delivered_ms, nodes_mib, memory_mib(relay["pid"]))


def _exchange(alice: Page, bob: Page, text: str) -> tuple[float, float]:
    """Send a text; how long it took to Bob's page, and to Alice's own page to say that it was delivered."""
    alice.get_by_label("Message", exact=True).fill(text)
    alice.get_by_role("button", name="Send").click()
    received = bob.evaluate(SEEN, f"received {text}")
    delivered = alice.evaluate(SEEN, f"delivered {text}")
    pressed = alice.evaluate("window.pressed")
    expect(alice.get_by_label("Message", exact=True)).to_have_value("")
    return received - pressed, delivered - pressed


def _introduced(browser: Browser, *people: dict[str, Any]) -> list[Page]:
    """A page for each of two people, at their conversation with the other one."""
    pages = [browser.new_context().new_page() for _ in people]
    records = []
    for page, person in zip(pages, people, strict=True):
        page.set_default_timeout(TIMEOUT_MS)
        page.goto(person["launch"])
        records.append(page.request.get(person["url"] + "contact-record").body())
    for page, person, record in zip(pages, people, reversed(records), strict=True):
        file: FilePayload = {"name": "record", "mimeType": "application/octet-stream", "buffer": record}
        answer = page.request.post(
            person["url"] + "contacts",
            headers={"Origin": person["url"].rstrip("/")},
            multipart={"nickname": "", "record": file},
        )
        page.goto(answer.url)
        page.evaluate(WATCH)
    return pages


@contextmanager
def _chromium() -> Iterator[Browser]:
    executable = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if executable is None:
        raise RuntimeError("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(CHROMIUM_ARGUMENTS))
        yield browser
        browser.close()


def _relay(data: Path) -> AbstractContextManager[dict[str, Any]]:
    command = [sys.executable, "-m", "parley", "relay", "--data", str(data), "--listen", LOOPBACK]
    return running([*command, "--json", "--with-parent"], child_environment(cluster_id=CLUSTER_ID))


def _person(data: Path, peer: str) -> AbstractContextManager[dict[str, Any]]:
    command = [
        sys.executable,
        "-m",
        "parley",
        "up",
        "--data",
        str(data),
        "--listen",
        LOOPBACK,
        "--peer",
        peer,
    ]
    environment = child_environment(passphrase=PASSPHRASE, cluster_id=CLUSTER_ID, rpc="")
    return running([*command, "--no-open", "--json", "--with-parent"], environment)
