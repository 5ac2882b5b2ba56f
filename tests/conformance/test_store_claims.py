"""What every store does with requests for transactions and with claims to have paid them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.money_rows import CHAIN, asked, claimed, whole_claim, whole_request
from conformance.store_rows import NOW_MS, account, bytes32, contact, conversation_id
from conformance.stores import Store
from conformance.test_store import apply
from conformance.test_store_payments import BOB, with_messages
from parley.chat.contacts.model import Standing
from parley.chat.payments.model import RequestRow, RequestState
from parley.database.api import InconsistentCommitError

# Requests


async def test_a_request_is_replaced_by_its_id(store: Store) -> None:
    """As the row of the same message."""
    await with_messages(store, asked("first"))
    await apply(store, whole_request())

    assert await store.transaction_request(bytes32("request first")) == whole_request()
    assert await store.transaction_requests(BOB, 10) == (whole_request(),)


@pytest.mark.parametrize(
    "second",
    [
        asked("second", request_id=bytes32("request first")),
        asked("of ann", "ann", request_id=bytes32("request first")),
        asked("first", conversation_id=conversation_id("ann")),
        asked("first", request_id=bytes32("request second")),
    ],
    ids=["another message", "another conversation", "the message elsewhere", "a second of the message"],
)
async def test_a_request_belongs_to_the_message_that_brought_it(store: Store, second: RequestRow) -> None:
    """Whoever repeats an id cannot change what it asks for; nothing of that commit is stored."""
    await with_messages(store, asked("first"))

    with pytest.raises(InconsistentCommitError):
        await apply(store, asked("third"), second)

    assert await store.transaction_request(bytes32("request first")) == asked("first")
    assert await store.transaction_requests(BOB, 10) == (asked("first"),)
    assert await store.transaction_requests(conversation_id("ann"), 10) == ()


async def test_the_newest_requests_of_a_conversation_in_order(store: Store) -> None:
    """By when they were made, then by id; others' conversations are apart."""
    later = asked("first", created_at_ms=NOW_MS + 1)
    same = sorted((asked("second"), asked("third")), key=lambda each: each.request.request_id)
    await with_messages(store, later, *same, asked("of ann", "ann"))

    assert await store.transaction_requests(BOB, 10) == (*same, later)
    assert await store.transaction_requests(BOB, 2) == (same[1], later)
    assert await store.transaction_requests(BOB, 0) == ()


async def test_open_requests_that_expire_after_a_time(store: Store) -> None:
    """The one that expires first first, whosever; an answered or expired one is not among them."""
    rows = [
        asked(name, expires_at_ms=NOW_MS + at) for name, at in (("first", 3), ("second", 1), ("third", 2))
    ]
    answered = asked("other", expires_at_ms=NOW_MS + 4, state=RequestState.DECLINED)
    of_ann = asked("of ann", "ann", expires_at_ms=NOW_MS + 5)
    await with_messages(store, *rows, answered, of_ann)

    assert await store.open_transaction_requests(0, 10) == (rows[1], rows[2], rows[0], of_ann)
    assert await store.open_transaction_requests(NOW_MS + 1, 2) == (rows[2], rows[0])
    assert await store.open_transaction_requests(NOW_MS + 5, 10) == ()


# Claims


async def test_a_claim_is_replaced_by_its_message(store: Store) -> None:
    """With what it takes of its transaction, all of which it may give back."""
    await with_messages(store, asked("first", own=True), whole_claim())
    moved = replace(whole_claim(), positions=(3, 4, 5), state=RequestState.CONFIRMING, confirmations=1)
    await apply(store, moved)
    assert await store.claim(moved.message_id) == moved

    back = replace(moved, positions=(), state=RequestState.PENDING, confirmations=0)
    other = replace(whole_claim("second"), positions=(3, 4, 5), transaction_hash=moved.transaction_hash)
    await apply(store, back, other)

    assert await store.claims_of_request(bytes32("request first")) == tuple(
        sorted((back, other), key=lambda each: each.message_id)
    )


async def test_no_two_claims_take_one_position(store: Store) -> None:
    """One of a transaction and its sender, that is: elsewhere it is another one, however an address is spelled."""
    first = replace(whole_claim(), positions=(0, 1), request_id=None)
    await with_messages(store, first)
    same = claimed("second", transaction_hash=first.transaction_hash, positions=(2, 1))

    for each in (same, replace(same, sender=account("bob").upper())):
        with pytest.raises(InconsistentCommitError):
            await apply(store, asked("first"), each)

    assert await store.claim(same.message_id) is None
    assert await store.transaction_request(bytes32("request first")) is None
    free = replace(same, positions=(2, 3))
    elsewhere = claimed("third", transaction_hash=bytes32("transaction elsewhere"), positions=(0, 1))
    on_chain = claimed("other", chain_id=1, transaction_hash=first.transaction_hash, positions=(0, 1))
    batched = claimed(
        "sent", sender=account("ann"), transaction_hash=first.transaction_hash, positions=(0, 1)
    )
    await apply(store, free, elsewhere, on_chain, batched)
    assert await store.claims_of_transaction(CHAIN, first.transaction_hash) == tuple(
        sorted((first, free, batched), key=lambda each: each.message_id)
    )


async def test_a_claim_takes_no_position_twice(store: Store) -> None:
    """Two calls of one request are not paid by one."""
    await with_messages(store)

    with pytest.raises(InconsistentCommitError):
        await apply(store, claimed("first", positions=(1, 1)))

    assert await store.claim(bytes32("message first")) is None


async def test_a_claim_is_of_a_request_in_its_conversation(store: Store) -> None:
    """Whoever learns of somebody else's request cannot be taken for having paid it."""
    await with_messages(store, asked("first", own=True))

    for each in (
        claimed("of ann", "ann", request_id=bytes32("request first")),
        claimed("received", request_id=bytes32("request none")),
    ):
        with pytest.raises(InconsistentCommitError):
            await apply(store, each)
        assert await store.claim(each.message_id) is None


async def test_claims_without_a_request_in_order(store: Store) -> None:
    """By when they came, then by message; those of a request and of others are apart."""
    later = claimed("first", claimed_at_ms=NOW_MS + 1)
    same = sorted((claimed("second"), claimed("third")), key=lambda each: each.message_id)
    await with_messages(
        store, asked("first", own=True), whole_claim(), later, *same, claimed("of ann", "ann")
    )

    assert await store.claims(BOB, 10) == (*same, later)
    assert await store.claims(BOB, 2) == (same[1], later)
    assert await store.claims(conversation_id("ann"), 10) == (claimed("of ann", "ann"),)


async def test_unfinished_claims_are_those_with_few_confirmations(store: Store) -> None:
    """The newest of them, whatever conversation or request."""
    rows = [
        claimed(name, claimed_at_ms=NOW_MS + number, confirmations=count)
        for number, (name, count) in enumerate((("first", 0), ("second", 12), ("third", 11), ("other", 1)))
    ]
    await with_messages(store, *rows)

    assert await store.unfinished_claims(12, 10) == (rows[0], rows[2], rows[3])
    assert await store.unfinished_claims(12, 2) == (rows[2], rows[3])
    assert await store.unfinished_claims(0, 10) == ()


@pytest.mark.parametrize("standing", list(Standing))
async def test_what_strangers_claim_is_not_looked_up(store: Store, standing: Standing) -> None:
    """Nor what somebody blocked claimed before; it is there again once they are let in."""
    rows = [claimed("first"), claimed("of ann", "ann", claimed_at_ms=NOW_MS + 1)]
    await with_messages(store, *rows)
    await apply(store, contact("ann", standing=standing))

    is_contact = standing is Standing.CONTACT
    assert await store.unfinished_claims(12, 10) == tuple(rows if is_contact else rows[:1])
    await apply(store, contact("ann"))
    assert await store.unfinished_claims(12, 10) == tuple(rows)
