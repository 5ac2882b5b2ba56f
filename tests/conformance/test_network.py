"""What every `Network` does, the one in memory and the one over libp2p alike."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from conformance.network_cases import WAIT_S, Nodes, ShiftedClock, key_of, memory_nodes, real_nodes, until
from parley.p2p.api import (
    META_BYTES,
    PAYLOAD_BYTES,
    ContentTopicError,
    InvalidAddressError,
    MetaTooLargeError,
    Network,
    NetworkClosedError,
    PayloadTooLargeError,
    Received,
    TooManyPeersError,
)
from parley.p2p.libp2p_adapter.stack import peer_id_of
from parley.p2p.peer_book import ADDED_PEERS

TOPIC = "/parley/1/i-00/proto"
OTHER = "/parley/1/i-ff/proto"
FAR_ID = peer_id_of(key_of("far"))


@pytest.fixture(params=[memory_nodes, real_nodes], ids=["memory", "libp2p"])
def nodes(request: pytest.FixtureRequest) -> Nodes:
    return request.param  # type: ignore[no-any-return]


async def next_of(node: Network) -> Received:
    with trio.fail_after(WAIT_S):
        return await node.messages.receive()


async def neighbours(*nodes: Network) -> None:
    """Wait until each of two nodes has the other."""
    with trio.fail_after(WAIT_S):
        for node in nodes:
            await node.wait_for_peers(1)


async def test_a_message_reaches_every_watcher_once_and_not_its_sender(nodes: Nodes) -> None:
    """Three nodes watch; the two that did not send get the message, once."""
    async with nodes("alice", "bob", "carol") as (alice, bob, carol):
        for node in (alice, bob, carol):
            node.watch([TOPIC])
        published = await alice.publish(TOPIC, b"hello", meta=b"stamp")
        await alice.publish(TOPIC, b"end")

        for node in (bob, carol):
            first = await next_of(node)
            assert (first.content_topic, first.payload, first.meta) == (TOPIC, b"hello", b"stamp")
            assert published.waku_hash == first.waku_hash
            assert not first.ephemeral
            assert (await next_of(node)).payload == b"end"
        for node in (alice, bob, carol):
            with pytest.raises(trio.WouldBlock):
                node.messages.receive_nowait()


async def test_publish_counts_the_neighbours_it_was_handed_to(nodes: Nodes) -> None:
    """Two neighbours are two relays."""
    async with nodes("alice", "bob", "carol") as (alice, _bob, _carol):
        published = await alice.publish(TOPIC, b"x")

        assert published.relays == 2
        assert len(published.waku_hash) == 32


async def test_whoever_brings_a_message_is_known(nodes: Nodes) -> None:
    """By its peer id; of a message that never came nobody is."""
    async with nodes("alice", "bob") as (alice, bob):
        bob.watch([TOPIC])
        published = await alice.publish(TOPIC, b"hello")
        await next_of(bob)

        assert bob.bearers(published.waku_hash) == {alice.peer_id}
        assert alice.bearers(published.waku_hash) == frozenset()


async def test_publish_without_neighbours_is_no_error(nodes: Nodes) -> None:
    """Alone, a node publishes to nobody and says so."""
    async with nodes("alice") as (alice,):
        assert (await alice.publish(TOPIC, b"x")).relays == 0
        assert alice.peers() == ()


async def test_an_unwatched_topic_is_not_handed_on(nodes: Nodes) -> None:
    """Only the watched set reaches `messages`, and watching again replaces it."""
    async with nodes("alice", "bob") as (alice, bob):
        bob.watch([TOPIC])
        await alice.publish(OTHER, b"unwatched")
        await alice.publish(TOPIC, b"watched")
        assert (await next_of(bob)).payload == b"watched"

        bob.watch([OTHER])
        await alice.publish(TOPIC, b"no longer")
        await alice.publish(OTHER, b"now")
        assert (await next_of(bob)).payload == b"now"


async def test_the_same_payload_published_again_arrives_again(nodes: Nodes) -> None:
    """A resend is a new message with a new hash, even within one millisecond."""
    async with nodes("alice", "bob") as (alice, bob):
        bob.watch([TOPIC])
        hashes = [(await alice.publish(TOPIC, b"same")).waku_hash for _ in range(20)]
        received = [await next_of(bob) for _ in range(20)]

        assert len(set(hashes)) == 20
        assert set(hashes) == {message.waku_hash for message in received}
        assert {b"same"} == {message.payload for message in received}


async def test_order_of_one_sender_is_kept_between_neighbours(nodes: Nodes) -> None:
    """Without faults one neighbour's messages come in the order they were sent."""
    async with nodes("alice", "bob") as (alice, bob):
        bob.watch([TOPIC])
        for number in range(50):
            await alice.publish(TOPIC, bytes([number]))

        assert [bytes([number]) for number in range(50)] == [(await next_of(bob)).payload for _ in range(50)]


@pytest.mark.parametrize("size", [0, 1, 65_536, PAYLOAD_BYTES])
async def test_every_size_up_to_the_limit_arrives(nodes: Nodes, size: int) -> None:
    """Empty, small, larger than a frame, and the largest payload."""
    async with nodes("alice", "bob") as (alice, bob):
        bob.watch([TOPIC])
        payload = bytes(size)
        await alice.publish(TOPIC, payload, ephemeral=True)
        received = await next_of(bob)

        assert payload == received.payload
        assert received.ephemeral


async def test_what_is_too_large_is_refused_before_it_is_sent(nodes: Nodes) -> None:
    """Payload, meta and content topic have limits, and the errors carry the numbers."""
    async with nodes("alice", "bob") as (alice, bob):
        with pytest.raises(PayloadTooLargeError) as payload:
            await alice.publish(TOPIC, bytes(PAYLOAD_BYTES + 1))
        with pytest.raises(MetaTooLargeError) as meta:
            await alice.publish(TOPIC, b"", meta=bytes(META_BYTES + 1))
        for topic in ("", "x" * 257, "\ud800"):
            with pytest.raises(ContentTopicError):
                await alice.publish(topic, b"")
            with pytest.raises(ContentTopicError):
                bob.watch([topic])

        assert (payload.value.size, payload.value.limit) == (PAYLOAD_BYTES + 1, PAYLOAD_BYTES)
        assert (meta.value.size, meta.value.limit) == (META_BYTES + 1, META_BYTES)
        assert alice.counts().published == 0


async def test_a_slow_consumer_loses_the_newest_and_it_is_counted(nodes: Nodes) -> None:
    """The channel is bounded; what does not fit is dropped and counted, and the rest is intact."""
    async with nodes("alice", "bob", channel_messages=4) as (alice, bob):
        bob.watch([TOPIC])
        for number in range(10):
            await alice.publish(TOPIC, bytes([number]))
        await until(lambda: bob.counts().received == 10)

        assert [bytes([number]) for number in range(4)] == [(await next_of(bob)).payload for _ in range(4)]
        assert bob.counts().dropped_full == 6
        await alice.publish(TOPIC, b"after")
        assert (await next_of(bob)).payload == b"after"


@pytest.mark.parametrize("shift_ms", [-25_000, 25_000])
async def test_a_timestamp_out_of_the_window_is_refused(nodes: Nodes, shift_ms: int) -> None:
    """A sender whose clock is 25 s off is not relayed, and the refusal is counted."""
    clock = ShiftedClock(shift_ms)
    async with nodes("alice", "bob", clocks={"alice": clock}) as (alice, bob):
        bob.watch([TOPIC])
        await alice.publish(TOPIC, b"from another time")
        clock.shift_ms = shift_ms // 2
        await alice.publish(TOPIC, b"near enough")

        assert (await next_of(bob)).payload == b"near enough"
        assert bob.counts().refused["timestamp outside the window"] == 1


async def test_peers_name_the_others(nodes: Nodes) -> None:
    """Each sees the other's peer id, and addresses end with one's own."""
    async with nodes("alice", "bob") as (alice, bob):
        assert [bob.peer_id] == [peer.peer_id for peer in alice.peers()]
        assert [alice.peer_id] == [peer.peer_id for peer in bob.peers()]
        assert all(address.endswith(f"/p2p/{alice.peer_id}") for address in alice.addresses)
        assert alice.addresses


async def test_a_peer_added_at_run_time_is_a_neighbour(nodes: Nodes) -> None:
    """Both know who dialled whom, and the one who did knows where."""
    async with nodes("alice", "bob", meshed=False) as (alice, bob):
        assert alice.peers() == bob.peers() == ()

        alice.add_peer(bob.addresses[0])
        await neighbours(alice, bob)

        assert [(bob.peer_id, bob.addresses[0], True)] == [
            (peer.peer_id, peer.address, peer.outbound) for peer in alice.peers()
        ]
        assert [(alice.peer_id, False)] == [(peer.peer_id, peer.outbound) for peer in bob.peers()]
        bob.watch([TOPIC])
        await alice.publish(TOPIC, b"hello")
        assert (await next_of(bob)).payload == b"hello"


async def test_a_removed_peer_is_no_neighbour_and_can_be_added_again(nodes: Nodes) -> None:
    """It is not dialled again by itself; removing or adding twice does no harm."""
    async with nodes("alice", "bob", meshed=False) as (alice, bob):
        for _ in range(2):
            for _ in range(2):
                alice.add_peer(bob.addresses[0])
            await neighbours(alice, bob)
            for _ in range(2):
                alice.remove_peer(bob.addresses[0])
            await until(lambda: alice.peers() == bob.peers() == ())


async def test_a_peer_stays_until_its_last_address_is_removed(nodes: Nodes) -> None:
    """An address where nobody is does no harm beside the right one."""
    async with nodes("alice", "bob", meshed=False) as (alice, bob):
        alice.add_peer(bob.addresses[0])
        await neighbours(alice, bob)
        nowhere = f"/ip4/127.0.0.1/tcp/9/p2p/{FAR_ID}"
        alice.add_peer(nowhere)
        alice.remove_peer(nowhere)
        alice.remove_peer("nonsense")

        assert [bob.peer_id] == [peer.peer_id for peer in alice.peers()]


async def test_whoever_dials_stays_when_it_is_removed(nodes: Nodes) -> None:
    """Removing ends our interest, not theirs."""
    async with nodes("alice", "bob", meshed=False) as (alice, bob):
        bob.add_peer(alice.addresses[0])
        await neighbours(alice, bob)
        alice.add_peer(bob.addresses[0])
        alice.remove_peer(bob.addresses[0])

        assert [bob.peer_id] == [peer.peer_id for peer in alice.peers()]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "x" * 10_000,
        "/ip4/127.0.0.1/tcp/4001",
        "/ip4/127.0.0.1/tcp/0/p2p/{peer}",
        "/ip4/127.0.0.1/tcp/70000/p2p/{peer}",
        "/ip4/127.0.0.1/udp/4001/p2p/{peer}",
        "/ip4/127.0.0.1/tcp/4001/p2p/nonsense",
        "/ip4/127.0.0.1/tcp/4001/p2p/{peer}/p2p-circuit",
        "/ip4/localhost/tcp/4001/p2p/{peer}",
        "/ip6/fe80::1%eth0/tcp/4001/p2p/{peer}",
        "/dns4/a b/tcp/4001/p2p/{peer}",
        "/dns4/" + "a" * 300 + "/tcp/4001/p2p/{peer}",
        "/ip4/127.0.0.1/tcp/４/p2p/{peer}",
    ],
)
async def test_an_unusable_address_is_refused(nodes: Nodes, address: str) -> None:
    """And nothing else happens."""
    async with nodes("alice") as (alice,):
        with pytest.raises(InvalidAddressError):
            alice.add_peer(address.replace("{peer}", FAR_ID))


async def test_more_peers_than_are_kept_are_refused(nodes: Nodes) -> None:
    """The error carries the bound; removing one makes room, and one's own address takes none."""
    async with nodes("alice") as (alice,):
        alice.add_peer(alice.addresses[0])
        addresses = [f"/ip4/127.0.0.1/tcp/9/p2p/{peer_id_of(key_of(str(n)))}" for n in range(ADDED_PEERS + 1)]
        for address in addresses[:ADDED_PEERS]:
            alice.add_peer(address)
        with pytest.raises(TooManyPeersError) as caught:
            alice.add_peer(addresses[ADDED_PEERS])

        assert caught.value.limit == ADDED_PEERS
        alice.remove_peer(addresses[0])
        alice.add_peer(addresses[ADDED_PEERS])


async def test_a_change_of_neighbours_is_told(nodes: Nodes) -> None:
    """Whoever waits for one wakes when a neighbour comes, when it goes, and when the network closes."""
    async with nodes("alice", "bob", meshed=False) as (alice, bob):
        for act in (alice.add_peer, alice.remove_peer):
            had = len(alice.peers())
            act(bob.addresses[0])
            with trio.fail_after(WAIT_S):
                while len(alice.peers()) == had:
                    await alice.peers_changed()
    with pytest.raises(NetworkClosedError):
        await alice.peers_changed()


async def test_a_relay_says_that_it_is_one(nodes: Nodes) -> None:
    """To whom it dials and to whoever dials it."""
    async with nodes("alice", "relay", "bob", relays=("relay",)) as (alice, relay, bob):
        for node in (alice, bob):
            await until(lambda node=node: any(peer.relay for peer in node.peers()))  # type: ignore[misc]
            assert [peer.peer_id for peer in node.peers() if peer.relay] == [relay.peer_id]
        assert not any(peer.relay for peer in relay.peers())


async def test_with_fewer_than_three_neighbours_the_own_clock_stands(nodes: Nodes) -> None:
    """One neighbour, however wrong, corrects nobody."""
    async with nodes("alice", "bob", clocks={"bob": ShiftedClock(5_000)}) as (alice, bob):
        bob.watch([TOPIC])
        await alice.publish(TOPIC, b"x")
        await next_of(bob)

        assert alice.time().offset_ms == 0
        assert alice.time().answers < 3


async def test_a_closed_network_ends_its_messages_and_refuses_to_publish(nodes: Nodes) -> None:
    """After the block: what was there can be read, then the channel ends, and publishing raises."""
    async with nodes("alice", "bob") as (alice, bob):
        bob.watch([TOPIC])
        await alice.publish(TOPIC, b"last words")
        await until(lambda: bob.counts().handed_on == 1)

    assert (await next_of(bob)).payload == b"last words"
    with pytest.raises(trio.EndOfChannel):
        await next_of(bob)
    with pytest.raises(NetworkClosedError):
        await bob.publish(TOPIC, b"x")
    with pytest.raises(NetworkClosedError):
        await bob.wait_for_peers(1)


async def test_closing_wakes_who_waits_for_peers(nodes: Nodes) -> None:
    """A waiter is not left behind by a network that closes."""
    refused = trio.Event()

    async def wait(node: Network) -> None:
        with pytest.raises(NetworkClosedError):
            await node.wait_for_peers(99)
        refused.set()

    async with trio.open_nursery() as nursery:
        async with nodes("alice") as (alice,):
            nursery.start_soon(wait, alice)
            await trio.testing.wait_all_tasks_blocked(0.01)
        with trio.fail_after(WAIT_S):
            await refused.wait()
