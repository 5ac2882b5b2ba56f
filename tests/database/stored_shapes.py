"""Database files as each format wrote them, under a fixed key, and what must be read from them forever.

A released format's file is never made again; only a new format adds one. To make the file of the current format:

    PYTHONPATH=app:tests python -m database.stored_shapes tests/vectors/database/format-7.db
"""

from __future__ import annotations

import sys
from pathlib import Path

import trio

from conformance.money_rows import (
    asked,
    claimed,
    holding,
    known_token,
    paid,
    saved_address,
    whole_claim,
    whole_payment,
    whole_request,
)
from conformance.store_rows import (
    NOW_MS,
    bytes32,
    channel_state,
    commit,
    compared,
    contact,
    conversation,
    delivery,
    device_state,
    draft,
    issued,
    message,
    outbox_entry,
    peer,
    pending,
    preferences_state,
    profile,
    read_place,
    secret,
    seen,
    session_state,
    taken,
    vault_state,
)
from parley.chat.commit import Commit
from parley.chat.contacts.model import Standing
from parley.chat.delivery.model import DeliveryState
from parley.database.api import open_database

KEY = bytes32("the key of stored shapes")
VECTORS = Path(__file__).parents[1] / "vectors" / "database"


def shape() -> tuple[Commit, ...]:
    """One row or more of every table, one state or more of every kind; each later format added commits."""
    return (
        commit(profile(), secret("me", 0), device_state(0, b"device")),
        commit(
            contact("bob", devices=("phone", "laptop"), standing_at_ms=NOW_MS),
            conversation("bob", given_secret_id=b"g" * 16),
        ),
        commit(
            message("sent", form_token="token", causes=(bytes32("cause 1"), bytes32("cause 2"))),
            delivery("sent", "bob phone", DeliveryState.QUEUED),
            delivery("sent", "bob laptop", DeliveryState.QUEUED),
            outbox_entry("sent", "bob laptop", attempts=2, last_attempt_ms=NOW_MS - 5),
            session_state("bob phone", 0, b"session"),
            channel_state("bob", 0, b"channel"),
        ),
        commit(
            message("received", own=False, lamport=NOW_MS + 1),
            message("hidden", own=False, shown=False, lamport=NOW_MS + 2),
            delivery("sent", "bob phone", DeliveryState.DELIVERED, 2),
            seen("received"),
            seen("acknowledgement", message_id=None),
            secret("bob", 1),
            session_state("bob phone", 1, b"session 2"),
        ),
        commit(vault_state(0, b"vault"), preferences_state(0, b"preferences")),
        commit(vault_state(1, b"vault 2")),
        commit(pending("dan")),
        commit(contact("eve", standing=Standing.REQUEST, standing_at_ms=NOW_MS), conversation("eve")),
        commit(peer("relay"), peer("named", reached=False)),
        commit(draft("begun"), read_place(message_id=bytes32("message sent"))),
        commit(issued("door"), taken("dan"), compared("bob")),
        commit(
            message("first", shown=False, lamport=NOW_MS + 3),
            message("asked", "eve", own=False, shown=False),
            message("claimed", "eve", own=False, shown=False),
            whole_request(),
            whole_claim(),
            paid("first"),
            whole_payment("second", "first"),
            asked("asked", "eve"),
            claimed("claimed", "eve"),
        ),
        commit(known_token("a"), saved_address("dan"), saved_address("eve", watched=True)),
        commit(holding("me"), holding("me", "a", amount=0)),
    )


async def make(path: Path) -> None:
    """Make a file of the current format with the shape in it."""
    async with open_database(path, KEY, create=True) as database:
        for each in shape():
            await database.apply(each)


if __name__ == "__main__":
    trio.run(make, Path(sys.argv[1]))
