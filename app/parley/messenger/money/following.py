"""Where an own payment is, by what the chain says: pure, a row and facts in, the next row out.

A node may say anything at any time, and a chain may reorganise: each state but ABANDONED can become any other that
the facts show. What is signed is never forgotten, so that it can be handed in again.
"""

from __future__ import annotations

from dataclasses import replace

from parley.chain.api import Inclusion, Nonces, Stage
from parley.chat.payments.model import PaymentRow, PaymentState

MAINNET = 1
DEMO = 31337

SETTLED_AFTER = 3
SETTLED_AFTER_ON_MAINNET = 12
FINAL_AFTER = 64
"""So many confirmations a settled payment is looked at: no reorganisation since the merge was near as deep."""

PATIENCE_MS = 60_000
"""So long a transaction that no node knows may be on its way before it counts as dropped."""

LOOKED_FOR_MS = 24 * 60 * 60 * 1000
"""So long what was dropped or replaced is looked for; a node may have said so wrongly."""

DIFFERS = "differs"
"""`PaymentRow.detail` of a transaction that a wallet outside named and that did something else."""

_ON_ITS_WAY = (PaymentState.SIGNED, PaymentState.HANDED, PaymentState.PENDING)


def settled_after(chain_id: int) -> int:
    """How many confirmations make a payment on a chain settled."""
    return SETTLED_AFTER_ON_MAINNET if chain_id == MAINNET else SETTLED_AFTER


def is_open(row: PaymentRow, now_ms: int) -> bool:
    """Whether the chain can still say something new of it, so that it is worth asking."""
    if row.transaction_hash is None or row.state is PaymentState.ABANDONED:
        return False
    if row.state in (PaymentState.DROPPED, PaymentState.REPLACED):
        return now_ms - row.changed_at_ms < LOOKED_FOR_MS
    return row.confirmations < FINAL_AFTER


def followed(row: PaymentRow, seen: Inclusion, nonces: Nonces | None, now_ms: int) -> PaymentRow:
    """A payment after its transaction was looked up.

    Args:
        seen: of its hash.
        nonces: of its sender, asked after `seen`; needed only where the transaction is unknown.
    """
    if seen.stage is Stage.MINED:
        return _mined(row, seen, now_ms)
    waiting = replace(row, confirmations=0, block_number=None, block_hash=None, block_time_ms=None, fee=None)
    if seen.stage is Stage.PENDING:
        nonce = row.nonce if row.nonce is not None else seen.nonce
        return _changed(replace(waiting, state=PaymentState.PENDING, nonce=nonce, detail=""), row, now_ms)
    if nonces is not None and row.nonce is not None and nonces.mined > row.nonce:
        # Its nonce is used and its hash is not mined: another transaction took its place.
        state = PaymentState.REPLACED
    elif row.state in _ON_ITS_WAY:
        patient = now_ms - row.changed_at_ms < PATIENCE_MS
        state = row.state if patient else PaymentState.DROPPED
    elif row.state is PaymentState.DROPPED:
        state = PaymentState.DROPPED
    else:
        # It was in a block that is no longer: it is handed in again, and has its time anew.
        state = PaymentState.PENDING
    return _changed(replace(waiting, state=state), row, now_ms)


def _mined(row: PaymentRow, seen: Inclusion, now_ms: int) -> PaymentRow:
    if not seen.succeeded:
        state = PaymentState.FAILED
    elif seen.confirmations >= settled_after(row.chain_id):
        state = PaymentState.SETTLED
    else:
        state = PaymentState.CONFIRMING
    block = seen.block
    mined = replace(
        row,
        state=state,
        nonce=row.nonce if row.nonce is not None else seen.nonce,
        block_number=None if block is None else block.number,
        block_hash=None if block is None else block.hash,
        block_time_ms=None if block is None else block.time_ms,
        confirmations=seen.confirmations,
        fee=seen.fee,
    )
    return _changed(mined, row, now_ms)


def _changed(after: PaymentRow, before: PaymentRow, now_ms: int) -> PaymentRow:
    """The same row if nothing is different; the time moves with the state only."""
    if after.state is not before.state:
        return replace(after, changed_at_ms=now_ms)
    return after
