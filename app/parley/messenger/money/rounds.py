"""Looks at what is open on its chain, round by round, until nothing is. Nothing is asked while there is nothing."""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, Protocol, TypeVar

import trio

from parley.chain.api import ChainError
from parley.chat.errors import DiskFullError, StorageError
from parley.database.api import InconsistentCommitError
from parley.messenger.errors import ProfileClosedError
from parley.messenger.money.following import DEMO

_log = logging.getLogger(__name__)

EVERY_S = 12.0
EVERY_S_ON_DEMO = 3.0
LONGEST_WAIT_S = 300.0


GONE_EVERY_S = 600.0
"""So often, in the end, what no node knows is looked for."""


class OnChain(Protocol):
    """Something that a chain can say more of."""

    @property
    def chain_id(self) -> int:
        """EIP-155."""
        ...


T = TypeVar("T", bound=OnChain)


class Rounds(Generic[T]):
    """Looks at each open row every few seconds; a chain that does not answer is asked less and less often.

    Args:
        open_rows: what there is to look at now.
        look: asks the row's chain, and stores what changed.
        longest_wait_s: for a chain that does not answer.
        rest_s: how long a row is left alone after a look, at least; by what is told apart from the other rows.
    """

    def __init__(
        self,
        open_rows: Callable[[], Awaitable[Sequence[T]]],
        look: Callable[[T], Awaitable[None]],
        longest_wait_s: float = LONGEST_WAIT_S,
        rest_s: Callable[[T], tuple[Hashable, float]] | None = None,
    ) -> None:
        self._open_rows = open_rows
        self._look = look
        self._longest_wait_s = longest_wait_s
        self._rest_s = rest_s
        self._looked_s: dict[Hashable, float] = {}
        self._woken = trio.Event()
        self._due_s: dict[int, float] = {}
        self._failures: dict[int, int] = {}

    def wake(self, *, anew: bool = False) -> None:
        """Look at once: there may be something new.

        Args:
            anew: look also at what is left alone, since others are asked now.
        """
        self._due_s.clear()
        # What somebody else sends wakes this, and must not have everything they ever named looked for again.
        # Guarded by tests/messenger/money/test_claims.py::test_a_new_claim_wakes_no_old_ones.
        if anew:
            self._looked_s.clear()
        self._woken.set()

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            self._woken = trio.Event()
            rows = await self._open_rows()
            for chain_id in sorted({each.chain_id for each in rows}):
                if self._due_s.get(chain_id, 0.0) <= trio.current_time():
                    await self._go_round(chain_id, [each for each in rows if each.chain_id == chain_id])
            chains = {each.chain_id for each in rows}
            next_s = min((self._due_s.get(each, 0.0) for each in chains), default=float("inf"))
            with trio.move_on_at(next_s):
                await self._woken.wait()

    async def _go_round(self, chain_id: int, rows: list[T]) -> None:
        """Look at the rows of a chain, and say when it is asked next."""
        fine = True
        for each in rows:
            if self._left_s(each) > 0:
                continue
            try:
                await self._look(each)
            except ChainError:
                fine = False
                break  # Whoever does not answer for one will not for the next either.
            except DiskFullError:
                _log.warning("no room on the disk: what a chain said could not be kept")
                fine = False
                break
            except InconsistentCommitError as error:
                # A step of ours that does not fit what is stored: nothing was.
                _log.error("money.look_failed error=%s", type(error).__name__)
                fine = False
            except (StorageError, ProfileClosedError):
                raise
            except Exception as error:
                # A fault of ours that a node's answer can reach must not become a way to stop the profile, nor keep
                # the other rows from being looked at.
                # Guarded by tests/messenger/money/test_watching.py::test_a_fault_in_a_look_stops_nothing.
                _log.error("money.look_failed error=%s", type(error).__name__)
                fine = False
            if self._rest_s is not None:
                self._looked_s[self._rest_s(each)[0]] = trio.current_time()
        self._failures[chain_id] = 0 if fine else self._failures.get(chain_id, 0) + 1
        usual = EVERY_S_ON_DEMO if chain_id == DEMO else EVERY_S
        wait_s = min(usual * 2.0 ** min(self._failures[chain_id], 10), self._longest_wait_s)
        wait_s = max(wait_s, min(map(self._left_s, rows), default=0.0))
        # Whoever woke this meanwhile may have something that was not among these rows.
        self._due_s[chain_id] = trio.current_time() + (0.0 if self._woken.is_set() else wait_s)

    def _left_s(self, row: T) -> float:
        """How long a row is to be left alone from now."""
        if self._rest_s is None:
            return 0.0
        key, rest_s = self._rest_s(row)
        return self._looked_s.get(key, -math.inf) + rest_s - trio.current_time()


def rest_of_gone_s(changed_at_ms: int, now_ms: int) -> float:
    """How long what no node knows is left alone: a tenth of the time that it has been gone.

    Anybody can name transactions that do not exist, each of which is looked for a day long.
    Guarded by tests/messenger/money/test_claims.py::test_a_hash_that_nobody_knows.
    """
    return min(max(now_ms - changed_at_ms, 0) / 10_000, GONE_EVERY_S)
