"""What every store does with tokens that were added, saved addresses, and what accounts hold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.money_rows import CHAIN, MOST, holding, known_token, saved_address
from conformance.store_rows import NOW_MS, account
from conformance.stores import Store
from conformance.test_store import apply
from parley.chat.commit import Row
from parley.chat.payments.model import ForgottenAddress, ForgottenToken


async def test_an_empty_store_knows_no_token_and_no_address(store: Store) -> None:
    """Nor what anybody holds."""
    assert await store.known_tokens(CHAIN) == ()
    assert await store.saved_addresses() == ()
    assert await store.holdings(account("me"), CHAIN) == ()


async def test_added_tokens_of_a_network_in_order(store: Store) -> None:
    """As they were added; one that is added again replaces what was known."""
    later = known_token("a", added_at_ms=NOW_MS + 1)
    same = sorted((known_token("b"), known_token("c", decimals=0)), key=lambda each: each.address)
    await apply(store, later, *same, known_token("a", chain_id=1))
    assert await store.known_tokens(CHAIN) == (*same, later)

    again = known_token("a", name="Another", decimals=6, added_at_ms=NOW_MS + 2)
    await apply(store, again)

    assert await store.known_tokens(CHAIN) == (*same, again)
    assert await store.known_tokens(1) == (known_token("a", chain_id=1),)


async def test_a_forgotten_token_takes_what_was_held_of_it(store: Store) -> None:
    """Of every account, on its network only; forgetting twice is harmless."""
    kept = holding("me"), holding("me", "b")
    far = holding("me", "a", chain_id=1)
    await apply(store, known_token("a"), known_token("b"), known_token("a", chain_id=1))
    await apply(store, holding("me", "a"), holding("ann", "a"), *kept, far)

    for _ in range(2):
        await apply(store, ForgottenToken(CHAIN, known_token("a").address))

    assert await store.known_tokens(CHAIN) == (known_token("b"),)
    assert await store.known_tokens(1) == (known_token("a", chain_id=1),)
    assert await store.holdings(account("me"), CHAIN) == kept
    assert await store.holdings(account("ann"), CHAIN) == ()
    assert await store.holdings(account("me"), 1) == (far,)


async def test_saved_addresses_by_their_labels(store: Store) -> None:
    """Two may have one label, and one address has one; a watched one says so."""
    first = saved_address("ann")
    same = sorted((saved_address("bob"), saved_address("eve", label="bob")), key=lambda each: each.address)
    await apply(store, *same, first, saved_address("gone"), saved_address("ann", label="other"), first)
    watched = saved_address("dan", label="", watched=True, saved_at_ms=NOW_MS + 1)
    await apply(store, watched, ForgottenAddress(account("gone")), ForgottenAddress(account("nobody")))

    assert await store.saved_addresses() == (watched, first, *same)


async def test_what_an_account_holds(store: Store) -> None:
    """The coin first, then tokens by address; the last amount replaces the one before, and 0 is one."""
    tokens = sorted((holding("me", "a", amount=0), holding("me", "b")), key=lambda each: each.token or "")
    await apply(store, *tokens, holding("me", amount=1), holding("ann"), holding("me", chain_id=1))
    newer = holding("me", amount=MOST, block_number=6, block_time_ms=NOW_MS + 1)
    await apply(store, newer)

    assert await store.holdings(account("me"), CHAIN) == (newer, *tokens)
    assert await store.holdings(account("ann"), CHAIN) == (holding("ann"),)
    assert await store.holdings(account("me"), 1) == (holding("me", chain_id=1),)


FAILING: dict[str, Row] = {
    "an amount no uint256 holds": holding("me", amount=MOST + 1),
    "a negative amount": holding("me", amount=-1),
    "a token without an address": replace(holding("me", "a"), token=""),
    "a network no column holds": known_token("a", chain_id=2**63),
    "a negative number of decimals": known_token("a", decimals=-1),
    "a time no column holds": saved_address("me", saved_at_ms=2**63),
}


@pytest.mark.parametrize("failing", FAILING)
async def test_a_value_out_of_bounds_leaves_nothing(store: Store, failing: str) -> None:
    """Both stores refuse the same."""
    with pytest.raises(ValueError):  # noqa: PT011 -- the words are for a log.
        await apply(store, known_token("b"), saved_address("ann"), holding("ann"), FAILING[failing])

    assert await store.known_tokens(CHAIN) == ()
    assert await store.saved_addresses() == ()
    assert await store.holdings(account("ann"), CHAIN) == ()
