"""An endpoint that answers as it likes: real sockets, one behaviour for each request."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

Behaviour = Callable[[socket.socket, dict[str, Any]], None]
"""Gets the connection and the request; what it sends is the answer."""


@contextmanager
def hostile_endpoint(behave: Behaviour) -> Iterator[str]:
    """Serve until the block ends; gives the address."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while not over.is_set():
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=_talk, args=(connection, behave), daemon=True).start()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/secret-key"
        finally:
            over.set()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _talk(connection: socket.socket, behave: Behaviour) -> None:
    # The stream holds the socket open until it is closed itself.
    with connection, connection.makefile("rb") as stream, suppress(OSError, ValueError):
        while True:
            length = 0
            while (line := stream.readline()) not in (b"\r\n", b""):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            if line == b"":
                return
            behave(connection, json.loads(stream.read(length)))


def send_body(connection: socket.socket, body: bytes, status: str = "200 OK") -> None:
    """Send a whole response."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    connection.sendall(head.encode() + body)


def result(request: dict[str, Any], value: Any) -> bytes:
    """A JSON-RPC result for a request."""
    return json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": value}).encode()
