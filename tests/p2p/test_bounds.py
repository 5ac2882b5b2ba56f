"""Small bounded things: the seen cache, the way out, the table of half-open connections, timestamps, settings."""

from __future__ import annotations

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from parley.p2p.admission import Admission
from parley.p2p.api import Counts, NodeSettings
from parley.p2p.network import Received, WakuHash
from parley.p2p.network_time import answer, network_time, sample
from parley.p2p.seen import SeenCache
from parley.p2p.stamp_clock import StampClock
from parley.p2p.subscription import WATCHED_TOPICS, Subscription
from parley.p2p.topics import pubsub_topic


def envelope(size: int) -> Received:
    """An envelope of a size."""
    return Received("/x", bytes(size), 0, WakuHash(bytes(32)))


def test_an_id_is_seen_until_its_time_is_over() -> None:
    """A second look does not renew it, as py-libp2p's cache would."""
    seen = SeenCache(ttl_ms=100)

    assert seen.add(b"a", 0)
    assert not seen.add(b"a", 99)
    assert seen.add(b"a", 100)


@given(st.lists(st.binary(min_size=1, max_size=2), max_size=200))
def test_the_seen_cache_is_bounded(keys: list[bytes]) -> None:
    """Never more than its entries, and the newest is always there."""
    seen = SeenCache(entries=10)
    for at, key in enumerate(keys):
        seen.add(key, at)
        assert len(seen) <= 10
        assert key in seen


async def test_large_messages_are_bounded_by_bytes() -> None:
    """The bound on bytes drops before the bound on messages does, and reading makes room again."""
    counts = Counts()
    way_out = Subscription(counts, messages=100, payload_bytes=1_000)
    way_out.watch(["/x"])

    assert [way_out.hand_on(envelope(400)) for _ in range(4)] == [True, True, False, False]
    assert counts.dropped_full == 2
    await way_out.receive.receive()
    assert way_out.hand_on(envelope(400))
    assert not way_out.hand_on(envelope(400))
    assert way_out.hand_on(envelope(100))


async def test_after_closing_nothing_is_handed_on() -> None:
    """What was in the channel can still be read; then it ends."""
    way_out = Subscription(Counts())
    way_out.watch(["/x"])
    way_out.hand_on(envelope(1))
    way_out.close()

    assert not way_out.hand_on(envelope(2))
    assert len((await way_out.receive.receive()).payload) == 1
    with pytest.raises(trio.EndOfChannel):
        await way_out.receive.receive()


def test_the_watched_set_is_bounded() -> None:
    """More topics than there are bytes to tell them apart is a mistake of the caller."""
    with pytest.raises(ValueError, match="topics"):
        Subscription(Counts()).watch([f"/{number}" for number in range(WATCHED_TOPICS + 1)])


def test_a_newcomer_pushes_out_the_oldest_of_the_busiest_host() -> None:
    """The good one of a quiet host stays."""
    dropped: list[str] = []
    table = Admission(half_open=3, established=10, per_host=10)
    for name, host in (("good", "9.9.9.9"), ("bad 1", "6.6.6.6"), ("bad 2", "6.6.6.6"), ("bad 3", "6.6.6.6")):
        table.enter(host, lambda name=name: dropped.append(name))  # type: ignore[misc]

    assert dropped == ["bad 1"]
    assert table.half_open == 3


def test_leaving_the_half_open_table_twice_is_harmless() -> None:
    """A connection that was pushed out leaves as well."""
    table = Admission(1, 1, 1)
    first = table.enter("h", lambda: None)
    table.enter("h", lambda: None)
    table.leave(first)
    table.leave(first)

    assert table.half_open == 1


def test_one_host_gets_its_share_and_this_machine_as_much_as_there_is() -> None:
    """The bound on one address does not count for loopback."""
    table = Admission(4, established=5, per_host=2)

    assert [table.establish("6.6.6.6") for _ in range(3)] == [True, True, False]
    assert [table.establish("127.0.0.1") for _ in range(4)] == [True, True, True, False]
    table.end("6.6.6.6")
    assert table.establish("7.7.7.7")


def test_timestamps_rise_even_when_the_clock_stands_still() -> None:
    """Two publishes in one millisecond have two timestamps; a clock set back is followed."""
    now_ms = [1_000]
    stamps = StampClock(lambda: now_ms[0])
    still = [stamps.next_ns() for _ in range(3)]
    now_ms[0] = 999
    just_before = stamps.next_ns()
    now_ms[0] = -100_000
    far_back = stamps.next_ns()

    assert still == [1_000_000_000, 1_000_000_001, 1_000_000_002]
    assert just_before > still[-1]
    assert far_back == -100_000_000_000
    assert stamps.next_ns(200_000) == 100_000_000_000


@pytest.mark.parametrize(
    ("samples", "offset_ms"),
    [
        ([], 0),
        ([9_000, 9_000], 0),
        ([9_000, 9_000, 9_000], 9_000),
        ([1_999, 1_999, 1_999], 0),
        ([-5_000, -5_000, 10**12], -5_000),
        ([0, 0, 10**12, 10**12, 0], 0),
        ([2_000, 4_000, 6_000, 8_000], 5_000),
    ],
)
def test_the_clock_is_corrected_by_the_median_of_three(samples: list[int], offset_ms: int) -> None:
    """From three neighbours and two seconds on."""
    time = network_time({str(number): value for number, value in enumerate(samples)})

    assert (time.offset_ms, time.answers) == (offset_ms, len(samples))


def test_a_sample_takes_half_the_round_trip_into_account() -> None:
    """Asked at 0, answered at 200 with 1,100: their clock was 1,000 ahead in the middle."""
    nonce = bytes(range(16))

    assert sample(nonce, answer(nonce, 1_100), 0, 200) == 1_000
    assert sample(nonce, answer(bytes(16), 1_100), 0, 200) is None
    assert sample(nonce, answer(nonce, 1_100)[:-1], 0, 200) is None
    assert sample(nonce, answer(nonce, 1_100), 0, 5_001) is None
    assert sample(nonce, answer(nonce, 1_100), 10, 0) is None
    assert sample(nonce, nonce + b"\xff" * 8, 0, 0) is None


def test_the_key_is_not_shown() -> None:
    """The settings may be logged; the identity's secret must not be."""
    settings = NodeSettings(key=b"k" * 32)

    assert "kkk" not in repr(settings)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_key_of_another_size_is_refused(size: int) -> None:
    """An Ed25519 secret has 32 bytes."""
    with pytest.raises(ValueError, match="key"):
        NodeSettings(key=bytes(size))


def test_the_topic_names_cluster_and_shard() -> None:
    """Static sharding, with its ranges."""
    assert pubsub_topic(7337, 0) == "/waku/2/rs/7337/0"
    for cluster_id, shard in ((-1, 0), (65_536, 0), (1, -1), (1, 1_024)):
        with pytest.raises(ValueError, match="range"):
            pubsub_topic(cluster_id, shard)
