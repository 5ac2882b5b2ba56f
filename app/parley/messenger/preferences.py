"""The preferences of an opened profile: what counts in this run, and changing what is stored.

What the run was started with wins over what is stored, and is never stored.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from parley.chat.commit import StoredState
from parley.chat.devices.ports import ProfileStore
from parley.chat.preferences.change import change_preferences, read_preferences
from parley.chat.preferences.model import MAINNET, Preferences
from parley.messenger.writer import Writer
from parley.settings import Settings


@dataclass(frozen=True, slots=True)
class Locking:
    """When Parley locks itself.

    Attributes:
        minutes: without a request for so long; 0 never.
        stored: what is set in the profile.
        given: whether this run was started with another or the same number, which counts.
    """

    minutes: int
    stored: int
    given: bool


@dataclass(frozen=True, slots=True)
class NetworkChoice:
    """Which network is read and through which nodes.

    Attributes:
        chain_id: the network that is read.
        stored_chain_id: the one that is set in the profile.
        stored_endpoints: the nodes that are set in the profile for the network that is read.
        chain_given: whether this run was started with a network, which counts.
        endpoints_given: whether it was started with nodes, which count.
    """

    chain_id: int
    stored_chain_id: int
    stored_endpoints: tuple[str, ...] = field(repr=False)
    chain_given: bool
    endpoints_given: bool


class Preferred:
    """What is set, and what this run was started with."""

    def __init__(self, store: ProfileStore, writer: Writer, stored: StoredState, settings: Settings) -> None:
        self._store = store
        self._writer = writer
        self._settings = settings
        self._now = read_preferences(stored)

    @property
    def chain_id(self) -> int:
        """The network that is read. Nodes that the run was started with are on Ethereum itself unless it says."""
        if self._settings.chain_id is not None:
            return self._settings.chain_id
        return MAINNET if self._settings.rpc else self._now.chain_id

    def endpoints(self, chain_id: int) -> tuple[str, ...]:
        """The nodes of a network; none unless somebody set them."""
        if self._settings.rpc and chain_id == self.chain_id:
            return self._settings.rpc
        return self._now.endpoints(chain_id)

    @property
    def offchain_names(self) -> bool:
        """Whether servers outside the chain may be asked for names."""
        return self._now.offchain_names

    def networks(self) -> tuple[int, ...]:
        """The networks that have nodes, the one that is read first."""
        found = (self.chain_id, *(each.chain_id for each in self._now.networks))
        return tuple(each for each in dict.fromkeys(found) if self.endpoints(each))

    def network(self) -> NetworkChoice:
        """The network and its nodes, with where they come from."""
        return NetworkChoice(
            chain_id=self.chain_id,
            stored_chain_id=self._now.chain_id,
            stored_endpoints=self._now.endpoints(self.chain_id),
            chain_given=self._settings.chain_id is not None or bool(self._settings.rpc),
            endpoints_given=bool(self._settings.rpc),
        )

    def locking(self) -> Locking:
        """When Parley locks itself, with where that comes from."""
        stored, given = self._now.lock_after_minutes, self._settings.lock_after
        return Locking(stored if given is None else given, stored, given is not None)

    async def change(self, change: Callable[[Preferences], Preferences]) -> None:
        """Change what is stored.

        Raises:
            ChatError: as `change` refuses, or the store; nothing was changed.
        """

        async def job() -> None:
            commit = change_preferences(await self._store.preferences(), change)
            if commit is not None:
                await self._writer.apply(commit)
                self._now = read_preferences(StoredState(1, commit.states[0].state))

        await self._writer.do(job)
