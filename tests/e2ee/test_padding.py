"""Padding: lengths are buckets, and what was padded comes back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.e2ee.errors import PlainTextTooLongError
from parley.e2ee.padding import BUCKETS, MAX_PLAINTEXT, pad, unpad


@given(st.binary(max_size=5000))
def test_what_was_padded_comes_back(text: bytes) -> None:
    """Any text survives, in the smallest bucket that leaves room for one byte."""
    padded = pad(text)

    assert unpad(padded) == text
    assert len(padded) == min(bucket for bucket in BUCKETS if bucket > len(text))


@pytest.mark.parametrize("bucket", BUCKETS)
def test_edges_of_each_bucket(bucket: int) -> None:
    """A bucket holds one byte less than its size."""
    assert len(pad(bytes(bucket - 1))) == bucket
    if bucket < BUCKETS[-1]:
        assert len(pad(bytes(bucket))) == 2 * bucket


def test_the_largest_text() -> None:
    """131,071 bytes fit, one more is refused with both numbers."""
    assert unpad(pad(b"x" * MAX_PLAINTEXT)) == b"x" * MAX_PLAINTEXT

    with pytest.raises(PlainTextTooLongError) as refused:
        pad(bytes(MAX_PLAINTEXT + 1))
    assert (refused.value.size, refused.value.limit) == (131_072, 131_071)


@given(st.one_of(st.binary(max_size=600), st.sampled_from([b"", bytes(256), b"\x80" * 255, b"\x01" * 256])))
def test_malformed_padding_is_a_value_error(data: bytes) -> None:
    """Any bytes either are a padded text or are refused; nothing else is raised."""
    try:
        text = unpad(data)
    except ValueError:
        return

    assert pad(text) == data
