"""What a test can have happen on a `MemoryChain`."""

from __future__ import annotations

import pytest

from parley.chain.api import (
    LOG_POSITION,
    Call,
    EndpointsUnreachableError,
    Evidence,
    MemoryChain,
    Movement,
    SimulatedBy,
    Stage,
    TokenFacts,
    Verdict,
    encode_transfer,
)

ALICE, BOB, RELAYER = ("0x" + digit * 40 for digit in "123")
TOKEN = "0xF2E246BB76DF876Cef8b38ae84130F4F55De395b"
ETHER = 10**18


@pytest.fixture
def chain() -> MemoryChain:
    """Alice has 5 ether and 50 of a token."""
    made = MemoryChain()
    for each in (ALICE, RELAYER):
        made.add_wei(each, 5 * ETHER)
    made.set_token(TokenFacts(TOKEN, "Test Dollar", "tUSD", 6))
    made.add_token(TOKEN, ALICE, 50)
    return made


async def test_a_reorganisation_puts_a_payment_back_and_then_forward_again(chain: MemoryChain) -> None:
    sent = chain.act(ALICE, [Call(BOB, 3)])
    chain.mine(2)
    before = await chain.inclusion(sent)
    chain.reorganise(2)
    after = await chain.inclusion(sent)

    assert (before.stage, before.confirmations, after.stage) == (Stage.MINED, 2, Stage.PENDING)
    assert (await chain.balance(BOB)).wei == 0
    chain.mine()
    again = await chain.inclusion(sent)
    assert again.stage is Stage.MINED
    assert again.block != before.block
    assert (await chain.balance(BOB)).wei == 3


async def test_a_reorganisation_can_lose_a_payment(chain: MemoryChain) -> None:
    sent = chain.act(ALICE, [Call(BOB, 3)])
    chain.mine()
    height = (await chain.block()).number
    chain.reorganise(1, keep=False)

    assert (await chain.inclusion(sent)).stage is Stage.UNKNOWN
    assert (await chain.block()).number == height
    assert (await chain.balance(ALICE)).wei == 5 * ETHER, "what a test gave is given again"


async def test_a_dropped_payment_is_unknown(chain: MemoryChain) -> None:
    sent = chain.act(ALICE, [Call(BOB, 3)])
    chain.drop(sent)
    chain.mine()

    assert (await chain.inclusion(sent)).stage is Stage.UNKNOWN


async def test_a_payment_below_the_base_fee_waits(chain: MemoryChain) -> None:
    sent = chain.act(ALICE, [Call(BOB, 3)])
    chain.set_base_fee(10**12)
    chain.mine(3)
    assert (await chain.inclusion(sent)).stage is Stage.PENDING
    chain.set_base_fee(10**9)
    chain.mine()
    assert (await chain.inclusion(sent)).stage is Stage.MINED


async def test_a_contract_that_fails(chain: MemoryChain) -> None:
    chain.set_code(BOB, reverts="the vote is over")
    found = await chain.simulate(ALICE, [Call(RELAYER, 1), Call(BOB, 0, b"\x01\x02\x03\x04")])
    sent = chain.act(ALICE, [Call(BOB, 0, b"\x01\x02\x03\x04")])
    chain.mine()

    assert (found.succeeds, found.reason, found.failing) == (False, "the vote is over", 1)
    assert (await chain.inclusion(sent)).succeeded is False
    chain.set_code(BOB)
    assert (await chain.simulate(ALICE, [Call(BOB, 0, b"\x01\x02\x03\x04")])).succeeds


async def test_a_simulation_shows_what_moves(chain: MemoryChain) -> None:
    calls = [Call(BOB, 3), encode_transfer(TOKEN, BOB, 20)]
    found = await chain.simulate(ALICE, calls)
    chain.simulates = False
    less = await chain.simulate(ALICE, calls)

    assert found.movements == (Movement(None, ALICE, BOB, 3), Movement(TOKEN, ALICE, BOB, 20))
    assert (less.by, less.movements, less.succeeds) == (SimulatedBy.CALL, (), True)


async def test_a_batch_shows_by_its_trace(chain: MemoryChain) -> None:
    calls = [Call(BOB, 3), encode_transfer(TOKEN, BOB, 20)]
    sent = chain.act(ALICE, calls, relayer=RELAYER)
    chain.mine()
    found = await chain.settlement(sent, ALICE, calls)
    reverse = await chain.settlement(sent, ALICE, calls[::-1])
    chain.traces = False
    unproved = await chain.settlement(sent, ALICE, calls)
    by_logs = await chain.settlement(sent, ALICE, calls[1:])

    assert (found.verdict, found.evidence, found.positions) == (Verdict.PAID, Evidence.TRACE, (0, 1))
    assert reverse.verdict is Verdict.DIFFERS
    assert (unproved.verdict, unproved.evidence) == (Verdict.UNPROVABLE, Evidence.NONE)
    assert (by_logs.verdict, by_logs.evidence) == (Verdict.PAID, Evidence.LOGS)
    assert by_logs.positions == (LOG_POSITION,)


async def test_nobody_answers(chain: MemoryChain) -> None:
    chain.down = EndpointsUnreachableError({"http://127.0.0.1": "refused"})
    with pytest.raises(EndpointsUnreachableError):
        await chain.balance(ALICE)
    with pytest.raises(EndpointsUnreachableError):
        await chain.inclusion(bytes(32))
    chain.down = None
    assert (await chain.balance(ALICE)).wei == 5 * ETHER
