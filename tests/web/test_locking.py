"""The setting of locking, and that it counts."""

from __future__ import annotations

import httpx
import pytest
import trio
from fastapi import FastAPI
from trio.testing import MockClock

from harness.memory_keeper import MemoryKeeper
from harness.memory_messenger import MemoryMessenger
from harness.page_client import PORT, page_client
from parley.web.app import create_app
from parley.web.idle import LOOK_EVERY_S
from parley.web.locking import seconds_until_lock

PATH = "/settings/locking"


async def test_minutes_are_saved(client: httpx.AsyncClient, alice: MemoryMessenger) -> None:
    """And shown when the page is opened again."""
    assert 'value="0"' in (await client.get(PATH)).text
    response = await client.post(PATH, data={"minutes": " 15 "})
    page = (await client.get(response.headers["location"])).text

    assert response.status_code == 303
    assert alice.locking().minutes == 15
    assert "Saved." in page
    assert 'value="15"' in page


@pytest.mark.parametrize("minutes", ["", "-1", "1.5", "ten", "٣", "10081", "9" * 5_000])
async def test_what_is_no_time_is_told(
    client: httpx.AsyncClient, alice: MemoryMessenger, minutes: str
) -> None:
    """With what was typed; nothing is changed."""
    response = await client.post(PATH, data={"minutes": minutes})

    assert response.status_code == 422
    assert "Write a whole number of minutes from 0 to 10080." in response.text
    assert f'value="{minutes}"' in response.text
    assert alice.locking().minutes == 0


@pytest.mark.parametrize(
    ("given", "words"),
    [(0, "--lock-after 0, so it does not lock itself"), (1, "1 minute until"), (7, "7 minutes")],
)
async def test_what_the_run_was_started_with_is_said(
    client: httpx.AsyncClient, alice: MemoryMessenger, given: int, words: str
) -> None:
    """It counts until then; the form shows what is kept."""
    await alice.set_lock_after(15)
    alice.ethereum.given_lock_after = given
    page = (await client.get(PATH)).text

    assert words in page
    assert 'value="15"' in page


async def test_a_time_that_is_set_counts_at_once(autojump_clock: MockClock) -> None:
    """Without starting anything again; while it is locked there is nothing to count."""
    keeper = MemoryKeeper("correct horse", MemoryMessenger())
    app: FastAPI = create_app(keeper, port=PORT)
    async with page_client(app) as client, trio.open_nursery() as nursery:
        nursery.start_soon(app.state.activity.call_when_idle, lambda: seconds_until_lock(app), keeper.lock)
        await trio.sleep(3600)
        await keeper.unlock("correct horse")
        await trio.sleep(3600)
        assert keeper.messenger is not None
        await client.post(PATH, data={"minutes": "1"})
        await trio.sleep(59)
        assert keeper.messenger is not None
        await trio.sleep(1 + LOOK_EVERY_S)
        assert keeper.messenger is None
        nursery.cancel_scope.cancel()
