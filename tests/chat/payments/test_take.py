"""Steps of both sides: asking, declining, taking back, paying, and what each makes of what the other says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.two_sides import (
    ALICE,
    BOB,
    CHANNEL_ID,
    DAY_MS,
    NOW_MS,
    TOKEN,
    Side,
    conversation,
    own_device,
    payment,
    request,
    two_sides,
)
from parley.chat.errors import AlreadyPayingError, MalformedPaymentContentError, RequestClosedError
from parley.chat.events import CardChanged, MessageAdded, PaymentChanged
from parley.chat.payments.answers import declined_content
from parley.chat.payments.ask import ask, cancel, decline
from parley.chat.payments.bounds import MAX_CLAIMS
from parley.chat.payments.claim import keep_claim
from parley.chat.payments.model import PaymentRow, PaymentState, RequestState
from parley.chat.payments.pay import keep_payment, tell_payment
from parley.chat.payments.references import reference_content
from parley.chat.payments.states import is_endable, is_payable, state_at
from parley.chat.payments.take import Said

ASKED = request()
ID = ASKED.request_id


def asked() -> tuple[Side, Side]:
    """Alice and Bob, once Bob's request has arrived."""
    alice, bob = two_sides()
    _, commit = ask(bob.loaded, bob.own, ASKED, b"", "token", NOW_MS)
    bob.store(commit)
    assert alice.take(bob.said[-1])
    return alice, bob


def keep(alice: Side, row: PaymentRow, now_ms: int = NOW_MS) -> None:
    """Alice keeps a payment."""
    paid = None if row.request_id is None else alice.requests[row.request_id]
    others = () if row.request_id is None else alice.payments_of(row.request_id)
    alice.store(keep_payment(row, paid, others, now_ms))


def tell(alice: Side, row: PaymentRow) -> Said:
    """Alice tells Bob of a payment."""
    alice.store(tell_payment(alice.loaded, alice.own, row, NOW_MS))
    return alice.said[-1]


def test_a_request_is_a_card_on_both_sides() -> None:
    """The same request, by the message that carries it."""
    alice, bob = asked()
    (said,) = bob.said

    assert alice.requests[ID].request == bob.requests[ID].request == ASKED
    assert alice.requests[ID].message_id == bob.requests[ID].message_id == said.message_id
    assert (alice.requests[ID].own, bob.requests[ID].own) == (False, True)
    assert CardChanged(f"with {BOB}", said.message_id) in alice.events
    assert MessageAdded(f"with {ALICE}", said.message_id) in bob.events
    assert is_payable(alice.requests[ID], NOW_MS)
    assert not is_payable(bob.requests[ID], NOW_MS)


def test_a_request_is_for_its_conversation() -> None:
    """Nobody asks in another's name, or somewhere else."""
    _, bob = two_sides()
    for changes in ({"requester": ALICE}, {"payer": TOKEN}, {"channel_id": bytes(32)}):
        with pytest.raises(MalformedPaymentContentError):
            ask(bob.loaded, bob.own, request(**changes), b"", None, NOW_MS)


def test_an_id_is_used_once() -> None:
    """Another request of the same id is shown as its fallback, and the first stays."""
    alice, bob = asked()
    other = replace(ASKED, note="another")
    _, commit = ask(bob.loaded, bob.own, other, b"", None, NOW_MS + 1)
    bob.said.clear()
    bob.requests.clear()
    bob.store(commit)

    assert alice.take(bob.said[-1])
    assert alice.requests[ID].request == ASKED


def test_a_declined_request() -> None:
    """Both cards say so, and no message is shown of it."""
    alice, bob = asked()
    alice.store(decline(alice.loaded, alice.own, alice.requests[ID], (), "too much", NOW_MS))

    assert bob.take(alice.said[-1]) is False
    for side in (alice, bob):
        assert side.requests[ID].state is RequestState.DECLINED
        assert side.requests[ID].reason == "too much"
    assert not is_payable(alice.requests[ID], NOW_MS)
    with pytest.raises(RequestClosedError):
        keep(alice, payment(1, ASKED))
    with pytest.raises(RequestClosedError):
        cancel(bob.loaded, bob.own, bob.requests[ID], NOW_MS)


def test_a_request_taken_back() -> None:
    """It cannot be paid any more, nor declined."""
    alice, bob = asked()
    bob.store(cancel(bob.loaded, bob.own, bob.requests[ID], NOW_MS))

    assert alice.take(bob.said[-1]) is False
    assert alice.requests[ID].state is bob.requests[ID].state is RequestState.CANCELLED
    with pytest.raises(RequestClosedError):
        keep(alice, payment(1, ASKED))
    with pytest.raises(RequestClosedError):
        decline(alice.loaded, alice.own, alice.requests[ID], (), "", NOW_MS)


def test_only_who_may_ends_it() -> None:
    """A payer takes nothing back, and a requester declines nothing."""
    alice, bob = asked()
    with pytest.raises(RequestClosedError):
        cancel(alice.loaded, alice.own, alice.requests[ID], NOW_MS)
    with pytest.raises(RequestClosedError):
        decline(bob.loaded, bob.own, bob.requests[ID], (), "", NOW_MS)
    with pytest.raises(MalformedPaymentContentError):
        decline(alice.loaded, alice.own, alice.requests[ID], (), "r" * 281, NOW_MS)


def test_an_expired_request_is_neither_paid_nor_ended() -> None:
    """It is expired a millisecond after its time, on both sides."""
    alice, bob = asked()
    end = ASKED.expires_at_ms

    assert state_at(alice.requests[ID], end) is RequestState.OPEN
    assert state_at(alice.requests[ID], end + 1) is RequestState.EXPIRED
    assert is_endable(bob.requests[ID], end)
    assert not is_endable(bob.requests[ID], end + 1)
    with pytest.raises(RequestClosedError) as refused:
        keep(alice, payment(1, ASKED), end + 1)
    assert refused.value.state == RequestState.EXPIRED


def test_the_payers_card_follows_the_payment() -> None:
    """Through every state, and back."""
    alice, _ = asked()
    row = payment(1, ASKED)
    shown = []
    for state in PaymentState:
        keep(alice, replace(row, state=state, confirmations=2))
        shown.append(alice.requests[ID].state)

    assert shown == [
        RequestState.CLAIMED,
        RequestState.HANDED,
        RequestState.PENDING,
        RequestState.CONFIRMING,
        RequestState.SETTLED,
        RequestState.FAILED,
        RequestState.REPLACED,
        RequestState.DROPPED,
        RequestState.OPEN,
    ]
    assert PaymentChanged(row.payment_id) in alice.events


def test_nothing_is_paid_twice() -> None:
    """Not while a payment is live, whatever its state; what failed or was dropped may be paid again."""
    for state in PaymentState:
        alice, _ = asked()
        keep(alice, payment(1, ASKED))
        keep(alice, payment(1, ASKED, state=state))
        if state in (
            PaymentState.FAILED,
            PaymentState.DROPPED,
            PaymentState.REPLACED,
            PaymentState.ABANDONED,
        ):
            keep(alice, payment(2, ASKED))
        else:
            with pytest.raises(AlreadyPayingError) as refused:
                keep(alice, payment(2, ASKED))
            assert refused.value.payment_id == payment(1).payment_id
            with pytest.raises(AlreadyPayingError):
                decline(alice.loaded, alice.own, alice.requests[ID], alice.payments_of(ID), "", NOW_MS)


def test_a_payment_may_take_the_place_of_the_live_one() -> None:
    """Of that one alone: only one of two with one nonce can be mined. So often as it needs, and after the expiry."""
    alice, _ = asked()
    keep(alice, payment(1, ASKED, nonce=7, state=PaymentState.PENDING))
    late_ms = ASKED.expires_at_ms + 1
    keep(alice, payment(2, ASKED, nonce=7, replaces=payment(1).payment_id), late_ms)
    keep(alice, payment(3, ASKED, nonce=7, replaces=payment(2).payment_id), late_ms)
    assert alice.requests[ID].transaction_hash == payment(1).transaction_hash

    keep(alice, payment(1, ASKED, nonce=7, state=PaymentState.REPLACED))
    assert alice.requests[ID].transaction_hash == payment(3).transaction_hash
    with pytest.raises(AlreadyPayingError):
        keep(alice, payment(4, ASKED, nonce=8, replaces=payment(1).payment_id))


def test_what_the_chain_says_of_a_kept_payment_is_never_refused() -> None:
    """Two that were made one after the other may both be mined in the end; both are told."""
    alice, _ = asked()
    keep(alice, payment(1, ASKED))
    keep(alice, payment(1, ASKED, state=PaymentState.DROPPED))
    keep(alice, payment(2, ASKED))
    keep(alice, payment(1, ASKED, state=PaymentState.CONFIRMING), ASKED.expires_at_ms + 1)

    assert alice.requests[ID].state is RequestState.CONFIRMING


def test_a_claim_is_looked_up_and_settles() -> None:
    """The requester has the payer's word until the chain says more."""
    alice, bob = asked()
    keep(alice, payment(1, ASKED, state=PaymentState.PENDING))
    said = tell(alice, alice.payments[payment(1).payment_id])

    assert alice.payments[payment(1).payment_id].message_id == said.message_id
    assert bob.take(said) is False
    (claim,) = bob.claims_of(ID)
    assert (claim.sender, claim.calls, claim.chain_id) == (ALICE, ASKED.calls, 31337)
    assert bob.requests[ID].state is RequestState.CLAIMED

    settled = replace(claim, state=RequestState.SETTLED, confirmations=3, evidence="fields", positions=(0,))
    bob.store(keep_claim(settled, bob.requests[ID], bob.claims_of(ID), NOW_MS + 9))
    found = bob.requests[ID]
    assert (found.state, found.confirmations, found.evidence) == (RequestState.SETTLED, 3, "fields")
    assert found.changed_at_ms == NOW_MS + 9
    # A reorganisation moves it back.
    bob.store(keep_claim(claim, bob.requests[ID], bob.claims_of(ID), NOW_MS + 10))
    assert bob.requests[ID].state is RequestState.CLAIMED


def test_money_that_arrives_counts_whatever_was_said() -> None:
    """After it was declined, and after it was taken back while a wallet had it."""
    alice, bob = asked()
    keep(alice, payment(1, ASKED, state=PaymentState.HANDED, transaction_hash=None))
    bob.store(cancel(bob.loaded, bob.own, bob.requests[ID], NOW_MS))
    alice.take(bob.said[-1])
    assert alice.requests[ID].state is RequestState.HANDED

    keep(alice, payment(1, ASKED, state=PaymentState.CONFIRMING))
    bob.take(tell(alice, alice.payments[payment(1).payment_id]))
    assert alice.requests[ID].state is RequestState.CONFIRMING
    assert bob.requests[ID].state is RequestState.CLAIMED


def test_what_was_taken_back_while_a_wallet_had_it_is_not_open_again() -> None:
    """Once the wallet did not send it, the request is over."""
    alice, bob = asked()
    keep(alice, payment(1, ASKED, state=PaymentState.HANDED, transaction_hash=None))
    bob.store(cancel(bob.loaded, bob.own, bob.requests[ID], NOW_MS))
    alice.take(bob.said[-1])
    keep(alice, payment(1, ASKED, state=PaymentState.ABANDONED, transaction_hash=None))

    assert alice.requests[ID].state is RequestState.CANCELLED
    with pytest.raises(RequestClosedError):
        keep(alice, payment(2, ASKED))


def test_a_transaction_is_claimed_once_and_not_without_end() -> None:
    """Each claim costs the requester's node questions."""
    alice, bob = asked()
    for number in range(MAX_CLAIMS + 4):
        reference = reference_content(payment(number // 2, ASKED))
        bob.take(Said(reference, bytes([number]) * 32, alice.own.device_id))
    assert len(bob.claims_of(ID)) == (MAX_CLAIMS + 4) // 2
    for number in range(100, 130):
        reference = reference_content(payment(number, ASKED))
        bob.take(Said(reference, bytes([number]) * 32, alice.own.device_id))

    assert len(bob.claims_of(ID)) == MAX_CLAIMS


def test_another_chain_pays_nothing() -> None:
    """What was asked for on one chain is not paid on another."""
    alice, bob = asked()
    reference = reference_content(payment(1, ASKED, chain_id=1))

    assert bob.take(Said(reference, bytes(32), alice.own.device_id))
    assert not bob.claims


def test_nobody_else_can_answer() -> None:
    """Carol, who learned the id, says in her own conversation that she paid or declines; nothing changes."""
    alice, bob = asked()
    carol = own_device(TOKEN)
    with_carol = replace(bob, loaded=conversation(bob.own, carol, bytes(31) + b"\7"))

    for content in (reference_content(payment(1, ASKED)), declined_content(ID, "no")):
        assert with_carol.take(Said(content, bytes(32), carol.device_id))
    assert not bob.claims
    assert bob.requests[ID].state is RequestState.OPEN
    # A payer's own request is none that somebody declines to them.
    assert alice.take(Said(declined_content(ID, "no"), bytes(32), bob.own.device_id))
    assert alice.requests[ID].state is RequestState.OPEN


def test_a_plain_payment_is_a_card_of_its_own() -> None:
    """Its sender's word, until the chain says more."""
    alice, bob = two_sides()
    keep(alice, payment(1, state=PaymentState.PENDING))
    said = tell(alice, alice.payments[payment(1).payment_id])

    assert bob.take(said) is True
    claim = bob.claims[said.message_id]
    assert (claim.request_id, claim.sender, claim.calls) == (None, ALICE, payment(1).calls)
    assert claim.state is RequestState.CLAIMED
    assert CardChanged(f"with {ALICE}", said.message_id) in bob.events
    bob.events.clear()
    bob.store(keep_claim(replace(claim, state=RequestState.SETTLED), None, (), NOW_MS))
    assert bob.events == [CardChanged(f"with {ALICE}", said.message_id)]
    alice.events.clear()
    keep(alice, replace(alice.payments[payment(1).payment_id], state=PaymentState.SETTLED))
    assert CardChanged(f"with {BOB}", said.message_id) in alice.events


def test_nobody_names_anothers_payment_as_theirs() -> None:
    """Eve could else name what Alice paid, and Alice's own payment would count for nothing."""
    alice, bob = two_sides()
    others = payment(1, state=PaymentState.PENDING, sender=BOB)

    said = Said(reference_content(others), bytes(32), alice.own.device_id)
    assert bob.take(said) is True
    assert not bob.claims


def test_who_comes_second_changes_nothing() -> None:
    """Declined here and taken back there at once: each side keeps what it heard of first."""
    alice, bob = asked()
    alice.store(decline(alice.loaded, alice.own, alice.requests[ID], (), "no", NOW_MS))
    bob.store(cancel(bob.loaded, bob.own, bob.requests[ID], NOW_MS))
    alice.take(bob.said[-1])
    bob.take(alice.said[-1])

    assert alice.requests[ID].state is RequestState.DECLINED
    assert bob.requests[ID].state is RequestState.CANCELLED
    assert ASKED.channel_id == CHANNEL_ID
    assert ASKED.expires_at_ms == NOW_MS + DAY_MS
