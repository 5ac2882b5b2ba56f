"""Whatever rows of money come, for the test that both stores agree, and all reads of what is left."""

from __future__ import annotations

from hypothesis import strategies as st

from conformance.money_rows import (
    CALLS,
    CHAIN,
    MOST,
    asked,
    claimed,
    holding,
    known_token,
    paid,
    payment_id,
    saved_address,
)
from conformance.store_rows import (
    NOW_MS,
    account,
    bytes32,
    commit,
    contact,
    conversation,
    conversation_id,
    message,
)
from conformance.stores import Store
from parley.chat.commit import Row
from parley.chat.contacts.model import ForgottenConversation
from parley.chat.payments.model import (
    ForgottenAddress,
    ForgottenToken,
    PaymentState,
    RequestedCall,
    RequestState,
)

PEOPLE = ("ann", "bob")
MESSAGES = ("m1", "m2", "m3")
REQUESTS = ("r1", "r2")
PAYMENTS = ("p1", "p2", "p3")
TOKENS = ("t1", "t2")
HASHES = ("h1", "h2")

people, messages = st.sampled_from(PEOPLE), st.sampled_from(MESSAGES)
requests, payments, tokens = st.sampled_from(REQUESTS), st.sampled_from(PAYMENTS), st.sampled_from(TOKENS)
times = st.integers(NOW_MS, NOW_MS + 3)
counts = st.integers(0, 3)
chains = st.sampled_from((1, CHAIN))
amounts = st.sampled_from((0, 1, 2**63, MOST))
calls = st.lists(
    st.builds(RequestedCall, st.none() | people.map(account), amounts, st.binary(max_size=4)), max_size=2
).map(tuple)


def request_of(name: str) -> bytes:
    """The id of a request."""
    return bytes32(f"request {name}")


BEGINNING = commit(
    *(contact(who) for who in PEOPLE),
    *(conversation(who) for who in PEOPLE),
    *(message(name, PEOPLE[number % 2]) for number, name in enumerate(MESSAGES)),
)

money: st.SearchStrategy[Row] = st.one_of(
    people.map(conversation),
    people.map(lambda who: ForgottenConversation(conversation_id(who))),
    st.builds(message, messages, people),
    st.builds(
        lambda name, who, request, state, created, expires, asks: asked(
            name,
            who,
            request_id=request_of(request),
            state=state,
            created_at_ms=created,
            expires_at_ms=expires,
            calls=asks,
        ),
        messages,
        people,
        requests,
        st.sampled_from((RequestState.OPEN, RequestState.DECLINED)),
        times,
        times,
        st.just(CALLS) | calls,
    ),
    st.builds(
        lambda name, who, request, chain, transaction, at, positions, count, sender: claimed(
            name,
            who,
            request_id=request and request_of(request),
            chain_id=chain,
            transaction_hash=bytes32(transaction),
            claimed_at_ms=at,
            positions=tuple(positions),
            confirmations=count,
            sender=account(sender),
        ),
        messages,
        people,
        st.none() | requests,
        chains,
        st.sampled_from(HASHES),
        times,
        st.lists(st.integers(0, 2), max_size=2),
        counts,
        people,
    ),
    st.builds(
        lambda name, who, request, message, replaces, state, at, count, sender, chain, fee: paid(
            name,
            conversation_id=who and conversation_id(who),
            request_id=request and request_of(request),
            message_id=message and bytes32(f"message {message}"),
            replaces=replaces and payment_id(replaces),
            state=state,
            created_at_ms=at,
            confirmations=count,
            sender=account(sender),
            chain_id=chain,
            fee=fee,
        ),
        payments,
        st.none() | people,
        st.none() | requests,
        st.none() | messages,
        st.none() | payments,
        st.sampled_from(PaymentState),
        times,
        counts,
        people,
        chains,
        st.none() | amounts,
    ),
    st.builds(
        lambda name, chain, at: known_token(name, chain_id=chain, added_at_ms=at), tokens, chains, times
    ),
    st.builds(lambda name, chain: ForgottenToken(chain, known_token(name).address), tokens, chains),
    st.builds(
        lambda who, label, watched: saved_address(who, label=label, watched=watched),
        people,
        st.sampled_from("ab"),
        st.booleans(),
    ),
    st.builds(lambda who: ForgottenAddress(account(who)), people),
    st.builds(
        lambda who, token, chain, amount: holding(who, token, chain_id=chain, amount=amount),
        people,
        st.none() | tokens,
        chains,
        amounts,
    ),
)


async def money_answers(store: Store) -> list[object]:
    """What every read of money says."""
    said: list[object] = [await store.saved_addresses(), await store.payments(None, None, 10)]
    for request in REQUESTS:
        said.append(await store.transaction_request(request_of(request)))
        said.append(await store.claims_of_request(request_of(request)))
        said.append(await store.payments_of_request(request_of(request)))
    for name in MESSAGES:
        message_id = bytes32(f"message {name}")
        said.append(await store.transaction_request_of_message(message_id))
        said += [await store.claim(message_id), await store.payment_of_message(message_id)]
    for payment in PAYMENTS:
        said.append(await store.payment(payment_id(payment)))
        said.append(await store.payments(None, None, 2, payment_id(payment)))
    for who in PEOPLE:
        for limit in (1, 10):
            said.append(await store.transaction_requests(conversation_id(who), limit))
            said.append(await store.claims(conversation_id(who), limit))
            said.append(await store.payments_of_conversation(conversation_id(who), limit))
            said.append(await store.payments(account(who), None, limit))
    for chain in (1, CHAIN):
        said += [await store.known_tokens(chain), await store.payments(None, chain, 10)]
        said += [await store.payments(account(who), chain, 10) for who in PEOPLE]
        said += [await store.holdings(account(who), chain) for who in PEOPLE]
        said += [await store.claims_of_transaction(chain, bytes32(name)) for name in HASHES]
    for count in range(4):
        said.append(await store.unfinished_payments(count))
        said += [await store.unfinished_claims(count, limit) for limit in (1, 10)]
        said.append(await store.open_transaction_requests(NOW_MS + count - 1, 2))
    return said
