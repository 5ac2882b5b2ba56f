"""A stored wallet of words, and a profile with Ethereum nodes in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from harness.memory_wallet import (
    MemoryVault,
    words_wallet,
)
from harness.people import People, story_clock
from messenger.ethereum_world import World
from parley.p2p.api import MemoryNetwork


@pytest.fixture
async def vault() -> MemoryVault:
    """Words that are not checked, with two accounts."""
    return await MemoryVault(words_wallet()).put()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """Alice and Bob, who know each other not yet."""
    async with MemoryNetwork(story_clock) as network:
        people = People(network)
        await people.make("alice", "bob")
        yield World(people)
