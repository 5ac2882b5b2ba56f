"""Live updates: one stream of server-sent events a page.

Every message carries the blocks that changed as `<hx-partial>` elements and, as its id, the version of the page they
lead to (`snapshot.Version`). The browser names the last version when it connects again, so a stream starts with
exactly what the page lacks. What is sent is the difference between what the page shows and what is stored: a late
message lands in its place, and an event that comes twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import trio
from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse, format_sse_event
from starlette.types import Receive, Scope, Send

from parley.chat.events import Event
from parley.web.errors import NotSignedInError, TooManyStreamsError
from parley.web.live_part import LivePart
from parley.web.log_view import MessageView
from parley.web.ports import Messenger
from parley.web.rendering import Renderer
from parley.web.sessions import Session
from parley.web.snapshot import Snapshot, Version, View, take_snapshot

STATUS_INTERVAL_S = 3.0
"""How often the status line is read; peers come and go without an event."""

KEEPALIVE_INTERVAL_S = 15.0
"""After so long in silence a comment is sent, so that a dead connection is noticed."""

UPDATE_INTERVAL_S = 0.1
"""At least so long between two updates: a flood of events costs ten readings a second and not one for each."""

MAX_STREAMS = 20
"""Streams open at once. A browser holds six connections to a host, and hidden pages give theirs back."""

CONVERSATION = "conversations/conversation.html"


class Streams:
    """The open streams. Guarded by tests/web/test_live_bounds.py::test_streams_are_bounded."""

    def __init__(self, limit: int = MAX_STREAMS) -> None:
        self.limit = limit
        self._open: dict[trio.CancelScope, Session | None] = {}
        self._ended: set[Session] = set()

    @property
    def open(self) -> int:
        """How many are open."""
        return len(self._open)

    @contextmanager
    def one(self, scope: trio.CancelScope, session: Session | None) -> Iterator[None]:
        """Hold one stream, which ends when `scope` is cancelled.

        Raises:
            TooManyStreamsError: at the limit.
            NotSignedInError: the session ended while the stream was on its way here.
        """
        if session in self._ended:
            raise NotSignedInError
        if self.open >= self.limit:
            raise TooManyStreamsError
        self._open[scope] = session
        try:
            yield
        finally:
            del self._open[scope]

    def end_all(self) -> None:
        """End every stream: the profile is locked."""
        for scope in self._open:
            scope.cancel()

    def end(self, session: Session) -> None:
        """End the streams of a session: whoever signed out is shown nothing any more.

        Guarded by tests/web/test_signin.py::test_signing_out_ends_the_session_and_its_streams.
        """
        self._ended.add(session)
        for scope, holder in self._open.items():
            if holder == session:
                scope.cancel()


class Updates:
    """What one page shows, and what it must be sent to show something newer."""

    def __init__(self, renderer: Renderer, shown: Version, part: LivePart[Any] | None = None) -> None:
        self._renderer = renderer
        self._part = part
        self._version = shown
        self._messages: tuple[MessageView, ...] | None = None

    def to(self, snapshot: Snapshot) -> str:
        """The blocks that change the page into `snapshot`; empty if it shows that already."""
        version = snapshot.version
        blocks: list[str] = []
        if version.sidebar != self._version.sidebar:
            html = self._renderer.block("shell.html", "lines", page=snapshot)
            blocks.append(_partial("#lines", "innerMorph", html))
        if version.status != self._version.status:
            html = self._renderer.block("shell.html", "status", page=snapshot)
            blocks.append(_partial("#status", "innerMorph", html))
        if version.ethereum != self._version.ethereum:
            html = self._renderer.block("shell.html", "ethereum", page=snapshot)
            blocks.append(_partial("#ethereum", "innerMorph", html))
        if snapshot.details is not None and version.details != self._version.details:
            html = self._renderer.block(CONVERSATION, "details", page=snapshot)
            blocks.append(_partial("#details", "innerMorph", html))
        if self._part is not None and version.main != self._version.main:
            for block, target in self._part.blocks:
                html = self._renderer.block(self._part.template, block, page=snapshot)
                blocks.append(_partial(f"#{target}", "innerMorph", html))
        if snapshot.log is not None:
            if version.who != self._version.who:
                html = self._renderer.block(CONVERSATION, "who", page=snapshot)
                blocks.append(_partial("#who", "innerMorph", html))
            if version.status != self._version.status:
                html = self._renderer.block(CONVERSATION, "reach", page=snapshot)
                blocks.append(_partial("#reach", "innerMorph", html))
            if version.log != self._version.log:
                blocks.extend(self._log_blocks(snapshot))
            self._messages = snapshot.log.messages
        self._version = version
        return "".join(blocks)

    def _log_blocks(self, snapshot: Snapshot) -> list[str]:
        assert snapshot.log is not None  # noqa: S101  (narrows the type; the caller checked it)
        new = snapshot.log.messages
        overlap = _overlap(self._messages or (), new)
        recast = any((before.card is None) != (after.card is None) for before, after in overlap)
        if not overlap or recast:
            # Nothing is known of what the page shows, or a message came late and belongs between others, or one that
            # was text is a card now.
            html = self._renderer.block(CONVERSATION, "log", page=snapshot)
            return [_partial("#log", "innerMorph", html)]
        blocks = [
            _partial(f"#{after.dom_id}-state", "outerMorph", self._block("state", after))
            for before, after in overlap
            if before.state_text != after.state_text
        ]
        blocks += [
            _partial(f"#{after.card.dom_id}", "outerMorph", self._block("card", after))
            for before, after in overlap
            if after.card is not None and before.card != after.card
        ]
        if added := new[len(overlap) :]:
            html = "".join(self._block("message", each) for each in added)
            blocks.append(_partial("#messages", "beforeend", html))
        return blocks

    def _block(self, block: str, message: MessageView) -> str:
        return self._renderer.block(CONVERSATION, block, message=message)


def _overlap(
    shown: tuple[MessageView, ...], new: tuple[MessageView, ...]
) -> list[tuple[MessageView, MessageView]]:
    """The shown messages that `new` starts with, in pairs; empty unless all later shown ones are among them."""
    if not new:
        return []
    start = next((i for i, each in enumerate(shown) if each.dom_id == new[0].dom_id), len(shown))
    pairs = list(zip(shown[start:], new, strict=False))
    complete = len(pairs) == len(shown) - start
    return pairs if complete and all(before.dom_id == after.dom_id for before, after in pairs) else []


def _partial(target: str, swap: str, html: str) -> str:
    """A block with its place. `html` comes from a template, escaped; targets are ids of our own making."""
    return f'<hx-partial hx-target="{target}" hx-swap="{swap}">{html}</hx-partial>'


class LiveResponse(EventSourceResponse):
    """The stream of one page. Ends when the browser leaves, or when this reader fell behind and must start over."""

    def __init__(
        self,
        messenger: Messenger,
        renderer: Renderer,
        streams: Streams,
        *,
        conversation_id: str | None,
        view: View,
        shown: str | None,
        session: Session | None,
    ) -> None:
        super().__init__(content=())
        self._session = session
        self._messenger = messenger
        self._streams = streams
        self._conversation_id = conversation_id
        self._view = view
        self._updates = Updates(renderer, Version.read(shown), view.part)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  (ASGI)
        # Subscribed first, read afterwards: a change between the two is told twice rather than never.
        # Guarded by tests/web/test_live.py::test_a_change_while_the_stream_starts_is_not_lost.
        ended = trio.CancelScope()
        with self._streams.one(ended, self._session):
            async with self._messenger.events() as events:
                # Read before the answer starts, so that an unknown conversation is still a 404.
                snapshot = await take_snapshot(self._messenger, self._conversation_id, self._view)
                await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
                with ended:
                    async with trio.open_nursery() as nursery:
                        nursery.start_soon(_cancel_on_disconnect, receive, nursery.cancel_scope)
                        await self._run(events, snapshot, send)
                        nursery.cancel_scope.cancel()
                await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _run(self, events: trio.MemoryReceiveChannel[Event], snapshot: Snapshot, send: Send) -> None:
        blocks = self._updates.to(snapshot)
        # The first message always goes out, if only with an id: a connection that breaks before the first change
        # must know from where to go on.
        await _write(send, format_sse_event(data_str=blocks or None, id=str(snapshot.version)))
        written = updated = trio.current_time()
        while True:
            try:
                with trio.move_on_after(STATUS_INTERVAL_S):
                    await events.receive()
                with trio.move_on_at(updated + UPDATE_INTERVAL_S):
                    while True:
                        await events.receive()
                snapshot = await take_snapshot(self._messenger, self._conversation_id, self._view)
            except (trio.EndOfChannel, trio.ClosedResourceError):
                return  # The page connects again and gets what it lacks, or learns that the profile is locked.
            updated = trio.current_time()
            if blocks := self._updates.to(snapshot):
                await _write(send, format_sse_event(data_str=blocks, id=str(snapshot.version)))
                written = updated
            elif updated - written >= KEEPALIVE_INTERVAL_S:
                await _write(send, KEEPALIVE_COMMENT)
                written = updated


async def _write(send: Send, data: bytes) -> None:
    await send({"type": "http.response.body", "body": data, "more_body": True})


async def _cancel_on_disconnect(receive: Receive, scope: trio.CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()
