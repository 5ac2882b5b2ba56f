"""A browser at a folder without a profile."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from harness.memory_keeper import MemoryKeeper
from harness.memory_setup import MemorySetUp
from harness.page_client import PORT, page_client
from parley.web.app import create_app
from web.welcome.form import FORM


@pytest.fixture
def keeper() -> MemoryKeeper:
    """A folder without a profile."""
    return MemoryKeeper()


@pytest.fixture
async def client(keeper: MemoryKeeper) -> AsyncIterator[httpx.AsyncClient]:
    """A browser at it; a broken disk is an error that there is a sentence for."""
    app = create_app(
        keeper, port=PORT, sentence_of=lambda e: "Check the disk." if isinstance(e, OSError) else None
    )
    async with page_client(app) as client:
        yield client


@pytest.fixture
async def set_up(client: httpx.AsyncClient, keeper: MemoryKeeper) -> MemorySetUp:
    """A passphrase was chosen."""
    begun = await client.post("/welcome", data=FORM)
    assert (begun.status_code, begun.headers["location"]) == (303, "/welcome/wallet")
    assert keeper.set_up is not None
    return keeper.set_up
