"""The real server on real sockets: both families, one port, and an end in bounded time."""

from __future__ import annotations

import contextlib
import logging
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import httpx
import pytest
import trio
from starlette.types import Receive, Scope, Send

from harness.memory_messenger import MemoryMessenger
from harness.page_client import cookie_of
from parley.web import server
from parley.web.app import create_app
from parley.web.server import GRACEFUL_TIMEOUT_S, OpenPort, PortInUseError, open_port, serve
from parley.web.snapshot import PAGE_MESSAGES

BOTH = ["127.0.0.1", "::1"]


@asynccontextmanager
async def _served(messenger: MemoryMessenger) -> AsyncIterator[tuple[OpenPort, trio.Event, str]]:
    """A server: its port, what stops it, and the cookie of a browser that is signed in."""
    port = open_port(0)
    shutdown = trio.Event()
    async with trio.open_nursery() as nursery:
        app = create_app(messenger, port=port.number)
        number = await nursery.start(partial(serve, app, port, shutdown=shutdown))
        assert number == port.number
        yield port, shutdown, cookie_of(app)
        shutdown.set()


def _free(port: int) -> bool:
    try:
        open_port(port).close()
    except PortInUseError:
        return False
    return True


@pytest.mark.parametrize("address", BOTH)
async def test_both_addresses_of_localhost_answer(alice: MemoryMessenger, address: str) -> None:
    """IPv4 and IPv6 reach the same pages; the server does not say what it is."""
    async with _served(alice) as (port, _, cookie):
        stream = await trio.open_tcp_stream(address, port.number)
        async with stream:
            request = f"GET / HTTP/1.1\r\nHost: localhost:{port.number}\r\nCookie: {cookie}\r\n\r\n"
            await stream.send_all(request.encode())
            answer = await stream.receive_some(200)

    assert answer.startswith(b"HTTP/1.1 200")
    assert b"server:" not in answer.lower()


async def test_other_interfaces_do_not_answer(alice: MemoryMessenger) -> None:
    """Only the loopback addresses are listened on."""
    async with _served(alice) as (port, _, _):
        with pytest.raises(OSError, match=r"failed|refused|unreachable"):
            await trio.open_tcp_stream("127.0.0.2", port.number)


@pytest.mark.parametrize(("family", "address"), [(socket.AF_INET, BOTH[0]), (socket.AF_INET6, BOTH[1])])
def test_a_port_in_use_is_told_and_nothing_stays_open(family: socket.AddressFamily, address: str) -> None:
    """Whichever of the two addresses another program has."""
    with socket.socket(family) as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind((address, 0))
        other.listen()
        number = other.getsockname()[1]
        with pytest.raises(PortInUseError) as caught:
            open_port(number)
        assert caught.value.port == number
    assert _free(number)


def test_two_may_not_have_one_port() -> None:
    """The second is told before it started anything; a closed port can be had again at once."""
    first = open_port(0)
    assert not _free(first.number)
    first.close()

    assert _free(first.number)


def test_without_ipv6_only_ipv4_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without ::1 has one socket less."""
    monkeypatch.setattr(server, "_has_ipv6", lambda: False)
    port = open_port(0)

    assert [each.family for each in port.sockets] == [socket.AF_INET]
    port.close()


def test_the_origin_leaves_out_the_default_port() -> None:
    """As browsers write it."""
    assert OpenPort(80, ()).origin == "http://localhost"
    assert OpenPort(8080, ()).origin == "http://localhost:8080"


async def test_it_ends_in_bounded_time_with_pages_open(alice: MemoryMessenger, bob: str) -> None:
    """Live streams do not hold the server; the port is free afterwards."""
    async with _served(alice) as (port, shutdown, cookie), httpx.AsyncClient() as client:
        headers = {"Cookie": cookie}
        async with client.stream(
            "GET", f"{port.origin}/conversations/{bob}/live", headers=headers
        ) as response:
            lines = response.aiter_lines()
            assert (await anext(lines)).startswith("data:")
            started = time.monotonic()
            shutdown.set()
            with contextlib.suppress(httpx.RemoteProtocolError, httpx.ReadError, StopAsyncIteration):
                while True:
                    await anext(lines)
            await lines.aclose()  # type: ignore[attr-defined]
        async with trio.open_nursery():
            pass
    assert time.monotonic() - started < GRACEFUL_TIMEOUT_S + 2
    assert _free(port.number)
    assert alice.listeners == 0


async def test_cancelling_ends_it_at_once(alice: MemoryMessenger, caplog: pytest.LogCaptureFixture) -> None:
    """For a caller that cancels its nursery instead; that is no failure, and none is logged."""
    port = open_port(0)
    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            await nursery.start(partial(serve, create_app(alice, port=port.number), port))
            nursery.cancel_scope.cancel()

    assert _free(port.number)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_the_pages_have_no_lifespan() -> None:
    """The server's own start and end are not the application's business."""
    port = open_port(0)
    shutdown = trio.Event()

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError(scope["type"])

    async with trio.open_nursery() as nursery:
        await nursery.start(partial(serve, application, port, shutdown=shutdown))
        shutdown.set()


async def test_a_client_that_never_reads_is_cut_off(
    alice: MemoryMessenger, bob: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its stream fills up; the server still ends, because the system gives up on the connection."""
    if not hasattr(socket, "TCP_USER_TIMEOUT"):
        pytest.skip("this system has no TCP_USER_TIMEOUT")
    monkeypatch.setattr(server, "STALLED_CLIENT_MS", 500)
    client = socket.socket(socket.AF_INET)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    waited_too_long = False

    async def free_it_after_all() -> None:
        # Not fail_after: what this is about is that Hypercorn cannot be cancelled while it writes.
        nonlocal waited_too_long
        await trio.sleep(15)
        waited_too_long = True
        client.close()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(free_it_after_all)
        async with _served(alice) as (port, _, cookie):
            client.connect(("127.0.0.1", port.number))
            headers = f"Host: localhost:{port.number}\r\nCookie: {cookie}\r\n"
            client.sendall(f"GET /conversations/{bob}/live HTTP/1.1\r\n{headers}\r\n".encode())
            # Nothing tells when the stream runs or when it waits, so this looks again and again.
            while alice.listeners == 0:  # noqa: ASYNC110
                await trio.sleep(0.01)
            # Far more than the system's buffers hold.
            for _ in range(PAGE_MESSAGES):
                alice.receive(bob, "x" * 60_000)
            await trio.sleep(0.3)
        nursery.cancel_scope.cancel()
    client.close()

    assert not waited_too_long
    assert _free(port.number)
