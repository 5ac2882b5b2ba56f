"""What an opened profile knows of Ethereum: names of accounts, the own balance, and how its nodes are doing.

Pages read what is known and wait for nobody; what is missing is asked for in the background, and the hub is told
when it arrives. Nothing is asked unless a page looks: nodes see what is asked for, and need not see when somebody's
machine is on. Without a node nothing is asked or loaded at all.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

import trio

from parley.chain.api import (
    Balance,
    Chain,
    ChainError,
    EndpointState,
    MoneyChain,
    NamesUnsupportedError,
    WrongChainError,
)
from parley.chat.errors import InvalidNodeAddressError
from parley.chat.preferences.model import Preferences
from parley.e2ee import api as e2ee
from parley.messenger.chains import MakeChain
from parley.messenger.errors import WrongNodeError
from parley.messenger.names import RETRY_S, Names
from parley.messenger.preferences import NetworkChoice, Preferred

_log = logging.getLogger(__name__)

BALANCE_EVERY_S = 60.0
BALANCE_RETRY_S = 20.0
NAMES_AT_ONCE = 4
MOST_NAMES = 1_000
"""Of so many contacts, those talked to last, names are asked for."""

STRANGERS_S = 60.0
"""So long after a page last showed a stranger the node is asked for their name, and not again."""

MOST_STRANGERS = 100
MOST_OTHERS = 16
"""Readers of networks besides the one that is read."""

_FAILURES_A_ROUND = 3
"""After so many a node most likely does not answer anybody."""


@dataclass(frozen=True, slots=True)
class EthereumState:
    """What is known now.

    Attributes:
        chain_id: the network that is read.
        nodes: each node with what its last question showed; none means that nobody is asked.
        balance: the own account's, last known; None as long as there was no answer.
        answered: whether the last question for it was answered; None before there was one.
        elsewhere: the own account is a contract on this other chain, so that it has no balance here.
    """

    chain_id: int
    nodes: tuple[EndpointState, ...]
    balance: Balance | None
    answered: bool | None
    elsewhere: int | None


class _Reading:
    """One network through one set of nodes, with what they said so far."""

    def __init__(self, chain: MoneyChain) -> None:
        self.chain = chain
        self.names = Names()
        self.balance: Balance | None = None
        self.answered: bool | None = None
        self.probed: tuple[EndpointState, ...] = ()

    def nodes(self) -> tuple[EndpointState, ...]:
        """Each node with what its last question showed, whether that was a reader's or a probe's."""
        asked = self.chain.endpoints()
        if len(asked) != len(self.probed):
            return asked
        pairs = zip(asked, self.probed, strict=True)
        return tuple(
            max(pair, key=lambda each: -1 if each.asked_ms is None else each.asked_ms) for pair in pairs
        )


class Ethereum:
    """Reads Ethereum for one opened profile.

    Attributes:
        begun: how often network or nodes became others.

    Args:
        accounts: whose names may be shown, the most wanted first.
        tell: called when what is known has changed.
    """

    def __init__(
        self,
        own_account: str,
        preferred: Preferred,
        make_chain: MakeChain,
        accounts: Callable[[], Awaitable[Iterable[str]]],
        tell: Callable[[], None],
    ) -> None:
        self.begun = 0
        self._own_account = own_account
        self._preferred = preferred
        self._make_chain = make_chain
        self._accounts = accounts
        self._tell = tell
        self._looked_at = trio.lowlevel.ParkingLot()
        self._wanted = trio.Event()
        self._moved = trio.Event()
        self._changed = trio.Event()
        self._strangers: dict[str, float] = {}
        """When each was last shown."""
        self._others: dict[int, MoneyChain] = {}
        self._reading = self._new_reading()

    # What pages read.

    def name_of(self, account: str) -> str | None:
        """The ENS name of an account, if it is known and stands for the account too; asks nobody."""
        self._looked_at.unpark_all()
        return self._reading.names.name_of(account)

    def ask_for(self, strangers: Iterable[str]) -> None:
        """Have the names of these asked for too, while a page shows them.

        Nodes see what is asked for, and somebody who writes must not be able to have a node told of it: only a
        person who looks at the page with the requests has.
        Guarded by tests/messenger/test_ethereum_names.py::test_a_stranger_is_asked_for_only_while_they_are_shown.
        """
        now_s = trio.current_time()
        shown = dict.fromkeys(list(strangers)[:MOST_STRANGERS], now_s)
        new = shown.keys() - self._strangers.keys()
        self._strangers = {
            account: at_s for account, at_s in (self._strangers | shown).items() if at_s > now_s - STRANGERS_S
        }
        if new:
            self._wanted.set()

    def state(self) -> EthereumState:
        """What is known of the network and of the own balance; asks nobody."""
        self._looked_at.unpark_all()
        address = address_on(self._own_account, self._preferred.chain_id)
        return EthereumState(
            chain_id=self._preferred.chain_id,
            nodes=self._reading.nodes(),
            balance=self._reading.balance,
            answered=self._reading.answered,
            elsewhere=None if address else e2ee.split_account(self._own_account)[1],
        )

    def network(self) -> NetworkChoice:
        """The network and its nodes as they were set."""
        return self._preferred.network()

    @property
    def offchain_names(self) -> bool:
        """Whether servers outside the chain may be asked for a name that a person typed."""
        return self._preferred.offchain_names

    def chains(self, chain_id: int) -> MoneyChain:
        """A reader of a chain, through the nodes that are set for it; the same one until they are others."""
        if chain_id == self._reading.chain.chain_id:
            return self._reading.chain
        if chain_id not in self._others:
            # Anybody who asks for a payment names a chain.
            while len(self._others) >= MOST_OTHERS:
                del self._others[next(iter(self._others))]
            self._others[chain_id] = self._make_chain(chain_id, self._preferred.endpoints(chain_id))
        return self._others[chain_id]

    # What pages change.

    async def choose(self, chain_id: int) -> None:
        """Read another network from now on.

        Raises:
            InvalidChainIdError, StorageError: nothing was changed.
        """
        await self._preferred.change(lambda each: each.with_chain(chain_id))
        self._begin_anew()

    async def set_nodes(self, chain_id: int, endpoints: tuple[str, ...]) -> None:
        """Read a network through these nodes, after each was asked which chain it is on.

        One that cannot be reached now is kept all the same; what is known of each is in `state`.

        Raises:
            InvalidChainIdError, InvalidNodeAddressError, TooManyNodesError, TooManyNetworksError: not within bounds.
            WrongNodeError: a node is on another chain.
            StorageError: the store cannot keep it.
        In each case nothing was changed.
        """
        endpoints = Preferences().with_endpoints(chain_id, endpoints).endpoints(chain_id)
        probed = await self._probe(chain_id, endpoints, refuse=True)
        await self._preferred.change(lambda each: each.with_endpoints(chain_id, endpoints))
        self._begin_anew()
        if self._preferred.endpoints(self._preferred.chain_id) == endpoints:
            self._reading.probed = probed

    async def allow_offchain_names(self, allowed: bool) -> None:
        """Ask servers outside the chain for names that a person types, from now on, or do not.

        Raises:
            StorageError: nothing was changed.
        """
        await self._preferred.change(lambda each: each.with_offchain_names(allowed))

    async def check_nodes(self) -> None:
        """Ask every node of the network now."""
        reading, chain_id = self._reading, self._preferred.chain_id
        reading.probed = await self._probe(chain_id, self._preferred.endpoints(chain_id), refuse=False)
        self._tell()

    # What goes on in the background.

    def want(self) -> None:
        """There may be an account whose name is not known yet."""
        self._wanted.set()

    def money_moved(self) -> None:
        """The own balance may be another one now."""
        self._moved.set()

    async def run(self) -> None:
        """Keep names and balance until cancelled; begins anew whenever network or nodes are others."""
        while True:
            self._changed = trio.Event()
            async with trio.open_nursery() as nursery:
                if self._preferred.endpoints(self._preferred.chain_id):
                    nursery.start_soon(self._keep_names, self._reading)
                    nursery.start_soon(self._keep_balance, self._reading)
                await self._changed.wait()
                nursery.cancel_scope.cancel()

    def _new_reading(self) -> _Reading:
        chain_id = self._preferred.chain_id
        return _Reading(self._make_chain(chain_id, self._preferred.endpoints(chain_id)))

    def _begin_anew(self) -> None:
        """Forget what other nodes said: it may be another network's, or a lie that was found out."""
        self._reading = self._new_reading()
        self._others.clear()
        self.begun += 1
        self._changed.set()
        self._tell()

    async def _probe(
        self, chain_id: int, endpoints: tuple[str, ...], *, refuse: bool
    ) -> tuple[EndpointState, ...]:
        readers = []
        for place, endpoint in enumerate(endpoints, 1):
            try:
                readers.append(self._make_chain(chain_id, (endpoint,)))
            except ValueError:
                raise InvalidNodeAddressError(place) from None
        wrong: list[WrongChainError] = []

        async def ask(reader: Chain) -> None:
            try:
                await reader.block()
            except WrongChainError as error:
                wrong.append(error)
            except ChainError:
                pass  # What is known of it now says why.

        async with trio.open_nursery() as nursery:
            for each in readers:
                nursery.start_soon(ask, each)
        if wrong and refuse:
            raise WrongNodeError(wrong[0].endpoint, wrong[0].expected, wrong[0].claimed)
        return tuple(state for each in readers for state in each.endpoints())

    async def _keep_names(self, reading: _Reading) -> None:
        while True:
            self._wanted = trio.Event()
            accounts = await self._to_name()
            if reading.names.due(accounts, trio.current_time()):
                await self._looked_at.park()
                # Read again: nobody may have looked for hours, least of all at the strangers of then.
                due = reading.names.due(await self._to_name(), trio.current_time())
                if not await self._ask_names(reading, due):
                    await trio.sleep(RETRY_S)
                continue
            with trio.move_on_at(reading.names.next_s(accounts)):
                await self._wanted.wait()

    async def _to_name(self) -> list[str]:
        """Whose names are wanted now; strangers come last, so that they keep nobody's name away."""
        accounts = list(await self._accounts())[:MOST_NAMES]
        oldest_s = trio.current_time() - STRANGERS_S
        return [*accounts, *(each for each, at_s in self._strangers.items() if at_s > oldest_s)]

    async def _ask_names(self, reading: _Reading, accounts: list[str]) -> bool:
        """Ask for names, a few at a time; gives whether the nodes seem to answer."""
        waiting = iter(accounts)
        failures = 0

        async def ask_in_turn() -> None:
            nonlocal failures
            for account in waiting:
                failures += not await self._ask_name(reading, account)
                if failures >= _FAILURES_A_ROUND:
                    return

        async with trio.open_nursery() as nursery:
            for _ in range(NAMES_AT_ONCE):
                nursery.start_soon(ask_in_turn)
        return failures < _FAILURES_A_ROUND

    async def _ask_name(self, reading: _Reading, account: str) -> bool:
        name = None
        try:
            address = address_on(account, reading.chain.chain_id)
            if address is not None:
                with suppress(NamesUnsupportedError):
                    name = await reading.chain.name_of(address)
        except ChainError:
            reading.names.fail(account, trio.current_time())
            return False
        except Exception as error:
            # A name is anybody's text: a fault of ours that it can reach must not become a way to stop the node.
            # Guarded by tests/messenger/test_ethereum_names.py::test_a_fault_in_a_look_up_stops_nothing.
            _log.error("ethereum.name_failed error=%s", type(error).__name__)
            reading.names.fail(account, trio.current_time())
            return False
        if reading.names.learn(account, name, trio.current_time()):
            self._tell()
        return True

    async def _keep_balance(self, reading: _Reading) -> None:
        address = address_on(self._own_account, reading.chain.chain_id)
        if address is None:
            return
        while True:
            await self._looked_at.park()
            self._moved = trio.Event()
            before = reading.balance, reading.answered, reading.chain.endpoints()
            try:
                reading.balance = await reading.chain.balance(address)
            except ChainError:
                # The last known balance stays, with its time.
                reading.answered = False
            else:
                reading.answered = True
            if before != (reading.balance, reading.answered, reading.chain.endpoints()):
                self._tell()
            with trio.move_on_after(BALANCE_EVERY_S if reading.answered else BALANCE_RETRY_S):
                await self._moved.wait()


def address_on(account: str, chain_id: int) -> str | None:
    """The address of an account on a chain; None for a contract account of another chain.

    At the same address of another chain there may be somebody else's contract, whose name and money are not theirs.
    Guarded by tests/messenger/test_ethereum.py::test_a_contract_account_has_a_name_on_its_own_chain_only.
    """
    address, own_chain = e2ee.split_account(account)
    return address if own_chain in (None, chain_id) else None
