"""Whose name is asked for next."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from parley.messenger.names import REFRESH_S, RETRY_S, Names

PEOPLE = ["alice", "bob", "carol"]


def test_everybody_is_asked_for_once_an_hour() -> None:
    """A name is asked for again, also where there was none."""
    names = Names()
    assert names.due(PEOPLE, 0) == PEOPLE
    names.learn("alice", "alice.eth", 0)
    names.learn("bob", None, 10)
    names.learn("carol", None, 20)

    assert names.due(PEOPLE, REFRESH_S - 1) == []
    assert names.next_s(PEOPLE) == REFRESH_S
    assert names.due(PEOPLE, REFRESH_S + 10) == ["alice", "bob"]
    assert names.next_s([]) == float("inf")


def test_only_another_name_is_a_change() -> None:
    """None that stays none, and a name that stays, change nothing for a page."""
    names = Names()

    assert not names.learn("alice", None, 0)
    assert names.learn("alice", "alice.eth", 0)
    assert not names.learn("alice", "alice.eth", 0)
    assert names.learn("alice", None, 0)


def test_what_fails_is_asked_last() -> None:
    """Whoever can spoil the answers about their own account keeps nobody else waiting."""
    names = Names()
    names.fail("alice", 0)

    assert names.due(PEOPLE, RETRY_S) == ["bob", "carol", "alice"]


def test_the_last_known_name_outlives_failures() -> None:
    """A node that is down takes no name away."""
    names = Names()
    names.learn("alice", "alice.eth", 0)
    names.fail("alice", REFRESH_S)

    assert names.name_of("alice") == "alice.eth"


@given(st.integers(1, 2_000))
def test_failures_wait_longer_and_never_for_ever(failures: int) -> None:
    """At most as long as a name is believed."""
    names = Names()
    for _ in range(failures):
        names.fail("alice", 0)

    assert names.next_s(["alice"]) == min(RETRY_S * 2.0 ** min(failures - 1, 20), REFRESH_S)
