"""Stories run on a clock that jumps when all tasks wait; what a thread computes would let days pass meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import trio


async def _run_here(compute: Callable[..., Any], *arguments: Any, **_options: Any) -> Any:
    await trio.lowlevel.checkpoint()
    return compute(*arguments)


@pytest.fixture(autouse=True)
def threads_take_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is computed aside is computed on the spot."""
    monkeypatch.setattr(trio.to_thread, "run_sync", _run_here)
