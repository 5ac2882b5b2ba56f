"""Handing over to a wallet outside: asked once, for what was shown, on the chain and account that were shown."""

from __future__ import annotations

import pytest

from harness.memory_payments import BOB, CAROL, CHAIN, DOLLAR, Till, request_of
from parley.chat.errors import AlreadyPayingError
from parley.chat.payments.model import RequestedCall
from parley.messenger.money.composing import Wanted
from parley.messenger.money.errors import (
    SeveralCallsError,
    UnknownPaymentError,
    WalletChainDiffersError,
    WalletDiffersError,
)
from parley.messenger.money.previews import Plan

HASH = "0x" + "ab" * 32


@pytest.fixture
def till() -> Till:
    """Somebody with money."""
    return Till()


async def test_a_wallet_outside_is_asked_for_what_was_shown(till: Till) -> None:
    """Once it is stored, and once only: asked twice, it may pay twice."""
    preview = await till.composer.send(till.outside, CHAIN, DOLLAR.address, BOB, 25_000_000)
    asked = (preview.preview_id, "normal", "", till.wallet.address.lower(), CHAIN, False)
    payment_id, (request,) = await till.payer.outside_requests(*asked)
    again = await till.payer.outside_requests(*asked)
    (params,) = request["params"]
    assert request["method"] == "eth_sendTransaction"
    assert (params["from"], params["to"], params["chainId"]) == (
        till.wallet.address,
        DOLLAR.address,
        hex(CHAIN),
    )
    assert bytes.fromhex(params["data"][2:]) == till.payments.rows[payment_id].calls[0].data
    assert till.payments.states == ["handed"]
    assert again == (payment_id, [])


async def test_a_switched_wallet_is_asked_for_nothing(till: Till) -> None:
    """To another account or another chain, between preview and signature."""
    preview = await till.composer.send(till.outside, CHAIN, None, BOB, 1)
    with pytest.raises(WalletDiffersError):
        await till.payer.outside_requests(preview.preview_id, "normal", "", CAROL, CHAIN, False)
    with pytest.raises(WalletChainDiffersError):
        await till.payer.outside_requests(preview.preview_id, "normal", "", till.wallet.address, 1, False)
    assert till.payments.rows == {}


async def test_several_calls_are_one_batch(till: Till) -> None:
    """All or nothing (EIP-5792); a wallet without batches is not asked."""
    plan = Plan((RequestedCall(BOB, 1), RequestedCall(CAROL, 2)))
    preview = await till.composer.compose(Wanted(CHAIN, till.outside, plan))
    asked = (preview.preview_id, "", "", till.wallet.address, CHAIN)
    with pytest.raises(SeveralCallsError):
        await till.payer.outside_requests(*asked, False)
    payment_id, (request,) = await till.payer.outside_requests(*asked, True)
    (params,) = request["params"]
    assert (request["method"], params["atomicRequired"]) == ("wallet_sendCalls", True)
    assert [each["to"] for each in params["calls"]] == [BOB, CAROL]
    await till.payer.handed(payment_id, "a batch")
    assert till.payments.rows[payment_id].detail == "a batch"
    await till.payer.handed(payment_id, HASH)
    assert till.payments.rows[payment_id].transaction_hash == bytes.fromhex("ab" * 32)


async def test_what_a_wallet_outside_answers(till: Till) -> None:
    """A hash, once; another one is not taken, and what was named is not given up."""
    preview = await till.composer.send(till.outside, CHAIN, None, BOB, 1)
    payment_id, _ = await till.payer.outside_requests(
        preview.preview_id, "normal", "", till.wallet.address, CHAIN, False
    )
    for wrong in ("", "x" * (8 * 1024 + 1)):
        with pytest.raises(UnknownPaymentError):
            await till.payer.handed(payment_id, wrong)
    await till.payer.handed(payment_id, HASH)
    await till.payer.handed(payment_id, HASH)
    for refused in (till.payer.handed(payment_id, "0x" + "cd" * 32), till.payer.abandon(payment_id)):
        with pytest.raises(UnknownPaymentError):
            await refused


async def test_a_transaction_is_one_payment(till: Till) -> None:
    """A hash that was typed for another payment, too, pays nothing twice."""
    ids = []
    for _ in range(2):
        preview = await till.composer.send(till.outside, CHAIN, None, BOB, 1)
        asked = (preview.preview_id, "normal", "", till.wallet.address, CHAIN, False)
        ids.append((await till.payer.outside_requests(*asked))[0])
    await till.payer.handed(ids[0], HASH)
    with pytest.raises(AlreadyPayingError):
        await till.payer.handed(ids[1], HASH)
    await till.payer.abandon(ids[1])


async def test_a_wallet_outside_that_did_not_pay(till: Till) -> None:
    """Is given up, and the request can be paid again."""
    row = request_of(till)
    wanted = Wanted(CHAIN, till.outside, Plan(row.request.calls), request=row)
    first, second = await till.composer.compose(wanted), await till.composer.compose(wanted)
    rest = ("normal", "", till.wallet.address, CHAIN, False)
    payment_id, _ = await till.payer.outside_requests(first.preview_id, *rest)
    with pytest.raises(AlreadyPayingError):
        await till.payer.outside_requests(second.preview_id, *rest)
    await till.payer.abandon(payment_id)
    again, requests = await till.payer.outside_requests(second.preview_id, *rest)
    assert again != payment_id
    assert len(requests) == 1
