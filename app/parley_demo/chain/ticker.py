"""The thread that makes a block whenever one is due."""

from __future__ import annotations

import sys
import threading
import time

from parley_demo.chain.errors import JournalError
from parley_demo.chain.rpc import RpcMethods


class Ticker(threading.Thread):
    """Runs beside the server until the process ends. It makes nothing without a block time."""

    def __init__(self, methods: RpcMethods, block_time: int) -> None:
        super().__init__(name="blocks", daemon=True)
        self._methods = methods
        self._block_time = block_time

    def run(self) -> None:
        """Make blocks. One that the journal cannot take is tried again, and said once."""
        said = ""
        while self._block_time:
            time.sleep(min(max(self._methods.due() - time.time(), 0.01), self._block_time))
            try:
                self._methods.tick()
                said = ""
            except JournalError as error:
                if str(error) != said:
                    said = str(error)
                    print(f"No blocks are made. {said}", file=sys.stderr, flush=True)
                time.sleep(self._block_time)
