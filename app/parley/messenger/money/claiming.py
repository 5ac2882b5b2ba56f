"""What the chain says of a transaction that somebody else names: pure, a row and facts in, the next row out.

What they say counts for nothing but where to look. A node may say anything at any time, and a chain may reorganise:
each state can become any other that the facts show.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from parley.chain.api import Inclusion, Nonces, Settlement, Stage, Verdict
from parley.chat.payments.model import ClaimRow, RequestState, TransactionRequest
from parley.messenger.money.following import (
    DIFFERS,
    FINAL_AFTER,
    LOOKED_FOR_MS,
    PATIENCE_MS,
    settled_after,
)

TAKEN = "taken"
"""`ClaimRow.detail`: the transaction did it, but it counts for another claim."""

TOO_EARLY = "too-early"
"""`ClaimRow.detail`: the transaction was mined before anybody asked for it."""

REVERTED = "reverted"
"""`ClaimRow.detail`: the transaction is in a block and did nothing."""

CLOCKS_DIFFER_MS = 2 * 60 * 1000
"""So much a block's time may be before that of a request that its transaction pays: two clocks never agree."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a node said of a claim.

    Attributes:
        settlement: with the positions that other claims had.
        nonces: of the sender, asked after it; needed only where the transaction is unknown.
        taken: whether it would be the payment if no other claim had its positions.
    """

    settlement: Settlement
    nonces: Nonces | None = None
    taken: bool = False


def is_claim_open(row: ClaimRow, now_ms: int) -> bool:
    """Whether the chain can still say something new of it, so that it is worth asking."""
    if row.confirmations == 0 and row.state is not RequestState.PENDING:
        return now_ms - row.changed_at_ms < LOOKED_FOR_MS
    return row.confirmations < FINAL_AFTER


def claimed(
    row: ClaimRow, said: Said, request: TransactionRequest | None, taken: Collection[int], now_ms: int
) -> ClaimRow:
    """A claim after its transaction was looked up; the same row where that says nothing that can be kept.

    Args:
        request: the one that it is said to pay, if any.
        taken: the positions that other claims of its transaction have now.
    """
    seen = said.settlement.inclusion
    bare = replace(row, positions=(), evidence="", confirmations=0, block_time_ms=None, detail="")
    if seen.nonce is not None:
        bare = replace(bare, nonce=seen.nonce)
    if seen.stage is Stage.UNKNOWN:
        return _changed(replace(bare, state=_unseen(row, said.nonces, now_ms)), row, now_ms)
    differs = said.settlement.verdict is Verdict.DIFFERS
    bare = replace(bare, evidence=said.settlement.evidence.value if differs or _is_mined(seen) else "")
    if differs:
        bare = replace(bare, state=RequestState.FAILED, detail=TAKEN if said.taken else DIFFERS)
    elif seen.stage is Stage.PENDING:
        bare = replace(bare, state=RequestState.PENDING)
    if not _is_mined(seen):
        return _changed(bare, row, now_ms)
    mined = replace(
        bare,
        confirmations=seen.confirmations,
        block_time_ms=None if seen.block is None else seen.block.time_ms,
    )
    if differs:
        return _changed(mined, row, now_ms)
    if said.settlement.verdict is Verdict.FAILED:
        return _changed(replace(mined, state=RequestState.FAILED, detail=REVERTED), row, now_ms)
    if said.settlement.verdict is not Verdict.PAID:
        return _changed(replace(mined, state=RequestState.UNPROVABLE), row, now_ms)
    if _is_too_early(mined, request):
        return _changed(replace(mined, state=RequestState.FAILED, detail=TOO_EARLY), row, now_ms)
    if not set(taken).isdisjoint(said.settlement.positions):
        return row  # Another claim took them while the node was asked: the next look knows of it.
    settled = seen.confirmations >= settled_after(row.chain_id)
    state = RequestState.SETTLED if settled else RequestState.CONFIRMING
    return _changed(replace(mined, state=state, positions=said.settlement.positions), row, now_ms)


def _unseen(row: ClaimRow, nonces: Nonces | None, now_ms: int) -> RequestState:
    """The state of a claim whose transaction no node knows."""
    if nonces is not None and row.nonce is not None and nonces.mined > row.nonce:
        # Its nonce is used and its hash is not mined: another transaction took its place.
        return RequestState.REPLACED
    if row.state is RequestState.DROPPED:
        return RequestState.DROPPED
    if row.state in (RequestState.CLAIMED, RequestState.PENDING):
        # A word alone must not keep a request from being taken back; it is looked for all the same.
        patient = now_ms - row.changed_at_ms < PATIENCE_MS
        return row.state if patient else RequestState.DROPPED
    # It was in a block that is no longer: whoever sent it hands it in again.
    return RequestState.PENDING


def _is_mined(seen: Inclusion) -> bool:
    return seen.stage is Stage.MINED


def _is_too_early(row: ClaimRow, request: TransactionRequest | None) -> bool:
    """Whether a transaction was mined before anybody asked for it.

    Else an old payment of the same amount would pay again.
    Guarded by tests/messenger/money/test_claims.py::test_an_old_payment_pays_nothing_new.
    """
    if request is None:
        return False
    return row.block_time_ms is None or row.block_time_ms < request.created_at_ms - CLOCKS_DIFFER_MS


def _changed(after: ClaimRow, before: ClaimRow, now_ms: int) -> ClaimRow:
    """The time moves with the state only."""
    return replace(after, changed_at_ms=now_ms) if after.state is not before.state else after
