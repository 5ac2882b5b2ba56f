"""Bob in a process of his own, as `parley up`."""

from __future__ import annotations

import secrets
import sys
import urllib.request
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trio

from parley_demo.process import Command, run_to_end

_TIMEOUT_S = 20


@dataclass(frozen=True, slots=True)
class Bob:
    """Bob, whose page answers; `launch` signs a browser in, once."""

    url: str
    launch: str = field(repr=False)
    addresses: tuple[str, ...]
    pid: int

    def exchange(self, record: bytes) -> bytes:
        """Put Alice's contact record into his page, once; gives his. Blocks."""
        page = _Page(self.url)
        page.request(self.launch.removeprefix(self.url))
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


class _Page:
    """A page, for whoever is signed in."""

    def __init__(self, url: str) -> None:
        self._url = url
        # A proxy that the environment names is for other machines: these pages are on this one.
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor()
        )

    def contact_record(self) -> bytes:
        """The own contact record."""
        return self.request("contact-record")

    def add_contact(self, record: bytes, nickname: str) -> None:
        """Put another's contact record in."""
        boundary = secrets.token_hex(16)
        body = b"".join(
            (
                f"--{boundary}\r\n".encode(),
                b'Content-Disposition: form-data; name="nickname"\r\n\r\n',
                f"{nickname}\r\n--{boundary}\r\n".encode(),
                b'Content-Disposition: form-data; name="record"; filename="record.parley-contact"\r\n',
                b"Content-Type: application/octet-stream\r\n\r\n",
                record,
                f"\r\n--{boundary}--\r\n".encode(),
            )
        )
        self.request("contacts", body, f"multipart/form-data; boundary={boundary}")

    def request(self, path: str, body: bytes | None = None, content_type: str = "") -> bytes:
        """What an address of this page answers. Blocks."""
        # The address is a person's own page on localhost, as their process printed it.
        request = urllib.request.Request(self._url + path, data=body)  # noqa: S310
        if body is not None:
            request.add_header("Content-Type", content_type)
            request.add_header("Origin", self._url.rstrip("/"))
        with self._opener.open(request, timeout=_TIMEOUT_S) as answer:
            content: bytes = answer.read()
            return content
