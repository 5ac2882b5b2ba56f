"""Payments on their way: watched until they are final, back and forward, and nothing asked when there are none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
import trio

from harness.memory_payments import BOB, CAROL, CHAIN, ETHER, Till
from parley.chain.api import Call, ChainError, EndpointsUnreachableError, Inclusion
from parley.chat.errors import DiskFullError
from parley.chat.payments.model import PaymentRow, PaymentState, RequestedCall
from parley.database.api import InconsistentCommitError
from parley.messenger.money.composing import Conversation, Wanted
from parley.messenger.money.following import DIFFERS
from parley.messenger.money.previews import Plan
from parley.messenger.money.rounds import EVERY_S_ON_DEMO, LONGEST_WAIT_S

AGES_S = 3_600.0


@pytest.fixture
def till() -> Till:
    """Somebody with money."""
    return Till()


@asynccontextmanager
async def watched(till: Till) -> AsyncIterator[None]:
    """Somebody watches meanwhile."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(till.watcher.run)
        yield
        nursery.cancel_scope.cancel()


async def pay(till: Till, conversation_id: str | None = None) -> str:
    """Half an ether to Bob."""
    told = None if conversation_id is None else Conversation(conversation_id, BOB)
    preview = await till.composer.send(till.inside, CHAIN, None, BOB, ETHER // 2, told)
    return await till.payer.confirm(preview.preview_id, "normal", "")


async def a_look(till: Till, payment_id: str) -> PaymentRow:
    """Wait until it was looked at once more."""
    await trio.sleep(EVERY_S_ON_DEMO + 0.1)
    return till.payments.rows[payment_id]


async def test_a_payment_is_followed_until_it_is_settled(till: Till, autojump_clock: trio.abc.Clock) -> None:
    """Each step is seen, with its confirmations, and the balance agrees with the chain to the wei."""
    async with watched(till):
        payment_id = await pay(till)
        states = []
        for _ in range(3):
            till.chain.mine()
            row = await a_look(till, payment_id)
            states.append((row.state, row.confirmations))
        assert row.fee is not None
        left = (await till.chain.balance(till.wallet.address)).wei
    assert states == [
        (PaymentState.CONFIRMING, 1),
        (PaymentState.CONFIRMING, 2),
        (PaymentState.SETTLED, 3),
    ]
    assert left == 10 * ETHER - ETHER // 2 - row.fee


async def test_a_reorganisation_moves_it_back_and_forward_again(
    till: Till, autojump_clock: trio.abc.Clock
) -> None:
    """Whether the node keeps it waiting, or forgets it and is handed it again."""
    async with watched(till):
        payment_id = await pay(till)
        for keep, depth in ((True, 3), (False, 6)):
            till.chain.mine(3)
            settled = await a_look(till, payment_id)
            till.chain.reorganise(depth, keep=keep)
            back = await a_look(till, payment_id)
            await a_look(till, payment_id)
            till.chain.mine(3)
            again = await a_look(till, payment_id)
            assert (settled.state, back.state, again.state) == (
                PaymentState.SETTLED,
                PaymentState.PENDING,
                PaymentState.SETTLED,
            )
            assert back.confirmations == 0


async def test_a_crash_between_storing_and_handing_in(till: Till, autojump_clock: trio.abc.Clock) -> None:
    """What is stored is handed in after the start, and paid once."""
    payment_id = await pay(till)
    row = till.payments.rows[payment_id]
    assert row.transaction_hash is not None
    till.chain.drop(row.transaction_hash)
    till.payments.rows[payment_id] = replace(row, state=PaymentState.SIGNED)
    till.restart()
    async with watched(till):
        await a_look(till, payment_id)
        till.chain.mine(3)
        row = await a_look(till, payment_id)
        assert row.state is PaymentState.SETTLED
        assert (await till.chain.balance(BOB)).wei == ETHER // 2
    assert len(till.wallet.signed) == 1


async def test_a_failed_payment(till: Till, autojump_clock: trio.abc.Clock) -> None:
    """Mined and reverted: the fee is gone, and nothing else."""
    till.chain.set_code(CAROL)
    plan = Plan((RequestedCall(CAROL, 5, b"\x01\x02\x03\x04"),))
    preview = await till.composer.compose(Wanted(CHAIN, till.inside, plan))
    async with watched(till):
        payment_id = await till.payer.confirm(preview.preview_id, "normal", "")
        till.chain.set_code(CAROL, reverts="too late")
        till.chain.mine()
        row = await a_look(till, payment_id)
    assert row.state is PaymentState.FAILED
    assert row.fee


async def test_another_transaction_takes_its_place(till: Till, autojump_clock: trio.abc.Clock) -> None:
    """Sped up: the new one settles, the old one is replaced."""
    async with watched(till):
        payment_id = await pay(till)
        preview = await till.replacer.speed_up(payment_id, till.inside)
        again = await till.payer.confirm(preview.preview_id, "fast", "")
        till.chain.mine(3)
        await a_look(till, payment_id)
        assert till.payments.rows[payment_id].state is PaymentState.REPLACED
        assert till.payments.rows[again].state is PaymentState.SETTLED


async def test_what_a_wallet_outside_lost_is_dropped(till: Till, autojump_clock: trio.abc.Clock) -> None:
    """There is nothing to hand in again; it is looked for, and found if it comes back."""
    preview = await till.composer.send(till.outside, CHAIN, None, BOB, 5)
    payment_id, _ = await till.payer.outside_requests(
        preview.preview_id, "normal", "", till.wallet.address, CHAIN, False
    )
    sent = till.chain.act(till.wallet.address, [Call(BOB, 5)])
    async with watched(till):
        await till.payer.handed(payment_id, "0x" + sent.hex())
        assert (await a_look(till, payment_id)).state is PaymentState.PENDING
        till.chain.drop(sent)
        await trio.sleep(120)
        assert till.payments.rows[payment_id].state is PaymentState.DROPPED


async def test_another_transaction_than_was_shown_has_failed(
    till: Till, autojump_clock: trio.abc.Clock
) -> None:
    """A wallet outside, or the page, named a hash that pays something else."""
    preview = await till.composer.send(till.outside, CHAIN, None, BOB, 5)
    payment_id, _ = await till.payer.outside_requests(
        preview.preview_id, "normal", "", till.wallet.address, CHAIN, False
    )
    sent = till.chain.act(till.wallet.address, [Call(CAROL, 5)])
    async with watched(till):
        await till.payer.handed(payment_id, "0x" + sent.hex())
        till.chain.mine(3)
        row = await a_look(till, payment_id)
    assert (row.state, row.detail) == (PaymentState.FAILED, DIFFERS)


async def test_a_batch_of_a_wallet_outside_is_proved_by_its_trace(
    till: Till, autojump_clock: trio.abc.Clock
) -> None:
    """It is no transaction of those calls itself."""
    plan = Plan((RequestedCall(BOB, 1), RequestedCall(CAROL, 2)))
    preview = await till.composer.compose(Wanted(CHAIN, till.outside, plan))
    payment_id, _ = await till.payer.outside_requests(
        preview.preview_id, "", "", till.wallet.address, CHAIN, True
    )
    sent = till.chain.act(till.wallet.address, [Call(BOB, 1), Call(CAROL, 2)])
    async with watched(till):
        await till.payer.handed(payment_id, "0x" + sent.hex())
        till.chain.mine(3)
        assert (await a_look(till, payment_id)).state is PaymentState.SETTLED


async def test_nodes_that_are_gone_change_nothing(till: Till, autojump_clock: trio.abc.Clock) -> None:
    """They are asked ever more rarely; when they are back, it is seen."""
    async with watched(till):
        payment_id = await pay(till)
        till.chain.mine(3)
        assert (await a_look(till, payment_id)).state is PaymentState.SETTLED
        before = len(till.payments.states)
        till.chain.down = EndpointsUnreachableError({})
        await trio.sleep(AGES_S)
        assert len(till.payments.states) == before
        till.chain.down = None
        till.chain.reorganise(3)
        await trio.sleep(LONGEST_WAIT_S)
        assert till.payments.rows[payment_id].state is PaymentState.PENDING


class Counting:
    """A chain that counts what it is asked; a fault of its own if there is one."""

    def __init__(self, till: Till, fault: Exception | None = None) -> None:
        self._till = till
        self.fault = fault
        self.asked = 0

    def __call__(self, _chain_id: int) -> Any:
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._till.chain, name)

    async def inclusion(self, transaction_hash: bytes) -> Inclusion:
        """Count, and answer."""
        self.asked += 1
        if self.fault is not None:
            raise self.fault
        return await self._till.chain.inclusion(transaction_hash)


@pytest.mark.parametrize("error", [DiskFullError(), InconsistentCommitError("a fault of ours")])
async def test_what_cannot_be_stored_stops_nothing(
    error: Exception, till: Till, autojump_clock: trio.abc.Clock
) -> None:
    """A disk without room, or a commit that does not fit: it is tried again."""
    async with watched(till):
        payment_id = await pay(till)
        till.payments.fails = error
        till.chain.mine(3)
        before = await a_look(till, payment_id)
        await trio.sleep(2 * EVERY_S_ON_DEMO)
        assert before.state is PaymentState.PENDING
        assert till.payments.rows[payment_id].state is PaymentState.SETTLED


async def test_nothing_is_asked_when_nothing_is_on_its_way(
    till: Till, autojump_clock: trio.abc.Clock
) -> None:
    """Neither before the first payment, nor once the last is deep in the chain."""
    counting = Counting(till)
    till.watcher._chains = counting
    async with watched(till):
        await trio.sleep(AGES_S)
        assert counting.asked == 0
        payment_id = await pay(till)
        till.chain.mine(64)
        await a_look(till, payment_id)
        before = counting.asked
        await trio.sleep(AGES_S)
        assert counting.asked == before > 0


async def test_a_fault_in_a_look_stops_nothing(till: Till, autojump_clock: trio.abc.Clock) -> None:
    """An answer that we take wrongly; the next one is looked at."""
    counting = Counting(till, ZeroDivisionError())
    till.watcher._chains = counting
    async with watched(till):
        payment_id = await pay(till)
        till.chain.mine(3)
        await trio.sleep(60)
        counting.fault = None
        await trio.sleep(LONGEST_WAIT_S)
        assert till.payments.rows[payment_id].state is PaymentState.SETTLED


async def test_how_often_a_silent_node_is_asked(till: Till, autojump_clock: trio.abc.Clock) -> None:
    """Ever more rarely, at last every five minutes."""
    counting = Counting(till, ChainError())
    till.watcher._chains = counting
    async with watched(till):
        await pay(till)
        await trio.sleep(AGES_S)
        assert AGES_S / LONGEST_WAIT_S <= counting.asked <= AGES_S / LONGEST_WAIT_S + 10


async def test_the_other_is_told_once_a_node_knows_it(till: Till, autojump_clock: trio.abc.Clock) -> None:
    """Of a payment in a conversation, and of no other; until it is noted that they were."""
    async with watched(till):
        alone, told = await pay(till), await pay(till, "a chat")
        await a_look(till, told)
        assert set(till.told) == {told}
        assert alone not in till.told
        till.payments.rows[told] = replace(till.payments.rows[told], message_id=bytes(32))
        till.told.clear()
        await a_look(till, told)
        assert till.told == []


async def test_the_other_is_told_of_one_that_failed_before_anybody_looked(
    till: Till, autojump_clock: trio.abc.Clock
) -> None:
    """And of none that a wallet outside named and that is another transaction."""
    failed = await pay(till, "a chat")
    till.chain.set_code(BOB, reverts="no")
    till.chain.mine(3)
    preview = await till.composer.send(till.outside, CHAIN, None, CAROL, 5, Conversation("a chat", CAROL))
    other, _ = await till.payer.outside_requests(
        preview.preview_id, "normal", "", till.wallet.address, CHAIN, False
    )
    await till.payer.handed(other, "0x" + till.chain.act(till.wallet.address, [Call(CAROL, 6)]).hex())
    till.chain.mine(3)
    async with watched(till):
        await a_look(till, other)
    assert {till.payments.rows[each].state for each in (failed, other)} == {PaymentState.FAILED}
    assert set(till.told) == {failed}
