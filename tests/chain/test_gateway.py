"""Whoever deploys a contract chooses the gateways: they can say anything, and lead to no harm."""

from __future__ import annotations

import json
import socket
import threading
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from eth_abi.abi import decode

from chain.hostile_endpoint import hostile_endpoint, result, send_body
from chain.hostile_gateway import ANSWER, NO_ANSWERS, TIMEOUT_S, answer, body, hang
from chain.lookups import SENDER, Requests, query, revert
from harness.embedded_world import call_data
from harness.name_gateway import HOST, LOOPBACK, NameGateway, loopback_gateways, name_gateway
from parley.chain.api import EndpointHealth, EthereumChain, Gateways, GatewaysFailedError, OffchainNameError
from parley.chain.gateway import is_public
from parley.chain.lookup import (
    BATCH_URL,
    LOOKUP_SELECTOR,
    Request,
    build_batch,
)
from parley.chain.names import UNIVERSAL_RESOLVER

CHAIN_ID = 31337


@pytest.fixture(scope="module")
def shared() -> Iterator[NameGateway]:
    with name_gateway() as gateway:
        yield gateway


@pytest.fixture
def gateway(shared: NameGateway) -> NameGateway:
    """It answers anybody."""
    shared.behave = answer
    shared.asked.clear()
    shared.hosts.clear()
    return shared


def ask(gateways: Gateways, *urls: str, data: bytes = b"\x01\x02", within_s: float = 10.0) -> bytes:
    return gateways.answer(Request(SENDER, urls, data), time.monotonic() + within_s)


def quick() -> Gateways:
    return loopback_gateways(timeout_s=TIMEOUT_S)


def test_an_answer(gateway: NameGateway) -> None:
    """By GET where the address has a place for the data, by POST otherwise; both name the contract."""
    posted: list[Any] = []

    def take(handler: Any) -> None:
        posted.append(json.loads(handler.rfile.read(int(handler.headers["Content-Length"]))))
        answer(handler)

    assert ask(quick(), gateway.get_url) == ANSWER
    gateway.behave = take
    assert ask(quick(), gateway.post_url + "?for={sender}") == ANSWER
    assert gateway.asked == [
        ("GET", f"/names/{SENDER.lower()}/0x0102.json"),
        ("POST", f"/names?for={SENDER.lower()}"),
    ]
    assert posted == [{"data": "0x0102", "sender": SENDER.lower()}]


@pytest.mark.parametrize("name", NO_ANSWERS)
def test_what_is_no_answer_has_the_next_one_asked(name: str, gateway: NameGateway) -> None:
    """Within its time; and alone it is none, with nothing said of the address or what was asked."""
    gateway.behave = lambda handler: (answer if handler.path == "/good" else NO_ANSWERS[name])(handler)
    started_s = time.monotonic()
    assert ask(quick(), gateway.get_url, f"https://{LOOPBACK}:{gateway.port}/good") == ANSWER
    with pytest.raises(GatewaysFailedError) as caught:
        ask(quick(), gateway.get_url)
    assert time.monotonic() - started_s < TIMEOUT_S * 6
    assert str(caught.value) == "no gateway gave an answer"
    assert "/elsewhere" not in [path for _, path in gateway.asked]


@pytest.mark.parametrize("status", [400, 404, 429, 451])
def test_a_refusal_ends_it(gateway: NameGateway, status: int) -> None:
    """As ERC-3668 says: the next one is not asked."""
    gateway.behave = body(b'{"data":"0x00"}', status)
    with pytest.raises(GatewaysFailedError, match="refused"):
        ask(quick(), gateway.get_url, gateway.post_url)
    assert len(gateway.asked) == 1


def test_all_of_them_together_have_one_time(gateway: NameGateway) -> None:
    """However many there are."""
    gateway.behave = hang
    started_s = time.monotonic()
    with pytest.raises(GatewaysFailedError, match="in time"):
        ask(loopback_gateways(), *[gateway.get_url] * 4, within_s=TIMEOUT_S)
    assert time.monotonic() - started_s < TIMEOUT_S * 3


def test_a_handshake_that_is_dribbled() -> None:
    """The time counts from the first byte of TLS on."""
    over = threading.Event()

    def dribble(listener: socket.socket) -> None:
        with suppress(OSError):
            connection, _ = listener.accept()
            # A record of the handshake that says that it is long.
            with connection:
                connection.sendall(b"\x16\x03\x03\x40\x00")
                while not over.wait(TIMEOUT_S / 10):
                    connection.sendall(b"\x02")

    with socket.create_server((LOOPBACK, 0)) as listener:
        thread = threading.Thread(target=dribble, args=(listener,))
        thread.start()
        started_s = time.monotonic()
        with pytest.raises(GatewaysFailedError):
            ask(quick(), f"https://{LOOPBACK}:{listener.getsockname()[1]}/{{data}}")
        assert time.monotonic() - started_s < TIMEOUT_S * 3
        over.set()
        thread.join()


def test_a_long_answer_is_not_kept(gateway: NameGateway) -> None:
    """It is offered without end; what is held at any time stays near the bound of 64 KiB."""
    gateway.behave = NO_ANSWERS["without end"]
    asker = quick()
    tracemalloc.start()
    try:
        with pytest.raises(GatewaysFailedError):
            ask(asker, gateway.get_url)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1024 * 1024


@pytest.mark.parametrize(
    "url",
    [
        "http://{place}/{data}",
        "HTTPS://{place}/{data}",
        "ftp://{place}/{data}",
        "//{place}/{data}",
        "{place}/{data}",
        "https://me:secret@{place}/{data}",
        "https://me@{place}/{data}",
        "https://{place}/{data} HTTP/1.1\r\nHost: other\r\n",
        "https://{place}/{data}\n",
        "https://{place}/\u0430{data}",
        "https:///{data}",
        "https://",
        "",
        "https://{place}1234567/{data}",
        "https://[::1/{data}",
        "https://\ufffd/{data}",
        "data:application/json,{data}",
        "file:///etc/passwd",
    ],
)
def test_what_is_no_address_of_a_gateway(gateway: NameGateway, url: str) -> None:
    """It is left out, and the next one is asked."""
    wrong = url.replace("{place}", f"{LOOPBACK}:{gateway.port}")
    with pytest.raises(GatewaysFailedError):
        ask(quick(), wrong)
    assert gateway.asked == []
    assert ask(quick(), wrong, gateway.get_url) == ANSWER


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0.0.0.0", "[::1]"],  # noqa: S104
)
def test_this_machine_is_never_asked(gateway: NameGateway, host: str) -> None:
    """However it is spelled: its spelling is looked up first, and the address decides."""
    real = Gateways(timeout_s=TIMEOUT_S)
    with pytest.raises(GatewaysFailedError):
        ask(real, f"https://{host}:{gateway.port}/{{data}}")
    assert gateway.asked == []


def test_every_address_of_a_host_must_be_public(gateway: NameGateway) -> None:
    """One that is not shows what the host is for."""
    url = f"https://{HOST}:{gateway.port}/{{data}}"
    for places in ([LOOPBACK, "10.0.0.1"], ["10.0.0.1", LOOPBACK], []):
        with pytest.raises(GatewaysFailedError):
            ask(loopback_gateways(addresses_of=lambda _host, _port, places=places: places), url)  # type: ignore[misc]
    assert gateway.asked == []


def test_a_host_is_looked_up_once(gateway: NameGateway) -> None:
    """What was checked is what is connected to: a second answer could lead elsewhere."""
    asked: list[tuple[str, int]] = []

    def addresses_of(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return [LOOPBACK] if len(asked) == 1 else ["10.0.0.1"]

    url = f"https://{HOST}:{gateway.port}/{{data}}"
    assert ask(loopback_gateways(addresses_of=addresses_of), url) == ANSWER
    assert asked == [(HOST, gateway.port)]
    assert gateway.hosts == [f"{HOST}:{gateway.port}"]


def test_a_certificate_of_another_host(gateway: NameGateway) -> None:
    """Or of nobody who is known: who stands between could say what it likes."""
    gateways = loopback_gateways(addresses_of=lambda _host, _port: [LOOPBACK])
    with pytest.raises(GatewaysFailedError):
        ask(gateways, f"https://other.example:{gateway.port}/{{data}}")
    unknown = Gateways(timeout_s=TIMEOUT_S, allowed=lambda _: True)
    with pytest.raises(GatewaysFailedError):
        ask(unknown, gateway.get_url)
    assert gateway.asked == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("64:ff9b::5db8:d70e", True),  # NAT64 of the first
        ("127.0.0.1", False),
        ("127.255.0.1", False),
        ("0.0.0.0", False),  # noqa: S104
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("192.0.2.1", False),
        ("198.18.0.1", False),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("::7f00:1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.215.14", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::a00:1", False),
        ("64:ff9b:1::a00:1", False),
        ("2002:7f00:1::", False),
        ("2001:0:7f00:1::", False),
        ("fe80::1", False),
        ("fe80::1%eth0", False),
        ("2606:2800::1%eth0", False),
        ("fec0::1", False),
        ("fc00::1", False),
        ("fd12:3456::1", False),
        ("ff02::1", False),
        ("2001:db8::1", False),
        ("localhost", False),
        ("", False),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


# Several at once (ENSIP-21).


def test_a_batch_is_asked_here_and_not_at_a_server_for_all(gateway: NameGateway) -> None:
    """Each of its requests at its own gateways, and one that fails leaves the others."""
    requests: Requests = [
        (SENDER, [gateway.get_url], b"\x01"),
        (SENDER, ["https://10.0.0.1/{data}"], b"\x02"),
        ("0x" + "11" * 20, [gateway.get_url], b"\x03"),
        (SENDER, [BATCH_URL], query([(SENDER, [gateway.get_url], b"\x04")])),
    ]
    raw = ask(quick(), "https://other.example/{data}", BATCH_URL, data=query(requests))
    failures, responses = decode(["bool[]", "bytes[]"], raw)

    assert failures == (False, True, False, True), "none inside another"
    assert (responses[0], responses[2]) == (ANSWER, ANSWER)
    assert responses[1][:4] == call_data("HttpError(uint16,string)", 0, "")[:4]
    assert gateway.asked == [
        ("GET", f"/names/{SENDER.lower()}/0x01.json"),
        ("GET", f"/names/0x{'11' * 20}/0x03.json"),
    ]


def test_what_is_no_batch(gateway: NameGateway) -> None:
    """Five requests, or something else."""
    five = query([(SENDER, [gateway.get_url], b"")] * 5)
    for data in (five, five[:-40], b"", b"query"):
        with pytest.raises(GatewaysFailedError):
            ask(quick(), BATCH_URL, data=data)
    assert gateway.asked == []
    assert decode(["bool[]", "bytes[]"], build_batch([])) == ((), ())


# Through a node that says what it likes.


class Node:
    """A node that says that a name's answer lies outside, and keeps what it is asked.

    Attributes:
        after: what a callback reverts with.
    """

    def __init__(self, lookup: bytes, after: bytes | None = None) -> None:
        self.lookup = lookup
        self.after = lookup if after is None else after
        self.calls: list[str] = []

    def __call__(self, connection: socket.socket, request: dict[str, Any]) -> None:
        if request["method"] == "eth_chainId":
            send_body(connection, result(request, hex(CHAIN_ID)))
            return
        transaction, tag = request["params"]
        assert tag == "latest"
        self.calls.append(transaction["data"])
        revert = self.lookup if len(self.calls) == 1 else self.after
        error = {"code": 3, "message": "execution reverted", "data": "0x" + revert.hex()}
        send_body(connection, json.dumps({"jsonrpc": "2.0", "id": request["id"], "error": error}).encode())


async def failing(lookup: bytes, error: type[Exception], *, offchain: bool = True) -> Node:
    """What a node was asked that gave this lookup, which is no fault of the node."""
    node = Node(lookup)
    with hostile_endpoint(node) as url:
        chain = EthereumChain(CHAIN_ID, [url], b"", gateways=loopback_gateways())
        with pytest.raises(error):
            await chain.address_of("alice.eth", offchain=offchain)
        assert [each.health for each in chain.endpoints()] == [EndpointHealth.ANSWERING]
    return node


async def test_lookups_without_end(gateway: NameGateway) -> None:
    """Four are made, and each callback is asked at the same node."""
    node = await failing(revert(UNIVERSAL_RESOLVER, [gateway.get_url], b"data"), GatewaysFailedError)

    assert len(gateway.asked) == 4
    assert len(node.calls) == 5
    assert {each[:10] for each in node.calls[1:]} == {"0x" + b"back".hex()}


@pytest.mark.parametrize(
    ("after", "no_record"),
    [
        (call_data("UnsupportedResolverProfile(bytes4)", b"\x01\x02\x03\x04"), True),
        (call_data("ResolverError(bytes)", b"not signed"), False),
        (call_data("HttpError(uint16,string)", 0, ""), False),
        (call_data("Error(string)", "no"), False),
        (b"", False),
    ],
)
async def test_what_a_contract_says_of_an_answer(gateway: NameGateway, after: bytes, no_record: bool) -> None:
    """That it is of no record, or that it does not hold; the node did nothing wrong."""
    node = Node(revert(UNIVERSAL_RESOLVER, [gateway.get_url]), after)
    with hostile_endpoint(node) as url:
        chain = EthereumChain(CHAIN_ID, [url], b"", gateways=loopback_gateways())
        if no_record:
            assert await chain.text_of("alice.eth", "url", offchain=True) is None
        else:
            with pytest.raises(GatewaysFailedError, match="take"):
                await chain.text_of("alice.eth", "url", offchain=True)
        assert [each.health for each in chain.endpoints()] == [EndpointHealth.ANSWERING]
    assert len(node.calls) == 2


async def test_a_lookup_of_another_contract_asks_nobody(gateway: NameGateway) -> None:
    """Nor does one that cannot be read."""
    for lookup in (revert(SENDER, [gateway.get_url]), LOOKUP_SELECTOR, LOOKUP_SELECTOR + b"\xff" * 200_000):
        node = await failing(lookup, GatewaysFailedError)
        assert len(node.calls) == 1
    assert gateway.asked == []


async def test_nobody_is_asked_unless_that_is_allowed(gateway: NameGateway) -> None:
    """Whatever the lookup is like."""
    for lookup in (revert(UNIVERSAL_RESOLVER, [gateway.get_url]), LOOKUP_SELECTOR):
        await failing(lookup, OffchainNameError, offchain=False)
    assert gateway.asked == []


async def test_a_resolver_that_says_more_than_an_answer_holds() -> None:
    """It is the name's doing, and no sign of a bad node."""

    def behave(connection: socket.socket, request: dict[str, Any]) -> None:
        long = "0x" + "00" * 2_000_000
        send_body(connection, result(request, hex(CHAIN_ID) if request["method"] == "eth_chainId" else long))

    with hostile_endpoint(behave) as url:
        chain = EthereumChain(CHAIN_ID, [url], b"")
        assert await chain.address_of("alice.eth") is None
        assert [each.health for each in chain.endpoints()] == [EndpointHealth.ANSWERING]
