"""Payments on the store: what is new is held against its request, what is known follows the chain."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.money_book import ALICE, BOB, DEMO, NOW_MS, BookWorld
from parley.chat.commit import Commit
from parley.chat.errors import UnknownRequestError
from parley.chat.payments.model import PaymentRow, PaymentState, RequestedCall
from parley.messenger.money.errors import UnknownPaymentError
from parley.messenger.money.stored import StoredPayments

PAYMENT = PaymentRow(
    "1" * 32,
    DEMO,
    ALICE,
    (RequestedCall(BOB, 1),),
    PaymentState.PENDING,
    NOW_MS,
    NOW_MS,
    request_id=bytes(32),
)


async def test_what_was_deleted_is_paid_no_more() -> None:
    """Without its request nothing could keep it from being paid twice; what was paid is followed all the same."""
    world = BookWorld()
    await world.store.apply(Commit("before", rows=(PAYMENT,)))
    async with world.open():
        payments = StoredPayments(world.store, world.writer, world.clock)
        for state in PaymentState:
            with pytest.raises(UnknownRequestError):
                await payments.keep(replace(PAYMENT, payment_id="2" * 32, state=state, request_id=b"\1" * 32))
        after = await payments.change(
            PAYMENT.payment_id, lambda each: replace(each, state=PaymentState.SETTLED, confirmations=3)
        )
        assert [each.payment_id for each in await payments.watched()] == [PAYMENT.payment_id]
        assert await payments.payment(PAYMENT.payment_id) == after
    assert (after.state, len(world.commits)) == (PaymentState.SETTLED, 1)


async def test_a_change_of_nothing_stores_nothing() -> None:
    """Nor does a change of a payment that nobody made."""
    world = BookWorld()
    row = replace(PAYMENT, request_id=None)
    async with world.open():
        payments = StoredPayments(world.store, world.writer, world.clock)
        await payments.keep(row)
        assert await payments.change(row.payment_id, lambda each: each) == row
        with pytest.raises(UnknownPaymentError):
            await payments.change("2" * 32, lambda each: replace(each, confirmations=1))
    assert len(world.commits) == 1
