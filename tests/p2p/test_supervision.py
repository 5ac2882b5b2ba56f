"""What keeps a node going: redialling, noticing silence, rebuilding a fallen stack, and ending cleanly."""

from __future__ import annotations

import logging
import threading
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest
import trio
import trio.testing

from conformance.network_cases import WAIT_S, key_of, until
from p2p.attacker import attackers
from p2p.siege import SETTINGS, TOPIC, besieged
from parley.p2p.api import AddressInUseError, InvalidAddressError, NetworkClosedError, open_node
from parley.p2p.libp2p_adapter.dialer import back_off_s

ALICE = replace(SETTINGS, key=key_of("alice"), redial_first_s=0.02, redial_longest_s=0.1)
BOB = replace(ALICE, key=key_of("bob"))


async def test_a_peer_that_comes_later_is_dialled_again() -> None:
    """The port is free, then a node listens there: it is found."""
    async with open_node(BOB) as first:
        address = first.addresses
    async with open_node(replace(ALICE, peers=address)) as alice:
        await until(lambda: alice.counts().failures["dial"] >= 2)
        async with open_node(replace(BOB, listen=(address[0].rpartition("/p2p/")[0],))) as bob:
            with trio.fail_after(WAIT_S):
                await alice.wait_for_peers(1)
                await bob.wait_for_peers(1)


async def test_a_peer_that_leaves_and_returns_is_a_neighbour_again() -> None:
    """Both when it closes properly and when its stack falls."""
    async with AsyncExitStack() as stack:
        bob = await stack.enter_async_context(open_node(replace(BOB, restart_first_s=0.02)))
        alice = await stack.enter_async_context(open_node(replace(ALICE, peers=bob.addresses)))
        with trio.fail_after(WAIT_S):
            await alice.wait_for_peers(1)
        await _fell(bob)
        await until(lambda: bob.counts().restarts == 1)
        bob.watch([TOPIC])
        with trio.fail_after(WAIT_S):
            await bob.wait_for_peers(1)
            await alice.wait_for_peers(1)
            await alice.publish(TOPIC, b"after the fall")
            assert (await bob.messages.receive()).payload == b"after the fall"


async def _fell(node: object) -> None:
    """Make the nursery of a node's stack fail, as a bug in libp2p would."""

    async def bug() -> None:
        raise RuntimeError("a bug in the stack")

    stack = node.stack  # type: ignore[attr-defined]
    stack.swarm.manager.run_task(bug)


async def test_a_node_keeps_its_address_and_its_identity_when_its_stack_falls() -> None:
    """The Network its owner holds is the same, on the same port, and its channel does not end."""
    async with open_node(replace(ALICE, restart_first_s=0.01)) as alice:
        before = (alice.addresses, alice.peer_id)
        for fall in range(1, 4):
            await _fell(alice)
            await until(lambda fall=fall: alice.counts().restarts == fall and alice.stack is not None)  # type: ignore[misc]
        assert (alice.addresses, alice.peer_id) == before
        with pytest.raises(trio.WouldBlock):
            alice.messages.receive_nowait()


async def test_publishing_while_the_stack_is_down_reaches_nobody_and_is_no_error() -> None:
    """The outbox sees zero relays and sends again later."""
    async with open_node(replace(ALICE, restart_first_s=60)) as alice:
        await _fell(alice)
        await until(lambda: alice.stack is None)
        assert (await alice.publish(TOPIC, b"x")).relays == 0
        assert alice.peers() == ()


async def test_a_silent_peer_is_dropped(autojump_clock: trio.testing.MockClock) -> None:
    """A peer whose socket stays open but that answers nothing, not even pings, loses its place."""
    del autojump_clock
    async with open_node(SETTINGS) as victim, attackers(victim.addresses[0]) as make:
        attacker = make("frozen")
        conn = await attacker.frames()
        assert victim.stack is not None
        swarm = victim.stack.swarm
        with trio.fail_after(WAIT_S * 10):
            while swarm.get_total_connections() < 1:  # noqa: ASYNC110 - No event of the swarm's tells.
                await trio.sleep(0.01)
        began = trio.current_time()
        with trio.fail_after(SETTINGS.silent_s * 3):
            while swarm.get_total_connections():  # noqa: ASYNC110 - The same.
                await trio.sleep(1)
        assert trio.current_time() - began <= SETTINGS.silent_s + 2 * SETTINGS.ping_every_s
        await conn.close()


async def test_a_quiet_but_living_peer_stays(autojump_clock: trio.testing.MockClock) -> None:
    """Two nodes with nothing to say answer each other's pings for ten minutes."""
    del autojump_clock
    async with open_node(BOB) as bob, open_node(replace(ALICE, peers=bob.addresses)) as alice:
        await alice.wait_for_peers(1)
        assert alice.stack is not None
        before = alice.stack.swarm.get_connections()
        await trio.sleep(600)
        assert alice.stack.swarm.get_connections() == before
        assert len(alice.peers()) == 1


async def test_an_address_in_use_is_said_plainly() -> None:
    """The error names the address and comes alone, not in a group."""
    async with open_node(ALICE) as alice:
        taken = alice.addresses[0].rpartition("/p2p/")[0]
        with pytest.raises(AddressInUseError) as caught:
            async with open_node(replace(BOB, listen=(taken,))):
                raise AssertionError("two nodes listen on one port")

    assert caught.value.address == taken


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nonsense",
        "/ip4/127.0.0.1/udp/4001/quic-v1",
        "/ip4/127.0.0.1/tcp/4001/ws",
        "/ip4/300.0.0.1/tcp/1",
        "/dns4/localhost/tcp/1",
    ],
)
async def test_an_unusable_listen_address_is_refused(address: str) -> None:
    """TCP over IPv4 or IPv6, nothing else."""
    with pytest.raises(InvalidAddressError) as caught:
        async with open_node(replace(ALICE, listen=(address,))):
            raise AssertionError("listens on nonsense")

    assert caught.value.address == address


@pytest.mark.parametrize("address", ["/ip4/127.0.0.1/tcp/1", "/ip4/127.0.0.1/tcp/1/p2p/nonsense", "x"])
async def test_an_unusable_peer_address_is_refused(address: str) -> None:
    """A peer is named with its id, or we could not know whom we reached."""
    with pytest.raises(InvalidAddressError):
        async with open_node(replace(ALICE, peers=(address,))):
            raise AssertionError("dials nonsense")


async def test_every_address_of_a_peer_is_tried_in_turn() -> None:
    """Two dead ones of the same kind before the living one; stock libp2p tries only the first."""
    async with open_node(BOB) as bob:
        dead = tuple(f"/ip4/127.0.0.1/tcp/{port}/p2p/{bob.peer_id}" for port in (1, 2))
        async with open_node(replace(ALICE, peers=(*dead, *bob.addresses), redial_first_s=60)) as alice:
            with trio.fail_after(WAIT_S):
                await alice.wait_for_peers(1)
            assert alice.peers()[0].address == bob.addresses[0]


@pytest.mark.parametrize("kind", ["dns4", "dns"])
async def test_a_peer_may_be_named(kind: str) -> None:
    """A name the system knows, as a container's neighbour has."""
    async with open_node(BOB) as bob:
        named = bob.addresses[0].replace("/ip4/127.0.0.1/", f"/{kind}/localhost/")
        async with open_node(replace(ALICE, peers=(named,))) as alice:
            with trio.fail_after(WAIT_S):
                await alice.wait_for_peers(1)


async def test_another_identity_behind_an_address_is_not_accepted() -> None:
    """The address answers, but with a different key than the one we were told."""
    async with open_node(BOB) as bob, open_node(SETTINGS) as impostor:
        lie = impostor.addresses[0].replace(impostor.peer_id, bob.peer_id)
        async with open_node(replace(ALICE, peers=(lie,))) as alice:
            await until(lambda: alice.counts().failures["dial"] >= 2)
            assert alice.peers() == ()


async def test_the_same_key_is_the_same_peer_and_two_peers_at_once_dial_each_other() -> None:
    """Identity comes from the key; dialling each other at the same time ends in one neighbour each."""
    async with open_node(ALICE) as alice, open_node(BOB) as bob:
        alice_id, alice_at, bob_at = alice.peer_id, alice.addresses, bob.addresses
    listen = {name: (at[0].rpartition("/p2p/")[0],) for name, at in (("alice", alice_at), ("bob", bob_at))}
    async with (
        open_node(replace(ALICE, listen=listen["alice"], peers=bob_at)) as alice,
        open_node(replace(BOB, listen=listen["bob"], peers=alice_at)) as bob,
    ):
        with trio.fail_after(WAIT_S):
            await alice.wait_for_peers(1)
            await bob.wait_for_peers(1)
        assert alice.peer_id == alice_id
        assert [peer.peer_id for peer in alice.peers()] == [bob.peer_id]
        bob.watch([TOPIC])
        await alice.publish(TOPIC, b"once")
        await alice.publish(TOPIC, b"end")
        with trio.fail_after(WAIT_S):
            assert [(await bob.messages.receive()).payload for _ in range(2)] == [b"once", b"end"]


async def test_a_closed_node_leaves_no_task_and_no_thread() -> None:
    """py-libp2p leaves a thread for each node and system tasks for its listeners."""
    async with open_node(ALICE):
        pass
    tasks, threads = trio.lowlevel.current_statistics().tasks_living, _libp2p_threads()
    for _ in range(3):
        async with open_node(BOB) as bob, open_node(replace(ALICE, peers=bob.addresses)) as alice:
            await alice.wait_for_peers(1)

    assert trio.lowlevel.current_statistics().tasks_living == tasks
    assert _libp2p_threads() == threads


def _libp2p_threads() -> int:
    return sum("trio" not in thread.name.lower() for thread in threading.enumerate())


async def test_an_error_of_the_owner_passes_through_as_it_is() -> None:
    """The node's nursery does not wrap what its owner raises."""
    with pytest.raises(LookupError, match="mine"):
        async with open_node(ALICE):
            raise LookupError("mine")


async def test_cancelling_the_owner_closes_the_node() -> None:
    """Locking the profile cancels; the node is gone afterwards."""
    with trio.move_on_after(0.2) as scope:
        async with open_node(ALICE) as alice:
            await trio.sleep_forever()

    assert scope.cancelled_caught
    with pytest.raises(NetworkClosedError):
        await alice.publish(TOPIC, b"x")


def test_back_off_doubles_is_capped_and_jitters() -> None:
    """Half of the wait is at random, so that a restarted relay is not met by everybody at once."""
    assert [back_off_s(n, 1, 60, lambda: 1.0) for n in (1, 2, 3, 7, 99)] == [1, 2, 4, 60, 60]
    assert [back_off_s(n, 1, 60, lambda: 0.0) for n in (1, 2)] == [0.5, 1]


async def test_no_peer_or_address_above_debug(caplog: pytest.LogCaptureFixture) -> None:
    """At INFO, our logs and libp2p's name no peer, no address and no topic, whatever the peer does."""
    caplog.set_level(logging.INFO)
    async with besieged() as siege:
        attacker = await siege.attacker()
        await attacker.send_frame(b"\xff")
        await siege.refused("rpc not decodable")
        await attacker.hang_up()
        stream = await trio.open_tcp_stream("127.0.0.1", int(siege.address.split("/")[4]))
        await stream.send_all(b"\xff" * 100)
        await stream.aclose()
        names = [siege.victim.peer_id, siege.alice.peer_id, str(attacker.peer_id), "127.0.0.1", TOPIC]
    async with open_node(replace(ALICE, peers=(siege.address,))) as alice:
        await until(lambda: alice.counts().failures["dial"] >= 1)
    text = "\n".join(record.getMessage() for record in caplog.records)

    assert "dial failed" in text
    assert not [name for name in names if name in text]
