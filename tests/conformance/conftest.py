"""The stores that have to do the same."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from conformance.store_rows import bytes32
from conformance.stores import Store
from parley.database.api import MemoryDatabase, open_database


@pytest.fixture(params=["memory", "database"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store."""
    if request.param == "memory":
        yield MemoryDatabase()
    else:
        async with open_database(tmp_path / "profile.db", bytes32("key"), create=True) as database:
            yield database
