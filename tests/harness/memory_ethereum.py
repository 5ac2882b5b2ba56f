"""Ethereum and preferences in memory: what the pages see of them, as a test sets it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import trio

from parley.chain.api import Balance, Block, EndpointHealth, EndpointState, EthereumChain
from parley.chat.errors import ChatError, InvalidNodeAddressError
from parley.chat.preferences.model import Preferences
from parley.messenger.errors import WrongNodeError
from parley.messenger.ethereum import EthereumState
from parley.messenger.preferences import Locking, NetworkChoice

ASKED_MS = 1_800_000_000_000


class MemoryEthereum:
    """Keeps preferences, and knows what a test says.

    Attributes:
        names: ENS names by account.
        strangers: whose names were asked for too.
        down: addresses of nodes that do not answer.
        on: chain ids of the nodes that are on another network than they are set for.
        given_chain: what the run would be started with, as `given_nodes`.
        fails_with: raised by the next change, once; nothing is stored then.
    """

    def __init__(self, account: str, tell: Callable[[], None]) -> None:
        self.preferences = Preferences()
        self.names: dict[str, str] = {}
        self.strangers: set[str] = set()
        self.down: set[str] = set()
        self.on: dict[str, int] = {}
        self.given_chain: int | None = None
        self.given_nodes: tuple[str, ...] = ()
        self.given_lock_after: int | None = None
        self.fails_with: ChatError | None = None
        self.answered: bool | None = None
        self.elsewhere: int | None = None
        self._account = account
        self._balance: Balance | None = None
        self._states: dict[str, EndpointHealth] = {}
        self._tell = tell

    # What tests do to it.

    def learn_name(self, account: str, name: str | None) -> None:
        """Have a look-up answered."""
        self.names.pop(account, None)
        if name is not None:
            self.names[account] = name
        self._tell()

    def learn_balance(self, wei: int | None, time_ms: int = ASKED_MS) -> None:
        """Have the question for the balance answered; None: no node answers it."""
        self.answered = wei is not None
        if wei is not None:
            self._balance = Balance(self._account, wei, Block(1, bytes(32), time_ms))
        self._tell()

    # What pages do.

    def name_of(self, account: str) -> str | None:
        return self.names.get(account)

    def ask_for(self, strangers: Iterable[str]) -> None:
        self.strangers |= set(strangers)

    def state(self) -> EthereumState:
        network = self.network()
        endpoints = self.given_nodes or self.preferences.endpoints(network.chain_id)
        labels = EthereumChain(1, endpoints, b"").endpoints()
        nodes = []
        for endpoint, label in zip(endpoints, labels, strict=True):
            health = self._states.get(endpoint, EndpointHealth.UNTRIED)
            asked_ms = None if health is EndpointHealth.UNTRIED else ASKED_MS
            nodes.append(EndpointState(label.endpoint, health, asked_ms))
        return EthereumState(network.chain_id, tuple(nodes), self._balance, self.answered, self.elsewhere)

    def network(self) -> NetworkChoice:
        chain_id = self.given_chain or self.preferences.chain_id
        return NetworkChoice(
            chain_id=chain_id,
            stored_chain_id=self.preferences.chain_id,
            stored_endpoints=self.preferences.endpoints(chain_id),
            chain_given=self.given_chain is not None,
            endpoints_given=bool(self.given_nodes),
        )

    @property
    def offchain_names(self) -> bool:
        return self.preferences.offchain_names

    async def allow_offchain_names(self, allowed: bool) -> None:
        await trio.lowlevel.checkpoint()
        self._fail()
        self.preferences = self.preferences.with_offchain_names(allowed)

    async def choose(self, chain_id: int) -> None:
        await trio.lowlevel.checkpoint()
        self._fail()
        self.preferences = self.preferences.with_chain(chain_id)
        self._balance, self.answered = None, None
        self._tell()

    async def set_nodes(self, chain_id: int, endpoints: tuple[str, ...]) -> None:
        await trio.lowlevel.checkpoint()
        self._fail()
        changed = self.preferences.with_endpoints(chain_id, endpoints)
        for place, each in enumerate(changed.endpoints(chain_id), 1):
            try:
                label = EthereumChain(chain_id, (each,), b"").endpoints()[0].endpoint
            except ValueError:
                raise InvalidNodeAddressError(place) from None
            if each in self.on:
                raise WrongNodeError(label, chain_id, self.on[each])
        self.preferences = changed
        self._balance, self.answered = None, None
        await self.check_nodes()

    async def check_nodes(self) -> None:
        await trio.lowlevel.checkpoint()
        chain_id = self.network().chain_id
        for each in (*self.given_nodes, *self.preferences.endpoints(chain_id)):
            self._states[each] = EndpointHealth.ANSWERING
            if each in self.down:
                self._states[each] = EndpointHealth.UNREACHABLE
            elif each in self.on:
                self._states[each] = EndpointHealth.WRONG_CHAIN
        self._tell()

    def locking(self) -> Locking:
        stored = self.preferences.lock_after_minutes
        given = self.given_lock_after
        return Locking(stored if given is None else given, stored, given is not None)

    async def set_lock_after(self, minutes: int) -> None:
        await trio.lowlevel.checkpoint()
        self._fail()
        self.preferences = self.preferences.with_lock_after(minutes)

    def _fail(self) -> None:
        if self.fails_with is not None:
            error, self.fails_with = self.fails_with, None
            raise error
