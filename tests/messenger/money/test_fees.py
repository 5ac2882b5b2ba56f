"""Fees: what they can cost, what is left of everything, and what replaces a waiting transaction."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from parley.chain.api import Block, FeeChoices, Fees
from parley.messenger.money.fees import (
    PLAIN_GAS,
    fee_options,
    gas_limit,
    most_to_send,
    replacing_options,
)

GWEI = 10**9
BLOCK = Block(7, bytes(32), 1_790_000_000_000)
CHOICES = FeeChoices(
    Fees(20 * GWEI, GWEI), Fees(25 * GWEI, 2 * GWEI), Fees(40 * GWEI, 3 * GWEI), 15 * GWEI, BLOCK
)


def test_three_fees_with_the_most_they_cost() -> None:
    """By name, in wei."""
    slow, normal, fast = fee_options(CHOICES, PLAIN_GAS)
    assert [each.name for each in (slow, normal, fast)] == ["slow", "normal", "fast"]
    assert normal.most == 25 * GWEI * 21_000
    assert (fast.max_fee_per_gas, fast.max_priority_fee_per_gas) == (40 * GWEI, 3 * GWEI)


def test_a_plain_payment_takes_its_gas_and_no_more() -> None:
    """A contract may take a little more than it did."""
    assert gas_limit(PLAIN_GAS) == PLAIN_GAS
    assert gas_limit(100_000) == 125_000


def test_everything_leaves_the_dearest_fee() -> None:
    """So that any of the three can be chosen; on a rollup the fee for its data too."""
    options = fee_options(CHOICES, PLAIN_GAS)
    held = 10**18
    assert most_to_send(1, held, options) + max(each.most for each in options) == held
    assert most_to_send(8453, held, options) < most_to_send(1, held, options)
    assert most_to_send(1, 1000, options) < 0


@given(
    st.integers(0, 10**13),
    st.integers(0, 10**13),
)
def test_a_replacement_offers_enough_more_of_both(tip: int, above: int) -> None:
    """At least an eighth, as the strictest node asks, and never a tip above the whole."""
    waiting = Fees(tip + above, tip)
    for each in replacing_options(CHOICES, waiting, PLAIN_GAS):
        assert each.max_fee_per_gas * 8 >= waiting.max_fee_per_gas * 9
        assert each.max_priority_fee_per_gas * 8 >= waiting.max_priority_fee_per_gas * 9
        assert each.max_fee_per_gas > waiting.max_fee_per_gas
        assert each.max_priority_fee_per_gas <= each.max_fee_per_gas
        assert each.most == each.max_fee_per_gas * PLAIN_GAS
