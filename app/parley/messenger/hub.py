"""Tells whoever listens what changed, after the commit that made it true."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio

from parley.chat.events import Event

_WAITING_EVENTS = 1_024


class EventHub:
    """Hands each event to every listener; a listener that does not keep up is cut off, never waited for."""

    def __init__(self) -> None:
        self._listeners: set[trio.MemorySendChannel[Event]] = set()

    def tell(self, events: tuple[Event, ...]) -> None:
        """Hand these events on without waiting.

        A full listener's channel is closed: it sees the end of the stream and has to load what is true now,
        which costs less than memory that grows with a sleeping browser tab.
        """
        for listener in tuple(self._listeners):
            try:
                for event in events:
                    listener.send_nowait(event)
            except (trio.WouldBlock, trio.BrokenResourceError):
                self._listeners.discard(listener)
                listener.close()

    def close(self) -> None:
        """End every listener's stream."""
        for listener in self._listeners:
            listener.close()
        self._listeners.clear()

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[trio.MemoryReceiveChannel[Event]]:
        """What changes from now on; the channel ends when the listener fell behind or the profile is closed."""
        send, receive = trio.open_memory_channel[Event](_WAITING_EVENTS)
        self._listeners.add(send)
        async with receive:
            try:
                yield receive
            finally:
                self._listeners.discard(send)
                send.close()
