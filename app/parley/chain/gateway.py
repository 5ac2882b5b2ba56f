"""Gateways (ERC-3668): servers that know what a contract does not, and which a contract names.

Whoever deploys a contract chooses the addresses that are asked here. So they are asked over https alone, at addresses
of the public internet alone, for little and for a short time, and what they say is nothing before the contract takes
it. Nothing of it is logged: an address and what it is asked hold the name.
"""

from __future__ import annotations

import functools
import http.client
import ipaddress
import json
import re
import socket
import ssl
import time
from collections.abc import Callable, Sequence

from parley.chain.answers import data, fields
from parley.chain.deadline import Deadline
from parley.chain.endpoint import EndpointAddress, parsed
from parley.chain.errors import EndpointAnswerError, GatewaysFailedError
from parley.chain.lookup import BATCH_URL, Request, build_batch, read_batch

LOOKUPS = 4
"""So often in a row a contract may want something looked up, as ERC-3668 recommends."""

RESPONSE_BYTES = 64 * 1024
TIMEOUT_S = 5.0
TOTAL_S = 15.0
PLACES = 4

_URL = re.compile(r"https://[!-~]+")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class _NextError(Exception):
    """This gateway gave no answer, and the next one may."""


class Gateways:
    """Asks gateways, each once, on a connection of its own. Used in threads; keeps nothing between questions."""

    def __init__(
        self,
        *,
        timeout_s: float = TIMEOUT_S,
        total_s: float = TOTAL_S,
        addresses_of: Callable[[str, int], Sequence[str]] | None = None,
        allowed: Callable[[str], bool] | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Asks nobody yet.

        Args:
            timeout_s: what one gateway gets, in seconds, looking up its host not included.
            total_s: what all that are asked for one name get together.
            addresses_of: looks up the addresses of a host; the system's by default.
            allowed: whether an address may be connected to; those of the public internet by default.
            tls: whose certificates count; the system's by default.
        """
        self.timeout_s = timeout_s
        self.total_s = total_s
        self._addresses_of = addresses_of or look_up
        self._allowed = allowed or is_public
        self._tls = tls

    def answer(self, request: Request, ends_s: float) -> bytes:
        """What gateways answer to a request, until `ends_s` of the monotonic clock. Blocks.

        Raises GatewaysFailedError.
        """
        if BATCH_URL not in request.urls:
            return self._one(request, ends_s)
        try:
            requests = read_batch(request.data)
        except ValueError:
            raise GatewaysFailedError("no batch") from None
        return build_batch([self._one_of_batch(each, ends_s) for each in requests])

    def _one_of_batch(self, request: Request, ends_s: float) -> bytes | None:
        try:
            return self._one(request, ends_s)
        except GatewaysFailedError:
            return None

    def _one(self, request: Request, ends_s: float) -> bytes:
        for url in request.urls:
            left_s = min(self.timeout_s, ends_s - time.monotonic())
            if left_s <= 0:
                raise GatewaysFailedError("no answer in time")
            try:
                return self._ask(url, request, left_s)
            except _NextError:
                continue
        raise GatewaysFailedError("no gateway gave an answer")

    def _ask(self, url: str, request: Request, timeout_s: float) -> bytes:
        sender, asked = request.sender.lower(), "0x" + request.data.hex()
        body = None
        if "{data}" not in url:
            body = json.dumps({"data": asked, "sender": sender}).encode()
        filled = url.replace("{sender}", sender).replace("{data}", asked)
        try:
            if not _URL.fullmatch(filled):
                raise _NextError
            address = EndpointAddress(filled)
            # The addresses that were checked are those that are connected to: a second look-up could give others.
            # Guarded by tests/chain/test_gateway.py::test_a_host_is_looked_up_once.
            places = self._addresses_of(address.host, address.port)
            if not places or not all(map(self._allowed, places)):
                raise _NextError
            with Deadline(timeout_s) as deadline:
                raw = self._exchange(address, places, body, deadline)
                if deadline.over:
                    raise _NextError
            return data(fields(parsed(raw)).get("data"), RESPONSE_BYTES)
        except (EndpointAnswerError, OSError, http.client.HTTPException, ValueError):
            # Without what it says, which may hold the address.
            raise _NextError from None

    def _exchange(
        self, address: EndpointAddress, places: Sequence[str], body: bytes | None, deadline: Deadline
    ) -> bytes:
        connection = _Connection(address, places, deadline, self._tls or _system_tls())
        headers = {"Accept-Encoding": "identity", "User-Agent": "parley"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            connection.request("GET" if body is None else "POST", address.path, body, headers)
            response = connection.getresponse()
            if 400 <= response.status < 500:
                raise GatewaysFailedError("a gateway refused")
            # A redirect is none either: it would lead past everything that is checked here.
            if not 200 <= response.status < 300:
                raise _NextError
            raw = response.read(RESPONSE_BYTES + 1)
            if len(raw) > RESPONSE_BYTES or (not response.isclosed() and response.length):
                raise _NextError
            return raw
        finally:
            connection.close()


class _Connection(http.client.HTTPConnection):
    """HTTP over TLS to one of the addresses that were checked, whose certificate is the host's."""

    default_port = 443

    def __init__(
        self, address: EndpointAddress, places: Sequence[str], deadline: Deadline, tls: ssl.SSLContext
    ) -> None:
        super().__init__(address.host, address.port)
        self._host = address.host
        self._places = places
        self._deadline = deadline
        self._tls = tls

    def connect(self) -> None:
        plain = self._connected()
        try:
            self.sock = self._tls.wrap_socket(
                plain, server_hostname=self._host, do_handshake_on_connect=False
            )
        except BaseException:
            plain.close()
            raise
        # Before the handshake, which can be dribbled as well.
        self._deadline.watch(self.sock)
        self.sock.do_handshake()

    def _connected(self) -> socket.socket:
        last: OSError | None = None
        for place in self._places[:PLACES]:
            try:
                return socket.create_connection((place, self.port), self._deadline.left_s())
            except OSError as error:
                last = error
        raise last or OSError("nowhere to connect to")


def look_up(host: str, port: int) -> list[str]:
    """The addresses of a host, as the system looks them up. Raises OSError, ValueError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


def is_public(address: str) -> bool:
    """Whether an address is of the public internet, and not of this machine or the networks around it.

    A contract names the host: otherwise it could have Parley ask its neighbours, a router's page for one.
    Guarded by tests/chain/test_gateway.py::test_which_addresses_are_public.
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if found in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)))
        # What carries an address of IPv4 inside could lead to any of these.
        if found.ipv4_mapped or found.sixtofour or found.teredo or found.is_site_local or found.scope_id:
            return False
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


@functools.cache
def _system_tls() -> ssl.SSLContext:
    return ssl.create_default_context()
