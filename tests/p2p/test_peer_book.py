"""Peers that are named at run time: which addresses are kept, and what dialling them may take."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import replace

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from conformance.network_cases import WAIT_S, key_of, until
from p2p.siege import SETTINGS
from parley.p2p.api import InvalidAddressError, Node, open_node, read_peer_address
from parley.p2p.libp2p_adapter.addresses import peer_and_address
from parley.p2p.libp2p_adapter.stack import peer_id_of
from parley.p2p.peer_book import PEER_ADDRESSES, PeerBook

ALICE = replace(SETTINGS, key=key_of("alice"), redial_first_s=0.02, redial_longest_s=0.1)
BOB = replace(ALICE, key=key_of("bob"))
FAR_ID = peer_id_of(key_of("far"))


@pytest.mark.parametrize(
    "place",
    [
        "/ip4/192.0.2.1/tcp/4001",
        "/ip6/2001:db8::1/tcp/1",
        "/dns4/relay/tcp/65535",
        "/dns/a-b.example./tcp/80",
    ],
)
def test_an_address_is_read_and_written(place: str) -> None:
    """And libp2p reads it too."""
    text = f"{place}/p2p/{FAR_ID}"

    assert str(read_peer_address(text)) == text
    assert str(peer_and_address(text)[1]) == text


@given(
    st.text()
    | st.lists(st.sampled_from(["", "ip4", "dns", "1.2.3.4", "tcp", "1", "p2p", FAR_ID])).map("/".join)
)
def test_any_text_is_an_address_or_refused(text: str) -> None:
    """Whatever an invite holds; what was read, libp2p can use."""
    try:
        address = read_peer_address(text)
    except InvalidAddressError:
        return
    assert str(address) == text
    assert str(peer_and_address(text)[0]) == address.peer_id


def test_wrong_addresses_do_not_push_out_the_good_ones() -> None:
    """Neither the one of the settings nor the one that answered last, however many are claimed."""
    book = PeerBook([("fixed", "/settings")])
    book.add("other", "/good")
    book.note_reached("other", "/good")
    for number in range(3 * PEER_ADDRESSES):
        for peer_id in ("fixed", "other"):
            assert book.add(peer_id, f"/wrong/{number}")

    assert book.addresses("fixed")[0] == "/settings"
    assert book.addresses("other")[0] == "/good"
    for peer_id in ("fixed", "other"):
        assert len(book.addresses(peer_id)) == PEER_ADDRESSES
        assert book.addresses(peer_id)[-1] == f"/wrong/{3 * PEER_ADDRESSES - 1}"


def test_what_answered_is_tried_first() -> None:
    """The others stay in their order."""
    book = PeerBook([("peer", "/1"), ("peer", "/2")])
    book.add("peer", "/3")
    book.note_reached("peer", "/3")
    book.note_reached("unknown", "/4")

    assert book.addresses("peer") == ("/3", "/1", "/2")
    assert book.addresses("unknown") == ()


def test_only_peers_added_later_are_bounded_and_share_places() -> None:
    """A person who lists many peers means all of them."""
    book = PeerBook((f"peer {number}", "/1") for number in range(200))

    assert len(book.peers()) == 200
    assert book.is_fixed("peer 7")
    assert book.add("added", "/1")
    assert not book.is_fixed("added")


async def test_a_peer_added_before_it_runs_is_dialled_until_it_does() -> None:
    """As one of the settings is."""
    async with open_node(BOB) as first:
        address = first.addresses[0]
    async with open_node(ALICE) as alice:
        alice.add_peer(address)
        await until(lambda: alice.counts().failures["dial"] >= 2)
        async with open_node(replace(BOB, listen=(address.rpartition("/p2p/")[0],))):
            await _neighbour_of(alice)


async def test_a_further_address_is_tried_at_once() -> None:
    """A peer whose first address is wrong waits for its turn, and a better address ends the wait."""
    patient = replace(ALICE, redial_first_s=3_600, redial_longest_s=3_600)
    async with open_node(BOB) as bob, open_node(patient) as alice:
        alice.add_peer(f"/ip4/127.0.0.1/tcp/1/p2p/{bob.peer_id}")
        await until(lambda: alice.counts().failures["redial"] == 1)
        alice.add_peer(bob.addresses[0])
        await _neighbour_of(alice)

        assert alice.peers()[0].address == bob.addresses[0]


async def test_an_added_peer_is_dialled_again_after_the_stack_fell() -> None:
    """What was told to a node outlives its stack."""
    async with open_node(BOB) as bob, open_node(replace(ALICE, restart_first_s=0.02)) as alice:
        alice.add_peer(bob.addresses[0])
        await _neighbour_of(alice)

        async def bug() -> None:
            raise RuntimeError("a bug in the stack")

        assert alice.stack is not None
        alice.stack.swarm.manager.run_task(bug)
        await until(lambda: alice.counts().restarts == 1)
        await _neighbour_of(alice)


async def test_places_are_shared() -> None:
    """Peers added at run time take no more connections than are kept for them; the next gets one that is left."""
    async with AsyncExitStack() as stack:
        others = [
            await stack.enter_async_context(open_node(replace(BOB, key=key_of(name)))) for name in "abcd"
        ]
        small = replace(ALICE, max_connections=8, peers=others[0].addresses)
        alice = await stack.enter_async_context(open_node(small))
        for other in others[1:]:
            alice.add_peer(other.addresses[0])
        with trio.fail_after(WAIT_S):
            await alice.wait_for_peers(3)
        connected = {peer.peer_id for peer in alice.peers()}
        waiting = [each for each in others[1:] if each.peer_id not in connected]

        assert small.outbound_places == 2
        assert others[0].peer_id in connected
        assert len(waiting) == 1
        alice.remove_peer(next(each.addresses[0] for each in others[1:] if each.peer_id in connected))
        await until(lambda: waiting[0].peer_id in {peer.peer_id for peer in alice.peers()})


async def _neighbour_of(node: Node) -> None:
    with trio.fail_after(WAIT_S):
        await node.wait_for_peers(1)
