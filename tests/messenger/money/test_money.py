"""Two people ask each other and pay: what one does is what both see, and what the chain says is what counts."""

from __future__ import annotations

from dataclasses import replace

import pytest
import trio

from harness.money_people import (
    CHAIN,
    DOLLAR,
    DOLLARS,
    ETHER,
    Two,
    dollars_to,
    paid,
    seen,
    stands,
    two_with_money,
)
from messenger.ethereum_world import see
from parley.chat.commit import Commit
from parley.chat.contacts.model import ForgottenConversation
from parley.chat.errors import (
    AlreadyPayingError,
    InvalidChainIdError,
    RequestClosedError,
    UnknownConversationError,
    UnknownRequestError,
)
from parley.chat.payments.model import PaymentState, RequestedCall, RequestState
from parley.messenger import Messenger
from parley.messenger.errors import OffchainNameTypedError
from parley.messenger.money.errors import (
    InvalidAmountError,
    InvalidCallsError,
    InvalidExpiryError,
    InvalidNoteError,
    UnknownPayerError,
)
from parley.messenger.money.model import CallKind, Card, PaymentCard, Wish
from parley.messenger.money.rounds import EVERY_S_ON_DEMO


async def test_a_request_is_paid(autojump_clock: trio.abc.Clock) -> None:
    """From "Request" to settled on both sides, and the balances agree with the chain to the last unit."""
    async with two_with_money() as two:
        request_id = await two.ask()
        card = await stands(two.alice, two.at_alice, request_id, RequestState.OPEN)
        (call,) = card.calls
        assert (call.kind, call.amount, call.recipient) == (
            CallKind.TOKEN_TRANSFER,
            25 * DOLLARS,
            two.bob.account,
        )
        assert (card.mine, card.cancellable, card.by_wallet, card.row.request.note) == (
            True,
            True,
            False,
            "for the tent",
        )

        payment_id = await two.pay(request_id)
        await two.states(request_id, RequestState.PENDING)
        two.chain.mine()
        await two.states(request_id, RequestState.CONFIRMING)
        two.chain.mine(2)
        await two.states(request_id, RequestState.SETTLED)

        shown = await two.alice.money.payment(payment_id)
        assert shown.row.state is PaymentState.SETTLED
        assert await two.dollars(two.alice) == 75 * DOLLARS
        assert await two.dollars(two.bob) == 125 * DOLLARS
        left = (await two.chain.balance(two.alice.account)).wei
        assert shown.row.fee is not None
        assert left == 10 * ETHER - shown.row.fee
        card = await stands(two.alice, two.at_alice, request_id, RequestState.SETTLED)
        assert (card.mine, card.cancellable, card.payment_id) == (False, False, payment_id)
        theirs = await stands(two.bob, two.at_bob, request_id, RequestState.SETTLED)
        assert (theirs.row.evidence, theirs.row.transaction_hash) == ("fields", shown.row.transaction_hash)


async def test_a_double_click_pays_once(autojump_clock: trio.abc.Clock) -> None:
    """Twice at once, a second window, and again when it is paid."""
    async with two_with_money() as two:
        request_id = await two.ask()
        preview, other = [
            await two.alice.money.preview_request(request_id, two.alice.account) for _ in range(2)
        ]
        ids: set[str] = set()

        async def click() -> None:
            ids.add(await two.alice.money.confirm(preview.preview_id, "normal", ""))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(click)
            nursery.start_soon(click)
        with pytest.raises(AlreadyPayingError):
            await two.alice.money.confirm(other.preview_id, "normal", "")
        with pytest.raises(AlreadyPayingError):
            await two.alice.money.preview_request(request_id, two.alice.account)
        two.chain.mine(3)
        await two.states(request_id, RequestState.SETTLED)
        assert len(ids) == 1
        assert await two.dollars(two.bob) == 125 * DOLLARS
        with pytest.raises(AlreadyPayingError):
            await two.alice.money.preview_request(request_id, two.alice.account)


async def test_a_name_known_outside_the_chain_is_paid_once_that_is_allowed(
    autojump_clock: trio.abc.Clock,
) -> None:
    """By the preference as it is when it is asked for, also at the confirmation."""
    async with two_with_money() as two:
        two.chain.set_address("bob.eth", two.bob.account)
        two.chain.set_outside("bob.eth")
        sent = (two.alice.account, CHAIN, None, "bob.eth", 1)
        with pytest.raises(OffchainNameTypedError):
            await two.alice.money.preview_send(*sent)
        assert two.chain.gateways_asked == []
        await two.alice.ethereum.allow_offchain_names(True)
        preview = await two.alice.money.preview_send(*sent)
        assert preview.calls[0].to == two.bob.account
        await two.alice.ethereum.allow_offchain_names(False)
        with pytest.raises(OffchainNameTypedError):
            await two.alice.money.confirm(preview.preview_id, "normal", "")
        assert two.chain.gateways_asked == ["bob.eth"]


async def test_a_form_asks_once(autojump_clock: trio.abc.Clock) -> None:
    """A reload of what was sent."""
    async with two_with_money() as two:
        first = await two.ask("form")
        assert await two.ask("form") == first
        assert len(await two.bob.money.cards(two.at_bob)) == 1


async def test_declined_with_a_reason(autojump_clock: trio.abc.Clock) -> None:
    """Both see it, nothing is to be paid, and nobody can decline twice."""
    async with two_with_money() as two:
        request_id = await two.ask()
        kept = await two.alice.money.preview_request(request_id, two.alice.account)
        with pytest.raises(UnknownRequestError):
            await two.bob.money.decline(request_id, "my own")
        await two.alice.money.decline(request_id, " I paid in cash. ")
        await two.states(request_id, RequestState.DECLINED)
        card = await stands(two.bob, two.at_bob, request_id, RequestState.DECLINED)
        assert (card.row.reason, card.mine, card.cancellable) == ("I paid in cash.", False, False)
        with pytest.raises(RequestClosedError):
            await two.alice.money.decline(request_id, "again")
        with pytest.raises(RequestClosedError):
            await two.alice.money.preview_request(request_id, two.alice.account)
        with pytest.raises(RequestClosedError):
            await two.alice.money.confirm(kept.preview_id, "normal", "")
        assert await two.dollars(two.bob) == 100 * DOLLARS


async def test_taken_back(autojump_clock: trio.abc.Clock) -> None:
    """Only by who asked."""
    async with two_with_money() as two:
        request_id = await two.ask()
        with pytest.raises(UnknownRequestError):
            await two.alice.money.cancel_request(request_id)
        await two.bob.money.cancel_request(request_id)
        await two.states(request_id, RequestState.CANCELLED)
        with pytest.raises(RequestClosedError):
            await two.pay(request_id)


async def test_what_was_paid_while_it_was_taken_back_counts(autojump_clock: trio.abc.Clock) -> None:
    """Money that arrived matters more than what was said."""
    async with two_with_money() as two:
        request_id = await two.ask()
        await two.pay(request_id)
        await two.bob.money.cancel_request(request_id)
        two.chain.mine(3)
        await two.states(request_id, RequestState.SETTLED)


async def test_a_request_expires_before_the_eyes(autojump_clock: trio.abc.Clock) -> None:
    """Both are told at that moment, and what was looked at before cannot be confirmed after it."""
    async with two_with_money() as two:
        request_id = await two.ask(expires_in_s=120)
        kept = await two.alice.money.preview_request(request_id, two.alice.account)
        began_s = trio.current_time()
        await two.states(request_id, RequestState.EXPIRED)
        assert 119 < trio.current_time() - began_s < 121
        with pytest.raises(RequestClosedError):
            await two.alice.money.confirm(kept.preview_id, "normal", "")
        assert await two.dollars(two.bob) == 100 * DOLLARS


async def test_a_payment_that_nobody_asked_for(autojump_clock: trio.abc.Clock) -> None:
    """A card on both sides where it was told; Bob's says what the chain says, not what Alice does."""
    async with two_with_money() as two:
        preview = await two.alice.money.preview_send(
            two.alice.account, CHAIN, None, two.bob.account, ETHER // 2, two.at_alice
        )
        payment_id = await two.alice.money.confirm(preview.preview_id, "normal", "")
        pending = await seen(two.bob, two.at_bob, lambda each: each.state is RequestState.PENDING)
        assert isinstance(pending, PaymentCard)
        two.chain.mine(3)
        theirs = await seen(two.bob, two.at_bob, lambda each: each.state is RequestState.SETTLED)
        own = await seen(two.alice, two.at_alice, lambda each: each.state is RequestState.SETTLED)
        assert isinstance(own, PaymentCard)
        assert isinstance(theirs, PaymentCard)
        assert (own.own, own.payment_id, theirs.own, theirs.payment_id) == (True, payment_id, False, None)
        assert own.message_id == theirs.message_id == pending.message_id
        assert theirs.sender == two.alice.account
        assert theirs.calls == own.calls
        assert [each.message_id for each in await two.bob.messages(two.at_bob)] == [own.message_id]
        assert (await two.chain.balance(two.bob.account)).wei == 10 * ETHER + ETHER // 2


async def test_nobody_else_is_told(autojump_clock: trio.abc.Clock) -> None:
    """A payment to somebody else out of the conversation with Bob, and one out of no conversation."""
    async with two_with_money() as two:
        other = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
        for to, conversation_id in ((other, two.at_alice), (two.bob.account, None)):
            preview = await two.alice.money.preview_send(
                two.alice.account, CHAIN, None, to, 1, conversation_id
            )
            payment_id = await two.alice.money.confirm(preview.preview_id, "normal", "")
            two.chain.mine(3)
            await paid(two.alice, payment_id, PaymentState.SETTLED)
        assert await two.bob.money.cards(two.at_bob) == ()
        with pytest.raises(UnknownConversationError):
            await two.alice.money.preview_send(two.alice.account, CHAIN, None, other, 1, "no such chat")


async def test_a_reorganisation_moves_both_back_and_forward_again(autojump_clock: trio.abc.Clock) -> None:
    """What was settled waits again, on both sides, and settles again."""
    async with two_with_money() as two:
        request_id = await two.ask()
        await two.pay(request_id)
        two.chain.mine(3)
        await two.states(request_id, RequestState.SETTLED)
        for keep in (True, False):
            two.chain.reorganise(3, keep=keep)
            await two.states(request_id, RequestState.PENDING)
            await trio.sleep(2 * EVERY_S_ON_DEMO)  # What no node knows any more is handed in again.
            two.chain.mine(3)
            await two.states(request_id, RequestState.SETTLED)
        assert await two.dollars(two.bob) == 125 * DOLLARS


async def test_a_faster_one_takes_its_place(autojump_clock: trio.abc.Clock) -> None:
    """Sped up twice: one is mined, and both sides follow it."""
    async with two_with_money() as two:
        request_id = await two.ask()
        first = await two.pay(request_id, "slow")
        await two.states(request_id, RequestState.PENDING)
        last = first
        for _ in range(2):
            preview = await two.alice.money.preview_speed_up(last)
            last = await two.alice.money.confirm(preview.preview_id, "fast", "")
            await paid(two.alice, last, PaymentState.PENDING)
        two.chain.mine(3)
        await two.states(request_id, RequestState.SETTLED)
        await paid(two.alice, first, PaymentState.REPLACED)
        shown = await paid(two.alice, last, PaymentState.SETTLED)
        card = await stands(two.bob, two.at_bob, request_id, RequestState.SETTLED)
        assert card.row.transaction_hash == shown.row.transaction_hash
        assert await two.dollars(two.bob) == 125 * DOLLARS


async def test_cancelled_on_the_chain_it_can_be_paid_again(autojump_clock: trio.abc.Clock) -> None:
    """An empty transaction takes its nonce; nothing arrived, and the request is open to be paid."""
    async with two_with_money() as two:
        request_id = await two.ask()
        first = await two.pay(request_id, "slow")
        await two.states(request_id, RequestState.PENDING)
        preview = await two.alice.money.preview_cancel(first)
        await two.alice.money.confirm(preview.preview_id, "fast", "")
        two.chain.mine(3)
        await two.states(request_id, RequestState.REPLACED)
        assert await two.dollars(two.bob) == 100 * DOLLARS
        await two.pay(request_id)
        two.chain.mine(3)
        await two.states(request_id, RequestState.SETTLED)
        assert await two.dollars(two.bob) == 125 * DOLLARS


async def test_only_the_addressed_account_pays_a_request(autojump_clock: trio.abc.Clock) -> None:
    """Not another account, not for oneself, and nothing that nobody asked for."""
    async with two_with_money() as two:
        request_id = await two.ask()
        with pytest.raises(UnknownPayerError):
            await two.alice.money.preview_request(request_id, two.bob.account)
        with pytest.raises(UnknownRequestError):
            await two.bob.money.preview_request(request_id, two.bob.account)
        with pytest.raises(UnknownRequestError):
            await two.alice.money.preview_request(bytes(32), two.alice.account)


async def test_a_deleted_conversation_takes_its_previews_along(autojump_clock: trio.abc.Clock) -> None:
    """Its conversation is gone, and with it what kept it from being paid twice; what pays it already goes on."""
    async with two_with_money() as two:
        request_id, other = await two.ask("form-1"), await two.ask("form-2")
        payment_id = await two.pay(other)
        kept = await two.alice.money.preview_request(request_id, two.alice.account)
        writer = two.alice._writer
        forget = Commit("forget", rows=(ForgottenConversation(two.at_alice),))
        await writer.do(lambda: writer.apply(forget))
        with pytest.raises(UnknownRequestError):
            await two.alice.money.confirm(kept.preview_id, "normal", "")
        payments = two.alice.money._payer._payments
        new = replace(
            (await two.alice.money.payment(payment_id)).row, payment_id="ff" * 16, request_id=request_id
        )
        with pytest.raises(UnknownRequestError):
            await payments.keep(new)
        two.chain.mine(3)
        await paid(two.alice, payment_id, PaymentState.SETTLED)


async def test_somebody_blocked_is_paid_nothing(autojump_clock: trio.abc.Clock) -> None:
    """Nor asked for anything; once they are let in again, what they asked for can be paid."""
    async with two_with_money() as two:
        request_id = await two.ask()
        await two.alice.block(two.at_alice)
        with pytest.raises(UnknownConversationError):
            await two.alice.money.preview_request(request_id, two.alice.account)
        with pytest.raises(UnknownConversationError):
            await two.alice.money.decline(request_id, "")
        with pytest.raises(UnknownConversationError):
            await two.alice.money.ask(Wish(two.at_alice, CHAIN, None, 1, "", 600, "form"))
        await two.alice.unblock(two.bob.account)
        await two.pay(request_id)
        two.chain.mine(3)
        await two.states(request_id, RequestState.SETTLED)


async def test_what_cannot_be_asked_for(autojump_clock: trio.abc.Clock) -> None:
    """Nothing is stored, and nobody is told."""
    async with two_with_money() as two:
        paying = dollars_to(two.bob)
        call = RequestedCall(paying.to, paying.value, paying.data)
        for error, wish in (
            (InvalidAmountError, {"amount": 0}),
            (InvalidAmountError, {"amount": 2**256}),
            (InvalidNoteError, {"note": "a" * 281}),
            (InvalidNoteError, {"note": "\ud800"}),
            (InvalidExpiryError, {"expires_in_s": 0}),
            (InvalidExpiryError, {"expires_in_s": 400 * 24 * 60 * 60}),
            (InvalidCallsError, {"calls": ()}),
            (InvalidCallsError, {"calls": [replace(call, data=bytes(16 * 1024 + 1))]}),
            (InvalidCallsError, {"calls": [call] * 17}),
        ):
            with pytest.raises(error):
                await _ask(two, **wish)
        with pytest.raises(InvalidChainIdError):
            await two.bob.money.ask(Wish(two.at_bob, 0, None, 1, "", 600, "form"))
        with pytest.raises(UnknownConversationError):
            await two.bob.money.ask(Wish("nobody", CHAIN, None, 1, "", 600, "form"))
        assert await two.bob.money.cards(two.at_bob) == ()


async def _ask(two: Two, **wish: object) -> None:
    typed: dict[str, object] = {"amount": 1, "note": "", "expires_in_s": 600}
    asked = Wish(two.at_bob, CHAIN, DOLLAR.address, form_token="form", **(typed | wish))  # type: ignore[arg-type]
    await two.bob.money.ask(asked)


async def test_a_call_of_a_contract(autojump_clock: trio.abc.Clock) -> None:
    """Composed from what was typed, shown as what it calls, and made as it was shown."""
    async with two_with_money() as two:
        poll = "0x54Adf1b0df60B47087218CE27b8C1D3f29231ee9"
        two.chain.set_code(poll)
        call = await two.bob.money.compose_call(CHAIN, poll, "vote(uint256)", ("2",), 0)
        request_id = await two.ask(calls=[call], note="vote for the tent")
        card = await stands(two.alice, two.at_alice, request_id, RequestState.OPEN)
        assert isinstance(card, Card)
        assert [(each.function, each.to) for each in card.calls] == [("vote(uint256)", poll)]
        payment_id = await two.pay(request_id)
        two.chain.mine(3)
        await two.states(request_id, RequestState.SETTLED)
        assert (await two.alice.money.payment(payment_id)).row.calls == (call,)


async def test_the_balance_beside_the_name_follows_a_payment(autojump_clock: trio.abc.Clock) -> None:
    """At whoever paid and at whoever was paid, as soon as their cards say so: not a minute later."""
    async with two_with_money() as two:
        for person in (two.alice, two.bob):
            await see(person, lambda each: each.balance is not None)
        before = {each: balance_of(each) for each in (two.alice, two.bob)}
        request_id = await two.ask(token=None, amount=ETHER)
        await two.pay(request_id)
        two.chain.mine(3)
        await two.states(request_id, RequestState.SETTLED)
        start_s = trio.current_time()
        await see(two.bob, lambda _: balance_of(two.bob) == before[two.bob] + ETHER)
        await see(two.alice, lambda _: balance_of(two.alice) < before[two.alice] - ETHER)
        assert trio.current_time() - start_s <= 4 * EVERY_S_ON_DEMO


def balance_of(person: Messenger) -> int:
    """What the page shows beside the own name, in wei."""
    balance = person.ethereum.state().balance
    assert balance is not None
    return balance.wei
