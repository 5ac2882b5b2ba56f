"""A time that cuts a socket: reads of a byte now and then each stay within their own time-out, and never end."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from types import TracebackType


class Deadline:
    """Ends what is said over one socket, whatever is going on. Used in one thread; its timer is another.

    Guarded by tests/chain/test_hostile_endpoint.py and test_gateway.py, cases "hang" and "dribble".
    """

    def __init__(self, timeout_s: float) -> None:
        self._ends = time.monotonic() + timeout_s
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(timeout_s, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Deadline:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()

    @property
    def over(self) -> bool:
        """Whether the time is over. What was cut off can look like an answer that ended."""
        return time.monotonic() >= self._ends

    def left_s(self) -> float:
        """Seconds that are left. Raises TimeoutError if there are none."""
        left_s = self._ends - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        return left_s

    def watch(self, connected: socket.socket | None) -> None:
        """Cut this socket when the time is over."""
        self._socket = connected

    def _cut(self) -> None:
        # The base class's shutdown: TLS's own would change the object that the other thread is reading from.
        if self._socket is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
