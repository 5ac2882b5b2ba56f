"""An application of the web room without a socket: requests, and streams read message by message."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import httpx
import trio
from fastapi import FastAPI

from parley.web.entrance import Entrance

PORT = 7999
ORIGIN = f"http://localhost:{PORT}"
OURS = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}
CHUNK_BYTES = 64 * 1024
HTMX = {**OURS, "HX-Request": "true"}


# One browser an application: asking again gives the cookie that was given before.
_BROWSERS: WeakKeyDictionary[Entrance, str] = WeakKeyDictionary()


def cookie_of(app: FastAPI) -> str:
    """The `Cookie` header of a browser that is signed in."""
    entrance: Entrance = app.state.entrance
    if entrance not in _BROWSERS:
        value = "a-signed-in-browser".ljust(43, "x")
        entrance._sessions.begin(value, entrance._clock())
        _BROWSERS[entrance] = f"{entrance.cookie_name}={value}"
    return _BROWSERS[entrance]


class PageTransport(httpx.AsyncBaseTransport):
    """Hands requests to the application. Unlike httpx's own, it leaves nothing half read when a body is refused."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        chunks = [body[start : start + CHUNK_BYTES] for start in range(0, len(body), CHUNK_BYTES)] or [b""]
        answer: dict[str, Any] = {}
        bodies: list[bytes] = []
        answered = trio.Event()

        async def receive() -> dict[str, Any]:
            await trio.lowlevel.checkpoint()
            if not chunks:
                await answered.wait()
                return {"type": "http.disconnect"}
            return {"type": "http.request", "body": chunks.pop(0), "more_body": bool(chunks)}

        async def send(message: Any) -> None:
            await trio.lowlevel.checkpoint()
            if message["type"] == "http.response.start":
                answer.update(message)
            else:
                bodies.append(message.get("body", b""))
                if not message.get("more_body"):
                    answered.set()

        await self._app(_scope(request), receive, send)
        return httpx.Response(answer["status"], headers=answer["headers"], content=b"".join(bodies))


def page_client(app: FastAPI) -> httpx.AsyncClient:
    """A client as our own pages are, signed in; redirects are not followed."""
    headers = {**OURS, "Cookie": cookie_of(app)}
    return httpx.AsyncClient(transport=PageTransport(app), base_url=ORIGIN, headers=headers)


def _scope(request: httpx.Request) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": request.url.path,
        "raw_path": request.url.raw_path,
        "query_string": request.url.query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", PORT),
    }


@dataclass
class StreamMessage:
    """One server-sent event, or one comment."""

    data: str | None = None
    id: str | None = None
    comment: str | None = None


@dataclass
class Stream:
    """An open stream of events."""

    status: int
    headers: Mapping[str, str]
    _bodies: trio.MemoryReceiveChannel[bytes]
    _leave: trio.Event
    _unread: list[StreamMessage] = field(default_factory=list)

    async def message(self) -> StreamMessage:
        """The next message. Raises trio.EndOfChannel when the server ended the stream."""
        while not self._unread:
            body = await self._bodies.receive()
            # The room writes whole messages; a test of the browser's parser would not belong here.
            assert body.endswith(b"\n\n")
            self._unread += [_parse(each) for each in body.decode().split("\n\n")[:-1]]
        return self._unread.pop(0)

    async def change(self) -> StreamMessage:
        """The next message that is not a comment."""
        while (message := await self.message()).comment is not None:
            pass
        return message

    def leave(self) -> None:
        """Close the page."""
        self._leave.set()


@asynccontextmanager
async def open_stream(
    app: FastAPI, path: str, headers: Mapping[str, str] | None = None
) -> AsyncIterator[Stream]:
    """Request a stream; leaving the block closes the page and waits for the application to notice."""
    scope = _scope(
        httpx.Request("GET", ORIGIN + path, headers={**OURS, "Cookie": cookie_of(app), **(headers or {})})
    )
    send_body, bodies = trio.open_memory_channel[bytes](0)
    leave = trio.Event()
    started = trio.Event()
    answer: dict[str, Any] = {}
    requested = False

    async def receive() -> dict[str, Any]:
        nonlocal requested
        if not requested:
            requested = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await leave.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            answer.update(message)
            started.set()
        elif message.get("body") and not leave.is_set():
            with suppress(trio.BrokenResourceError):
                await send_body.send(message["body"])

    async def run() -> None:
        async with send_body:
            await app(scope, receive, send)

    async with trio.open_nursery() as nursery, bodies:
        nursery.start_soon(run)
        await started.wait()
        got = {name.decode(): value.decode() for name, value in answer["headers"]}
        yield Stream(answer["status"], got, bodies, leave)
        leave.set()
        # What the application still writes is thrown away, so that it can notice.
        async for _ in bodies:
            pass


def _parse(text: str) -> StreamMessage:
    message = StreamMessage()
    for line in text.split("\n"):
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "":
            message.comment = value
        elif name == "data":
            message.data = value if message.data is None else f"{message.data}\n{value}"
        elif name == "id":
            message.id = value
        else:
            raise AssertionError(f"unexpected line {line!r}")
    return message
