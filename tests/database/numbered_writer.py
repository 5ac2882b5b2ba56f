"""A process that applies numbered commits until it is killed, and reports each one that was stored.

    python -m database.numbered_writer <path> <key as hex> <seed>

Before the first it prints "ready"; then the number of each commit after `apply` returned.
"""

from __future__ import annotations

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


async def main(path: Path, key: bytes, seed: int) -> None:
    """Go on from where the file is, with as much between reports as the seed says."""
    chance = random.Random(seed)
    async with open_database(path, key) as database:
        number = (await database.device_state()).version
        print("ready", flush=True)
        while True:
            number += 1
            await database.apply(numbered(number))
            print(number, flush=True)
            if chance.random() < 0.1:
                await database.conversations()


if __name__ == "__main__":
    trio.run(main, Path(sys.argv[1]), bytes.fromhex(sys.argv[2]), int(sys.argv[3]))
