"""When an outbox entry is tried again, and what an attempt changes."""

from hypothesis import given
from hypothesis import strategies as st

from parley.chat.delivery.attempt import LONGEST_RETRY_MS, STEADY_ATTEMPTS, attempted, retry_delay_ms
from parley.chat.delivery.model import Attempted, DeliveryRow, DeliveryState, DueEntry, OutboxEntry
from parley.chat.events import DeliveryChanged

jitters = st.floats(0, 1, exclude_max=True)


@given(st.integers(1, 10_000), jitters)
def test_the_delay_stays_within_its_bounds(attempts: int, jitter: float) -> None:
    """However often it was tried: never hot, never given up."""
    assert 1_600 <= retry_delay_ms(attempts, jitter) <= LONGEST_RETRY_MS * 1.2


@given(st.integers(1, STEADY_ATTEMPTS), jitters)
def test_the_first_delays_are_even(attempts: int, jitter: float) -> None:
    """Loss is more likely than absence as long as few attempts were made."""
    assert retry_delay_ms(attempts, jitter) == retry_delay_ms(1, jitter)


@given(st.integers(STEADY_ATTEMPTS, STEADY_ATTEMPTS + 7), jitters)
def test_later_delays_double(attempts: int, jitter: float) -> None:
    """With the same jitter each wait is twice the one before."""
    assert abs(retry_delay_ms(attempts + 1, jitter) - 2 * retry_delay_ms(attempts, jitter)) <= 1


def _due(name: bytes) -> DueEntry:
    return DueEntry(OutboxEntry(name * 32, b"d" * 32, b"sealed", 0, 0, 5), "c" * 32, b"i" * 32, None)


def test_an_attempt_that_reached_a_peer_is_sent_and_told() -> None:
    """The page moves from queued to sent with the number of relays."""
    commit = attempted([(_due(b"m"), 3)], now_ms=100, jitter=0.5)

    assert commit.rows == (
        Attempted(b"m" * 32, b"d" * 32, 1, 100, 2_100),
        DeliveryRow(b"m" * 32, b"d" * 32, DeliveryState.SENT, 3, 100),
    )
    assert commit.events == (DeliveryChanged("c" * 32, b"m" * 32),)


def test_an_attempt_that_reached_nobody_is_only_counted() -> None:
    """It must not look sent."""
    commit = attempted([(_due(b"m"), 0)], now_ms=100, jitter=0.5)

    assert commit.rows == (Attempted(b"m" * 32, b"d" * 32, 1, 100, 2_100),)
    assert commit.events == ()
