"""Worlds that a `MoneyChain` reads: a node in memory, and a real chain in a process of its own."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from eth_account.signers.local import LocalAccount

from chain.hostile_endpoint import hostile_endpoint, send_body
from harness import small_chain
from harness.anvil import AnvilWorld
from harness.embedded_world import DEPLOYER, EmbeddedWorld, call_data, creation_code
from harness.small_chain import CHAIN_ID, RICH, SmallChain
from parley.chain.api import EthereumChain, MemoryChain, MoneyChain, TokenFacts

DOLLAR = TokenFacts("", "Test Dollar", "tUSD", 6)
GWEI = 10**9


class WaitingWorld(Protocol):
    """A chain on which ether can be given, and what waits mined."""

    money: MoneyChain

    def fund(self, account: str, wei: int) -> None:
        """Give an account ether."""
        ...

    def mine(self) -> None:
        """See to it that what was handed in and fits is in a block."""
        ...


class MoneyWorld(WaitingWorld, Protocol):
    """What a test of money needs to happen on a chain besides."""

    def dollar(self, holder: str, amount: int) -> str:
        """A token as DOLLAR says, of which an account holds some; its address."""
        ...

    def contract(self) -> str:
        """The address of a contract that is no token."""
        ...

    def delegating(self, account: LocalAccount) -> None:
        """Let an account of a key delegate to a contract (EIP-7702)."""
        ...


def signed(chain_id: int, sender: LocalAccount, nonce: int, **more: Any) -> bytes:
    """A raw transaction that pays well."""
    transaction: dict[str, Any] = {
        "chainId": chain_id,
        "nonce": nonce,
        "gas": 100_000,
        "value": 0,
        "maxFeePerGas": 10 * GWEI,
        "maxPriorityFeePerGas": GWEI,
    }
    return bytes(sender.sign_transaction(transaction | more).raw_transaction)


class MemoryMoneyWorld:
    """Around a `MemoryChain`."""

    def __init__(self) -> None:
        self.memory = MemoryChain()
        self.money: MoneyChain = self.memory
        self._places = 0

    def fund(self, account: str, wei: int) -> None:
        self.memory.add_wei(account, wei)

    def dollar(self, holder: str, amount: int) -> str:
        address = self._place()
        self.memory.set_token(TokenFacts(address, DOLLAR.name, DOLLAR.symbol, DOLLAR.decimals))
        self.memory.add_token(address, holder, amount)
        return address

    def contract(self) -> str:
        address = self._place()
        self.memory.set_code(address)
        return address

    def delegating(self, account: LocalAccount) -> None:
        self.memory.set_contract(account.address, lambda _digest, _signature: False, delegated=True)

    def mine(self) -> None:
        self.memory.mine()

    def _place(self) -> str:
        self._places += 1
        return "0x" + (0x1111 << 144 | self._places).to_bytes(20, "big").hex()


class EmbeddedMoneyWorld:
    """Around the development chain, which mines by itself."""

    def __init__(self, world: EmbeddedWorld) -> None:
        self._world = world
        self.money: MoneyChain = world.money

    def fund(self, account: str, wei: int) -> None:
        self._world.fund(account, wei)

    def dollar(self, holder: str, amount: int) -> str:
        receipt = self._world.send(DEPLOYER, None, creation_code("TestDollar"))
        address = str(receipt["contractAddress"])
        self._world.send(DEPLOYER, address, call_data("transfer(address,uint256)", holder, amount))
        return address

    def contract(self) -> str:
        return self._world.wallet(DEPLOYER.address)

    def delegating(self, account: LocalAccount) -> None:
        delegate = self._world.deploy("SessionKeyDelegate", ["address"], [DEPLOYER.address])
        chain_id = int(self._world.rpc("eth_chainId"), 16)
        nonce = int(self._world.rpc("eth_getTransactionCount", account.address, "latest"), 16)
        authorisation = account.sign_authorization({"chainId": chain_id, "address": delegate, "nonce": nonce})
        self._world.send(DEPLOYER, DEPLOYER.address, b"", authorizationList=[authorisation])

    def mine(self) -> None:
        """Done already, without a block time."""


class AnvilMoneyWorld(EmbeddedMoneyWorld):
    """Around anvil, which mines by itself unless transactions are held."""

    def __init__(self, world: AnvilWorld) -> None:
        super().__init__(world)
        self._anvil = world

    def mine(self) -> None:
        self._anvil.mine()


class ServedMoneyWorld:
    """Around a development chain in this process, behind a port, whose clock the test sets."""

    def __init__(self, chain: SmallChain, url: str) -> None:
        self._chain = chain
        self.money: MoneyChain = EthereumChain(CHAIN_ID, [url], b"")

    def fund(self, account: str, wei: int) -> None:
        nonce = int(self._chain.rpc("eth_getTransactionCount", RICH.address, "latest"), 16)
        self._chain.send(small_chain.signed(RICH, nonce, to=account, value=wei))
        self.mine()

    def mine(self) -> None:
        self._chain.pass_time(self._chain.block_time)


@contextmanager
def served_world() -> Iterator[ServedMoneyWorld]:
    """A new chain with a block every 2 seconds of its own clock; it ends with the block."""
    chain = SmallChain()

    def answer(connection: socket.socket, request: dict[str, Any]) -> None:
        send_body(connection, json.dumps(chain.methods.answer(request)).encode())

    with hostile_endpoint(answer) as url:
        yield ServedMoneyWorld(chain, url)
