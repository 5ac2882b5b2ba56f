"""The one place where what a peer can provoke is caught.

In py-libp2p an exception in a stream handler, in pubsub or in a validator ends the nursery it runs in, which
ends the node. Everything that handles a peer's bytes runs through `Guard`: the exception is counted and logged
by its type alone, the stream is reset, and the node goes on.
Guarded by tests/p2p/test_hostile_handlers.py.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import trio
from libp2p.abc import INetStream

from parley.p2p.counts import Counts

logger = logging.getLogger("parley.p2p")

StreamHandler = Callable[[INetStream], Awaitable[None]]

CLOSE_S = 1.0


def quiet_libp2p() -> None:
    """Keep libp2p's own logs, which name peers and addresses, below our debug level.

    Guarded by tests/p2p/test_supervision.py::test_no_peer_or_address_above_debug.
    """
    from libp2p.network.connection import swarm_connection

    libp2p_logger = logging.getLogger("libp2p")
    wanted = logging.DEBUG if logger.isEnabledFor(logging.DEBUG) else logging.CRITICAL
    libp2p_logger.setLevel(wanted)
    # This one module logs through the root logger, peer ids included, and installs a handler by doing so.
    swarm_connection.logging = logging.getLogger(swarm_connection.__name__)  # type: ignore[attr-defined,assignment]


class Guard:
    """Catches and counts what goes wrong in handling a peer."""

    def __init__(self, counts: Counts, inject: Callable[[str], None] | None = None) -> None:
        self._counts = counts
        self._inject = inject

    def reach(self, step: str) -> None:
        """Let a test raise at this step."""
        if self._inject is not None:
            self._inject(step)

    def note(self, step: str, error: BaseException) -> None:
        """Count a failure of `step`; only its type is logged, for its text may quote the peer."""
        self._counts.failures[step] += 1
        logger.info("%s failed: %s", step, type(error).__name__)
        logger.debug("%s failed", step, exc_info=error)

    @contextmanager
    def step(self, step: str, passing: tuple[type[Exception], ...] = ()) -> Iterator[None]:
        """Run a block whose failure must not spread. Cancellation and the errors in `passing` pass through."""
        try:
            yield
        except passing:
            raise
        except Exception as error:  # The supervisor of everything a peer can reach; see the module's text.
            self.note(step, error)

    def handler(self, step: str, handler: StreamHandler) -> StreamHandler:
        """Wrap a stream handler: a failure resets the stream, an orderly end closes it."""

        async def guarded(stream: INetStream) -> None:
            failed = True
            with self.step(step):
                self.reach(step)
                await handler(stream)
                failed = False
            with trio.move_on_after(CLOSE_S, shield=True), self.step("close"):
                await (stream.reset() if failed else stream.close())

        return guarded
