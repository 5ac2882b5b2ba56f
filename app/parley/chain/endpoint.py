"""One question to one endpoint: an HTTP connection that ends in time and an answer of bounded size.

web3's own HTTP provider bounds neither the whole of an answer's time (a byte now and then keeps it waiting) nor
its size, follows redirects, unpacks what is compressed, and takes credentials from .netrc.
"""

from __future__ import annotations

import http.client
import json
import re
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from parley.chain.deadline import Deadline
from parley.chain.errors import AnswerTooLongError, EndpointAnswerError, EndpointUnreachableError

if TYPE_CHECKING:
    from web3 import Web3

ANSWER_BYTES = 1024 * 1024
"""A longer answer is refused while it is read."""

NESTING = 64

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")


class EndpointAddress:
    """Where an endpoint is. `label` is what may be shown: an address's path and query often are a key."""

    def __init__(self, url: str) -> None:
        """Raises ValueError unless it is http or https with a host, and without user name or password."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
            raise ValueError("an endpoint is http:// or https:// and a host")
        self.tls = parts.scheme == "https"
        self.host = parts.hostname
        self.port = parts.port or (443 if self.tls else 80)
        self.path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        host = f"[{self.host}]" if ":" in self.host else self.host
        self.label = f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")

    def __repr__(self) -> str:
        return f"<EndpointAddress {self.label}>"


class Connection:
    """Keeps one connection for the requests of one question; closed for good when its time is over.

    Guarded by tests/chain/test_hostile_endpoint.py.
    """

    def __init__(self, address: EndpointAddress, timeout_s: float) -> None:
        self._address = address
        self._deadline = Deadline(timeout_s)
        self._http: http.client.HTTPConnection | None = None
        self._requests = 0

    def __enter__(self) -> Connection:
        self._deadline.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._deadline.__exit__(kind, error, trace)
        if self._http is not None:
            self._http.close()

    def ask(self, method: str, params: Any) -> dict[str, Any]:
        """One JSON-RPC request; the answer's object, with `result` or `error`.

        Raises EndpointUnreachableError or EndpointAnswerError.
        """
        from web3._utils.encoding import FriendlyJsonSerde, Web3JsonEncoder

        self._requests += 1
        request = {"jsonrpc": "2.0", "id": self._requests, "method": method, "params": params or []}
        body = FriendlyJsonSerde().json_encode(request, Web3JsonEncoder).encode()
        try:
            raw = self._exchange(body)
            # What was cut off can look like an answer that ended.
            if self._deadline.over:
                raise TimeoutError
        except (EndpointAnswerError, OSError, http.client.HTTPException, ValueError) as error:
            if self._deadline.over:
                raise EndpointUnreachableError("no answer in time") from None
            if isinstance(error, EndpointAnswerError):
                if self._http is not None:
                    # What is left of the answer would be taken for the next one; that gets a connection of its own.
                    self._http.close()
                raise
            raise EndpointUnreachableError(type(error).__name__) from error
        return _answer_to(self._requests, raw)

    def _exchange(self, body: bytes) -> bytes:
        left = self._deadline.left_s()
        if self._http is None:
            kind = http.client.HTTPSConnection if self._address.tls else http.client.HTTPConnection
            self._http = kind(self._address.host, self._address.port, timeout=left)
        if self._http.sock is None:
            self._http.connect()
            self._deadline.watch(self._http.sock)
        # No encoding is offered: what unpacks to more than it is could get around the bound.
        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity", "User-Agent": "parley"}
        self._http.request("POST", self._address.path, body, headers)
        response = self._http.getresponse()
        if response.status != 200:
            raise EndpointAnswerError(f"HTTP status {response.status}")
        raw = response.read(ANSWER_BYTES + 1)
        if len(raw) > ANSWER_BYTES:
            raise AnswerTooLongError("the answer is too long")
        if not response.isclosed() and response.length:
            raise EndpointAnswerError("the answer broke off")
        return raw


def web3_over(connection: Connection) -> Web3:
    """A `Web3` that asks through a connection: no middleware, no retries, no gateways (ERC-3668)."""
    from web3 import Web3
    from web3.providers.base import BaseProvider

    class Provider(BaseProvider):
        global_ccip_read_enabled = False

        def make_request(self, method: Any, params: Any) -> Any:
            return connection.ask(method, params)

    return Web3(Provider(), middleware=[])


def _is_deep(raw: bytes) -> bool:
    """Whether JSON is nested deeper than any answer is. Guarded by test_hostile_endpoint.py, case "deep"."""
    depth = 0
    for bracket in _BRACKET.findall(_STRING.sub(b"", raw)):
        depth += 1 if bracket in b"[{" else -1
        if depth > NESTING:
            return True
    return False


def parsed(raw: bytes) -> Any:
    """What JSON says. Raises EndpointAnswerError."""
    # Libraries raise the interpreter's recursion limit, and then a deep text ends the process inside json.
    if _is_deep(raw):
        raise EndpointAnswerError("nested too deeply")
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise EndpointAnswerError("not JSON") from None


def _answer_to(identifier: int, raw: bytes) -> dict[str, Any]:
    answer = parsed(raw)
    if not isinstance(answer, dict) or answer.get("jsonrpc") != "2.0":
        raise EndpointAnswerError("not JSON-RPC")
    if answer.get("id") != identifier or isinstance(answer.get("id"), bool):
        raise EndpointAnswerError("another request's answer")
    if ("result" in answer) == (answer.get("error") is not None):
        raise EndpointAnswerError("neither a result nor an error")
    return answer
