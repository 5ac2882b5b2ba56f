"""Prepared processes: they import nothing, and are otherwise as any process."""

from __future__ import annotations

import json
import signal
from pathlib import Path

from harness.prepared import CHAIN, IMPORTED, Prepared, fork_server, run_prepared, tell_imported


def test_everything_is_imported() -> None:
    """A module that is not there any more would be imported by each process again, and nobody would notice."""
    context = fork_server()
    here, there = context.Pipe()
    process = context.Process(target=tell_imported, args=(there,))
    process.start()
    there.close()
    with here:
        assert set(IMPORTED) - here.recv() == set()
    process.join()


def test_arguments_environment_and_streams_are_its_own(tmp_path: Path) -> None:
    """What it says on either stream is kept apart, and so is its exit status."""
    well = run_prepared(["doctor", "--json"], {"PARLEY_DATA": str(tmp_path / "none")})
    assert (well.returncode, well.stderr, json.loads(well.stdout)["ok"]) == (0, "", True)

    ill = run_prepared(["doctor", "--peer=hello", "--data", str(tmp_path)])
    assert (ill.returncode, ill.stdout) == (1, "")
    assert "cannot be read" in ill.stderr


def test_it_ends_by_a_signal_and_with_its_input(tmp_path: Path) -> None:
    """The end of its input is what tells it that this process is gone."""
    with Prepared(CHAIN, ["--port", "0", "--json", "--with-parent"], {}) as chain:
        assert json.loads(chain.stdout.readline())["chain_id"] == 31337
        assert chain.stdin is not None
        chain.stdin.close()
        assert chain.wait(30) == 0
    with Prepared(CHAIN, ["--port", "0", "--json"], {}) as chain:
        assert chain.stdout.readline()
        chain.send_signal(signal.SIGINT)
        assert chain.wait(30) == 0
        chain.kill()
    with Prepared(CHAIN, ["--port", "0", "--json"], {}) as chain:
        assert chain.stdout.readline()
        chain.kill()
        assert chain.wait(30) == -signal.SIGKILL
