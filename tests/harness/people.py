"""People in one process: opened profiles on a network and stores in memory, with a clock that follows trio's.

A person's store outlives their messenger, so a test restarts them by opening them again.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import trio

from harness.signers import Signer
from parley.chain.api import typed_data_digest
from parley.chat.commit import Commit, StateChange, StateKind
from parley.chat.content import shown_text
from parley.chat.delivery.model import DeliveryState
from parley.chat.devices.create import ENTROPY_BYTES, create_profile, propose_device
from parley.chat.direct.model import ShownMessage
from parley.database.api import MemoryDatabase
from parley.messenger import Messenger, System, open_messenger
from parley.messenger.chains import MakeChain, ethereum_chain
from parley.messenger.listening import Kept
from parley.messenger.signers import Chains, signer_of
from parley.messenger.system import Store
from parley.p2p.api import Faults, MemoryNetwork, MemoryNode, Network, NodeSettings
from parley.settings import Settings
from parley.wallet.api import (
    NONCE_BYTES,
    AccountKey,
    account_of,
    new_account_key,
    seal_wallet,
    sign_typed_data,
    wallet_from_key,
)

NOON_MS = 1_790_000_000_000
"""When every story begins."""

VAULT_KEY = bytes(32)

Wrap = Callable[[Store], Store]


class MemoryPorts:
    """Ports of a profile without a folder: its node in memory has none."""

    def read(self) -> Kept:
        """None."""
        return {}

    def keep(self, ports: Kept) -> None:
        """There are none to keep."""
        raise AssertionError(ports)


def story_clock() -> int:
    """Milliseconds since the epoch by trio's clock, which a test may let jump."""
    return NOON_MS + round(trio.current_time() * 1_000)


class People:
    """Profiles in memory on one network in memory."""

    def __init__(self, network: MemoryNetwork, seed: int = 1) -> None:
        self.network = network
        self.stores: dict[str, MemoryDatabase] = {}
        self.nodes: dict[str, MemoryNode] = {}
        self._keys: dict[str, AccountKey] = {}
        self._random = random.Random(seed)

    async def make(self, *names: str) -> None:
        """Make a profile for each name."""
        for name in names:
            self._keys[name] = new_account_key()
            await self.make_device(name, name)

    async def make_device(self, name: str, of: str) -> None:
        """Make a profile of somebody's account, as on another device of theirs that knows nothing of the first."""
        key = self._keys[of]
        entropy = secrets.token_bytes(ENTROPY_BYTES)
        proposed = propose_device(account_of(key), name, 1, story_clock(), entropy)
        signature = sign_typed_data(key, proposed.endorsement.typed_data())
        self.stores[name] = MemoryDatabase()
        await self.stores[name].apply(create_profile(proposed, signature, account_of(key)))

    async def make_inside(self, name: str) -> None:
        """Make a profile whose account's key is in the wallet inside; `VAULT_KEY` opens it."""
        await self.make(name)
        sealed = seal_wallet(
            wallet_from_key(self._keys[name], "Main"), VAULT_KEY, secrets.token_bytes(NONCE_BYTES)
        )
        change = StateChange(StateKind.VAULT, b"", 0, sealed)
        await self.stores[name].apply(Commit("put_vault", states=(change,)))

    async def make_outside(self, name: str, signer: Signer, chain_id: int, chains: Chains) -> str:
        """Make a profile whose account is a wallet's outside, on this chain; gives the account's text."""
        entropy = secrets.token_bytes(ENTROPY_BYTES)
        proposed = propose_device(signer.address, name, chain_id, story_clock(), entropy)
        typed_data = proposed.endorsement.typed_data()
        signature = signer.sign(typed_data_digest(typed_data))
        account = await signer_of(chains, typed_data, signature, signer.address, chain_id)
        self.stores[name] = MemoryDatabase()
        await self.stores[name].apply(create_profile(proposed, signature, account))
        return account

    def open(
        self,
        name: str,
        faults: Faults | None = None,
        wrap: Wrap | None = None,
        *,
        settings: Settings | None = None,
        make_chain: MakeChain = ethereum_chain,
        vault_key: bytes | None = None,
    ) -> AbstractAsyncContextManager[Messenger]:
        """Open a person's profile; `wrap` puts something between the messenger and the store.

        Args:
            vault_key: opens the wallet inside too.
        """
        system = replace(self._system(name, faults, wrap), make_chain=make_chain)
        return open_messenger(settings or Settings(data=Path(name)), b"", system, vault_key)

    def _system(self, name: str, faults: Faults | None, wrap: Wrap | None) -> System:
        @asynccontextmanager
        async def open_store(_path: Path, _key: bytes) -> AsyncIterator[Store]:
            store: Store = self.stores[name]
            yield wrap(store) if wrap else store

        @asynccontextmanager
        async def open_network(_settings: NodeSettings) -> AsyncIterator[Network]:
            node = self.network.join(name, clock=story_clock, faults=faults)
            self.nodes[name] = node
            try:
                yield node
            finally:
                node.close()

        return System(
            clock=story_clock,
            entropy=self._random.randbytes,
            jitter=self._random.random,
            open_store=open_store,
            open_network=open_network,
            ports=lambda _data: MemoryPorts(),
        )


async def introduce(*people: Messenger) -> None:
    """Everybody adds everybody else as a contact."""
    for person in people:
        for other in people:
            if other is not person:
                await person.add_contact(other.contact_record(), "")


async def conversation_with(person: Messenger, other: Messenger) -> str:
    """The id of the conversation that `person` has with `other`."""
    for each in await person.conversations():
        if each.account == other.account:
            return each.conversation_id
    raise LookupError(other.account)


@dataclass(frozen=True, slots=True)
class Acquainted:
    """Alice and Bob, open, with each one's conversation with the other."""

    people: People
    alice: Messenger
    bob: Messenger
    at_alice: str
    at_bob: str


@asynccontextmanager
async def acquainted(line: Faults | None = None) -> AsyncIterator[Acquainted]:
    """Alice and Bob on a network of their own, introduced to each other; `line` is how badly both hear."""
    async with MemoryNetwork(story_clock) as network:
        people = People(network)
        await people.make("alice", "bob")
        async with people.open("alice", line) as alice, people.open("bob", line) as bob:
            await introduce(alice, bob)
            at_alice, at_bob = await conversation_with(alice, bob), await conversation_with(bob, alice)
            yield Acquainted(people, alice, bob, at_alice, at_bob)


async def texts(person: Messenger, conversation_id: str, *, own: bool | None = None) -> list[str | None]:
    """The texts of a conversation in the order shown; only the own or only the received ones if asked for."""
    messages = await person.messages(conversation_id, limit=10_000)
    return [shown_text(each.content) for each in messages if own is None or each.own == own]


async def settle(
    person: Messenger, conversation_id: str, enough: Callable[[tuple[ShownMessage, ...]], bool]
) -> tuple[ShownMessage, ...]:
    """Wait, on events, until the conversation's messages are `enough`; give them."""
    while True:
        async with person.events() as events:
            messages = await person.messages(conversation_id, limit=10_000)
            if enough(messages):
                return messages
            async for _ in events:
                messages = await person.messages(conversation_id, limit=10_000)
                if enough(messages):
                    return messages


async def until(person: Messenger, fact: Callable[[], Awaitable[bool]]) -> None:
    """Wait, on events, until something is so."""
    while True:
        async with person.events() as events:
            if await fact():
                return
            async for _ in events:
                if await fact():
                    return


async def asked_by(person: Messenger, stranger: Messenger) -> str:
    """Wait for the request of a stranger with something to read; gives its conversation id."""

    async def asks() -> bool:
        return any(
            each.account == stranger.account and each.first_content is not None
            for each in await person.requests()
        )

    await until(person, asks)
    return next(each.conversation_id for each in await person.requests() if each.account == stranger.account)


async def found_by(person: Messenger, account: str) -> str:
    """Wait for somebody who was asked for to be a contact; gives the conversation id."""

    async def is_contact() -> bool:
        return any(each.account == account for each in await person.conversations())

    await until(person, is_contact)
    return next(each.conversation_id for each in await person.conversations() if each.account == account)


def _received(messages: Iterable[ShownMessage], count: int) -> bool:
    return sum(not each.own for each in messages) >= count


def _delivered(messages: Iterable[ShownMessage], count: int) -> bool:
    return sum(each.state is DeliveryState.DELIVERED for each in messages) >= count


def received(count: int) -> Callable[[tuple[ShownMessage, ...]], bool]:
    """At least so many received messages."""
    return partial(_received, count=count)


def delivered(count: int) -> Callable[[tuple[ShownMessage, ...]], bool]:
    """At least so many own messages are delivered."""
    return partial(_delivered, count=count)
