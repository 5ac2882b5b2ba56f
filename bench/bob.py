"""Bob in a process of his own, as `parley up`."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trio

from parley_demo.introduction import signed_in
from parley_demo.process import Command, run_to_end


@dataclass(frozen=True, slots=True)
class Bob:
    """Bob, whose page answers; `launch` signs a browser in, once."""

    url: str
    launch: str = field(repr=False)
    addresses: tuple[str, ...]
    pid: int

    def exchange(self, record: bytes) -> bytes:
        """Put Alice's contact record into his page, once; gives his. Blocks."""
        with signed_in("Bob", (self.url, self.launch)) as page:
            page.add_contact(record, "Alice")
            return page.contact_record()


@asynccontextmanager
async def running_bob(data: Path, environment: Mapping[str, str]) -> AsyncIterator[Bob]:
    """Start him, and stop him at the end of the block."""
    arguments = (sys.executable, "-m", "parley", "up", "--data", str(data))
    command = Command((*arguments, "--no-open", "--json", "--with-parent"), environment)
    send, receive = trio.open_memory_channel[dict[str, Any]](1)

    async def live() -> None:
        raise RuntimeError(f"Bob ended: {await run_to_end(command, send.send_nowait)}")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(live)
        facts = await receive.receive()
        yield Bob(facts["url"], facts["launch"], tuple(facts["addresses"]), facts["pid"])
        nursery.cancel_scope.cancel()
