"""The stream of changes: order, resuming, floods and bounds."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from contextlib import suppress

import httpx
import pytest
import trio
from fastapi import FastAPI
from trio.testing import MockClock, wait_all_tasks_blocked

from harness.memory_messenger import MemoryMessenger, MemoryStatus, memory_account
from harness.page_client import PORT, Stream, open_stream
from parley.chat.delivery.model import DeliveryState
from parley.chat.errors import DiskFullError
from parley.web.app import create_app
from parley.web.live import KEEPALIVE_INTERVAL_S, MAX_STREAMS, STATUS_INTERVAL_S, UPDATE_INTERVAL_S
from parley.web.snapshot import PAGE_MESSAGES


class Shown:
    """A page: applies the stream's blocks as htmx does, and tells what is shown."""

    def __init__(self, page: str) -> None:
        url = re.search(r'hx-sse:connect="([^"]+)"', page)
        assert url is not None
        self.live_url = url[1]
        self.version: str | None = None
        log = re.search(r'<div id="log".*?>\n(.*)</div>\n<div id="latest">', page, re.DOTALL)
        self.log = log[1] if log else ""

    @property
    def texts(self) -> list[str]:
        """The messages' texts, in the order shown."""
        return re.findall(r'class="text" dir="auto">([^<]*)<', self.log)

    @property
    def states(self) -> list[str]:
        """The deliveries' states, in the order shown."""
        return re.findall(r'class="state (\w+)"', self.log)

    async def update(self, stream: Stream) -> dict[str, str]:
        """Apply the next change; returns the blocks by target."""
        message = await stream.change()
        assert message.id
        self.version = message.id
        blocks: dict[str, str] = {}
        pattern = r'<hx-partial hx-target="([^"]+)" hx-swap="(\w+)">(.*?)</hx-partial>'
        for target, swap, html in re.findall(pattern, message.data or "", re.DOTALL):
            blocks[target] = html
            if (target, swap) == ("#log", "innerMorph"):
                self.log = html
            elif (target, swap) == ("#messages", "beforeend"):
                assert "</ol>" in self.log
                self.log = self.log.replace("</ol>", html + "</ol>")
            elif target.endswith("-state"):
                assert swap == "outerMorph"
                old = re.compile(rf'<span id="{target[1:]}".*?</span>\n', re.DOTALL)
                assert len(old.findall(self.log)) == 1
                self.log = old.sub(html.replace("\\", r"\\"), self.log)
            else:
                assert target in {"#lines", "#status", "#ethereum", "#who", "#reach", "#details"}
        ids = re.findall(r'<li id="(m-\w+)"', self.log)
        assert len(ids) == len(set(ids))
        return blocks


@pytest.fixture
async def shown(client: httpx.AsyncClient, bob: str) -> Callable[[], Awaitable[Shown]]:
    """Opens Bob's conversation."""

    async def open_() -> Shown:
        return Shown((await client.get(f"/conversations/{bob}")).text)

    return open_


OpenShown = Callable[[], Awaitable[Shown]]


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
