"""A MemoryMessenger behind the real server, in a thread of its own, for tests that drive a real browser."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

import trio

from harness.memory_keeper import MemoryKeeper
from harness.memory_messenger import MemoryMessenger
from parley.messenger.system import system_clock_ms
from parley.web.app import create_app
from parley.web.entrance import Entrance
from parley.web.folder import launch_link
from parley.web.server import OpenPort, open_port, serve

T = TypeVar("T")
START_TIMEOUT_S = 30


class ServedMessenger:
    """A profile in memory whose pages a browser can open at `origin`."""

    def __init__(
        self, port: OpenPort, messenger: MemoryMessenger, token: trio.lowlevel.TrioToken, key: bytes
    ) -> None:
        self.origin = port.origin
        self.port = port.number
        self._key = key
        self._messenger = messenger
        self._token = token

    def launch_link(self) -> str:
        """A new launch link."""
        return launch_link(self.origin, self._key, system_clock_ms())

    def do(self, what: Callable[[MemoryMessenger], T]) -> T:
        """Do something to the messenger, on the server's thread."""
        return trio.from_thread.run_sync(what, self._messenger, trio_token=self._token)

    def run(self, what: Callable[[MemoryMessenger], Awaitable[T]]) -> T:
        """Do something that takes steps to the messenger, on the server's thread."""
        return trio.from_thread.run(what, self._messenger, trio_token=self._token)


@contextmanager
def served_messenger(
    *,
    port: int = 0,
    messenger: MemoryMessenger | None = None,
    keeper: MemoryKeeper | None = None,
    kept_sessions: list[bytes] | None = None,
) -> Iterator[ServedMessenger]:
    """Serve until the block is left; the port is free again afterwards.

    A `keeper` is served instead of `messenger`, which is what `do` is given all the same.
    Sessions are stored at the end of `kept_sessions`, whose last entry is where they start from.
    """
    kept = [] if kept_sessions is None else kept_sessions
    key = secrets.token_bytes(32)
    opened = open_port(port)
    messenger = messenger or MemoryMessenger()
    shutdown = trio.Event()
    ready = threading.Event()
    served: list[ServedMessenger] = []
    failures: list[BaseException] = []

    async def main() -> None:
        entrance = Entrance(opened.number, key=key, stored=kept[-1] if kept else b"", keep=kept.append)
        app = create_app(keeper or messenger, port=opened.number, entrance=entrance)
        async with trio.open_nursery() as nursery:
            await nursery.start(partial(serve, app, opened, shutdown=shutdown))
            served.append(ServedMessenger(opened, messenger, trio.lowlevel.current_trio_token(), key))
            ready.set()

    thread = threading.Thread(target=_run, args=(main, opened, failures, ready), name="served-messenger")
    thread.start()
    ready.wait(START_TIMEOUT_S)
    try:
        if served:
            yield served[0]
    finally:
        if served and thread.is_alive():
            trio.from_thread.run_sync(shutdown.set, trio_token=served[0]._token)
        thread.join(START_TIMEOUT_S)
    assert not failures, failures
    assert not thread.is_alive()


def _run(
    main: Callable[[], object], opened: OpenPort, failures: list[BaseException], ready: threading.Event
) -> None:
    try:
        trio.run(main)  # type: ignore[arg-type]
    except BaseException as error:
        failures.append(error)
    finally:
        opened.close()
        ready.set()
