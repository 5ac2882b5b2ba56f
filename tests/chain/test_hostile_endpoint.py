"""An endpoint can say anything; it cannot stall or fill us, and the next one is asked."""

from __future__ import annotations

import socket
import threading
import time
import tracemalloc
from typing import Any

import pytest
import trio

from chain.hostile_endpoint import Behaviour, hostile_endpoint, result, send_body
from harness.embedded_world import DEPLOYER, EmbeddedWorld
from parley.chain.api import (
    EndpointHealth,
    EndpointsUnreachableError,
    EthereumChain,
    NoEndpointError,
    WrongChainError,
)

CHAIN_ID = 31337
TIMEOUT_S = 0.5
ACCOUNT = DEPLOYER.address


@pytest.fixture
def world(embedded_chain: EmbeddedWorld) -> EmbeddedWorld:
    return embedded_chain


def reader(*endpoints: str) -> EthereumChain:
    return EthereumChain(CHAIN_ID, endpoints, b"", timeout_s=TIMEOUT_S, clock=lambda: 7)


def hang(connection: socket.socket, request: dict[str, Any]) -> None:
    time.sleep(TIMEOUT_S * 6)


def dribble(connection: socket.socket, request: dict[str, Any]) -> None:
    """A byte now and then, which keeps each single read from timing out."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    for _ in range(100):
        connection.sendall(b" ")
        time.sleep(TIMEOUT_S / 10)


def dribble_head(connection: socket.socket, request: dict[str, Any]) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-A: ")
    for _ in range(100):
        connection.sendall(b"a")
        time.sleep(TIMEOUT_S / 10)


def ten_megabytes(connection: socket.socket, request: dict[str, Any]) -> None:
    send_body(connection, b'"' + b"a" * 10_000_000 + b'"')


def without_end(connection: socket.socket, request: dict[str, Any]) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        connection.sendall(b"10000\r\n" + b"a" * 65536 + b"\r\n")


def broken_off(connection: socket.socket, request: dict[str, Any]) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{")
    connection.shutdown(socket.SHUT_RDWR)


def body(content: bytes, status: str = "200 OK") -> Behaviour:
    return lambda connection, _request: send_body(connection, content, status)


def value(content: Any) -> Behaviour:
    """The right chain, and then this for everything."""
    return lambda connection, request: send_body(
        connection, result(request, hex(CHAIN_ID) if request["method"] == "eth_chainId" else content)
    )


UNREACHABLE = {"hang": hang, "dribble": dribble, "dribbled head": dribble_head}
BAD = {
    "10 MB": ten_megabytes,
    "without end": without_end,
    "broken off": broken_off,
    "not JSON": body(b"<html>"),
    "nothing": body(b""),
    "not text": body(b"\xff\xfe\x00"),
    "deep": body(b"[" * 500_000),
    "long number": body(b'{"jsonrpc":"2.0","id":1,"result":' + b"9" * 100_000 + b"}"),
    "a list": body(b"[]"),
    "another id": body(b'{"jsonrpc":"2.0","id":77,"result":"0x7a69"}'),
    "id true": body(b'{"jsonrpc":"2.0","id":true,"result":"0x7a69"}'),
    "no result": body(b'{"jsonrpc":"2.0","id":1}'),
    "both": body(b'{"jsonrpc":"2.0","id":1,"result":"0x7a69","error":{"code":1,"message":"x"}}'),
    "an error": body(b'{"jsonrpc":"2.0","id":1,"error":{"code":-32005,"message":"limit exceeded"}}'),
    "an odd error": body(b'{"jsonrpc":"2.0","id":1,"error":"no"}'),
    "redirect": body(b"", "302 Found\r\nLocation: http://127.0.0.1:9/"),
    "too many": body(b"{}", "429 Too Many Requests"),
    "chain id is text": body(b'{"jsonrpc":"2.0","id":1,"result":"mainnet"}'),
    "chain id is null": body(b'{"jsonrpc":"2.0","id":1,"result":null}'),
    "chain id is a list": body(b'{"jsonrpc":"2.0","id":1,"result":[]}'),
    "block null": value(None),
    "block text": value("0x1"),
    "block empty": value({}),
    "block odd": value({"number": "0x1", "hash": "0x12", "timestamp": "zzz"}),
    "block negative": value({"number": "-0x1", "hash": "0x" + "11" * 32, "timestamp": "0x1"}),
    "block far": value({"number": "0x1", "hash": "0x" + "11" * 32, "timestamp": "0x" + "f" * 60}),
}


@pytest.mark.parametrize("name", [*UNREACHABLE, *BAD])
async def test_what_is_no_answer_is_said_to_be_none(name: str, world: EmbeddedWorld) -> None:
    """Within its time, with the reason; and with a second endpoint the question is answered all the same."""
    with hostile_endpoint((UNREACHABLE | BAD)[name]) as url:
        chain = reader(url)
        await chain_is_loaded()
        with trio.fail_after(TIMEOUT_S * 4), pytest.raises(EndpointsUnreachableError) as caught:
            await chain.balance(ACCOUNT)
        assert "secret-key" not in str(caught.value) + repr(chain.endpoints())
        expected = EndpointHealth.UNREACHABLE if name in UNREACHABLE else EndpointHealth.BAD_ANSWER
        assert [each.health for each in chain.endpoints()] == [expected]

        both = reader(url, world.url)
        assert (await both.balance(ACCOUNT)).wei > 0
        assert [each.health for each in both.endpoints()] == [expected, EndpointHealth.ANSWERING]


async def chain_is_loaded() -> None:
    """Importing web3 takes longer than the times below."""
    with pytest.raises(EndpointsUnreachableError):
        await reader("http://127.0.0.1:9").block()


async def test_a_failed_endpoint_is_asked_last(world: EmbeddedWorld) -> None:
    asked: list[str] = []

    def count(connection: socket.socket, request: dict[str, Any]) -> None:
        asked.append(request["method"])
        send_body(connection, b"no")

    with hostile_endpoint(count) as url:
        chain = reader(url, world.url)
        for _ in range(3):
            await chain.balance(ACCOUNT)
    assert len(asked) == 1


async def test_an_endpoint_on_another_chain(world: EmbeddedWorld) -> None:
    with hostile_endpoint(lambda connection, request: send_body(connection, result(request, "0x1"))) as url:
        chain = reader(url)
        with pytest.raises(WrongChainError) as caught:
            await chain.balance(ACCOUNT)
        assert (caught.value.expected, caught.value.claimed) == (CHAIN_ID, 1)
        assert "secret-key" not in str(caught.value)
        assert chain.endpoints()[0].health is EndpointHealth.WRONG_CHAIN
        assert (await reader(url, world.url).balance(ACCOUNT)).wei > 0
        with pytest.raises(EndpointsUnreachableError):
            await reader(url, "http://127.0.0.1:9").balance(ACCOUNT)


async def test_an_endpoint_that_changes_its_chain(world: EmbeddedWorld) -> None:
    """It was right when it was first asked; it is asked again each time."""
    chain_id = [CHAIN_ID]
    block = {"number": "0x1", "hash": "0x" + "11" * 32, "timestamp": "0x5"}

    def behave(connection: socket.socket, request: dict[str, Any]) -> None:
        send_body(
            connection, result(request, hex(chain_id[0]) if request["method"] == "eth_chainId" else block)
        )

    with hostile_endpoint(behave) as url:
        chain = reader(url)
        assert (await chain.block()).time_ms == 5000
        chain_id[0] = 5
        with pytest.raises(WrongChainError):
            await chain.block()
        chain_id[0] = CHAIN_ID
        assert (await chain.block()).number == 1, "and may come back"


async def test_nobody_to_ask() -> None:
    with pytest.raises(NoEndpointError):
        await reader().balance(ACCOUNT)
    assert reader().endpoints() == ()


async def test_nobody_there() -> None:
    chain = reader("http://127.0.0.1:9/v3/key")
    assert chain.endpoints()[0].health is EndpointHealth.UNTRIED
    assert chain.endpoints()[0].asked_ms is None
    with pytest.raises(EndpointsUnreachableError) as caught:
        await chain.block()
    assert caught.value.reasons == {"http://127.0.0.1:9": "ConnectionRefusedError"}
    assert chain.endpoints()[0].asked_ms == 7


@pytest.mark.parametrize(
    "url", ["", "127.0.0.1:8545", "file:///etc/passwd", "ftp://a", "http://", "http://user:pw@host"]
)
def test_what_is_no_endpoint_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="endpoint"):
        reader(url)


async def test_a_long_answer_is_not_kept() -> None:
    """10 MB are offered; what is held at any time stays near the bound of 1 MiB."""
    await chain_is_loaded()
    with hostile_endpoint(without_end) as url:
        tracemalloc.start()
        try:
            with pytest.raises(EndpointsUnreachableError):
                await reader(url).block()
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 6 * 1024 * 1024


async def test_many_questions_to_a_hanging_endpoint_start_few_threads() -> None:
    await chain_is_loaded()
    with hostile_endpoint(hang) as url:
        chain = reader(url)
        before = threading.active_count()
        peak = 0

        async def ask() -> None:
            with pytest.raises(EndpointsUnreachableError):
                await chain.block()

        with trio.fail_after(30):
            async with trio.open_nursery() as nursery:
                for _ in range(20):
                    nursery.start_soon(ask)
                await trio.sleep(TIMEOUT_S / 2)
                # A thread, a timer, and the server's own thread for each of at most 8 questions.
                peak = threading.active_count() - before
        assert peak <= 8 * 3 + 8


async def test_a_cancelled_question_ends_at_once() -> None:
    await chain_is_loaded()
    with hostile_endpoint(hang) as url:
        chain = EthereumChain(CHAIN_ID, [url], b"", timeout_s=3)
        with trio.move_on_after(0.2) as scope:
            await chain.block()
        assert scope.cancelled_caught
