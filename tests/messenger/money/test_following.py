"""Where a payment is, by what a node says: forward, back, and forward again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.chain.api import Block, Inclusion, Nonces, Stage
from parley.chat.payments.model import PaymentRow, PaymentState, RequestedCall
from parley.messenger.money.following import (
    FINAL_AFTER,
    LOOKED_FOR_MS,
    PATIENCE_MS,
    followed,
    is_open,
    settled_after,
)

NOW_MS = 1_790_000_000_000
HASH = bytes(range(32))
BLOCK = Block(9, bytes(32), NOW_MS - 1_000)
UNKNOWN = Inclusion(HASH, Stage.UNKNOWN)
PENDING = Inclusion(HASH, Stage.PENDING, nonce=4)
UNUSED, USED = Nonces(4, 4), Nonces(5, 5)
ROW = PaymentRow(
    payment_id="11" * 16,
    chain_id=31337,
    sender="0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
    calls=(RequestedCall("0x70997970C51812dc3A010C7d01b50e0d17dc79C8", 5),),
    state=PaymentState.SIGNED,
    created_at_ms=NOW_MS,
    changed_at_ms=NOW_MS,
    nonce=4,
    raw=b"signed",
    transaction_hash=HASH,
)


def mined(confirmations: int, *, succeeded: bool = True) -> Inclusion:
    """It is in a block, with so many on top."""
    return Inclusion(
        HASH, Stage.MINED, nonce=4, succeeded=succeeded, block=BLOCK, confirmations=confirmations, fee=21_000
    )


def after(
    *seen: Inclusion, row: PaymentRow = ROW, nonces: Nonces = UNUSED, every_ms: int = 1_000
) -> PaymentRow:
    """The row after these looks, one a second."""
    for step, each in enumerate(seen, 1):
        row = followed(row, each, nonces, NOW_MS + step * every_ms)
    return row


def test_the_usual_way() -> None:
    """Signed, pending, confirming, settled, each with what is known then."""
    pending = after(PENDING)
    confirming = after(PENDING, mined(1))
    settled = after(PENDING, mined(1), mined(3))
    assert [each.state for each in (pending, confirming, settled)] == [
        PaymentState.PENDING,
        PaymentState.CONFIRMING,
        PaymentState.SETTLED,
    ]
    assert (confirming.block_number, confirming.block_hash, confirming.fee) == (9, bytes(32), 21_000)
    assert settled.confirmations == 3
    assert confirming.changed_at_ms == NOW_MS + 2_000


def test_a_reorganisation_moves_it_back_and_forward_again() -> None:
    """Whether the node keeps it waiting or has forgotten it; nothing of the lost block is left."""
    settled = after(PENDING, mined(3))
    for lost in (PENDING, UNKNOWN):
        back = after(lost, row=settled)
        assert back.state is PaymentState.PENDING
        assert (back.confirmations, back.block_number, back.block_hash, back.fee) == (0, None, None, None)
        assert after(mined(3), row=back).state is PaymentState.SETTLED


def test_it_is_dropped_after_a_while() -> None:
    """A node that has not heard of it yet is given time; coming late, it is there all the same."""
    assert after(UNKNOWN).state is PaymentState.SIGNED
    assert after(PENDING, UNKNOWN).state is PaymentState.PENDING
    dropped = after(PENDING, UNKNOWN, every_ms=PATIENCE_MS)
    assert dropped.state is PaymentState.DROPPED
    assert after(UNKNOWN, row=dropped).state is PaymentState.DROPPED
    assert after(mined(1), row=dropped).state is PaymentState.CONFIRMING


def test_another_transaction_took_its_place() -> None:
    """Its nonce is used and it is not there; a reorganisation can undo that too."""
    replaced = after(PENDING, UNKNOWN, nonces=USED)
    assert replaced.state is PaymentState.REPLACED
    assert after(UNKNOWN, row=replaced, nonces=USED).state is PaymentState.REPLACED
    assert after(UNKNOWN, row=replaced, nonces=UNUSED).state is PaymentState.PENDING


def test_it_failed() -> None:
    """Mined, and nothing of it happened but the fee."""
    failed = after(PENDING, mined(1, succeeded=False))
    assert (failed.state, failed.fee) == (PaymentState.FAILED, 21_000)
    assert after(PENDING, row=failed).state is PaymentState.PENDING


def test_what_a_wallet_outside_named_gets_its_nonce() -> None:
    """From the node, once it knows the transaction."""
    outside = replace(ROW, state=PaymentState.HANDED, nonce=None, raw=None)
    assert after(PENDING, row=outside).nonce == 4
    assert after(UNKNOWN, row=outside, nonces=USED).state is PaymentState.HANDED


@pytest.mark.parametrize(("chain_id", "after_"), [(1, 12), (31337, 3), (8453, 3)])
def test_how_many_confirmations_settle(chain_id: int, after_: int) -> None:
    """More where more is at stake."""
    assert settled_after(chain_id) == after_
    row = replace(ROW, chain_id=chain_id)
    assert after(mined(after_ - 1), row=row).state is PaymentState.CONFIRMING
    assert after(mined(after_), row=row).state is PaymentState.SETTLED


def test_what_is_looked_at_still() -> None:
    """All but what is deep in the chain, was given up, or has no transaction yet."""
    assert is_open(ROW, NOW_MS)
    assert is_open(replace(ROW, state=PaymentState.SETTLED, confirmations=FINAL_AFTER - 1), NOW_MS)
    assert not is_open(replace(ROW, state=PaymentState.SETTLED, confirmations=FINAL_AFTER), NOW_MS)
    assert not is_open(replace(ROW, state=PaymentState.ABANDONED), NOW_MS)
    assert not is_open(replace(ROW, state=PaymentState.HANDED, transaction_hash=None), NOW_MS)
    for gone in (PaymentState.DROPPED, PaymentState.REPLACED):
        assert is_open(replace(ROW, state=gone), NOW_MS + LOOKED_FOR_MS - 1)
        assert not is_open(replace(ROW, state=gone), NOW_MS + LOOKED_FOR_MS)


SEEN = st.sampled_from([UNKNOWN, PENDING, *(mined(n) for n in (1, 3, 64)), mined(1, succeeded=False)])


@given(st.lists(SEEN, max_size=12), st.sampled_from([UNUSED, USED]))
def test_whatever_a_node_says_the_truth_shows_in_the_end(lies: list[Inclusion], nonces: Nonces) -> None:
    """No answer makes a row that later answers could not put right, and what is signed is never another."""
    row = after(*lies, nonces=nonces)
    kept = (row.payment_id, row.calls, row.raw, row.transaction_hash, row.nonce, row.sender)
    assert kept == (ROW.payment_id, ROW.calls, ROW.raw, ROW.transaction_hash, ROW.nonce, ROW.sender)
    assert after(mined(3), row=row).state is PaymentState.SETTLED
    assert after(mined(1), PENDING, row=row).state is PaymentState.PENDING
