"""The development chain over its real HTTP port: what it answers, and what it refuses."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
from eth_account import Account

from harness.embedded_world import DEPLOYER, ETHER, EmbeddedWorld, call_data, embedded_world, namehash


@pytest.fixture(scope="module")
def world() -> Iterator[EmbeddedWorld]:
    with embedded_world() as world:
        yield world


def request(method: str, *params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 9, "method": method, "params": list(params)}


def test_its_identity(world: EmbeddedWorld) -> None:
    assert world.rpc("eth_chainId") == "0x7a69"
    assert world.rpc("net_version") == "31337"
    assert world.rpc("eth_accounts") == []
    assert world.post(request("eth_chainId")).json() == {"jsonrpc": "2.0", "id": 9, "result": "0x7a69"}


@pytest.mark.parametrize(
    "method",
    [
        "eth_sendTransaction",
        "eth_sign",
        "eth_signTransaction",
        "personal_sign",
        "evm_mine",
        "eth_signTypedData_v4",
    ],
)
def test_nothing_is_signed_for_anybody(world: EmbeddedWorld, method: str) -> None:
    transaction = {"from": DEPLOYER.address, "to": "0x" + "11" * 20, "value": "0x1"}
    assert world.post(request(method, transaction)).json()["error"]["code"] == -32601


@pytest.mark.parametrize("origin", ["http://localhost:4000", "null", "https://evil.example", ""])
def test_a_page_is_refused(world: EmbeddedWorld, origin: str) -> None:
    answer = world.post(request("eth_chainId"), Origin=origin)
    assert answer.status_code == 403
    assert "0x7a69" not in answer.text
    assert not any(name.startswith("access-control") for name in answer.headers)


def test_another_host_name_is_refused(world: EmbeddedWorld) -> None:
    assert world.post(request("eth_chainId"), Host="evil.example").status_code == 403


def raw(world: EmbeddedWorld, content: bytes) -> bytes:
    """Send bytes, and read until the end."""
    address = urlsplit(world.url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(content)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while part := connection.recv(65536):
            received += part
        return received


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999\r\n\r\n", b" 413 "),
        (b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n", b" 411 "),
        (b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b" 411 "),
        (
            b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
            b" 411 ",
        ),
        (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b" 501 "),
        (b"OPTIONS / HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://a\r\n\r\n", b" 501 "),
    ],
)
def test_requests_are_bounded(world: EmbeddedWorld, head: bytes, status: bytes) -> None:
    assert status in raw(world, head).split(b"\r\n")[0]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 400_000])
def test_what_is_not_json_ends_nothing(world: EmbeddedWorld, body: bytes) -> None:
    head = f"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    assert b"-32700" in raw(world, head + body)
    assert world.rpc("eth_chainId") == "0x7a69"


@pytest.mark.parametrize(
    "content",
    [
        5,
        {},
        [],
        {"method": 5},
        [request("eth_chainId")] * 21,
        request("eth_getBalance"),
        request("eth_getBalance", "alice"),
        request("eth_getBalance", 5, {}),
        request("eth_call", "0x"),
        request("eth_call", {"to": "0x12", "data": "0x"}),
        request("eth_call", {"to": "0x" + "11" * 20, "data": "zz"}),
        request("eth_call", {}, "latest", {}),
        request("eth_sendRawTransaction", "0x"),
        request("eth_sendRawTransaction", "0x02c0"),
        request("eth_getBlockByNumber", "0x" + "f" * 80),
        request("eth_getLogs", {"fromBlock": "earliest", "toBlock": "0xffffffff", "address": 5}),
        {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": {"a": 1}},
    ],
)
def test_a_malformed_request_gets_an_error(world: EmbeddedWorld, content: Any) -> None:
    assert "error" in world.post(content).json()
    assert world.rpc("eth_chainId") == "0x7a69"


def test_a_batch(world: EmbeddedWorld) -> None:
    answers = world.post([request("eth_chainId"), request("nothing"), 5]).json()
    assert [("result" in each) for each in answers] == [True, False, False]


def test_a_transaction_from_signing_to_receipt(world: EmbeddedWorld) -> None:
    to = Account.create().address
    gas = int(world.rpc("eth_estimateGas", {"from": DEPLOYER.address, "to": to, "value": "0x5"}), 16)
    assert gas >= 21_000
    receipt = world.send(DEPLOYER, to, b"", value=5)
    assert world.rpc("eth_getBalance", to, "latest") == "0x5"
    found = world.rpc("eth_getTransactionByHash", receipt["transactionHash"])
    assert (found["from"], found["to"], found["value"]) == (DEPLOYER.address, to, "0x5")
    block = world.rpc("eth_getBlockByNumber", receipt["blockNumber"], True)
    assert block["hash"] == receipt["blockHash"]
    assert {"miner", "baseFeePerGas", "gasLimit", "timestamp", "parentHash"} <= set(block)
    before = hex(int(receipt["blockNumber"], 16) - 1)
    assert world.rpc("eth_getBalance", to, before) == "0x0"
    assert world.rpc("eth_getTransactionReceipt", "0x" + "11" * 32) is None


def test_a_transaction_for_another_chain_is_refused(world: EmbeddedWorld) -> None:
    transaction: dict[str, Any] = {
        "chainId": 1,
        "nonce": 0,
        "gas": 21_000,
        "gasPrice": 10**10,
        "value": 1,
        "to": "0x" + "11" * 20,
    }
    signed = "0x" + bytes(DEPLOYER.sign_transaction(transaction).raw_transaction).hex()
    assert "error" in world.post(request("eth_sendRawTransaction", signed)).json()


def test_a_revert_carries_its_data(world: EmbeddedWorld) -> None:
    data = "0x" + call_data("resolve(bytes,bytes)", b"\x01a\x00", b"\x01\x02\x03\x04").hex()
    to = "0xeEeEEEeE14D718C2B47D9923Deab1335E144EeEe"
    error = world.post(request("eth_call", {"to": to, "data": data}, "latest")).json()["error"]
    assert error["code"] == 3
    assert error["data"].startswith("0x77209fe8"), "ResolverNotFound"


def test_logs(world: EmbeddedWorld) -> None:
    account = Account.create().address
    world.register("logged.eth", account)
    logs = world.rpc("eth_getLogs", {"fromBlock": "earliest", "toBlock": "latest", "address": world.resolver})
    assert any(log["topics"][1] == "0x" + namehash("logged.eth").hex() for log in logs)


def test_parallel_sends_all_arrive(world: EmbeddedWorld) -> None:
    """py-evm is not made for threads; one lock is what keeps these from losing each other."""
    senders = [Account.create() for _ in range(12)]
    for sender in senders:
        world.fund(sender.address, ETHER)
    to = Account.create().address
    with ThreadPoolExecutor(12) as threads:
        list(threads.map(lambda sender: world.send(sender, to, b"", value=1), senders))
    assert world.rpc("eth_getBalance", to, "latest") == hex(12)


def test_a_person_can_be_given(world: EmbeddedWorld) -> None:
    """Names are for the accounts that the demo made; a bad one is refused before the start."""
    account = Account.create().address
    command = [sys.executable, "-m", "parley_demo.chain", "--port", "0", "--json", "--with-parent"]
    with subprocess.Popen(
        [*command, "--person", f"alice={account}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert account in process.stdout.readline().decode()
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=10) == 0, "it ends with its parent"
    bad = subprocess.run([*command, "--person", "alice=0x12"], capture_output=True, check=False)
    assert bad.returncode == 2
