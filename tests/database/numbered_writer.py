"""Processes that apply numbered commits until they are killed, and report each one that was stored.

    python -m database.numbered_writer <path> <key as hex>

For each seed on a line of the standard input one process is forked, which saves it the imports. Said on the standard
output, a line each: "pid <number>", "ready" before the first commit, "stored <number>" after `apply` returned,
"ended <exit code>" when the process is gone.
"""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

import trio

from conformance.store_rows import (
    bytes32,
    channel_state,
    commit,
    delivery,
    device_state,
    message,
    outbox_entry,
)
from parley.chat.commit import Commit
from parley.chat.delivery.model import DeliveryState, Settled
from parley.database.database import open_database


def state_of(number: int) -> bytes:
    """The device state after commit `number`: of a few bytes, or of many pages."""
    size = 200_000 if number % 7 == 0 else 40
    return random.Random(number).randbytes(size)


def numbered(number: int) -> Commit:
    """Commit `number`, from 1: two states, a message with its delivery and outbox entry; settles the one before."""
    before = (Settled(bytes32(f"message m{number - 1}"), bytes32("device bob phone")),) if number > 1 else ()
    return commit(
        device_state(number - 1, state_of(number)),
        channel_state("bob", number - 1, number.to_bytes(8, "big")),
        message(f"m{number}", lamport=number),
        delivery(f"m{number}", "bob phone", DeliveryState.QUEUED),
        outbox_entry(f"m{number}"),
        *before,
    )


def say(line: str) -> None:
    """Say a line in one write, so that a kill cannot leave a part of it."""
    os.write(1, f"{line}\n".encode())


async def write(path: Path, key: bytes, seed: int) -> None:
    """Go on from where the file is, with as much between reports as the seed says."""
    chance = random.Random(seed)
    async with open_database(path, key) as database:
        number = (await database.device_state()).version
        say("ready")
        while True:
            number += 1
            await database.apply(numbered(number))
            say(f"stored {number}")
            if chance.random() < 0.1:
                await database.conversations()


def serve(path: Path, key: bytes) -> None:
    """Run one process after the other."""
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            trio.run(write, path, key, int(line))
        say(f"pid {pid}")
        _, status = os.waitpid(pid, 0)
        say(f"ended {os.waitstatus_to_exitcode(status)}")


if __name__ == "__main__":
    serve(Path(sys.argv[1]), bytes.fromhex(sys.argv[2]))
