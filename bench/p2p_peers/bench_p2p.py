"""Gossip between two processes: our adapter beside stock py-libp2p, in one run.

CPU per message is the process's own time from the end of the warm-up, 400 messages of 1 KiB at 100 a second, the
better of two rounds; on a busy machine it holds where wall time does not. "stock" has its spam filter off and its
heartbeat at a second; "stock as shipped" has neither changed, and is there for what it loses. Ours does what stock
does not: judges a Waku message, answers metadata and time, keeps budgets; stock signs and verifies each message.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.p2p_peers.node_process import MESSAGES, PER_SECOND
from bench.table import Row

ROUNDS = 2


@dataclass(frozen=True, slots=True)
class Gossip:
    """What one pair of processes used."""

    publisher_ms: float
    subscriber_ms: float
    lost: int
    start_s: float
    resident_mib: float


def run() -> list[Row]:
    """Measure ours and stock in turn, and stock as it is shipped once."""
    rounds = [(_gossip("ours"), _gossip("stock")) for _ in range(ROUNDS)]
    shipped = _gossip("defaults")
    ours, stock = (_best(list(side)) for side in zip(*rounds, strict=True))
    condition = f"{MESSAGES} messages of 1 KiB, {PER_SECOND}/s"
    return [
        Row(f"CPU a message, publisher, {condition}", ours.publisher_ms, "ms", "stock", stock.publisher_ms),
        Row(
            f"CPU a message, subscriber, {condition}", ours.subscriber_ms, "ms", "stock", stock.subscriber_ms
        ),
        Row(f"lost of {condition}", ours.lost, "messages", "stock", stock.lost, promise=0),
        Row(f"lost of {condition}", ours.lost, "messages", "stock as shipped", shipped.lost, promise=0),
        Row("load libp2p and start a node", ours.start_s, "s", "stock", stock.start_s),
        Row("memory of a started node", ours.resident_mib, "MiB", "stock", stock.resident_mib),
    ]


def _best(rounds: list[Gossip]) -> Gossip:
    return Gossip(
        min(each.publisher_ms for each in rounds),
        min(each.subscriber_ms for each in rounds),
        max(each.lost for each in rounds),
        min(each.start_s for each in rounds),
        min(each.resident_mib for each in rounds),
    )


def _gossip(kind: str) -> Gossip:
    with _process(kind, "subscriber") as subscriber:
        started = _line(subscriber)
        with _process(kind, "publisher", str(started["address"])) as publisher:
            _line(publisher)
            sent = _line(publisher)
            took = _line(subscriber)
    return Gossip(
        float(sent["cpu_ms"]),
        float(took["cpu_ms"]),
        MESSAGES - int(took["received"]),
        float(started["start_s"]),
        float(started["resident_mib"]),
    )


@contextmanager
def _process(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "bench.p2p_peers.node_process", *arguments]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _line(process: subprocess.Popen[str]) -> dict[str, float | int | str]:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError("a node's process ended without saying what it used")
    facts: dict[str, float | int | str] = json.loads(line)
    return facts
