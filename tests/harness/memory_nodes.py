"""Ethereum nodes in memory: addresses that each serve one chain, and may be down or answer nonsense."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import TypeVar

import trio

from parley.chain.api import (
    Balance,
    Block,
    BlockTag,
    Call,
    ContractVerdict,
    EndpointHealth,
    EndpointState,
    EndpointsUnreachableError,
    EthereumChain,
    FeeChoices,
    Inclusion,
    MemoryChain,
    MoneyChain,
    NoEndpointError,
    Nonces,
    Settlement,
    Simulation,
    TokenBalance,
    TokenFacts,
    WrongChainError,
)

T = TypeVar("T")


class MemoryNodes:
    """What `System.make_chain` gives readers of.

    Attributes:
        down: addresses that do not answer.
        asked: how often a name or balance was asked for, by account.
        questions: how many there were.
        most_at_once: how many questions were on their way together.
        takes_s: how long an answer takes.
        fault: raised by every look-up of this account's name.
    """

    def __init__(self) -> None:
        self.down: set[str] = set()
        self.asked: Counter[str] = Counter()
        self.questions = 0
        self.most_at_once = 0
        self.takes_s = 0.0
        self.fault: dict[str, Exception] = {}
        self.made: list[tuple[int, tuple[str, ...]]] = []
        self._at_once = 0
        self._served: dict[str, MemoryChain] = {}

    def serve(self, endpoint: str, chain: MemoryChain) -> None:
        """Let an address be a node of this chain."""
        self._served[endpoint] = chain

    def make_chain(self, chain_id: int, endpoints: tuple[str, ...]) -> MoneyChain:
        """As `ethereum_chain`, which refuses the same addresses."""
        labels = [each.endpoint for each in EthereumChain(chain_id, endpoints, b"").endpoints()]
        self.made.append((chain_id, endpoints))
        return _NodesChain(self, chain_id, dict(zip(endpoints, labels, strict=True)))

    async def answer(self, endpoint: str, chain_id: int, question: Callable[[MoneyChain], Awaitable[T]]) -> T:
        """What one node answers. Raises WrongChainError, or ConnectionError where there is none."""
        self.questions += 1
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            await trio.sleep(self.takes_s)
        finally:
            self._at_once -= 1
        chain = self._served.get(endpoint)
        if chain is None or endpoint in self.down:
            raise ConnectionError
        if chain.chain_id != chain_id:
            label = EthereumChain(chain_id, (endpoint,), b"").endpoints()[0].endpoint
            raise WrongChainError(label, chain_id, chain.chain_id)
        return await question(chain)


class _NodesChain:
    """Implements `MoneyChain`: asks its nodes in turn, and notes of each how it did."""

    def __init__(self, nodes: MemoryNodes, chain_id: int, labels: dict[str, str]) -> None:
        self._nodes = nodes
        self._chain_id = chain_id
        self._states = {
            endpoint: EndpointState(label, EndpointHealth.UNTRIED, None) for endpoint, label in labels.items()
        }

    @property
    def chain_id(self) -> int:
        return self._chain_id

    def endpoints(self) -> tuple[EndpointState, ...]:
        return tuple(self._states.values())

    async def block(self, tag: BlockTag = "latest") -> Block:
        return await self._ask(lambda chain: chain.block(tag))

    async def balance(self, account: str) -> Balance:
        self._nodes.asked[f"balance {account}"] += 1
        return await self._ask(lambda chain: chain.balance(account))

    async def address_of(self, name: str, *, offchain: bool = False) -> str | None:
        return await self._ask(lambda chain: chain.address_of(name, offchain=offchain))

    async def name_of(self, account: str, *, resolved: str | None = None) -> str | None:
        self._nodes.asked[f"name {account}"] += 1
        if account in self._nodes.fault:
            await trio.lowlevel.checkpoint()
            raise self._nodes.fault[account]
        return await self._ask(lambda chain: chain.name_of(account, resolved=resolved))

    async def text_of(self, name: str, key: str, *, offchain: bool = False) -> str | None:
        return await self._ask(lambda chain: chain.text_of(name, key, offchain=offchain))

    async def contract_verdict(self, account: str, digest: bytes, signature: bytes) -> ContractVerdict:
        return await self._ask(lambda chain: chain.contract_verdict(account, digest, signature))

    async def has_code(self, address: str) -> bool:
        return await self._ask(lambda chain: chain.has_code(address))

    async def token(self, address: str) -> TokenFacts:
        return await self._ask(lambda chain: chain.token(address))

    async def token_balances(self, account: str, tokens: Sequence[str]) -> tuple[TokenBalance, ...]:
        return await self._ask(lambda chain: chain.token_balances(account, tokens))

    async def fees(self) -> FeeChoices:
        return await self._ask(lambda chain: chain.fees())

    async def nonces(self, account: str) -> Nonces:
        return await self._ask(lambda chain: chain.nonces(account))

    async def simulate(self, sender: str, calls: Sequence[Call]) -> Simulation:
        return await self._ask(lambda chain: chain.simulate(sender, calls))

    async def send(self, raw: bytes) -> bytes:
        return await self._ask(lambda chain: chain.send(raw))

    async def inclusion(self, transaction_hash: bytes) -> Inclusion:
        return await self._ask(lambda chain: chain.inclusion(transaction_hash))

    async def settlement(
        self, transaction_hash: bytes, sender: str, calls: Sequence[Call], taken: Collection[int] = ()
    ) -> Settlement:
        return await self._ask(lambda chain: chain.settlement(transaction_hash, sender, calls, taken))

    async def _ask(self, question: Callable[[MoneyChain], Awaitable[T]]) -> T:
        if not self._states:
            raise NoEndpointError
        wrong: list[WrongChainError] = []
        for endpoint, state in self._states.items():
            try:
                answer = await self._nodes.answer(endpoint, self._chain_id, question)
            except ConnectionError:
                self._note(endpoint, state, EndpointHealth.UNREACHABLE)
            except WrongChainError as error:
                wrong.append(error)
                self._note(endpoint, state, EndpointHealth.WRONG_CHAIN)
            else:
                self._note(endpoint, state, EndpointHealth.ANSWERING)
                return answer
        if len(wrong) == len(self._states):
            raise wrong[0]
        raise EndpointsUnreachableError({each.endpoint: "down" for each in self._states.values()})

    def _note(self, endpoint: str, state: EndpointState, health: EndpointHealth) -> None:
        self._states[endpoint] = EndpointState(state.endpoint, health, round(trio.current_time() * 1_000))
