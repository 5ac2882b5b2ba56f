"""What every store does with own payments, and what of money it refuses and forgets."""

from __future__ import annotations

from dataclasses import MISSING, fields, replace

import pytest

from conformance.money_rows import (
    CALLS,
    CHAIN,
    MOST,
    asked,
    claimed,
    paid,
    payment_id,
    whole_claim,
    whole_payment,
    whole_request,
)
from conformance.store_rows import NOW_MS, account, bytes32, contact, conversation, conversation_id, message
from conformance.stores import Store
from conformance.test_store import apply
from parley.chat.commit import Row
from parley.chat.contacts.model import ForgottenConversation
from parley.chat.payments.model import (
    ClaimRow,
    PaymentRow,
    PaymentState,
    RequestedCall,
    RequestRow,
    TransactionRequest,
)
from parley.database.api import InconsistentCommitError

NAMES = ("first", "second", "third", "received", "sent", "other")
BOB = conversation_id("bob")


async def with_messages(store: Store, *rows: Row) -> None:
    """Bob and Ann, messages to carry requests and claims, and more."""
    people: list[Row] = [contact("bob"), conversation("bob"), contact("ann"), conversation("ann")]
    messages = [message(each) for each in NAMES]
    await apply(store, *people, *messages, message("of ann", "ann"), *rows)


def assert_whole(row: RequestRow | TransactionRequest | ClaimRow | PaymentRow) -> None:
    """No field is left at its default, so that a field which a store forgets is noticed."""
    for each in fields(row):
        assert each.default is MISSING or getattr(row, each.name) != each.default, each.name


async def test_an_empty_store_has_no_payments(store: Store) -> None:
    """Nor requests, nor claims."""
    assert await store.transaction_request(bytes32("request first")) is None
    assert await store.transaction_request_of_message(bytes32("message first")) is None
    assert await store.transaction_requests(BOB, 10) == ()
    assert await store.open_transaction_requests(0, 10) == ()
    assert await store.claim(bytes32("message first")) is None
    assert await store.claims_of_request(bytes32("request first")) == ()
    assert await store.claims_of_transaction(CHAIN, bytes32("transaction")) == ()
    assert await store.claims(BOB, 10) == ()
    assert await store.unfinished_claims(99, 10) == ()
    assert await store.payment(payment_id("first")) is None
    assert await store.payment_of_message(bytes32("message first")) is None
    assert await store.payments(None, None, 10) == ()
    assert await store.payments_of_request(bytes32("request first")) == ()
    assert await store.payments_of_conversation(BOB, 10) == ()
    assert await store.unfinished_payments(99) == ()


async def test_every_field_comes_back(store: Store) -> None:
    """The largest amounts, a call that creates a contract, and positions in their order among them."""
    request, claim, payment = whole_request(), whole_claim(), whole_payment("second", "first")
    for each in (request, request.request, claim, payment):
        assert_whole(each)

    await with_messages(store, request, claim, paid("first"), payment)

    assert await store.transaction_request(request.request.request_id) == request
    assert await store.transaction_request_of_message(request.message_id) == request
    assert await store.transaction_requests(BOB, 10) == (request,)
    assert await store.claim(claim.message_id) == claim
    assert await store.claims_of_request(request.request.request_id) == (claim,)
    assert await store.claims_of_transaction(CHAIN, claim.transaction_hash) == (claim,)
    assert await store.payment(payment.payment_id) == payment
    assert await store.payment_of_message(bytes32("message sent")) == payment
    assert await store.payments_of_request(bytes32("request first")) == (payment,)


async def test_what_is_not_known_comes_back_as_such(store: Store) -> None:
    """None is not 0, and a wallet's empty signature none that is missing."""
    rows = asked("first"), claimed("received"), paid("first")
    await with_messages(store, *rows)

    assert await store.transaction_request(bytes32("request first")) == rows[0]
    assert await store.claim(bytes32("message received")) == rows[1]
    assert await store.payment(payment_id("first")) == rows[2]

    none = replace(rows[2], fee=0, nonce=0, block_number=0, block_time_ms=0, raw=b"")
    await apply(store, none)
    assert await store.payment(payment_id("first")) == none


# Payments


async def test_a_payment_is_replaced_by_its_id(store: Store) -> None:
    """All of it."""
    await with_messages(store, paid("first"), paid("second"))
    await apply(store, whole_payment("second", "first"))

    assert await store.payment(payment_id("second")) == whole_payment("second", "first")
    assert len(await store.payments(None, None, 10)) == 2


async def test_payments_by_time_account_and_network(store: Store) -> None:
    """The newest first, in pages; before one that is not there is nothing."""
    mine = [paid(str(number), created_at_ms=NOW_MS + number // 2) for number in range(4)]
    other = paid("other", sender=account("other"), created_at_ms=NOW_MS + 1)
    far = paid("far", chain_id=1, created_at_ms=NOW_MS + 5)
    await apply(store, *mine, other, far)

    def newest_first(*rows: PaymentRow) -> tuple[PaymentRow, ...]:
        return tuple(sorted(rows, key=lambda each: (each.created_at_ms, each.payment_id), reverse=True))

    every = newest_first(*mine, other, far)
    assert await store.payments(None, None, 10) == every
    assert await store.payments(None, None, 2) == every[:2]
    assert await store.payments(None, None, 3, every[1].payment_id) == every[2:5]
    assert await store.payments(None, None, 3, every[-1].payment_id) == ()
    assert await store.payments(account("me"), None, 10) == newest_first(*mine, far)
    assert await store.payments(None, CHAIN, 10) == newest_first(*mine, other)
    assert await store.payments(account("me"), CHAIN, 2, far.payment_id) == newest_first(*mine)[:2]
    assert await store.payments(None, None, 10, payment_id("none")) == ()


async def test_payments_of_requests_and_of_conversations(store: Store) -> None:
    """Those of a request by the request, the others by the conversation; the newest first."""
    of_request = [
        paid(name, conversation_id=BOB, request_id=bytes32("request first"), created_at_ms=NOW_MS + at)
        for name, at in (("1", 0), ("2", 1))
    ]
    plain = [paid(name, conversation_id=BOB, created_at_ms=NOW_MS + at) for name, at in (("3", 1), ("4", 0))]
    await with_messages(
        store, *of_request, *plain, paid("5"), paid("6", conversation_id=conversation_id("ann"))
    )

    assert await store.payments_of_request(bytes32("request first")) == (of_request[1], of_request[0])
    assert await store.payments_of_conversation(BOB, 10) == (plain[0], plain[1])
    assert await store.payments_of_conversation(BOB, 1) == (plain[0],)


async def test_the_newest_payment_of_a_message(store: Store) -> None:
    """One that was sent again at a higher fee may be told by the same message."""
    told = bytes32("message sent")
    first = paid("first", message_id=told)
    again = paid("again", message_id=told, replaces=first.payment_id, created_at_ms=NOW_MS + 1)
    await with_messages(store, first, again)

    assert await store.payment_of_message(told) == again


async def test_unfinished_payments_are_those_with_few_confirmations(store: Store) -> None:
    """But what a person says was never sent; the oldest first."""
    rows = [
        paid("1", created_at_ms=NOW_MS + 2, state=PaymentState.SETTLED, confirmations=3),
        paid("2", created_at_ms=NOW_MS + 1, state=PaymentState.HANDED),
        paid("3", state=PaymentState.ABANDONED),
        paid("4", state=PaymentState.SETTLED, confirmations=64),
    ]
    await apply(store, *rows)

    assert await store.unfinished_payments(64) == (rows[1], rows[0])
    assert await store.unfinished_payments(3) == (rows[1],)


# What a store refuses, and what it forgets


FAILING: dict[str, Row] = {
    "a request of an unknown message": asked("lost"),
    "a request of an unknown conversation": asked("first", "nobody"),
    "a claim of an unknown message": claimed("lost"),
    "a claim of an unknown conversation": claimed("first", "nobody"),
    "a payment in an unknown conversation": paid("1", conversation_id=conversation_id("nobody")),
    "a payment told by an unknown message": paid("1", message_id=bytes32("message lost")),
    "a payment that replaces an unknown one": paid("1", replaces=payment_id("lost")),
    "an amount no uint256 holds": paid("1", calls=(RequestedCall(None, MOST + 1),)),
    "a negative amount": paid("1", calls=(RequestedCall(None, -1),)),
    "a fee no uint256 holds": paid("1", max_fee_per_gas=MOST + 1),
    "no calls": asked("first", calls=()),
    "too many calls": claimed("first", calls=CALLS[:1] * 17),
    "too much data": paid("1", calls=(RequestedCall(None, 0, bytes(128 * 1024 + 1)),)),
    "a time that no column holds": asked("first", expires_at_ms=2**63),
    "a nonce that no column holds": claimed("first", nonce=2**64 - 1),
    "a position that no column holds": claimed("first", positions=(2**63,)),
    "a negative count": claimed("first", confirmations=-1),
}


@pytest.mark.parametrize("failing", FAILING)
async def test_a_refused_row_leaves_nothing(store: Store, failing: str) -> None:
    """A missing name is a step's bug, as is a number out of bounds; the whole commit goes with it."""
    await with_messages(store)

    with pytest.raises((InconsistentCommitError, ValueError)):
        await apply(store, asked("second"), claimed("third"), paid("kept"), FAILING[failing])

    assert await store.transaction_requests(BOB, 10) == ()
    assert await store.claims(BOB, 10) == ()
    assert await store.payments(None, None, 10) == ()
    await apply(store, claimed("third", positions=(0,)))


async def test_the_order_of_rows_does_not_matter_to_what_they_name(store: Store) -> None:
    """A claim may come before its request, a payment before the one it replaces, and both before their messages."""
    await apply(
        store,
        whole_payment("second", "first"),
        whole_claim(),
        whole_request(),
        paid("first"),
        *(message(each) for each in ("first", "received", "sent")),
        conversation("bob"),
        contact("bob"),
    )

    assert await store.claims_of_request(bytes32("request first")) == (whole_claim(),)


async def test_a_forgotten_conversation_leaves_own_payments(store: Store) -> None:
    """Its requests and claims go, and what they took of transactions; what was paid stays paid."""
    mine = whole_payment("second", "first")
    elsewhere = paid("ann", conversation_id=conversation_id("ann"), message_id=bytes32("message of ann"))
    of_ann = asked("of ann", "ann")
    await with_messages(store, whole_request(), whole_claim(), paid("first"), mine, elsewhere, of_ann)

    await apply(store, ForgottenConversation(BOB))

    assert await store.transaction_request(bytes32("request first")) is None
    assert await store.transaction_requests(BOB, 10) == ()
    assert await store.claim(whole_claim().message_id) is None
    assert await store.unfinished_claims(2**40, 10) == ()
    assert await store.payment(mine.payment_id) == replace(mine, conversation_id=None, message_id=None)
    assert await store.payments_of_request(bytes32("request first")) != ()
    assert await store.payments_of_conversation(BOB, 10) == ()
    assert await store.payment(elsewhere.payment_id) == elsewhere
    assert await store.transaction_requests(conversation_id("ann"), 10) == (of_ann,)

    taken = whole_claim().positions
    free = claimed("of ann", "ann", transaction_hash=whole_claim().transaction_hash, positions=taken)
    await apply(store, free)
    assert await store.claim(free.message_id) == free


@pytest.mark.parametrize("gone", ["bob", "ann"])
async def test_no_conversation_is_kept_from_being_forgotten(store: Store, gone: str) -> None:
    """Not even by rows of another one that its messages brought, which no step makes: these go with either."""
    request = asked("of ann", "bob")
    claim = claimed("received", request_id=request.request.request_id, positions=(0,))
    await with_messages(store, request, claim)

    await apply(store, ForgottenConversation(conversation_id(gone)))

    assert await store.transaction_request(request.request.request_id) is None
    assert await store.claim(claim.message_id) is None
    await apply(store, contact("bob"), conversation("bob"), conversation("ann"))
    await apply(store, message("again", "ann"))
    again = claimed(
        "again", "ann", sender=claim.sender, transaction_hash=claim.transaction_hash, positions=(0,)
    )
    await apply(store, again)
