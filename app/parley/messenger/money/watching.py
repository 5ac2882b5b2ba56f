"""Watches own payments on their chains until they are final. Nothing is asked while there is nothing to watch."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace

import trio

from parley.chain.api import ChainError, MoneyChain, NonceTakenError, RefusedError, Stage, Verdict
from parley.chat.errors import StorageError
from parley.chat.payments.model import PaymentRow, PaymentState
from parley.messenger.errors import ProfileClosedError
from parley.messenger.money.asking import Chains
from parley.messenger.money.decoding import chain_calls
from parley.messenger.money.following import DEMO, followed, is_open
from parley.messenger.money.ports import Payments

_log = logging.getLogger(__name__)

EVERY_S = 12.0
EVERY_S_ON_DEMO = 3.0
LONGEST_WAIT_S = 300.0

DIFFERS = "differs"
"""`PaymentRow.detail` of a transaction that a wallet outside named and that did something else."""

_SEEN = (PaymentState.PENDING, PaymentState.CONFIRMING, PaymentState.SETTLED)
_UNSEEN = (PaymentState.SIGNED, PaymentState.PENDING)

Tell = Callable[[PaymentRow], Awaitable[None]]
"""Tells the other side of a payment's transaction, and notes that they were told."""


class Watcher:
    """Watches the payments of one opened profile.

    Args:
        tell: for a payment in a conversation whose transaction a node knows, until its row names the message that
            told them.
        clock: milliseconds since the epoch, UTC.
    """

    def __init__(self, chains: Chains, payments: Payments, tell: Tell, clock: Callable[[], int]) -> None:
        self._chains = chains
        self._payments = payments
        self._tell = tell
        self._clock = clock
        self._woken = trio.Event()
        self._due_s: dict[int, float] = {}
        self._failures: dict[int, int] = {}

    def wake(self) -> None:
        """Look at once: there may be something new."""
        self._due_s.clear()
        self._woken.set()

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            self._woken = trio.Event()
            rows = [each for each in await self._payments.watched() if is_open(each, self._clock())]
            for chain_id in sorted({each.chain_id for each in rows}):
                if self._due_s.get(chain_id, 0.0) <= trio.current_time():
                    await self._look(chain_id, [each for each in rows if each.chain_id == chain_id])
            chains = {each.chain_id for each in rows}
            next_s = min((self._due_s.get(each, 0.0) for each in chains), default=float("inf"))
            with trio.move_on_at(next_s):
                await self._woken.wait()

    async def _look(self, chain_id: int, rows: list[PaymentRow]) -> None:
        """Look at the payments of a chain, and say when it is looked at next."""
        try:
            for each in rows:
                await self._follow(self._chains(chain_id), each)
        except ChainError:
            self._failures[chain_id] = self._failures.get(chain_id, 0) + 1
        except (StorageError, ProfileClosedError):
            raise
        except Exception as error:
            # A fault of ours that a node's answer can reach must not become a way to stop the profile.
            # Guarded by tests/messenger/money/test_watching.py::test_a_fault_in_a_look_stops_nothing.
            _log.error("money.look_failed error=%s", type(error).__name__)
            self._failures[chain_id] = self._failures.get(chain_id, 0) + 1
        else:
            self._failures[chain_id] = 0
        usual = EVERY_S_ON_DEMO if chain_id == DEMO else EVERY_S
        wait_s = min(usual * 2.0 ** min(self._failures[chain_id], 10), LONGEST_WAIT_S)
        # Whoever woke this meanwhile may have something that was not among these rows.
        self._due_s[chain_id] = trio.current_time() + (0.0 if self._woken.is_set() else wait_s)

    async def _follow(self, chain: MoneyChain, row: PaymentRow) -> None:
        """Look one payment up, and store what changed."""
        assert row.transaction_hash is not None  # noqa: S101 - `is_open` asks for it.
        differs = False
        if row.raw is None:
            # A page named its hash: whether it is this payment is for the chain to say.
            # Guarded by tests/messenger/money/test_watching.py::test_another_transaction_than_was_shown_has_failed.
            settlement = await chain.settlement(row.transaction_hash, row.sender, chain_calls(row.calls))
            seen, differs = settlement.inclusion, settlement.verdict is Verdict.DIFFERS
        else:
            seen = await chain.inclusion(row.transaction_hash)
        nonces = await chain.nonces(row.sender) if seen.stage is Stage.UNKNOWN else None
        if nonces is not None and row.raw is not None and row.state in _UNSEEN:
            row = await self._again(chain, row)
        # It may have been changed while the node was asked.
        current = await self._payments.payment(row.payment_id)
        if current is None or current.transaction_hash != row.transaction_hash:
            return
        after = followed(replace(current, detail=row.detail), seen, nonces, self._clock())
        if differs:
            after = replace(after, state=PaymentState.FAILED, detail=DIFFERS)
        if after != current:
            await self._payments.keep(after)
        in_chat = after.conversation_id is not None or after.request_id is not None
        if in_chat and after.message_id is None and after.state in _SEEN:
            await self._tell(after)

    async def _again(self, chain: MoneyChain, row: PaymentRow) -> PaymentRow:
        """Hand a transaction in again that the node does not know; it may not have got it, or have forgotten it."""
        assert row.raw is not None  # noqa: S101 - checked by the caller.
        try:
            await chain.send(row.raw)
        except NonceTakenError:
            return row  # The nonces say so too, and then it counts as replaced.
        except RefusedError as error:
            return replace(row, detail=error.reason)
        return replace(row, detail="")
