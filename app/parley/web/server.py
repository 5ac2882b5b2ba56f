"""Serves the application on localhost, over IPv4 and IPv6.

The port is opened before anything else starts (`open_port`), so that "port in use" is told at once and a free port
can be chosen before the application is made for it.
"""

from __future__ import annotations

import errno
import logging
import os
import socket
from dataclasses import dataclass
from functools import partial

import hypercorn.trio
import trio
from hypercorn.config import Config
from starlette.types import ASGIApp, Receive, Scope, Send

BACKLOG = 100
GRACEFUL_TIMEOUT_S = 0.5
"""How long running requests may take once the server stops; live streams never end by themselves."""

STALLED_CLIENT_MS = 10_000
"""A client that does not take what it is sent for so long is cut off.

Without it such a client would hold the server open: Hypercorn writes shielded from cancellation.
Guarded by tests/web/test_server.py::test_a_client_that_never_reads_is_cut_off.
"""

_FREE_PORT_ATTEMPTS = 20


class PortInUseError(Exception):
    """Another program listens on the port, on 127.0.0.1 or ::1."""

    def __init__(self, port: int) -> None:
        super().__init__(f"port {port} is in use")
        self.port = port


@dataclass(frozen=True, slots=True)
class OpenPort:
    """A port of localhost that is listened on; connections wait until `serve` takes them."""

    number: int
    sockets: tuple[socket.socket, ...]

    @property
    def origin(self) -> str:
        """The one address of the pages, without a path."""
        return origin_of(self.number)

    def close(self) -> None:
        """Give the port back; harmless after `serve`."""
        for each in self.sockets:
            each.close()


def origin_of(port: int) -> str:
    """The origin of the pages on a port, as browsers write it."""
    return "http://localhost" if port == 80 else f"http://localhost:{port}"


def open_port(port: int) -> OpenPort:
    """Listen on a port of 127.0.0.1 and, where IPv6 exists, of ::1.

    Both, because `localhost` means either: were one left free, another program could take it and be shown as ours.

    Args:
        port: 0 chooses a free one.

    Raises:
        PortInUseError: nothing is left open.
    """
    for _attempt in range(_FREE_PORT_ATTEMPTS if port == 0 else 1):
        ipv4 = _listen(socket.AF_INET, "127.0.0.1", port)
        number: int = ipv4.getsockname()[1]
        try:
            ipv6 = _listen(socket.AF_INET6, "::1", number) if _has_ipv6() else None
        except PortInUseError:
            ipv4.close()
            continue
        except BaseException:
            ipv4.close()
            raise
        return OpenPort(number, (ipv4, ipv6) if ipv6 else (ipv4,))
    raise PortInUseError(port)


async def serve(
    app: ASGIApp,
    port: OpenPort,
    *,
    shutdown: trio.Event | None = None,
    task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Answer requests until cancelled or until `shutdown` is set; then requests get half a second to end.

    Reports the port's number once requests are answered. The port is closed afterwards.
    """
    config = Config()
    config.bind = [f"fd://{each.detach()}" for each in port.sockets]
    config.backlog = BACKLOG
    config.graceful_timeout = GRACEFUL_TIMEOUT_S
    config.keep_alive_timeout = 60
    config.include_server_header = False
    config.accesslog = None
    # Under its own name: its texts and tracebacks are not ours, and can quote a request.
    config.errorlog = logging.getLogger("hypercorn.error")
    stop = trio.Event() if shutdown is None else shutdown

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        # Nothing starts or stops with the pages, while the framework would turn being cancelled into a failure
        # there, and set up its telemetry. Guarded by tests/web/test_server.py::test_the_pages_have_no_lifespan.
        await (_answer_lifespan(receive, send) if scope["type"] == "lifespan" else app(scope, receive, send))

    async with trio.open_nursery() as nursery:
        await nursery.start(
            partial(hypercorn.trio.serve, application, config, shutdown_trigger=stop.wait, mode="asgi")  # type: ignore[arg-type]
        )
        task_status.started(port.number)


async def _answer_lifespan(receive: Receive, send: Send) -> None:
    while (message := await receive())["type"] == "lifespan.startup":
        await send({"type": "lifespan.startup.complete"})
    await send({"type": f"{message['type']}.complete"})


def _listen(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            # Elsewhere the option would let two programs listen on one port.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, STALLED_CLIENT_MS)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUseError(port) from error
        raise
    return listener


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True
