"""A connection whose calls all run on its own thread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import apsw

from parley.database.connection import translated
from parley.database.thread import DatabaseThread

Result = TypeVar("Result")


class Connected:
    """One file with its connection and thread; what is read from it is added by who inherits."""

    def __init__(self, path: Path, connection: apsw.Connection, thread: DatabaseThread) -> None:
        self._path = path
        self._connection = connection
        self._thread = thread

    async def _call(self, call: Callable[[apsw.Connection], Result]) -> Result:
        def on_thread() -> Result:
            with translated(self._path):
                return call(self._connection)

        return await self._thread.run(on_thread)
