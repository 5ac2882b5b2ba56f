"""Watches own payments on their chains until they are final. Nothing is asked while there is nothing to watch."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from parley.chain.api import MoneyChain, NonceTakenError, RefusedError, Stage, Verdict
from parley.chat.payments.model import PaymentRow, PaymentState
from parley.chat.payments.states import WAITING_PAYMENTS
from parley.messenger.money.asking import Chains
from parley.messenger.money.decoding import chain_calls
from parley.messenger.money.following import DIFFERS, followed, is_open
from parley.messenger.money.ports import Payments
from parley.messenger.money.rounds import Rounds, rest_of_gone_s

_SEEN = (PaymentState.PENDING, PaymentState.CONFIRMING, PaymentState.SETTLED)

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
        self._rounds = Rounds(self._open, self._follow, rest_s=self._rest_s)

    def wake(self, *, anew: bool = False) -> None:
        """Look at once: there may be something new; `anew`: others are asked now."""
        self._rounds.wake(anew=anew)

    async def run(self) -> None:
        """Watch until cancelled."""
        await self._rounds.run()

    async def _open(self) -> list[PaymentRow]:
        return [each for each in await self._payments.watched() if is_open(each, self._clock())]

    def _rest_s(self, row: PaymentRow) -> tuple[str, float]:
        gone = row.state in (PaymentState.DROPPED, PaymentState.REPLACED)
        return row.payment_id, rest_of_gone_s(row.changed_at_ms, self._clock()) if gone else 0.0

    async def _follow(self, row: PaymentRow) -> None:
        """Look one payment up, and store what changed."""
        chain, transaction = self._chains(row.chain_id), row.transaction_hash
        assert transaction is not None  # noqa: S101 - `is_open` asks for it.
        differs = False
        if row.raw is None:
            # A page named its hash: whether it is this payment is for the chain to say.
            # Guarded by tests/messenger/money/test_watching.py::test_another_transaction_than_was_shown_has_failed.
            settlement = await chain.settlement(transaction, row.sender, chain_calls(row.calls))
            seen, differs = settlement.inclusion, settlement.verdict is Verdict.DIFFERS
        else:
            seen = await chain.inclusion(transaction)
        nonces = await chain.nonces(row.sender) if seen.stage is Stage.UNKNOWN else None
        detail = row.detail
        if nonces is not None and row.raw is not None and row.state in WAITING_PAYMENTS:
            detail = await _again(chain, row.raw, detail)

        def follow(current: PaymentRow) -> PaymentRow:
            # It may have been changed while the node was asked.
            if current.transaction_hash != transaction:
                return current
            after = followed(replace(current, detail=detail), seen, nonces, self._clock())
            return replace(after, state=PaymentState.FAILED, detail=DIFFERS) if differs else after

        after = await self._payments.change(row.payment_id, follow)
        in_chat = after.conversation_id is not None or after.request_id is not None
        # What failed is told too: whoever asked would otherwise see nothing of it. Another transaction than was shown
        # is none of this payment.
        is_known = after.state in _SEEN or (after.state is PaymentState.FAILED and after.detail != DIFFERS)
        if in_chat and after.message_id is None and is_known:
            await self._tell(after)


async def _again(chain: MoneyChain, raw: bytes, detail: str) -> str:
    """Hand a transaction in again that the node does not know; it may not have got it, or have forgotten it.

    Gives why a node refuses it, which becomes the payment's detail.
    """
    try:
        await chain.send(raw)
    except NonceTakenError:
        return detail  # The nonces say so too, and then it counts as replaced.
    except RefusedError as error:
        return error.reason
    return ""
