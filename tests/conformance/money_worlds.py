"""Worlds that a `MoneyChain` reads."""

from __future__ import annotations

from typing import Any, Protocol

from eth_account.signers.local import LocalAccount

from parley.chain.api import MemoryChain, MoneyChain, TokenFacts

DOLLAR = TokenFacts("", "Test Dollar", "tUSD", 6)
GWEI = 10**9


class MoneyWorld(Protocol):
    """What a test of money needs to happen on a chain."""

    money: MoneyChain

    def fund(self, account: str, wei: int) -> None:
        """Give an account ether."""
        ...

    def dollar(self, holder: str, amount: int) -> str:
        """A token as DOLLAR says, of which an account holds some; its address."""
        ...

    def contract(self) -> str:
        """The address of a contract that is no token."""
        ...

    def delegating(self, account: LocalAccount) -> None:
        """Let an account of a key delegate to a contract (EIP-7702)."""
        ...

    def mine(self) -> None:
        """See to it that what was handed in and fits is in a block."""
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
