"""`parley relay` as a process: carrying for two people who only know the relay, restarting, and stopping."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from harness.prepared import Prepared, run_prepared
from harness.processes import CLUSTER_ID, PersonProcess, make_person, wait_until
from parley.settings import child_environment

LISTEN = "/ip4/127.0.0.1/tcp/0"


@contextmanager
def prepared_relay(data: Path, *options: str) -> Iterator[dict[str, Any]]:
    """A running relay that had nothing to import; what it says of itself."""
    with Prepared("parley", arguments(data, *options), child_environment(cluster_id=CLUSTER_ID)) as process:
        yield json.loads(process.stdout.readline())


def arguments(data: Path, *options: str) -> list[str]:
    """What is typed after `parley`."""
    return ["relay", "--data", str(data), "--json", "--with-parent", *options]


@contextmanager
def relay(data: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """A running relay with an interpreter of its own, and what it says of itself."""
    process = subprocess.Popen(
        [sys.executable, "-m", "parley", *arguments(data, *options)],
        env=child_environment(cluster_id=CLUSTER_ID),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        yield process, json.loads(line) if line else {}
    finally:
        process.kill()
        process.communicate()


def test_two_people_who_only_know_the_relay_talk(tmp_path: Path) -> None:
    """Also after it was killed and came back: same identity, same port, nobody told them."""
    alice, bob = (PersonProcess(tmp_path / name) for name in ("alice", "bob"))
    try:
        with prepared_relay(tmp_path / "relay", "--listen", LISTEN) as facts:
            for person in (alice, bob):
                make_person(person.data)
                person.peers = tuple(facts["addresses"])
                person.start()
            at_alice, at_bob = alice.add(bob), bob.add(alice)
            alice.send(at_alice, "through the relay")
            wait_until(lambda: bob.received(at_bob) == ["through the relay"])
        alice.send(at_alice, "while it was away")
        listening = facts["addresses"][0].rpartition("/p2p/")[0]
        with prepared_relay(tmp_path / "relay", "--listen", listening) as again:
            assert again["addresses"] == facts["addresses"]
            wait_until(lambda: bob.received(at_bob) == ["through the relay", "while it was away"])
    finally:
        for person in (alice, bob):
            person.kill()


@pytest.mark.parametrize("how", ["interrupt", "terminate", "end of input"])
def test_it_stops_when_asked(tmp_path: Path, how: str) -> None:
    """With exit status 0 and not a word of trouble."""
    with relay(tmp_path / "relay", "--listen", LISTEN) as (process, facts):
        assert facts["pid"] == process.pid
        assert facts["addresses"] == [
            f"{facts['addresses'][0].rpartition('/p2p/')[0]}/p2p/{facts['peer_id']}"
        ]
        if how == "end of input":
            assert process.stdin is not None
            process.stdin.close()
            process.stdin = None
        else:
            process.send_signal(signal.SIGINT if how == "interrupt" else signal.SIGTERM)
        out, err = process.communicate(timeout=30)

    assert (process.returncode, out, err) == (0, "", "")


def test_one_relay_a_folder(tmp_path: Path) -> None:
    """The second says so and what to do."""
    with prepared_relay(tmp_path / "relay", "--listen", LISTEN):
        second = run_prepared(arguments(tmp_path / "relay", "--listen", LISTEN))

    assert (second.returncode, second.stdout) == (1, "")
    assert second.stderr == "A relay runs on this data folder already. Name another folder with --data.\n"


def test_an_address_in_use_is_said_in_a_sentence(tmp_path: Path) -> None:
    """Of another relay's, say."""
    with prepared_relay(tmp_path / "one", "--listen", LISTEN) as facts:
        taken = facts["addresses"][0].rpartition("/p2p/")[0]
        second = run_prepared(arguments(tmp_path / "two", "--listen", taken))

    assert second.returncode == 1
    assert second.stderr.startswith("The address to listen on is in use by another program.")
