"""A real node that lies in chosen answers: a development chain behind a port, with some of its words changed."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from chain.hostile_endpoint import hostile_endpoint, send_body
from harness.bytecode import CALL, STOP, calling, creation
from harness.embedded_world import call_data, creation_code
from harness.small_chain import RICH, SOMEBODY, SmallChain, signed
from parley.chain.api import Call, checksummed

Lie = Callable[[Any], Any]
"""Gets the honest result (None if the node answers with an error) and gives another one."""


class LyingNode:
    """A chain with two payments and a token. `lies` by method, `errors` in place of answers by method.

    Attributes:
        coin, transfer: the hashes of a mined payment of 1 wei, and of 5 of the token, to SOMEBODY by RICH.
        batch: of one by which the contract `payer` pays SOMEBODY 3 wei, 3 again, and 4.
    """

    def __init__(self) -> None:
        self.lies: dict[str, Lie] = {}
        self.errors: dict[str, tuple[int, str]] = {}
        self.chain = SmallChain()
        created = self._mined(to=None, value=0, data=creation_code("TestDollar"), gas=4_000_000)
        self.token = checksummed(self.chain.rpc("eth_getTransactionReceipt", created)["contractAddress"])
        self.coin = bytes.fromhex(self._mined(to=SOMEBODY, value=1)[2:])
        data = call_data("transfer(address,uint256)", SOMEBODY, 5)
        self.transfer = bytes.fromhex(self._mined(to=self.token, value=0, data=data, gas=100_000)[2:])
        pays = "".join(calling(CALL, SOMEBODY, wei) for wei in (3, 3, 4)) + STOP
        created = self._mined(to=None, value=100, data=creation(pays), gas=1_000_000)
        self.payer = checksummed(self.chain.rpc("eth_getTransactionReceipt", created)["contractAddress"])
        self.batch = bytes.fromhex(self._mined(to=self.payer, value=0, gas=500_000)[2:])
        self.call = Call(checksummed(SOMEBODY), 1)

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """What it says."""
        method = request["method"]
        head = {"jsonrpc": "2.0", "id": request["id"]}
        if method in self.errors:
            code, message = self.errors[method]
            return head | {"error": {"code": code, "message": message}}
        honest: dict[str, Any] = self.chain.methods.answer(request)
        if method not in self.lies:
            return honest
        return head | {"result": self.lies[method](honest.get("result"))}

    def raw(self, nonce: int) -> bytes:
        """A signed transaction that is not handed in."""
        return signed(RICH, nonce)

    def _mined(self, **transaction: Any) -> str:
        nonce = int(self.chain.rpc("eth_getTransactionCount", RICH.address, "latest"), 16)
        found = self.chain.send(signed(RICH, nonce, **transaction))
        self.chain.pass_time(self.chain.block_time)
        assert self.chain.rpc("eth_getTransactionReceipt", found)["status"] == "0x1"
        return found


def field(name: str, value: Any) -> Lie:
    """One field of the answer is another."""
    return lambda honest: honest | {name: value}


def without(name: str) -> Lie:
    """One field of the answer is missing."""
    return lambda honest: {key: value for key, value in honest.items() if key != name}


def simulated(**more: Any) -> Lie:
    """Something else said of the one call."""
    return lambda honest: [honest[0] | {"calls": [honest[0]["calls"][0] | more]}]


def other(value: Any) -> Lie:
    """The whole answer is another."""
    return lambda _honest: value


@contextmanager
def served(node: LyingNode) -> Iterator[str]:
    """Serve until the block ends; gives the address."""

    def behave(connection: socket.socket, request: dict[str, Any]) -> None:
        send_body(connection, json.dumps(node.answer(request)).encode())

    with hostile_endpoint(behave) as url:
        yield url
