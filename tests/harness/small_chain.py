"""A chain in this process, with a clock that stands until it is set, and accounts that sign."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount

from parley_demo.chain.evm import Account as ChainAccount
from parley_demo.chain.journal import Beginning
from parley_demo.chain.ledger import Ledger
from parley_demo.chain.rpc import RpcMethods

CHAIN_ID = 31337
ETHER = 10**18
GWEI = 10**9
START = 1_800_000_000
SOMEBODY = "0x" + "11" * 20

RICH: LocalAccount = Account.from_key(b"\x07" * 32)
POOR: LocalAccount = Account.from_key(b"\x08" * 32)


@dataclass
class SettableClock:
    """The seconds since 1970."""

    now: int = START

    def __call__(self) -> int:
        return self.now


def beginning() -> Beginning:
    """A first block with ether for two."""
    balances = {RICH: 1000 * ETHER, POOR: ETHER // 1000}
    return Beginning(
        START, {bytes.fromhex(who.address[2:]): ChainAccount(balance=wei) for who, wei in balances.items()}
    )


def signed(sender: LocalAccount, nonce: int, **more: Any) -> bytes:
    """A raw transaction: a wei to somebody at 10 gwei a unit of gas, unless told otherwise."""
    transaction: dict[str, Any] = {
        "chainId": CHAIN_ID,
        "nonce": nonce,
        "gas": 21_000,
        "to": SOMEBODY,
        "value": 1,
        "maxFeePerGas": 10 * GWEI,
        "maxPriorityFeePerGas": GWEI,
    }
    transaction |= more
    if "gasPrice" in more:
        del transaction["maxFeePerGas"], transaction["maxPriorityFeePerGas"]
    return bytes(
        sender.sign_transaction({k: v for k, v in transaction.items() if v is not None}).raw_transaction
    )


@dataclass
class SmallChain:
    """A ledger behind its JSON-RPC methods, without a port."""

    block_time: int = 2
    clock: SettableClock = field(default_factory=SettableClock)

    def __post_init__(self) -> None:
        self.ledger = Ledger(beginning(), self.block_time, self.clock)
        self.methods = RpcMethods(self.ledger)

    def pass_time(self, seconds: int) -> None:
        """Let the clock go on, a second a time, and make the blocks that are due."""
        for _ in range(seconds):
            self.clock.now += 1
            self.methods.tick()

    def answer(self, method: str, *params: Any) -> dict[str, Any]:
        """The whole answer to a request."""
        answer: dict[str, Any] = self.methods.answer(
            {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
        )
        return answer

    def rpc(self, method: str, *params: Any) -> Any:
        """The result of a request."""
        answer = self.answer(method, *params)
        assert "error" not in answer, answer
        return answer["result"]

    def send(self, raw: bytes) -> str:
        """Send a raw transaction; its hash."""
        return str(self.rpc("eth_sendRawTransaction", "0x" + raw.hex()))

    def refusal(self, raw: bytes) -> str:
        """Why a raw transaction is refused."""
        error = self.answer("eth_sendRawTransaction", "0x" + raw.hex())["error"]
        assert error["code"] in (-32000, -32602)
        return str(error["message"])
