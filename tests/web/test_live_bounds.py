"""The stream of changes: floods, silence and bounds."""

from __future__ import annotations

from contextlib import suppress

import httpx
import pytest
import trio
from fastapi import FastAPI
from trio.testing import MockClock, wait_all_tasks_blocked

from harness.memory_messenger import MemoryMessenger, MemoryStatus, memory_account
from harness.page_client import PORT, Stream, open_stream
from parley.chat.errors import DiskFullError
from parley.web.app import create_app
from parley.web.live import KEEPALIVE_INTERVAL_S, MAX_STREAMS, STATUS_INTERVAL_S, UPDATE_INTERVAL_S
from web.live_page import OpenShown, Shown


async def test_a_flood_of_events_costs_few_readings(
    autojump_clock: MockClock,
    app: FastAPI,
    alice: MemoryMessenger,
    bob: str,
    shown: OpenShown,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A thousand events in a second are one reading each tenth of it, and every message is shown once."""
    page = await shown()
    read = alice.messages
    readings = 0

    async def counted(*arguments: object, **options: object) -> object:
        nonlocal readings
        readings += 1
        return await read(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(alice, "messages", counted)
    async with open_stream(app, page.live_url) as stream, trio.open_nursery() as nursery:
        await page.update(stream)

        async def flood() -> None:
            for n in range(50):
                message_id = alice.receive(bob, f"{n}")
                alice.repeat_events(bob, message_id, 19)
                await trio.sleep(0.02)

        nursery.start_soon(flood)
        while len(page.texts) < 50:
            await page.update(stream)

    assert page.texts == [str(n) for n in range(50)]
    assert readings <= 2 + 50 * 0.02 / UPDATE_INTERVAL_S + 2


async def test_an_event_that_repeats_changes_nothing(
    autojump_clock: MockClock, app: FastAPI, alice: MemoryMessenger, bob: str, shown: OpenShown
) -> None:
    """Told again of a message that is shown, the stream is silent until something is new."""
    message_id = alice.receive(bob, "one")
    page = await shown()
    async with open_stream(app, page.live_url) as stream:
        await page.update(stream)
        alice.repeat_events(bob, message_id, 10)
        await trio.sleep(1)
        alice.receive(bob, "two")
        assert set(await page.update(stream)) == {"#messages", "#lines"}

    assert page.texts == ["one", "two"]


async def test_a_reader_that_falls_behind_starts_over(
    autojump_clock: MockClock, shown: OpenShown, bob: str
) -> None:
    """The messenger closes its channel; the stream ends, and the next one brings what is missing."""
    alice = MemoryMessenger("alice", waiting_events=4)
    app = create_app(alice, port=PORT)
    bob = alice.know(memory_account("bob"), "Bob")
    async with open_stream(app, f"/conversations/{bob}/live") as stream:
        version = (await stream.change()).id
        for n in range(10):
            alice.receive(bob, f"{n}")
        # One update may still be on its way; then the stream ends.
        with suppress(trio.EndOfChannel):
            version = (await stream.change()).id
            await stream.change()
            pytest.fail("the stream goes on")
    assert version is not None
    async with open_stream(app, f"/conversations/{bob}/live", {"Last-Event-ID": version}) as stream:
        message = await stream.change()

    assert message.data is not None
    assert message.data.count('<li id="m-') == 10


async def test_the_status_is_read_again_and_silence_is_broken(
    autojump_clock: MockClock, app: FastAPI, alice: MemoryMessenger, shown: OpenShown
) -> None:
    """Peers come without an event; when nothing changes, comments keep the connection alive."""
    page = await shown()
    async with open_stream(app, page.live_url) as stream:
        await page.update(stream)
        started = trio.current_time()
        alice.now_status = MemoryStatus(2, 1)
        blocks = await page.update(stream)
        assert set(blocks) == {"#status", "#reach"}
        assert "Connected to 2 peers" in blocks["#status"]
        assert trio.current_time() - started <= STATUS_INTERVAL_S + UPDATE_INTERVAL_S
        silent = trio.current_time()
        message = await stream.message()

    assert message.comment is not None
    assert trio.current_time() - silent <= KEEPALIVE_INTERVAL_S + STATUS_INTERVAL_S + 1


async def test_the_list_has_a_stream_too(
    autojump_clock: MockClock, app: FastAPI, client: httpx.AsyncClient, alice: MemoryMessenger
) -> None:
    """On pages without a conversation: new contacts and messages change the list."""
    page = Shown((await client.get("/")).text)
    async with open_stream(app, page.live_url) as stream:
        await page.update(stream)
        carol = alice.know(memory_account("carol"), "Carol")
        assert "Carol" in (await page.update(stream))["#lines"]
        alice.receive(carol, "hello")
        blocks = await page.update(stream)

    assert set(blocks) == {"#lines"}
    assert "<bdi>hello</bdi>" in blocks["#lines"]


async def test_a_stream_of_an_unknown_conversation_is_not_found(
    autojump_clock: MockClock, app: FastAPI, alice: MemoryMessenger
) -> None:
    """An answer, not a broken stream."""
    async with open_stream(app, f"/conversations/{'0' * 32}/live") as stream:
        pass

    assert stream.status == 404
    assert alice.listeners == 0


async def test_leaving_ends_the_subscription(
    autojump_clock: MockClock, app: FastAPI, alice: MemoryMessenger, shown: OpenShown
) -> None:
    """A closed page costs nothing more."""
    page = await shown()
    async with open_stream(app, page.live_url) as stream:
        await page.update(stream)
        assert alice.listeners == 1

    assert alice.listeners == 0
    assert app.state.streams.open == 0


async def test_streams_are_bounded(
    autojump_clock: MockClock, app: FastAPI, alice: MemoryMessenger, shown: OpenShown
) -> None:
    """One more than the limit is refused; when one ends there is room again."""
    page = await shown()
    async with trio.open_nursery() as nursery:
        opened: list[Stream] = []

        async def hold(leave: trio.Event) -> None:
            async with open_stream(app, page.live_url) as stream:
                await stream.change()
                opened.append(stream)
                await leave.wait()

        leave, leave_one = trio.Event(), trio.Event()
        for n in range(MAX_STREAMS):
            nursery.start_soon(hold, leave_one if n == 0 else leave)
        await wait_all_tasks_blocked()
        assert len(opened) == MAX_STREAMS == alice.listeners
        async with open_stream(app, page.live_url) as refused:
            assert refused.status == 503
        leave_one.set()
        await wait_all_tasks_blocked()
        async with open_stream(app, page.live_url) as stream:
            assert stream.status == 200
        leave.set()

    assert app.state.streams.open == 0


async def test_a_failure_in_the_middle_ends_the_stream(
    autojump_clock: MockClock,
    app: FastAPI,
    alice: MemoryMessenger,
    bob: str,
    shown: OpenShown,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The browser connects again; the server goes on, and nothing stays subscribed."""
    page = await shown()

    async def fail() -> None:
        raise DiskFullError

    async with open_stream(app, page.live_url) as stream:
        await page.update(stream)
        monkeypatch.setattr(alice, "status", fail)
        alice.receive(bob, "one")
        with pytest.raises(trio.EndOfChannel):
            await stream.change()

    assert alice.listeners == 0
