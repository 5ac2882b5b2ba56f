"""HTTP in front of the chain: POST of JSON, from programs and not from pages, on 127.0.0.1 only.

A browser puts an `Origin` on what a page sends, and such a request is refused: a page open in the same browser
cannot reach the chain. Wallets' own requests carry the origin of their extension and are refused as well; a test
wallet speaks from outside the page.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from parley_demo.chain.errors import PARSE_ERROR
from parley_demo.chain.rpc import RpcMethods

BODY_BYTES = 512 * 1024
BRACKETS = 2000
CONNECTIONS = 64
IDLE_S = 30


class RpcServer(ThreadingHTTPServer):
    """Serves one chain. More than `CONNECTIONS` at once are closed unanswered."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, methods: RpcMethods, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.methods = methods
        self._places = threading.BoundedSemaphore(CONNECTIONS)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def process_request(self, request: Any, client_address: Any) -> None:
        """Start a thread for a connection, if there is a place."""
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Runs in the connection's thread."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: RpcServer
    protocol_version = "HTTP/1.1"
    timeout = IDLE_S
    # The head and the body of an answer go out in one piece; see _answer.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        """One request or batch."""
        length = self.headers.get("Content-Length", "")
        if self.headers.get("Origin") is not None:
            return self._refuse(403, "a web page may not ask this chain")
        if self.headers.get("Host", "").split(":")[0] not in ("127.0.0.1", "localhost"):
            # Another name for this machine is how DNS rebinding gets around the origin.
            return self._refuse(403, "this chain answers on 127.0.0.1 only")
        if not length.isdecimal() or self.headers.get("Transfer-Encoding") is not None:
            return self._refuse(411, "a Content-Length is needed")
        if int(length) > BODY_BYTES:
            return self._refuse(413, f"at most {BODY_BYTES} bytes")
        try:
            body = self.rfile.read(int(length))
            # py-evm raises the interpreter's recursion limit, so a deep text would end the process inside json.
            if body.count(b"[") + body.count(b"{") > BRACKETS:
                raise ValueError
            request = json.loads(body)
        except (ValueError, RecursionError):
            return self._answer(
                200, {"jsonrpc": "2.0", "id": None, "error": {"code": PARSE_ERROR, "message": "not JSON"}}
            )
        return self._answer(200, self.server.methods.answer(request))

    def _refuse(self, status: int, reason: str) -> None:
        # The body was not read, so the connection cannot carry another request.
        self.close_connection = True
        self._answer(status, {"error": reason})

    def _answer(self, status: int, content: Any) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are not logged."""
