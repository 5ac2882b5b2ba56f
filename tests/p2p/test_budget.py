"""Token buckets and strikes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from parley.p2p.budget import Bucket, BudgetLimits, NeighbourBudget


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(1, 60)), max_size=60))
def test_a_bucket_never_gives_more_than_burst_and_rate(steps: list[tuple[int, int]]) -> None:
    """Whatever is asked, what was given is at most the burst plus what the time earned."""
    bucket = Bucket.full(100, 50, 0)
    now_ms = given_tokens = 0
    for wait_ms, amount in steps:
        now_ms += wait_ms
        if bucket.take(amount, now_ms):
            given_tokens += amount
    assert given_tokens <= 50 + now_ms * 100 / 1000


def test_an_empty_bucket_fills_at_its_rate() -> None:
    """A hundred a second is one in ten milliseconds."""
    bucket = Bucket.full(100, 2, 0)

    assert [bucket.take(1, 0) for _ in range(3)] == [True, True, False]
    assert not bucket.take(1, 9)
    assert bucket.take(1, 19)


def test_a_clock_that_goes_back_earns_nothing() -> None:
    """Nor does it take anything away."""
    bucket = Bucket.full(1000, 1, 1_000)

    assert bucket.take(1, 500)
    assert not bucket.take(1, 500)


def test_bytes_go_into_debt_and_tell_how_long_to_pause() -> None:
    """A frame larger than what is left passes, and is paid off by waiting."""
    budget = NeighbourBudget(BudgetLimits(bytes_per_s=1_000, bytes_burst=1_000), 0)

    assert budget.spend_bytes(900, 0) == 0
    assert 590 <= budget.spend_bytes(700, 0) <= 602
    assert budget.spend_bytes(100, 10_000) == 0


def test_the_last_strike_within_a_minute_counts() -> None:
    """Five in a minute are out; five in an hour are not."""
    quick = NeighbourBudget(BudgetLimits(), 0)
    slow = NeighbourBudget(BudgetLimits(), 0)

    assert [quick.strike(at) for at in range(5)] == [False] * 4 + [True]
    assert not any(slow.strike(at * 600_000) for at in range(12))


def test_control_entries_have_a_budget_of_their_own() -> None:
    """Messages and control entries do not eat each other's allowance."""
    budget = NeighbourBudget(BudgetLimits(messages_burst=1, controls_burst=1), 0)

    assert budget.take_message(0)
    assert not budget.take_message(0)
    assert budget.take_control(0)
    assert not budget.take_control(0)
