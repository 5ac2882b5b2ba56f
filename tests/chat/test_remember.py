"""Which peers are remembered, and which make room."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from conformance.store_rows import NOW_MS, peer
from parley.chat.commit import Commit
from parley.chat.network.model import ForgottenPeer, RememberedPeer
from parley.chat.network.remember import (
    REMEMBERED_PEERS,
    RENEW_MS,
    forget,
    remember_named,
    remember_reached,
)

Peers = tuple[RememberedPeer, ...]


def after(remembered: Peers, step: Commit | None) -> Peers:
    """What is remembered once a step is stored."""
    kept = {each.address: each for each in remembered}
    for row in () if step is None else step.rows:
        if isinstance(row, RememberedPeer):
            kept[row.address] = row
        elif isinstance(row, ForgottenPeer):
            kept.pop(row.address, None)
    return tuple(kept.values())


def test_a_peer_that_answered_is_remembered() -> None:
    """And noted again after a day, not at each look."""
    once = after((), remember_reached((), 7337, [peer("a").address], NOW_MS))

    assert once == (peer("a"),)
    assert remember_reached(once, 7337, [peer("a").address], NOW_MS + RENEW_MS - 1) is None
    later = after(once, remember_reached(once, 7337, [peer("a").address], NOW_MS + RENEW_MS))
    assert later == (peer("a", noted_at_ms=NOW_MS + RENEW_MS),)


def test_a_named_one_becomes_a_reached_one_and_never_the_reverse() -> None:
    """Naming a known address says nothing new."""
    named = after((), remember_named((), 7337, [peer("a").address], NOW_MS))
    reached = after(named, remember_reached(named, 7337, [peer("a").address], NOW_MS))

    assert named == (peer("a", reached=False),)
    assert reached == (peer("a"),)
    assert remember_named(reached, 7337, [peer("a").address], NOW_MS) is None


def test_named_addresses_do_not_push_out_those_that_answered() -> None:
    """However many are named one after the other, at most one that answered makes room: the oldest."""
    kept: Peers = tuple(peer(f"good{n}", noted_at_ms=NOW_MS + n) for n in range(REMEMBERED_PEERS))
    for number in range(100):
        kept = after(kept, remember_named(kept, 7337, [peer(f"bad{number}").address], NOW_MS + number))

    good = {peer(f"good{n}").address for n in range(1, REMEMBERED_PEERS)}
    assert good < {each.address for each in kept}
    assert len(kept) == REMEMBERED_PEERS


def test_a_known_address_makes_no_room_for_those_named_beside_it() -> None:
    """It comes first in a list that is too long for all, so it stays."""
    known = peer("a", reached=False)
    addresses = [known.address, *(peer(f"b{number}").address for number in range(REMEMBERED_PEERS))]
    kept = after((known,), remember_named((known,), 7337, addresses, NOW_MS + 1))

    assert known in kept
    assert len(kept) == REMEMBERED_PEERS


def test_forgetting_names_the_address() -> None:
    """Of its network."""
    assert forget(1, "/a").rows == (ForgottenPeer(1, "/a"),)


@given(
    st.lists(
        st.tuples(st.booleans(), st.lists(st.integers(0, 60), max_size=50), st.integers(0, RENEW_MS * 3)),
        max_size=10,
    )
)
def test_it_is_bounded_and_holds_what_was_noted_last(steps: list[tuple[bool, list[int], int]]) -> None:
    """Whatever is named and whoever answers, in any order."""
    kept: Peers = ()
    for reached, numbers, at in steps:
        addresses = [peer(f"p{number}").address for number in numbers]
        step = remember_reached if reached else remember_named
        kept = after(kept, step(kept, 7337, addresses, NOW_MS + at))

        assert len(kept) <= REMEMBERED_PEERS
        known = {each.address for each in kept}
        assert known.issuperset(list(dict.fromkeys(addresses))[:1])
