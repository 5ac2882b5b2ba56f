"""One person's part of a story in a process of its own, killed around a chosen commit by SIGKILL.

Run by a fork server that has everything imported, so that a life costs a fraction of a second and dozens are
affordable. Database and sockets are real.
"""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path

import trio

from harness.crashes import Moment, WatchedStore
from harness.people import delivered, received, settle, texts, until
from parley.messenger import open_messenger, real_system
from parley.messenger.system import Store
from parley.settings import Settings

TEXTS = ("one", "two", "three")
CLUSTER_ID = 7399


@dataclass(frozen=True, slots=True)
class Part:
    """What one life is told.

    Attributes:
        data: the data folder.
        key: the database key.
        peers: static peers.
        record: the other's contact record.
        step: the step whose first commit is the one to die around; empty to live.
    """

    data: Path
    key: bytes
    peers: tuple[str, ...]
    record: bytes
    step: str = ""
    moment: Moment = Moment.BEFORE


@dataclass(frozen=True, slots=True)
class Told:
    """What a life that was not cut short saw."""

    steps: tuple[str, ...]
    own: tuple[str | None, ...]
    received: tuple[str | None, ...]
    waiting: int


async def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def _live(part: Part, parent: Connection) -> None:
    real = real_system()
    watched: list[WatchedStore] = []

    @asynccontextmanager
    async def open_store(path: Path, key: bytes) -> AsyncIterator[Store]:
        async with real.open_store(path, key) as store:
            watched.append(WatchedStore(store, 1 if part.step else 0, part.moment, _die, part.step))
            yield watched[0]  # type: ignore[misc]

    settings = Settings(part.data, peers=part.peers, cluster_id=CLUSTER_ID)
    async with open_messenger(settings, part.key, replace(real, open_store=open_store)) as person:
        parent.send((await person.status()).addresses)
        conversation_id = await person.add_contact(part.record, "")
        for text in TEXTS:
            await person.send_text(conversation_id, text, f"form-{text}")
        await settle(person, conversation_id, received(len(TEXTS)))
        await settle(person, conversation_id, delivered(len(TEXTS)))

        async def nothing_waits() -> bool:
            return (await person.status()).waiting == 0

        # What is not shown, a delivery secret for instance, is acknowledged too.
        await until(person, nothing_waits)
        # Whoever is done lives on: the other side may wait for what nobody would come back to say.
        watched[0].spare()
        parent.send("done")
        await trio.to_thread.run_sync(parent.recv)
        status = await person.status()
        parent.send(
            Told(
                tuple(watched[0].steps),
                tuple(await texts(person, conversation_id, own=True)),
                tuple(await texts(person, conversation_id, own=False)),
                status.waiting,
            )
        )


def live(part: Part, parent: Connection) -> None:
    """Play a part: add the other, say three things, hear three, and tell the parent."""
    trio.run(_live, part, parent)
