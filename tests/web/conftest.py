"""Alice's profile in memory, the application around it, and a client that requests as our own pages do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from fastapi import FastAPI

from harness.memory_messenger import MemoryMessenger, memory_account
from harness.page_client import PORT, page_client
from parley.web.app import create_app
from web.live_page import Shown


@pytest.fixture
def alice() -> MemoryMessenger:
    """Alice's profile."""
    return MemoryMessenger("alice")


@pytest.fixture
def bob(alice: MemoryMessenger) -> str:
    """Alice's conversation with Bob."""
    return alice.know(memory_account("bob"), "Bob")


@pytest.fixture
def app(alice: MemoryMessenger) -> FastAPI:
    """The application around Alice's profile."""
    return create_app(alice, port=PORT)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client as our own pages are."""
    async with page_client(app) as client:
        yield client


@pytest.fixture
async def shown(client: httpx.AsyncClient, bob: str) -> Callable[[], Awaitable[Shown]]:
    """Opens Bob's conversation."""

    async def open_() -> Shown:
        return Shown((await client.get(f"/conversations/{bob}")).text)

    return open_
