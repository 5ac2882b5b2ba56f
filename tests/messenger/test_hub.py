"""The hub: everybody is told, and nobody is waited for."""

from __future__ import annotations

import trio

from parley.chat.events import ContactChanged, Event
from parley.messenger.hub import EventHub


def events(count: int) -> tuple[Event, ...]:
    """So many different events."""
    return tuple(ContactChanged(str(number)) for number in range(count))


async def test_every_listener_hears_every_event_in_order() -> None:
    """From when it listens on."""
    hub = EventHub()
    hub.tell(events(1))
    async with hub.listen() as one, hub.listen() as other:
        hub.tell(events(3))

        assert [one.receive_nowait() for _ in range(3)] == list(events(3))
        assert [other.receive_nowait() for _ in range(3)] == list(events(3))


async def test_a_listener_that_falls_behind_is_cut_off_and_the_others_are_not() -> None:
    """It sees the end of its stream after what was kept for it."""
    hub = EventHub()
    async with hub.listen() as sleepy, hub.listen() as awake:
        heard = 0
        for each in events(3_000):
            hub.tell((each,))
            awake.receive_nowait()
            heard += 1

        assert heard == 3_000
        assert len([each async for each in sleepy]) == 1_024


async def test_a_closed_hub_ends_every_stream() -> None:
    """A page then knows that the profile was closed."""
    hub = EventHub()
    async with hub.listen() as listener:
        hub.close()

        with trio.fail_after(1):
            assert [each async for each in listener] == []
