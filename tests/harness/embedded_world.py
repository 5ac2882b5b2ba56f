"""A real chain for tests: the development chain in a process of its own, changed by signed transactions only."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from typing import Any

import httpx
from eth_abi.abi import encode
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

from harness.name_gateway import NameGateway, loopback_gateways, name_gateway
from harness.prepared import CHAIN, Prepared
from harness.processes import wait_until
from parley.chain.api import Chain, EthereumChain, MoneyChain
from parley.resources import artifacts_directory

REGISTRY = "0x00000000000C2E074eC69A0dFb2997BA6C7d2e1e"
DEPLOYER: LocalAccount = Account.from_key((1).to_bytes(32, "big"))
ETHER = 10**18
GAS_PRICE = 10**10


class EmbeddedWorld:
    """Around a development chain in its own process, changed by signed transactions only."""

    def __init__(self, facts: dict[str, Any]) -> None:
        self.url: str = facts["url"]
        self.resolver: str = facts["resolver"]
        self.reverse_registrar: str = facts["reverse_registrar"]
        self.test_dollar: str = facts["test_dollar"]
        self.poll: str = facts["poll"]
        self.people: dict[str, str] = facts["people"]
        # What lies outside is asked of servers on this machine, which is otherwise refused.
        self.money: MoneyChain = EthereumChain(
            facts["chain_id"], [self.url], validator_code(), gateways=loopback_gateways()
        )
        self.chain: Chain = self.money
        self._client = httpx.Client(trust_env=False, timeout=30)
        self._open = ExitStack()
        self._open.callback(self._client.close)

    def fund(self, account: str, wei: int) -> None:
        self.send(DEPLOYER, account, b"", value=wei)

    def register(self, name: str, account: str, texts: dict[str, str] | None = None) -> None:
        self.own(name, self.resolver)
        self.send(DEPLOYER, self.resolver, call_data("setAddr(bytes32,address)", namehash(name), account))
        for key, value in (texts or {}).items():
            data = call_data("setText(bytes32,string,string)", namehash(name), key, value)
            self.send(DEPLOYER, self.resolver, data)

    def own(self, name: str, resolver: str) -> None:
        """Register a second-level name for the deployer, with a resolver."""
        label, _, parent = name.partition(".")
        data = call_data(
            "setSubnodeOwner(bytes32,bytes32,address)", namehash(parent), keccak(text=label), DEPLOYER.address
        )
        self.send(DEPLOYER, REGISTRY, data)
        self.send(DEPLOYER, REGISTRY, call_data("setResolver(bytes32,address)", namehash(name), resolver))

    @cached_property
    def gateway(self) -> NameGateway:
        """A server outside the chain that knows names; it ends with the world."""
        return self._open.enter_context(name_gateway())

    def outside_asked(self) -> int:
        """How often it was asked."""
        return len(self.gateway.asked)

    def register_outside(self, name: str, account: str, texts: dict[str, str] | None = None) -> None:
        """Make a second-level name stand for an account by the word of the server outside."""
        self.own_outside(name, [self.gateway.get_url])
        node = namehash(name)
        self.gateway.records[call_data("addr(bytes32)", node)] = encode(["address"], [account])
        for key, value in (texts or {}).items():
            self.gateway.records[call_data("text(bytes32,string)", node, key)] = encode(["string"], [value])

    def own_outside(self, name: str, urls: list[str], rounds: int = 1) -> None:
        """Register a name whose resolver sends the asker to gateways, so many times in a row."""
        self.own(name, self.deploy("OffchainResolver", ["string[]", "uint256"], [urls, rounds]))

    def point_back(self, owner: LocalAccount, name: str) -> None:
        self.fund(owner.address, ETHER)
        # Claiming with the resolver that people use, then setting the name there as the node's owner.
        claim = call_data("claimWithResolver(address,address)", owner.address, self.resolver)
        self.send(owner, self.reverse_registrar, claim)
        node = namehash(f"{owner.address[2:].lower()}.addr.reverse")
        self.send(owner, self.resolver, call_data("setName(bytes32,string)", node, name))

    def wallet(self, owner: str) -> str:
        return self.deploy("SmartWallet", ["address"], [owner])

    def deploy(self, contract: str, types: list[str], arguments: list[Any]) -> str:
        """Deploy one of the compiled contracts; its address."""
        receipt = self.send(DEPLOYER, None, creation_code(contract) + encode(types, arguments))
        return str(receipt["contractAddress"])

    def send(self, sender: LocalAccount, to: str | None, data: bytes, **more: Any) -> dict[str, Any]:
        """Sign a transaction, send it raw, and give its receipt; it must have succeeded."""
        transaction: dict[str, Any] = {
            "chainId": int(self.rpc("eth_chainId"), 16),
            "nonce": int(self.rpc("eth_getTransactionCount", sender.address, "latest"), 16),
            "gas": 6_000_000 if data else 100_000,
            "value": 0,
            "data": data,
        }
        if to is not None:
            transaction["to"] = to
        transaction |= more
        if "authorizationList" in more:
            transaction |= {"maxFeePerGas": GAS_PRICE, "maxPriorityFeePerGas": 10**9}
        else:
            transaction |= {"gasPrice": GAS_PRICE}
        raw = "0x" + bytes(sender.sign_transaction(transaction).raw_transaction).hex()
        receipt = self.receipt(self.rpc("eth_sendRawTransaction", raw))
        assert receipt["status"] == "0x1", receipt
        return receipt

    def receipt(self, transaction_hash: str) -> dict[str, Any]:
        """The receipt of a transaction, once it is in a block; without a block time it is."""
        found: list[dict[str, Any] | None] = []

        def mined() -> bool:
            found[:] = [self.rpc("eth_getTransactionReceipt", transaction_hash)]
            return found[0] is not None

        wait_until(mined)
        assert found[0] is not None
        return found[0]

    def rpc(self, method: str, *params: Any) -> Any:
        """The result of a request."""
        answer = self.post({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).json()
        assert "error" not in answer, answer
        return answer["result"]

    def post(self, content: Any, **headers: str) -> httpx.Response:
        """Any request."""
        return self._client.post(self.url, json=content, headers=headers)

    def close(self) -> None:
        self._open.close()


def validator_code() -> bytes:
    """What the chain room runs to ask a contract account."""
    return creation_code("SignatureValidator")


def creation_code(contract: str) -> bytes:
    """A compiled contract's creation code."""
    path = artifacts_directory() / f"{contract}.json"
    return bytes.fromhex(json.loads(path.read_text("utf-8"))["bytecode"])


def call_data(signature: str, *arguments: Any) -> bytes:
    """Selector and arguments."""
    types = signature[signature.index("(") + 1 : -1].split(",")
    return keccak(text=signature)[:4] + encode(types, arguments)


def namehash(name: str) -> bytes:
    """EIP-137, for names that are normal."""
    node = bytes(32)
    for label in reversed(name.split(".")):
        node = keccak(node + keccak(text=label))
    return node


@contextmanager
def embedded_world(*options: str, block_time: int = 0) -> Iterator[EmbeddedWorld]:
    """A development chain in a process of its own; it ends with the block. A transaction is mined at once."""
    arguments = ["--port", "0", "--json", "--with-parent", "--block-time", str(block_time), *options]
    with Prepared(CHAIN, arguments, dict(os.environ)) as process:
        line = process.stdout.readline()
        assert line, "the development chain did not start"
        world = EmbeddedWorld(json.loads(line))
        try:
            yield world
        finally:
            world.close()
