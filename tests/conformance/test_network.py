"""What every `Network` does, the one in memory and the one over libp2p alike."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from conformance.network_cases import WAIT_S, Nodes, ShiftedClock, memory_nodes, real_nodes, until
from parley.p2p.api import (
    META_BYTES,
    PAYLOAD_BYTES,
    ContentTopicError,
    MetaTooLargeError,
    Network,
    NetworkClosedError,
    PayloadTooLargeError,
    Received,
)

TOPIC = "/parley/1/i-00/proto"
OTHER = "/parley/1/i-ff/proto"


@pytest.fixture(params=[memory_nodes, real_nodes], ids=["memory", "libp2p"])
def nodes(request: pytest.FixtureRequest) -> Nodes:
    return request.param  # type: ignore[no-any-return]


async def next_of(node: Network) -> Received:
    with trio.fail_after(WAIT_S):
        return await node.messages.receive()


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
