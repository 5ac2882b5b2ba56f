"""Loads web3, and undoes what that does to the process."""

from __future__ import annotations

import sys
import threading

_RECURSION_LIMIT = sys.getrecursionlimit()
_lock = threading.Lock()


def load_web3() -> None:
    """Import web3 and ens (one to three seconds the first time), and put the recursion limit back.

    Where py-evm is installed, importing web3 raises the limit to 100,000, and from then on a deeply nested text from
    anybody would end the process inside json instead of raising RecursionError.
    Guarded by tests/chain/test_libraries.py::test_loading_leaves_the_recursion_limit.
    """
    with _lock:
        import ens.utils  # noqa: F401
        import web3  # noqa: F401

        sys.setrecursionlimit(_RECURSION_LIMIT)
