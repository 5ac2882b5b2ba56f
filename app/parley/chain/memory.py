"""`MemoryChain`: a chain for tests, with what a test puts there and nobody else's say."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from parley.chain import names
from parley.chain.account import checksummed
from parley.chain.errors import InvalidNameError
from parley.chain.port import Balance, Block, BlockTag, ContractVerdict, EndpointState

FIRST_BLOCK_MS = 1_700_000_000_000
BLOCK_MS = 12_000


class MemoryChain:
    """Implements `port.Chain` in memory; passes tests/conformance/test_chain.py. Every change is a block."""

    def __init__(self, chain_id: int = 31337) -> None:
        self._chain_id = chain_id
        self._height = 0
        self._wei: dict[str, int] = {}
        self._addresses: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._texts: dict[tuple[str, str], str] = {}
        self._contracts: dict[str, Callable[[bytes, bytes], bool]] = {}
        self._delegating: set[str] = set()

    # What a test does.

    def add_wei(self, account: str, wei: int) -> None:
        """Give an account ether."""
        account = checksummed(account)
        self._wei[account] = self._wei.get(account, 0) + wei
        self._height += 1

    def set_address(self, name: str, account: str) -> None:
        """Make a normalised name stand for an account."""
        self._addresses[name] = checksummed(account)
        self._height += 1

    def set_text(self, name: str, key: str, value: str) -> None:
        """Set a text record."""
        self._texts[name, key] = value
        self._height += 1

    def set_reverse(self, account: str, name: str) -> None:
        """Set an account's reverse record to any text, as on the chain."""
        self._names[checksummed(account)] = name
        self._height += 1

    def set_contract(
        self, account: str, accepts: Callable[[bytes, bytes], bool], *, delegated: bool = False
    ) -> None:
        """Put a contract account there, judging digest and signature, or what an account of a key delegates to."""
        self._contracts[checksummed(account)] = accepts
        if delegated:
            self._delegating.add(checksummed(account))
        self._height += 1

    # The port.

    @property
    def chain_id(self) -> int:
        """See `port.Chain`."""
        return self._chain_id

    def endpoints(self) -> tuple[EndpointState, ...]:
        """None: nobody is asked."""
        return ()

    async def block(self, tag: BlockTag = "latest") -> Block:  # noqa: ARG002
        """See `port.Chain`; every block is final."""
        digest = hashlib.sha256(f"memory/{self._chain_id}/{self._height}".encode()).digest()
        return Block(self._height, digest, FIRST_BLOCK_MS + self._height * BLOCK_MS)

    async def balance(self, account: str) -> Balance:
        """See `port.Chain`."""
        account = checksummed(account)
        return Balance(account, self._wei.get(account, 0), await self.block())

    async def address_of(self, name: str) -> str | None:
        """See `port.Chain`."""
        return self._addresses.get(names.normalised(name))

    async def name_of(self, account: str) -> str | None:
        """See `port.Chain`."""
        account = checksummed(account)
        claimed = self._names.get(account)
        try:
            if claimed is None or names.normalised(claimed) != claimed:
                return None
        except InvalidNameError:
            return None
        return claimed if self._addresses.get(claimed) == account else None

    async def text_of(self, name: str, key: str) -> str | None:
        """See `port.Chain`."""
        return self._texts.get((names.normalised(name), key)) or None

    async def contract_verdict(self, account: str, digest: bytes, signature: bytes) -> ContractVerdict:
        """See `port.Chain`."""
        account = checksummed(account)
        accepts = self._contracts.get(account)
        valid = accepts is not None and accepts(digest, signature)
        return ContractVerdict(valid, await self.block(), valid and account in self._delegating)
