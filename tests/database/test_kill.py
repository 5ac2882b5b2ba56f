"""A process killed at any moment: every commit it reported is there, whole, and nothing is half there."""

from __future__ import annotations

import os
import random
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from conformance.store_rows import bytes32, commit, contact, conversation, conversation_id
from database.numbered_writer import numbered, state_of
from parley.chat.commit import StoredState
from parley.database.api import open_database

KEY = bytes32("key")
ROOT = Path(__file__).parents[2]
ROUNDS = 15


@pytest.fixture
def writers(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The process that forks writers to the database in this folder."""
    server = subprocess.Popen(
        [sys.executable, "-m", "database.numbered_writer", str(tmp_path / "profile.db"), KEY.hex()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "app"), str(ROOT / "tests")))},
    )
    with server:
        yield server
        assert server.stdin is not None
        server.stdin.close()
        assert server.wait(30) == 0


def killed_writer(writers: subprocess.Popen[bytes], seed: int, after_s: float) -> int:
    """Run a writer, kill it so long after it was ready, and return the last commit it reported (0 if none)."""
    assert writers.stdin is not None
    assert writers.stdout is not None
    writers.stdin.write(f"{seed}\n".encode())
    said = b""
    while not {b"pid", b"ready"} <= set(said.split()):
        said += os.read(writers.stdout.fileno(), 65536)
        assert b"ended" not in said
        assert writers.poll() is None
    deadline = time.monotonic() + after_s
    while (left := deadline - time.monotonic()) > 0:
        if select.select([writers.stdout], [], [], left)[0]:
            said += os.read(writers.stdout.fileno(), 65536)
    os.kill(int(said.split()[said.split().index(b"pid") + 1]), signal.SIGKILL)
    while b"ended" not in said:
        said += os.read(writers.stdout.fileno(), 65536)
    words = said.split()
    assert words[-2:] == [b"ended", str(-signal.SIGKILL.value).encode()]
    return max((int(number) for word, number in pairwise(words) if word == b"stored"), default=0)


@pytest.mark.skipif(os.name != "posix", reason="kills as POSIX does")
async def test_every_reported_commit_survives_a_kill(
    writers: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    """Fifteen lives of one file, each ended at a random moment."""
    path = tmp_path / "profile.db"
    async with open_database(path, KEY, create=True) as database:
        await database.apply(commit(contact("bob"), conversation("bob")))
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    stored = 0

    for _ in range(ROUNDS):
        reported = killed_writer(writers, chance.randrange(2**32), chance.uniform(0, 0.12))
        async with open_database(path, KEY) as database:
            await database.check()
            device = await database.device_state()
            # At most the commit that was being reported when the process died is there without a report.
            assert max(reported, stored) <= device.version <= max(reported, stored) + 1
            stored = device.version
            if stored == 0:
                continue
            assert device == StoredState(stored, state_of(stored))
            loaded = await database.load_conversation(conversation_id("bob"))
            assert loaded is not None
            assert (loaded.channel_version, loaded.channel) == (stored, stored.to_bytes(8, "big"))
            shown = await database.messages(conversation_id("bob"), stored + 10)
            assert [each.message_id for each in shown] == [
                bytes32(f"message m{n}") for n in range(1, stored + 1)
            ]
            assert [each.entry for each in await database.due(2**60, 10)] == [numbered(stored).rows[2]]

    # Otherwise the rounds were too short to say anything.
    assert stored > ROUNDS
