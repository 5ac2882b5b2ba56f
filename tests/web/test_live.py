"""The stream of changes: order and resuming."""

from __future__ import annotations

import pytest
import trio
from fastapi import FastAPI
from trio.testing import MockClock

from harness.memory_messenger import MemoryMessenger
from harness.page_client import open_stream
from parley.chat.delivery.model import DeliveryState
from parley.web.live import STATUS_INTERVAL_S
from parley.web.snapshot import PAGE_MESSAGES
from web.live_page import OpenShown


async def test_a_stream_starts_with_an_id_alone(
    autojump_clock: MockClock, app: FastAPI, shown: OpenShown
) -> None:
    """Where the page shows everything, only the place to go on from is sent."""
    page = await shown()
    async with open_stream(app, page.live_url) as stream:
        first = await stream.change()

    assert stream.status == 200
    assert stream.headers["content-type"].startswith("text/event-stream")
    assert stream.headers["cache-control"] == "no-store"
    assert first.data is None
    assert first.id
    assert first.id in page.live_url


async def test_messages_and_deliveries_arrive_one_by_one(
    autojump_clock: MockClock, app: FastAPI, alice: MemoryMessenger, bob: str, shown: OpenShown
) -> None:
    """A new message is added, and a delivery changes its message's state and nothing else."""
    alice.receive(bob, "zero")
    page = await shown()
    async with open_stream(app, page.live_url) as stream:
        await page.update(stream)
        message_id = alice.write(bob, "one")
        assert set(await page.update(stream)) == {"#messages", "#lines"}
        alice.receive(bob, "two")
        assert set(await page.update(stream)) == {"#messages", "#lines"}
        assert page.texts == ["zero", "one", "two"]
        alice.deliver(message_id, DeliveryState.SENT, 2)
        assert set(await page.update(stream)) == {f"#m-{message_id.hex()}-state"}
        assert page.states == ["sent"]
        alice.deliver(message_id, DeliveryState.DELIVERED, 2)
        await page.update(stream)

    assert page.states == ["delivered"]
    assert page.texts == ["zero", "one", "two"]


async def test_the_first_message_replaces_the_empty_log(
    autojump_clock: MockClock, app: FastAPI, alice: MemoryMessenger, bob: str, shown: OpenShown
) -> None:
    """There is no list to add to yet."""
    page = await shown()
    async with open_stream(app, page.live_url) as stream:
        await page.update(stream)
        alice.receive(bob, "first")
        assert "#log" in await page.update(stream)

    assert page.texts == ["first"]


async def test_a_late_message_is_put_in_its_place(
    autojump_clock: MockClock, app: FastAPI, alice: MemoryMessenger, bob: str, shown: OpenShown
) -> None:
    """Older in the order than what is shown: the log is sent anew."""
    first = alice.receive(bob, "one")
    alice.receive(bob, "three")
    page = await shown()
    async with open_stream(app, page.live_url) as stream:
        await page.update(stream)
        alice.receive(bob, "two", lamport=alice.lamport_of(first) + 1)
        assert "#log" in await page.update(stream)

    assert page.texts == ["one", "two", "three"]


async def test_a_change_while_the_stream_starts_is_not_lost(
    autojump_clock: MockClock,
    app: FastAPI,
    alice: MemoryMessenger,
    bob: str,
    shown: OpenShown,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Between the reading and the first waiting a message comes; it is shown without another one's help."""
    page = await shown()
    read = alice.messages
    received = False

    async def read_then_receive(*arguments: object, **options: object) -> object:
        nonlocal received
        found = await read(*arguments, **options)  # type: ignore[arg-type]
        if not received:
            received = True
            alice.receive(bob, "in between")
        return found

    monkeypatch.setattr(alice, "messages", read_then_receive)
    started = trio.current_time()
    async with open_stream(app, page.live_url) as stream:
        while "in between" not in page.texts:
            await page.update(stream)
        # By the event, and not by the next look at the status.
        assert trio.current_time() - started < STATUS_INTERVAL_S / 2

    assert page.texts == ["in between"]


async def test_a_page_that_connects_again_misses_nothing(
    autojump_clock: MockClock, app: FastAPI, alice: MemoryMessenger, bob: str, shown: OpenShown
) -> None:
    """Messages, deliveries and the list meanwhile are sent once, by the version the browser names."""
    message_id = alice.write(bob, "one")
    page = await shown()
    async with open_stream(app, page.live_url) as stream:
        await page.update(stream)
        alice.receive(bob, "two")
        await page.update(stream)
    alice.receive(bob, "three")
    alice.deliver(message_id, DeliveryState.DELIVERED, 1)
    assert page.version is not None
    async with open_stream(app, page.live_url, {"Last-Event-ID": page.version}) as stream:
        assert set(await page.update(stream)) == {"#log", "#lines"}
    async with open_stream(app, page.live_url, {"Last-Event-ID": page.version}) as stream:
        assert await page.update(stream) == {}
        alice.receive(bob, "four")
        assert set(await page.update(stream)) == {"#messages", "#lines"}

    assert page.texts == ["one", "two", "three", "four"]
    assert page.states == ["delivered"]


@pytest.mark.parametrize("version", ["", "x", "a.b", "a.b.c", "a.b.c.d", "\u00e9" * 9, "x" * 5000])
async def test_a_version_that_is_not_ours_gets_everything(
    autojump_clock: MockClock, app: FastAPI, alice: MemoryMessenger, bob: str, shown: OpenShown, version: str
) -> None:
    """Nothing is taken for granted of a page that names none, or another's."""
    alice.receive(bob, "one")
    page = await shown()
    headers = {"Last-Event-ID": version.encode("ascii", "replace").decode()}
    async with open_stream(app, page.live_url, headers) as stream:
        assert set(await page.update(stream)) == {"#log", "#lines", "#status", "#ethereum", "#who", "#reach"}

    assert page.texts == ["one"]


async def test_more_messages_than_a_page_holds(
    autojump_clock: MockClock, app: FastAPI, alice: MemoryMessenger, bob: str, shown: OpenShown
) -> None:
    """What was shown stays while new ones come; a delivery of a shown one still changes."""
    for n in range(PAGE_MESSAGES):
        alice.receive(bob, f"old {n}")
    page = await shown()
    async with open_stream(app, page.live_url) as stream:
        await page.update(stream)
        for n in range(5):
            message_id = alice.write(bob, f"new {n}")
            assert set(await page.update(stream)) == {"#messages", "#lines"}
        alice.deliver(message_id, DeliveryState.DELIVERED, 1)
        await page.update(stream)

    assert page.texts == [f"old {n}" for n in range(PAGE_MESSAGES)] + [f"new {n}" for n in range(5)]
    assert page.states == ["queued"] * 4 + ["delivered"]
