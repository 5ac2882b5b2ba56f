"""Worlds that a `Chain` reads: one in memory, and one that is a real chain in a process of its own."""

from __future__ import annotations

from typing import Protocol

from eth_account.signers.local import LocalAccount

from parley.chain.api import Chain, MemoryChain, recover_digest_signer


class World(Protocol):
    """What a test of a chain needs to happen on it."""

    chain: Chain

    def fund(self, account: str, wei: int) -> None:
        """Give an account ether."""
        ...

    def register(self, name: str, account: str, texts: dict[str, str] | None = None) -> None:
        """Make a second-level name stand for an account, one way."""
        ...

    def register_outside(self, name: str, account: str, texts: dict[str, str] | None = None) -> None:
        """The same by the word of a server outside the chain."""
        ...

    def outside_asked(self) -> int:
        """How often such servers were asked."""
        ...

    def point_back(self, owner: LocalAccount, name: str) -> None:
        """Let an account claim a name in its reverse record, whatever it is."""
        ...

    def wallet(self, owner: str) -> str:
        """A contract account that accepts its owner's signatures; its address."""
        ...


class MemoryWorld:
    """Around a `MemoryChain`."""

    def __init__(self) -> None:
        self.memory = MemoryChain()
        self.chain: Chain = self.memory
        self._wallets = 0

    def fund(self, account: str, wei: int) -> None:
        self.memory.add_wei(account, wei)

    def register(self, name: str, account: str, texts: dict[str, str] | None = None) -> None:
        self.memory.set_address(name, account)
        for key, value in (texts or {}).items():
            self.memory.set_text(name, key, value)

    def register_outside(self, name: str, account: str, texts: dict[str, str] | None = None) -> None:
        self.register(name, account, texts)
        self.memory.set_outside(name)

    def outside_asked(self) -> int:
        return len(self.memory.gateways_asked)

    def point_back(self, owner: LocalAccount, name: str) -> None:
        self.memory.set_reverse(owner.address, name)

    def wallet(self, owner: str) -> str:
        self._wallets += 1
        address = "0x" + self._wallets.to_bytes(20, "big").hex()
        self.memory.set_contract(
            address,
            lambda digest, signature: (
                len(signature) == 65 and recover_digest_signer(digest, signature) == owner
            ),
        )
        return address
