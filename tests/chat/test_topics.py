"""Content topics: buckets that name nobody, and a watch that survives midnight."""

from hypothesis import given
from hypothesis import strategies as st

from parley.chat.direct.topics import conversation_topic, inbox_topic, watched_topics

DAY_MS = 24 * 60 * 60 * 1000
times = st.integers(DAY_MS, 2**45)
keys = st.binary(min_size=32, max_size=32)


def test_an_inbox_topic_names_the_first_byte_only() -> None:
    """256 buckets: enough company, little traffic of others."""
    assert inbox_topic(b"\x0a" + b"\xff" * 31) == "/parley/1/i-0a/proto"


@given(keys, keys, times, st.integers(-DAY_MS, DAY_MS))
def test_a_sender_whose_clock_is_a_day_off_is_still_heard(
    inbox: bytes, secret: bytes, now_ms: int, skew_ms: int
) -> None:
    """Yesterday, today and tomorrow are watched."""
    assert conversation_topic(secret, now_ms + skew_ms) in watched_topics(inbox, [secret], now_ms)


def test_the_bucket_of_a_secret_moves_from_day_to_day() -> None:
    """Who listens for months cannot tie one bucket to one person."""
    topics = {conversation_topic(b"\x07" * 32, day * DAY_MS) for day in range(1, 31)}

    assert len(topics) > 20


def test_each_secret_adds_at_most_three_topics() -> None:
    """The watch stays small."""
    watched = watched_topics(b"\x01" * 32, [bytes([each]) * 32 for each in range(5)], 10 * DAY_MS)

    assert inbox_topic(b"\x01" * 32) in watched
    assert len(watched) <= 1 + 5 * 3
