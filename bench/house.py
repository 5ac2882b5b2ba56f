"""The house: encryption and network against their peers, and one message's whole way between two processes."""

from __future__ import annotations

import itertools
import statistics
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

import trio

from bench.bob import Bob, running_bob
from bench.e2ee_peers import bench_e2ee
from bench.p2p_peers import bench_p2p
from bench.processes import memory_mib
from bench.table import Row
from parley.chat.commit import Commit, StateChange, StateKind
from parley.chat.delivery.model import DeliveryState
from parley.database.api import open_database
from parley.messenger import Messenger, make_profile, open_messenger, real_system
from parley.messenger.profile import unlock_profile
from parley.settings import Settings, child_environment

MESSAGES = 200
STARTS = 3
PASSPHRASE = "bench"  # noqa: S105 - the profiles are thrown away.
CLUSTER_ID = 7397


def run() -> list[Row]:
    """Measure everything once."""
    with tempfile.TemporaryDirectory() as folder:
        rows = trio.run(_encryption, Path(folder) / "bench.db")
        rows += bench_p2p.run()
        rows += trio.run(_whole_way, Path(folder))
    return rows


async def _encryption(path: Path) -> list[Row]:
    """The peers' comparison, with each state of ours committed to an encrypted database on the disk."""
    keys = itertools.count()
    async with open_database(path, bytes(32), create=True) as store:

        def commit(state: bytes) -> None:
            change = StateChange(StateKind.SESSION, next(keys).to_bytes(32, "big"), 0, state)
            trio.from_thread.run(store.apply, Commit("bench", states=(change,)))

        return await trio.to_thread.run_sync(bench_e2ee.run, commit)


async def _whole_way(folder: Path) -> list[Row]:
    """Send to acknowledged, start and memory: Alice in this process, Bob in his own, over loopback."""
    environment = child_environment(passphrase=PASSPHRASE, cluster_id=CLUSTER_ID)
    async with AsyncExitStack() as stack:
        await make_profile(folder / "alice", PASSPHRASE, "bench", real_system())
        await make_profile(folder / "bob", PASSPHRASE, "bench", real_system())
        starts = []
        for _ in range(STARTS):
            began = time.perf_counter()
            async with running_bob(folder / "bob", environment):
                starts.append(time.perf_counter() - began)
        bob = await stack.enter_async_context(running_bob(folder / "bob", environment))
        idle_mib = memory_mib(bob.pid)
        settings = Settings(folder / "alice", peers=(bob.addresses[0],), cluster_id=CLUSTER_ID)
        key = (await unlock_profile(settings.data, PASSPHRASE)).database
        alice = await stack.enter_async_context(open_messenger(settings, key))
        conversation_id = await _introduce(alice, bob)
        times_ms = [
            await _send_to_acknowledged(alice, conversation_id, str(each)) for each in range(MESSAGES)
        ]
        talked_mib = memory_mib(bob.pid)
    cuts = statistics.quantiles(times_ms[10:], n=100)
    return [
        Row(f"send to acknowledged, {MESSAGES} in turn, p50", cuts[49], "ms"),
        Row(f"send to acknowledged, {MESSAGES} in turn, p95", cuts[94], "ms"),
        Row("process start to page, warm, with unlocking, median", statistics.median(starts), "s"),
        Row("memory of a node with its page, idle", idle_mib, "MiB"),
        Row(f"memory of it after {MESSAGES} messages", talked_mib, "MiB"),
    ]


async def _introduce(alice: Messenger, bob: Bob) -> str:
    record = await trio.to_thread.run_sync(bob.exchange, alice.contact_record())
    return await alice.add_contact(record, "Bob")


async def _send_to_acknowledged(alice: Messenger, conversation_id: str, text: str) -> float:
    async with alice.events() as events:
        began = time.perf_counter()
        message_id = await alice.send_text(conversation_id, text, f"form-{text}")
        async for _ in events:
            shown = await alice.message(message_id)
            if shown is not None and shown.state is DeliveryState.DELIVERED:
                return (time.perf_counter() - began) * 1_000
    raise RuntimeError("the profile was closed")
