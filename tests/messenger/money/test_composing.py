"""What a person sees before they confirm."""

from __future__ import annotations

import pytest

from harness.memory_payments import BOB, CAROL, CHAIN, DOLLAR, ETHER, Till
from parley.chain.api import EndpointsUnreachableError, TokenFacts, WrongChainError, encode_transfer
from parley.chat.payments.model import RequestedCall
from parley.messenger.errors import WrongNodeChainError
from parley.messenger.money.composing import Conversation, Wanted
from parley.messenger.money.errors import InvalidAmountError, NotEnoughError
from parley.messenger.money.model import CallKind, WarningKind
from parley.messenger.money.previews import Plan

VOTE = bytes.fromhex("0121b93f") + (1).to_bytes(32, "big")


@pytest.fixture
def till() -> Till:
    """Somebody with money."""
    return Till()


def stored(token: str | None, to: str, amount: int) -> RequestedCall:
    """A payment as it is stored."""
    call = encode_transfer(token, to, amount)
    return RequestedCall(call.to, call.value, call.data)


async def test_nobody_is_told_of_payments_to_others(till: Till) -> None:
    """Who pays Carol out of the conversation with Bob tells Bob nothing of it."""
    told = Conversation("a chat", BOB)
    assert (await till.composer.send(till.inside, CHAIN, None, BOB, 1, told)).conversation_id == "a chat"
    assert (await till.composer.send(till.inside, CHAIN, None, CAROL, 1, told)).conversation_id is None


async def test_a_payment_of_ether(till: Till) -> None:
    """What leaves, to whom, for which fee; nothing to warn of."""
    preview = await till.composer.send(till.inside, CHAIN, None, BOB, ETHER // 2, Conversation("a chat", BOB))
    (call,), (effect,) = preview.calls, preview.effects
    assert (call.kind, call.amount, call.recipient) == (CallKind.COIN, ETHER // 2, BOB)
    assert (effect.asset.symbol, effect.amount, effect.other) == ("ETH", -ETHER // 2, BOB)
    assert (preview.simulated, preview.fails, preview.warnings, preview.typed) == (
        "eth_simulateV1",
        None,
        (),
        None,
    )
    assert preview.gas == 21_000
    assert [each.name for each in preview.fees] == ["slow", "normal", "fast"]
    assert preview.conversation_id == "a chat"
    assert till.previews.find(preview.preview_id).plan.calls == (stored(None, BOB, ETHER // 2),)


async def test_a_payment_of_a_token(till: Till) -> None:
    """In the token, by its own decimals."""
    preview = await till.composer.send(till.inside, CHAIN, DOLLAR.address, BOB, 25_000_000)
    (effect,) = preview.effects
    assert (effect.asset.symbol, effect.asset.decimals, effect.amount) == ("tUSD", 6, -25_000_000)
    assert preview.warnings == ()


async def test_effects_without_a_simulation_are_what_the_bytes_say(till: Till) -> None:
    """A node that only calls knows no movements."""
    till.chain.simulates = False
    preview = await till.composer.send(till.inside, CHAIN, DOLLAR.address, BOB, 25_000_000)
    (effect,) = preview.effects
    assert (preview.simulated, effect.amount, effect.other) == ("eth_call", -25_000_000, BOB)


async def test_everything_leaves_the_fee(till: Till) -> None:
    """To the wei, by the dearest fee; of a token it is all there is."""
    preview = await till.composer.send(till.inside, CHAIN, None, BOB, None)
    assert preview.calls[0].value + max(each.most for each in preview.fees) == 10 * ETHER
    dollars = await till.composer.send(till.inside, CHAIN, DOLLAR.address, BOB, None)
    assert dollars.calls[0].amount == 100_000_000


async def test_everything_of_nothing(till: Till) -> None:
    """Nothing is left once the fee is paid, or there is no such token."""
    till.wallet.address = CAROL
    for token in (None, DOLLAR.address):
        with pytest.raises(NotEnoughError):
            await till.composer.send(till.inside, CHAIN, token, BOB, None)
    for amount in (0, -1):
        with pytest.raises(InvalidAmountError):
            await till.composer.send(till.inside, CHAIN, None, BOB, amount)


async def test_what_would_fail_says_why_and_has_no_fee(till: Till) -> None:
    """More than there is; a contract that refuses."""
    much = await till.composer.send(till.inside, CHAIN, DOLLAR.address, BOB, 100_000_001)
    till.chain.set_code(CAROL, reverts="voting is over")
    plan = Plan((RequestedCall(CAROL, 0, VOTE),))
    refused = await till.composer.compose(Wanted(CHAIN, till.inside, plan))
    for each in (much, refused):
        assert each.fails is not None
        assert (each.fees, each.effects) == ((), ())
        assert WarningKind.WOULD_FAIL in {warned.kind for warned in each.warnings}
    assert "voting is over" in (refused.fails or "")


async def test_nobody_answers(till: Till) -> None:
    """The call is shown all the same, with a warning; it cannot be confirmed here."""
    till.chain.down = EndpointsUnreachableError({})
    preview = await till.composer.send(till.outside, CHAIN, DOLLAR.address, BOB, 25_000_000)
    assert (preview.simulated, preview.as_of_ms, preview.fees) == (None, None, ())
    assert [each.kind for each in preview.warnings] == [WarningKind.NOT_SIMULATED]
    assert [each.amount for each in preview.effects] == [-25_000_000]


async def test_a_node_on_another_chain(till: Till) -> None:
    """Is no silence: nothing is shown as if it were of this chain."""
    till.chain.down = WrongChainError("http://node", CHAIN, 1)
    with pytest.raises(WrongNodeChainError):
        await till.composer.send(till.inside, CHAIN, None, BOB, 1)


async def test_an_unlisted_token_is_asked_what_it_is(till: Till) -> None:
    """And warned of, whatever it calls itself."""
    fake = TokenFacts(CAROL, "Test Dollar", "tUSD", 2)
    till.chain.set_token(fake)
    till.chain.add_token(CAROL, till.wallet.address, 5_000)
    preview = await till.composer.send(till.inside, CHAIN, CAROL, BOB, 2_500)
    asset = preview.calls[0].asset
    assert asset is not None
    assert (asset.symbol, asset.decimals, asset.listed, asset.imitates) == ("tUSD", 2, False, "tUSD")
    assert [each.kind for each in preview.warnings] == [WarningKind.UNLISTED_TOKEN]


async def test_a_call_of_nothing(till: Till) -> None:
    """There is no contract at the address, and it would look as if it had worked."""
    plan = Plan((RequestedCall(CAROL, 0, VOTE),))
    nothing = await till.composer.compose(Wanted(CHAIN, till.inside, plan))
    till.chain.set_code(CAROL)
    something = await till.composer.compose(Wanted(CHAIN, till.inside, plan))
    assert WarningKind.NO_CODE in {each.kind for each in nothing.warnings}
    assert something.warnings == ()
    assert something.calls[0].function == "vote(uint256)"


async def test_several_calls_are_shown_together(till: Till) -> None:
    """With what each of them moves."""
    plan = Plan((stored(None, BOB, 1), stored(DOLLAR.address, BOB, 1)))
    preview = await till.composer.compose(Wanted(CHAIN, till.outside, plan))
    assert len(preview.calls) == len(preview.effects) == 2
