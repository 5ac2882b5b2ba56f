"""What others say they paid: the chain decides, and a liar settles nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
import trio

from harness.money_people import (
    CHAIN,
    DAY_S,
    DOLLAR,
    DOLLARS,
    ETHER,
    NODE,
    Two,
    dollars_to,
    seen,
    stands,
    transfer,
    two_with_money,
)
from harness.people import VAULT_KEY
from parley.chain.api import Call, EndpointsUnreachableError, encode_transfer
from parley.chat.commit import Commit
from parley.chat.contacts.model import Standing
from parley.chat.payments.bounds import MAX_CLAIMS
from parley.chat.payments.model import ClaimRow, RequestState
from parley.messenger.money.claiming import REVERTED, TAKEN, TOO_EARLY
from parley.messenger.money.claims import MOST_OF_ONE, ClaimWatcher
from parley.messenger.money.following import DIFFERS
from parley.messenger.money.rounds import EVERY_S_ON_DEMO, LONGEST_WAIT_S

CAROL = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"


async def refused(two: Two, request_id: bytes, detail: str) -> None:
    """Wait until Bob's card says that the claim is no payment; and it stays so."""
    card = await stands(two.bob, two.at_bob, request_id, RequestState.FAILED)
    assert card.row.detail == detail
    two.chain.mine(10)
    await trio.sleep(10 * EVERY_S_ON_DEMO)
    card = await stands(two.bob, two.at_bob, request_id, RequestState.FAILED)
    assert card.row.detail == detail


async def test_a_wallet_outside_pays(autojump_clock: trio.abc.Clock) -> None:
    """Its page names the hash; both sides ask the chain."""
    async with two_with_money() as two:
        request_id = await two.ask()
        await two.claim(request_id, two.chain.act(two.alice.account, [dollars_to(two.bob)]))
        await two.states(request_id, RequestState.PENDING)
        two.chain.mine(3)
        await two.states(request_id, RequestState.SETTLED)


async def test_a_batch_pays_two_requests(autojump_clock: trio.abc.Clock) -> None:
    """One transaction of two calls, each of which pays one request; a third finds nothing left."""
    async with two_with_money() as two:
        requests = [await two.ask(f"form-{each}") for each in range(3)]
        batch = two.chain.act(two.alice.account, [dollars_to(two.bob), dollars_to(two.bob)])
        two.chain.mine(3)
        for request_id in requests:
            await two.name(request_id, batch)
        for request_id in requests[:2]:
            card = await stands(two.bob, two.at_bob, request_id, RequestState.SETTLED)
            assert card.row.evidence == "trace"
        await refused(two, requests[2], TAKEN)
        assert await two.dollars(two.bob) == 150 * DOLLARS


@pytest.mark.parametrize(
    "made",
    [
        lambda two: dollars_to(two.bob, 24),
        lambda _two: encode_transfer(DOLLAR.address, CAROL, 25 * DOLLARS),
        lambda two: encode_transfer(None, two.bob.account, 25 * DOLLARS),
    ],
    ids=["less", "to another", "of another asset"],
)
async def test_another_payment_settles_nothing(made: object, autojump_clock: trio.abc.Clock) -> None:
    """A hash of something that she did pay, and not what was asked for."""
    async with two_with_money() as two:
        request_id = await two.ask()
        paid_hash = two.chain.act(two.alice.account, [made(two)])  # type: ignore[operator]
        two.chain.mine(3)
        await two.name(request_id, paid_hash)
        await refused(two, request_id, DIFFERS)


async def test_a_payment_of_somebody_else_settles_nothing(autojump_clock: trio.abc.Clock) -> None:
    """Carol paid Bob just what he asks of Alice."""
    async with two_with_money() as two:
        two.chain.add_wei(CAROL, ETHER)
        two.chain.add_token(DOLLAR.address, CAROL, 25 * DOLLARS)
        request_id = await two.ask()
        others = two.chain.act(CAROL, [dollars_to(two.bob)])
        two.chain.mine(3)
        await two.name(request_id, others)
        await refused(two, request_id, DIFFERS)


async def test_a_hash_pays_one_request(autojump_clock: trio.abc.Clock) -> None:
    """Named for two requests of the same amount, it counts for the first."""
    async with two_with_money() as two:
        first, second = await two.ask("form-1"), await two.ask("form-2")
        paid_hash = two.chain.act(two.alice.account, [dollars_to(two.bob)])
        two.chain.mine(3)
        await two.name(first, paid_hash)
        await stands(two.bob, two.at_bob, first, RequestState.SETTLED)
        await two.name(second, paid_hash)
        await refused(two, second, TAKEN)


async def test_a_plain_payment_does_not_pay_a_request_too(autojump_clock: trio.abc.Clock) -> None:
    """Told as a payment of its own first, then named for a request."""
    async with two_with_money() as two:
        preview = await two.alice.money.preview_send(
            two.alice.account, CHAIN, DOLLAR.address, two.bob.account, 25 * DOLLARS, two.at_alice
        )
        payment_id = await two.alice.money.confirm(preview.preview_id, "normal", "")
        two.chain.mine(3)
        await seen(two.bob, two.at_bob, lambda each: each.state is RequestState.SETTLED)
        request_id = await two.ask()
        row = (await two.alice.money.payment(payment_id)).row
        assert row.transaction_hash is not None
        await two.name(request_id, row.transaction_hash)
        await refused(two, request_id, TAKEN)


async def test_an_old_payment_pays_nothing_new(autojump_clock: trio.abc.Clock) -> None:
    """The rent of last month does not pay this month's; what two clocks differ by is no matter."""
    async with two_with_money() as two:
        old = two.chain.act(two.alice.account, [dollars_to(two.bob)])
        two.chain.mine()
        await trio.sleep(121)
        new = two.chain.act(two.alice.account, [dollars_to(two.bob)])
        two.chain.mine(3)
        await trio.sleep(60)
        request_id, other = await two.ask("form-1"), await two.ask("form-2")
        await two.name(request_id, old)
        await refused(two, request_id, TOO_EARLY)
        await two.name(other, new)
        await stands(two.bob, two.at_bob, other, RequestState.SETTLED)


async def test_a_payment_that_failed(autojump_clock: trio.abc.Clock) -> None:
    """It is in a block and did nothing; the request can be paid again."""
    async with two_with_money() as two:
        two.chain.set_code(CAROL, reverts="too late")
        call = transfer(None, CAROL, 5)
        request_id = await two.ask(calls=[call])
        reverted = two.chain.act(two.alice.account, [Call(call.to, call.value, call.data)])
        two.chain.mine(3)
        await two.name(request_id, reverted)
        await refused(two, request_id, REVERTED)
        await two.claim(request_id, reverted)
        card = await stands(two.alice, two.at_alice, request_id, RequestState.FAILED)
        assert card.mine


async def test_a_hash_that_nobody_knows(autojump_clock: trio.abc.Clock) -> None:
    """It counts as their word alone, then as gone, so that the request can be taken back; and it is looked for."""
    async with two_with_money() as two:
        request_id = await two.ask()
        await two.name(request_id, bytes(32))
        await stands(two.bob, two.at_bob, request_id, RequestState.CLAIMED)
        card = await stands(two.bob, two.at_bob, request_id, RequestState.DROPPED)
        assert card.cancellable
        began = two.world.nodes.questions
        await trio.sleep(2 * DAY_S)
        asked = two.world.nodes.questions
        assert asked - began < 500
        await trio.sleep(DAY_S)
        assert two.world.nodes.questions == asked


async def test_a_node_that_shows_nothing_of_a_batch(autojump_clock: trio.abc.Clock) -> None:
    """What it can neither trace nor see in logs is said to be unprovable, and settles where another node traces."""
    async with two_with_money() as two:
        two.chain.traces = False
        request_id = await two.ask(token=None, amount=ETHER)
        other = encode_transfer(DOLLAR.address, CAROL, 1)
        batch = two.chain.act(two.alice.account, [other, encode_transfer(None, two.bob.account, ETHER)])
        two.chain.mine(3)
        await two.name(request_id, batch)
        await stands(two.bob, two.at_bob, request_id, RequestState.UNPROVABLE)
        two.chain.traces = True
        await stands(two.bob, two.at_bob, request_id, RequestState.SETTLED)


async def test_nothing_is_asked_while_nothing_is_open(autojump_clock: trio.abc.Clock) -> None:
    """Not at the start, not for a request that nobody pays, and not once a payment is final."""
    async with two_with_money() as two:
        await trio.sleep(DAY_S)
        assert two.world.nodes.questions == 0
        request_id = await two.ask()
        await trio.sleep(600)
        asked = two.world.nodes.questions  # Names, since somebody looked.
        await trio.sleep(DAY_S / 2)
        assert two.world.nodes.questions == asked
        assert two.alice.wallet is not None
        await two.alice.wallet.unlock_with(VAULT_KEY)
        await two.pay(request_id)
        two.chain.mine(64)
        await two.states(request_id, RequestState.SETTLED)
        await trio.sleep(60)
        asked = two.world.nodes.questions
        await trio.sleep(DAY_S)
        assert two.world.nodes.questions == asked


async def test_a_node_that_is_down_is_asked_less_and_other_nodes_at_once(
    autojump_clock: trio.abc.Clock,
) -> None:
    """It says nothing for hours; then another node is set, and nobody waits for the next round."""
    async with two_with_money() as two:
        request_id = await two.ask()
        await two.pay(request_id)
        await two.states(request_id, RequestState.PENDING)
        two.chain.down = EndpointsUnreachableError({})
        await trio.sleep(3_600)
        asked = two.world.nodes.questions
        await trio.sleep(3_600)
        assert two.world.nodes.questions - asked < 50
        two.chain.down = None
        two.chain.mine(3)
        began_s = trio.current_time()
        for person in (two.alice, two.bob):
            await person.ethereum.set_nodes(CHAIN, (NODE,))
        await two.states(request_id, RequestState.SETTLED)
        assert trio.current_time() - began_s < 1


async def test_what_a_stranger_claims_is_not_looked_up(autojump_clock: trio.abc.Clock) -> None:
    """Until they are let in; then at once, without anybody waiting for the next round."""
    async with two_with_money() as two:
        request_id = await two.ask()
        made = two.chain.act(two.alice.account, [dollars_to(two.bob)])
        two.chain.mine(3)
        store = two.world.people.stores["bob"]
        contact = next(each for each in await store.contacts() if each.account == two.alice.account)
        two.chain.down = EndpointsUnreachableError({})
        await two.name(request_id, made)
        await stands(two.bob, two.at_bob, request_id, RequestState.CLAIMED)
        writer = two.bob._writer
        change = Commit("test", rows=(replace(contact, standing=Standing.REQUEST),))
        await writer.do(lambda: writer.apply(change))
        await trio.sleep(LONGEST_WAIT_S)
        two.chain.down = None
        asked = two.world.nodes.questions
        await trio.sleep(2 * LONGEST_WAIT_S)
        assert two.world.nodes.questions == asked
        await two.bob.accept(two.at_bob)
        await stands(two.bob, two.at_bob, request_id, RequestState.SETTLED)


async def test_a_flood_of_one_leaves_room_for_others() -> None:
    """Each names transactions without end; of everybody the newest are looked at."""
    flood = [claim("eve", each) for each in range(MOST_OF_ONE * 3)]

    class Claims:
        async def watched(self) -> tuple[ClaimRow, ...]:
            return (claim("bob", 1_000), *flood)

    watcher = ClaimWatcher(lambda _chain_id: None, Claims(), lambda: 0)  # type: ignore[arg-type, return-value]
    open_claims = await watcher._open()
    assert open_claims == [claim("bob", 1_000), *flood[-MOST_OF_ONE:]]


async def test_a_new_claim_wakes_no_old_ones(autojump_clock: trio.abc.Clock) -> None:
    """Who names one more every few seconds has a node asked for that one, and not for all before it."""
    async with two_with_money() as two:
        first, second = await two.ask("form-1"), await two.ask("form-2")
        for each in range(MAX_CLAIMS):
            await two.name(first, each.to_bytes(32, "big"))
        await trio.sleep(DAY_S / 4)  # Each is looked for every ten minutes by now.
        before = two.world.nodes.questions
        for each in range(10):
            await two.name(second, (100 + each).to_bytes(32, "big"))
            await trio.sleep(1)
        assert two.world.nodes.questions - before < 100  # The ten new ones, and each again as others come.


async def test_claims_of_one_request_end(autojump_clock: trio.abc.Clock) -> None:
    """So many hashes for one request, and then no more; the right one among them still counts."""
    async with two_with_money() as two:
        request_id = await two.ask()
        real = two.chain.act(two.alice.account, [dollars_to(two.bob)])
        two.chain.mine(3)
        for each in range(MAX_CLAIMS - 1):
            await two.name(request_id, each.to_bytes(32, "big"))
        await two.name(request_id, real)
        await stands(two.bob, two.at_bob, request_id, RequestState.SETTLED)
        assert len(await two.world.people.stores["bob"].claims_of_request(request_id)) == MAX_CLAIMS


def claim(who: str, number: int) -> ClaimRow:
    """Somebody's word."""
    return ClaimRow(
        message_id=number.to_bytes(32, "big"),
        conversation_id=who,
        request_id=None,
        chain_id=CHAIN,
        transaction_hash=number.to_bytes(32, "big"),
        sender=CAROL,
        calls=(transfer(None, CAROL, 1),),
        state=RequestState.CLAIMED,
        claimed_at_ms=0,
        changed_at_ms=0,
    )
