"""The canonical encoding: one list of parts, one string of bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.e2ee import lengthprefix


@given(st.lists(st.binary(max_size=40), max_size=8))
def test_parts_come_back(parts: list[bytes]) -> None:
    """split undoes join, whatever the parts hold."""
    assert lengthprefix.split(lengthprefix.join(parts)) == parts


@given(st.binary(max_size=80))
def test_any_bytes_are_the_encoding_of_one_list_or_refused(data: bytes) -> None:
    """There is no second encoding of the same parts."""
    try:
        parts = lengthprefix.split(data)
    except ValueError:
        return

    assert lengthprefix.join(parts) == data


def test_counts_and_sizes_are_exact() -> None:
    """Another number of parts or bytes is refused."""
    with pytest.raises(ValueError, match="2 parts in place of 3"):
        lengthprefix.split_exactly(lengthprefix.join([b"a", b"b"]), 3)
    with pytest.raises(ValueError, match="7 bytes in place of 8"):
        lengthprefix.whole_number(bytes(7))
