"""A process killed at any moment: every commit it reported is there, whole, and nothing is half there."""

from __future__ import annotations

import os
import random
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conformance.store_rows import bytes32, commit, contact, conversation, conversation_id
from database.numbered_writer import numbered, state_of
from parley.chat.commit import StoredState
from parley.database.api import open_database

KEY = bytes32("key")
ROOT = Path(__file__).parents[2]
ROUNDS = 15


def killed_writer(path: Path, seed: int, after_s: float) -> int:
    """Run the writer, kill it so long after it was ready, and return the last commit it reported (0 if none)."""
    child = subprocess.Popen(
        [sys.executable, "-m", "database.numbered_writer", str(path), KEY.hex(), str(seed)],
        stdout=subprocess.PIPE,
        bufsize=0,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "app"), str(ROOT / "tests")))},
    )
    assert child.stdout is not None
    try:
        assert child.stdout.readline() == b"ready\n"
        reports = b""
        deadline = time.monotonic() + after_s
        while (left := deadline - time.monotonic()) > 0:
            if select.select([child.stdout], [], [], left)[0]:
                reports += os.read(child.stdout.fileno(), 65536)
        child.send_signal(signal.SIGKILL)
        reports += child.stdout.read()
    finally:
        child.kill()
        child.wait(30)
        child.stdout.close()
    assert child.returncode == -signal.SIGKILL
    # A report that was cut in the middle is none.
    lines = reports.split(b"\n")[:-1]
    return max(map(int, lines), default=0)


@pytest.mark.skipif(os.name != "posix", reason="kills as POSIX does")
async def test_every_reported_commit_survives_a_kill(tmp_path: Path) -> None:
    """Fifteen lives of one file, each ended at a random moment."""
    path = tmp_path / "profile.db"
    async with open_database(path, KEY, create=True) as database:
        await database.apply(commit(contact("bob"), conversation("bob")))
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    stored = 0

    for _ in range(ROUNDS):
        reported = killed_writer(path, chance.randrange(2**32), chance.uniform(0, 0.12))
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
