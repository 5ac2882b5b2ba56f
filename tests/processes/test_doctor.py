"""`parley doctor` as a person runs it: real peers, a real chain, and what a script gets."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from chain.hostile_endpoint import hostile_endpoint, result, send_body
from harness.embedded_world import embedded_world
from harness.prepared import run_prepared
from harness.processes import CLUSTER_ID, PASSPHRASE, PersonProcess, wait_until
from parley.settings import child_environment

Two = tuple[PersonProcess, PersonProcess]
NOBODY = "/ip4/127.0.0.1/tcp/1/p2p/12D3KooWGRUfLmdSRVzCJ5nqdRGVkPbtF5Lpnh6PXbVVpPTxxJxZ"


def run_doctor(data: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run `parley doctor`; a passphrase in the environment is none of its business."""
    environment = child_environment(passphrase=PASSPHRASE, cluster_id=CLUSTER_ID)
    return run_prepared(["doctor", "--data", str(data), *options], environment)


def findings(ended: subprocess.CompletedProcess[str]) -> dict[str, list[dict[str, Any]]]:
    """The findings of `--json`, by their word."""
    told = json.loads(ended.stdout)
    assert told["ok"] == (ended.returncode == 0)
    assert ended.stderr == ""
    by_check: dict[str, list[dict[str, Any]]] = {}
    for each in told["findings"]:
        by_check.setdefault(each["check"], []).append(each)
    return by_check


def test_without_a_profile_in_plain_words(tmp_path: Path) -> None:
    """The first thing somebody runs whose Parley does not start."""
    ended = run_doctor(tmp_path / "none")

    assert ended.returncode == 0
    assert "There is no profile in" in ended.stdout
    assert "No peer was named." in ended.stdout
    assert not (tmp_path / "none").exists()


def test_peers_that_answer_and_one_that_does_not(people: Two) -> None:
    """Beside a Parley that runs on the folder; the one that is not there makes it end with 1."""
    alice, bob = people
    alice.start()
    bob.start()

    well = findings(
        run_doctor(alice.data, "--json", "--peer", alice.addresses[0], "--peer", bob.addresses[0])
    )
    assert [each["state"] for each in well["peers"]] == ["ok", "ok"]
    assert well["page"][0]["sentence"] == f"Parley runs; its page is at {alice.url}"
    assert well["profile"][0]["state"] == "ok"
    assert well["clock"][0]["state"] == "unknown"

    ill = findings(run_doctor(alice.data, "--json", "--peer", bob.addresses[0], "--peer", NOBODY))
    assert [each["state"] for each in ill["peers"]] == ["ok", "wrong"]
    wait_until(lambda: alice.client.get("").status_code == 200)


def test_ethereum_nodes(tmp_path: Path) -> None:
    """One that answers, one on another chain than was meant, one that is not there; keys in addresses stay hidden."""
    with embedded_world() as world:
        node = f"{world.url}/secret-key"
        right = findings(run_doctor(tmp_path, "--json", "--rpc", node, "--chain-id", "31337"))
        assert [each["state"] for each in right["rpc"]] == ["ok"]
        assert right["clock"][0]["state"] == "unknown"

        wrong = findings(run_doctor(tmp_path, "--json", "--rpc", node))
        assert [each["state"] for each in wrong["rpc"]] == ["wrong"]
        assert "on chain 31337 and not on chain 1" in wrong["rpc"][0]["sentence"]

    gone = run_doctor(tmp_path, "--json", "--rpc", node, "--chain-id", "31337")
    assert [each["state"] for each in findings(gone)["rpc"]] == ["wrong"]
    assert "secret-key" not in gone.stdout


@pytest.mark.parametrize(("ahead_s", "state"), [(0, "ok"), (3_600, "wrong"), (-3_600, "warning")])
def test_the_clock_against_a_block(ahead_s: int, state: str, tmp_path: Path) -> None:
    """A clock that is behind the chain is wrong: nobody mines in the future."""

    def node(connection: socket.socket, request: dict[str, Any]) -> None:
        block = {"number": "0x1", "hash": "0x" + "11" * 32, "timestamp": hex(int(time.time()) + ahead_s)}
        answer = "0x1" if request["method"] == "eth_chainId" else block
        send_body(connection, result(request, answer))

    with hostile_endpoint(node) as address:
        told = findings(run_doctor(tmp_path, "--json", "--rpc", address))

    assert [each["state"] for each in told["clock"]] == [state]


@pytest.mark.parametrize("option", ["--peer=hello", "--rpc=ws://node"])
def test_an_address_that_is_none_is_told(option: str, tmp_path: Path) -> None:
    """In one sentence, as `parley up` does."""
    ended = run_doctor(tmp_path, option)

    assert ended.returncode == 1
    assert "cannot be read" in ended.stderr
    assert "Traceback" not in ended.stderr
