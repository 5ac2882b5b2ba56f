"""A stored wallet of words, for the tests of the wallet inside."""

from __future__ import annotations

import pytest

from harness.memory_wallet import (
    MemoryVault,
    words_wallet,
)


@pytest.fixture
async def vault() -> MemoryVault:
    """Words that are not checked, with two accounts."""
    return await MemoryVault(words_wallet()).put()
