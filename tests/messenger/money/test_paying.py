"""Paying: what was shown, once, and stored before it leaves."""

from __future__ import annotations

from dataclasses import replace

import pytest
import trio

from harness.memory_payments import BOB, CAROL, CHAIN, DOLLAR, ETHER, Till, request_of
from parley.chain.api import EndpointsUnreachableError, TransactionRefusedError, WrongChainError
from parley.chat.errors import AlreadyPayingError, DiskFullError, RequestClosedError, UnknownRequestError
from parley.chat.payments.model import (
    PaymentState,
    RequestedCall,
    RequestState,
)
from parley.messenger.errors import (
    NodesUnreachableError,
    OffchainNameTypedError,
    WalletLockedError,
    WrongNodeChainError,
)
from parley.messenger.money.composing import Wanted
from parley.messenger.money.errors import (
    ConfirmationError,
    NameMovedError,
    NotEnoughError,
    NotReplaceableError,
    OutsidePayerError,
    SeveralCallsError,
    UnknownFeeError,
    UnknownPaymentError,
    UnknownPreviewError,
)
from parley.messenger.money.model import Preview
from parley.messenger.money.previews import Plan


@pytest.fixture
def till() -> Till:
    """Somebody with money."""
    return Till()


async def half_an_ether(till: Till, to: str = BOB) -> Preview:
    """A payment that is ready to be confirmed."""
    return await till.composer.send(till.inside, CHAIN, None, to, ETHER // 2)


async def of_request(till: Till) -> Preview:
    """The payment of Bob's request."""
    row = request_of(till)
    return await till.composer.compose(
        Wanted(CHAIN, till.inside, Plan(row.request.calls), conversation_id="a chat", request=row)
    )


async def test_what_was_shown_is_signed_and_arrives(till: Till) -> None:
    """To the wei; it was stored before it was handed in."""
    preview = await half_an_ether(till)
    payment_id = await till.payer.confirm(preview.preview_id, "normal", "")
    till.chain.mine()
    row, (signed,) = till.payments.rows[payment_id], till.wallet.signed
    assert till.payments.states == ["signed", "pending"]
    assert (signed["chainId"], signed["to"], signed["value"], signed["data"]) == (CHAIN, BOB, ETHER // 2, b"")
    assert signed["maxFeePerGas"] == preview.fees[1].max_fee_per_gas == row.max_fee_per_gas
    assert (signed["gas"], signed["nonce"], row.nonce) == (21_000, 0, 0)
    assert (await till.chain.balance(BOB)).wei == ETHER // 2


async def test_a_double_click_pays_once(till: Till) -> None:
    """Both get the same payment, and so does whoever loads the page again."""
    preview = await half_an_ether(till)
    ids: list[str] = []

    async def click() -> None:
        ids.append(await till.payer.confirm(preview.preview_id, "normal", ""))

    async with trio.open_nursery() as nursery:
        for _ in range(5):
            nursery.start_soon(click)
    await click()
    till.chain.mine()
    assert len(set(ids)) == len(till.wallet.signed) == 1
    assert (await till.chain.balance(BOB)).wei == ETHER // 2


async def test_two_payments_take_two_nonces(till: Till) -> None:
    """Also while none of them has reached a node."""
    previews = [await half_an_ether(till) for _ in range(3)]
    till.chain.set_base_fee(10**9)

    async def pay(preview: Preview) -> None:
        await till.payer.confirm(preview.preview_id, "normal", "")

    async with trio.open_nursery() as nursery:
        for each in previews:
            nursery.start_soon(pay, each)
    assert sorted(each["nonce"] for each in till.wallet.signed) == [0, 1, 2]


async def test_nothing_is_signed_that_was_not_confirmed(till: Till) -> None:
    """An unknown preview, fee or word; an old one; one for a wallet outside."""
    preview = await half_an_ether(till)
    outside = await till.composer.send(till.outside, CHAIN, None, BOB, 1)
    approval = RequestedCall(
        DOLLAR.address,
        0,
        bytes.fromhex("095ea7b3") + bytes(12) + bytes.fromhex(CAROL[2:]) + (5).to_bytes(32, "big"),
    )
    typed = await till.composer.compose(Wanted(CHAIN, till.inside, Plan((approval,))))
    for preview_id, fee, word, error in (
        ("00" * 16, "normal", "", UnknownPreviewError),
        (preview.preview_id, "free", "", UnknownFeeError),
        (outside.preview_id, "normal", "", OutsidePayerError),
        (typed.preview_id, "normal", "yes", ConfirmationError),
    ):
        with pytest.raises(error):
            await till.payer.confirm(preview_id, fee, word)
    till.now_ms += 5 * 60 * 1000
    with pytest.raises(UnknownPreviewError):
        await till.payer.confirm(preview.preview_id, "normal", "")
    assert till.wallet.signed == []
    assert till.payments.rows == {}


async def test_a_word_that_was_typed_lets_an_approval_pass(till: Till) -> None:
    """Once it is what was asked for."""
    approval = RequestedCall(
        DOLLAR.address,
        0,
        bytes.fromhex("095ea7b3") + bytes(12) + bytes.fromhex(CAROL[2:]) + (5).to_bytes(32, "big"),
    )
    preview = await till.composer.compose(Wanted(CHAIN, till.inside, Plan((approval,))))
    assert preview.typed == "approve"
    await till.payer.confirm(preview.preview_id, "normal", "approve")
    assert len(till.wallet.signed) == 1


async def test_a_name_known_outside_the_chain_is_asked_for_again_as_allowed_now(till: Till) -> None:
    """Once for the preview and once for the confirmation; not any more where that was forbidden in between."""
    till.chain.set_address("bob.eth", BOB)
    till.chain.set_outside("bob.eth")
    with pytest.raises(OffchainNameTypedError):
        await half_an_ether(till, "bob.eth")
    till.offchain_names = True
    preview = await half_an_ether(till, "bob.eth")
    assert till.chain.gateways_asked == ["bob.eth"]
    till.offchain_names = False
    with pytest.raises(OffchainNameTypedError):
        await till.payer.confirm(preview.preview_id, "normal", "")
    assert till.chain.gateways_asked == ["bob.eth"]
    assert not till.payments.states

    till.offchain_names = True
    await till.payer.confirm(preview.preview_id, "normal", "")
    assert till.chain.gateways_asked == ["bob.eth"] * 2


async def test_a_name_that_moved_is_not_paid(till: Till) -> None:
    """It is asked again before it is signed; gone, moved, or nobody to ask."""
    till.chain.set_address("bob.eth", BOB)
    preview = await half_an_ether(till, "bob.eth")
    assert preview.name == "bob.eth"
    till.chain.set_address("bob.eth", CAROL)
    with pytest.raises(NameMovedError) as caught:
        await till.payer.confirm(preview.preview_id, "normal", "")
    assert (caught.value.before, caught.value.now) == (BOB, CAROL)
    assert till.wallet.signed == []
    till.chain.set_address("bob.eth", BOB)
    await till.payer.confirm(preview.preview_id, "normal", "")
    assert len(till.wallet.signed) == 1


async def test_a_locked_wallet_can_be_opened_and_confirmed_again(till: Till) -> None:
    """Nothing is stored of it."""
    preview = await half_an_ether(till)
    till.wallet.locked = True
    with pytest.raises(WalletLockedError):
        await till.payer.confirm(preview.preview_id, "normal", "")
    assert till.payments.rows == {}
    till.wallet.locked = False
    await till.payer.confirm(preview.preview_id, "normal", "")
    assert till.payments.states == ["signed", "pending"]


async def test_a_node_that_lies_about_its_chain_gets_no_signature(till: Till) -> None:
    """Between preview and confirm; nor does one that is gone."""
    preview = await half_an_ether(till)
    for down, error in (
        (WrongChainError("http://node", CHAIN, 1), WrongNodeChainError),
        (EndpointsUnreachableError({}), NodesUnreachableError),
    ):
        till.chain.down = down
        with pytest.raises(error):
            await till.payer.confirm(preview.preview_id, "normal", "")
    assert till.wallet.signed == []


async def test_several_calls_take_a_wallet_that_makes_batches(till: Till) -> None:
    """The wallet inside signs one transaction, and a request is paid by one."""
    plan = Plan((RequestedCall(BOB, 1), RequestedCall(CAROL, 1)))
    preview = await till.composer.compose(Wanted(CHAIN, till.inside, plan))
    with pytest.raises(SeveralCallsError):
        await till.payer.confirm(preview.preview_id, "normal", "")
    assert till.wallet.signed == []
    payment_id, _ = await till.payer.outside_requests(
        preview.preview_id, "normal", "", till.wallet.address, CHAIN, True
    )
    assert till.payments.rows[payment_id].calls == plan.calls


async def test_a_closed_request_gets_no_signature(till: Till) -> None:
    """Declined, taken back, expired or gone since it was looked at; a replacement of what pays it goes on."""
    preview = await of_request(till)
    (request_id, row), *_ = till.payments.requests.items()
    for changed in (
        replace(row, state=RequestState.DECLINED),
        replace(row, request=replace(row.request, expires_at_ms=1)),
    ):
        till.payments.requests[request_id] = changed
        with pytest.raises(RequestClosedError):
            await till.payer.confirm(preview.preview_id, "normal", "")
    del till.payments.requests[request_id]
    with pytest.raises(UnknownRequestError):
        await till.payer.confirm(preview.preview_id, "normal", "")
    assert till.wallet.signed == []
    till.payments.requests[request_id] = row
    payment_id = await till.payer.confirm(preview.preview_id, "slow", "")
    till.payments.requests[request_id] = replace(row, state=RequestState.CANCELLED)
    faster = await till.replacer.speed_up(payment_id, till.inside)
    await till.payer.confirm(faster.preview_id, "fast", "")
    assert len(till.wallet.signed) == 2


async def test_a_fee_that_cannot_be_paid(till: Till) -> None:
    """Is seen before anything is signed."""
    preview = await till.composer.send(till.inside, CHAIN, None, BOB, 10 * ETHER - 1)
    with pytest.raises(NotEnoughError) as caught:
        await till.payer.confirm(preview.preview_id, "normal", "")
    assert caught.value.held == 10 * ETHER
    assert till.wallet.signed == []


async def test_a_disk_that_is_full_lets_nothing_leave(till: Till) -> None:
    """It was not stored, so it was not handed in."""
    preview = await half_an_ether(till)
    till.payments.fails = DiskFullError()
    with pytest.raises(DiskFullError):
        await till.payer.confirm(preview.preview_id, "normal", "")
    till.chain.mine()
    assert (await till.chain.balance(BOB)).wei == 0
    await till.payer.confirm(preview.preview_id, "normal", "")
    till.chain.mine()
    assert (await till.chain.balance(BOB)).wei == ETHER // 2


class GoesDown:
    """A wallet after whose signature no node answers."""

    def __init__(self, till: Till, error: Exception) -> None:
        self._till = till
        self._error = error

    async def sign_transaction(self, *arguments: object, **named: object) -> object:
        """Sign, and then nobody is there."""
        signed = await self._till.wallet.sign_transaction(*arguments, **named)  # type: ignore[arg-type]
        self._till.chain.down = self._error  # type: ignore[assignment]
        return signed


async def test_a_node_that_is_gone_after_the_signature(till: Till) -> None:
    """It stays signed, and is handed in again later."""
    preview = await half_an_ether(till)
    till.payer._wallet = GoesDown(till, EndpointsUnreachableError({}))  # type: ignore[assignment]
    payment_id = await till.payer.confirm(preview.preview_id, "normal", "")
    row = till.payments.rows[payment_id]
    assert (row.state, row.raw is not None) == (PaymentState.SIGNED, True)


async def test_a_node_that_refuses(till: Till) -> None:
    """Its reason is told, and nobody waits for it."""
    preview = await half_an_ether(till)
    till.payer._wallet = GoesDown(till, TransactionRefusedError("no room"))  # type: ignore[assignment]
    payment_id = await till.payer.confirm(preview.preview_id, "normal", "")
    row = till.payments.rows[payment_id]
    assert (row.state, row.detail) == (PaymentState.DROPPED, "no room")


# Requests


async def test_a_request_is_paid_once(till: Till) -> None:
    """Two previews of it, confirmed one after the other, from two windows."""
    first, second = await of_request(till), await of_request(till)
    await till.payer.confirm(first.preview_id, "normal", "")
    with pytest.raises(AlreadyPayingError):
        await till.payer.confirm(second.preview_id, "normal", "")
    till.chain.mine()
    with pytest.raises(AlreadyPayingError):
        await till.payer.confirm(second.preview_id, "normal", "")
    assert (await till.chain.token_balances(BOB, (DOLLAR.address,)))[0].amount == 25_000_000


async def test_what_was_dropped_can_be_paid_again_but_not_twice(till: Till) -> None:
    """It takes the same nonce: if the first comes back after all, one of them is mined."""
    first = await till.payer.confirm((await of_request(till)).preview_id, "normal", "")
    row = till.payments.rows[first]
    assert row.raw is not None
    assert row.transaction_hash is not None
    till.chain.drop(row.transaction_hash)
    till.payments.rows[first] = replace(row, state=PaymentState.DROPPED)
    other = await half_an_ether(till)
    again = await till.payer.confirm((await of_request(till)).preview_id, "fast", "")
    assert till.payments.rows[again].nonce == row.nonce
    till.chain.mine()
    assert (await till.chain.token_balances(BOB, (DOLLAR.address,)))[0].amount == 25_000_000
    await till.payer.confirm(other.preview_id, "normal", "")
    assert till.wallet.signed[-1]["nonce"] == 1


async def test_what_counts_as_dropped_and_is_there_is_not_paid_again(till: Till) -> None:
    """A node had forgotten it for a while, or lied."""
    first = await till.payer.confirm((await of_request(till)).preview_id, "normal", "")
    row = till.payments.rows[first]
    till.payments.rows[first] = replace(row, state=PaymentState.DROPPED)
    for _ in range(2):
        again = await of_request(till)
        with pytest.raises(AlreadyPayingError) as caught:
            await till.payer.confirm(again.preview_id, "normal", "")
        assert caught.value.payment_id == first
        till.chain.mine()


# What takes a place


async def test_a_payment_is_sped_up(till: Till) -> None:
    """The same calls, the same nonce, more of both fees; one of the two is mined."""
    till.chain.set_base_fee(10**12)
    first = await till.payer.confirm((await half_an_ether(till)).preview_id, "slow", "")
    till.chain.set_base_fee(10**9)
    preview = await till.replacer.speed_up(first, till.inside)
    again = await till.payer.confirm(preview.preview_id, "normal", "")
    before, after = till.payments.rows[first], till.payments.rows[again]
    assert (after.nonce, after.calls, after.replaces) == (before.nonce, before.calls, first)
    assert after.max_fee_per_gas > before.max_fee_per_gas
    till.chain.mine()
    assert (await till.chain.balance(BOB)).wei == ETHER // 2


async def test_a_payment_is_cancelled(till: Till) -> None:
    """Nothing goes to oneself instead."""
    first = await till.payer.confirm((await half_an_ether(till)).preview_id, "slow", "")
    preview = await till.replacer.cancel(first, till.inside)
    await till.payer.confirm(preview.preview_id, "normal", "")
    till.chain.mine()
    assert (await till.chain.balance(BOB)).wei == 0


async def test_a_payment_of_a_request_is_sped_up(till: Till) -> None:
    """It is the same request's still, and no second payment of it."""
    first = await till.payer.confirm((await of_request(till)).preview_id, "slow", "")
    till.payments.requests[bytes(32)] = request_of(till)
    preview = await till.replacer.speed_up(first, till.inside)
    again = await till.payer.confirm(preview.preview_id, "normal", "")
    assert till.payments.rows[again].request_id == bytes(32)
    till.chain.mine()
    assert (await till.chain.token_balances(BOB, (DOLLAR.address,)))[0].amount == 25_000_000


async def test_what_cannot_be_replaced(till: Till) -> None:
    """What is mined, what is a wallet's outside, what is nobody's."""
    first = await till.payer.confirm((await half_an_ether(till)).preview_id, "normal", "")
    preview = await till.replacer.speed_up(first, till.inside)
    with pytest.raises(NotReplaceableError):
        await till.replacer.speed_up(first, till.outside)
    till.chain.mine()
    with pytest.raises(NotReplaceableError):
        await till.payer.confirm(preview.preview_id, "normal", "")
    till.payments.rows[first] = replace(till.payments.rows[first], state=PaymentState.CONFIRMING)
    with pytest.raises(NotReplaceableError):
        await till.replacer.cancel(first, till.inside)
    with pytest.raises(UnknownPaymentError):
        await till.replacer.cancel("00" * 16, till.inside)
