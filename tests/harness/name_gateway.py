"""A gateway (ERC-3668) on this machine, over TLS with a certificate of its own, and an asker that takes it."""

from __future__ import annotations

import http.server
import ipaddress
import json
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from eth_utils.crypto import keccak

from parley.chain.api import Gateways

LOOPBACK = "127.0.0.1"
HOST = "gateway.example"
"""A host that the certificate names too."""

Behaviour = Callable[["Handler"], None]


class NameGateway:
    """What the server knows, and what it was asked.

    Attributes:
        records: what it answers to the data of a question; anything else is 404.
        asked: method and path of each request.
        behave: answers in its place.
        hosts: the Host header of each request.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.post_url = f"https://{LOOPBACK}:{port}/names"
        self.get_url = self.post_url + "/{sender}/{data}.json"
        self.records: dict[bytes, bytes] = {}
        self.asked: list[tuple[str, str]] = []
        self.hosts: list[str] = []
        self.behave: Behaviour | None = None

    def answer(self, sender: str, data: bytes) -> bytes | None:
        """What contracts/WildcardResolver.sol's OffchainResolver takes for an answer."""
        known = self.records.get(data)
        return None if known is None else keccak(bytes.fromhex(sender[2:]) + data) + known


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers one request after the other of a connection."""

    gateway: NameGateway

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def say(self, body: bytes, status: int = 200, /, **headers: str) -> None:
        """A whole response."""
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass

    def _answer(self) -> None:
        self.gateway.asked.append((self.command, self.path))
        self.gateway.hosts.append(self.headers["Host"])
        if self.gateway.behave is not None:
            self.gateway.behave(self)
            return
        if self.command == "POST":
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            sender, data = asked["sender"], asked["data"]
        else:
            *_, sender, data = self.path.removesuffix(".json").split("/")
        found = self.gateway.answer(sender, bytes.fromhex(data[2:]))
        if found is None:
            self.say(b"{}", 404)
        else:
            self.say(json.dumps({"data": "0x" + found.hex()}).encode())


class _Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Who asked went away, which is what hostile answers are for."""


@contextmanager
def name_gateway() -> Iterator[NameGateway]:
    """Serve until the block ends."""
    handler = type("OneHandler", (Handler,), {})
    with _Server((LOOPBACK, 0), handler) as server:
        gateway = handler.gateway = NameGateway(server.server_address[1])  # type: ignore[attr-defined]
        # The handshake is made in the thread of the connection.
        server.socket = _server_tls().wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield gateway
        finally:
            server.shutdown()
            thread.join()


def loopback_gateways(
    *,
    timeout_s: float = 5.0,
    total_s: float = 15.0,
    addresses_of: Callable[[str, int], Sequence[str]] | None = None,
) -> Gateways:
    """An asker that takes this machine's address and the certificate above."""
    return Gateways(
        timeout_s=timeout_s,
        total_s=total_s,
        addresses_of=addresses_of,
        allowed=lambda address: address == LOOPBACK,
        tls=ssl.create_default_context(cadata=_certificate()[0].decode()),
    )


@cache
def _certificate() -> tuple[bytes, bytes]:
    """A certificate and its key, as PEM; good for a day."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a gateway for tests")])
    now = datetime.now(UTC)
    signs = x509.KeyUsage(True, False, False, False, False, True, False, False, False)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(LOOPBACK)), x509.DNSName(HOST)]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(signs, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return certificate.public_bytes(pem), key.private_bytes(pem, *plain)


@cache
def _server_tls() -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    with tempfile.TemporaryDirectory() as folder:
        both = Path(folder) / "both.pem"
        both.write_bytes(b"".join(_certificate()))
        context.load_cert_chain(both)
    return context
