"""What is to be looked up outside the chain, in bytes that a contract chose."""

from __future__ import annotations

import tracemalloc
from contextlib import suppress

import pytest
from eth_abi.abi import decode, encode
from hypothesis import given
from hypothesis import strategies as st

from chain.lookups import QUERY_SELECTOR, SENDER, query, revert
from parley.chain.lookup import LOOKUP_SELECTOR, Lookup, Request, read_batch, read_lookup

urls = st.lists(st.text(st.characters(codec="ascii"), max_size=40), max_size=6)


@given(urls, st.binary(max_size=200), st.binary(max_size=200))
def test_a_lookup_is_read_as_it_was_written(some: list[str], data: bytes, extra: bytes) -> None:
    """With the first four gateways."""
    found = read_lookup(revert(SENDER, some, data, extra), SENDER)
    assert found == Lookup(Request(SENDER, tuple(some[:4]), data), b"back", extra)
    call = found.callback(b"response")
    assert call[:4] == b"back"
    assert decode(["bytes", "bytes"], call[4:]) == (b"response", extra)


@given(st.binary(max_size=600), st.data())
def test_any_bytes_are_a_lookup_or_none(noise: bytes, draws: st.DataObject) -> None:
    """Also those of one with some changed; nothing else is raised."""
    good = bytearray(revert(SENDER, ["https://a", "https://b"], b"data", b"extra"))
    batch = bytearray(query([(SENDER, ["https://a"], b"data")]))
    for whole in (good, batch):
        for _ in range(3):
            at = draws.draw(st.integers(4, len(whole) - 1))
            whole[at] = draws.draw(st.integers(0, 255))
    for each in (LOOKUP_SELECTOR + noise, bytes(good), bytes(good[: len(noise)])):
        with suppress(ValueError):
            read_lookup(each, SENDER)
    for each in (bytes(batch[:4]) + noise, bytes(batch), bytes(batch[: len(noise)])):
        with suppress(ValueError):
            read_batch(each)


def test_a_lookup_of_another_contract() -> None:
    """What a contract called inside wants looked up is not what the one that was called wants."""
    with pytest.raises(ValueError, match="another"):
        read_lookup(revert("0x" + "11" * 20, ["https://a"]), SENDER)


def overlapping(count: int, length: int) -> bytes:
    """An array of so many offsets that all lead to the same long text behind them."""
    return (
        encode(["uint256"], [count])
        + encode(["uint256"], [32 * count]) * count
        + encode(["uint256"], [length])
        + b"a" * length
    )


@pytest.mark.parametrize("kind", ["lookup", "batch"])
def test_a_lookup_that_unpacks_without_end(kind: str) -> None:
    """Offsets that overlap make 60 KB gigabytes where they are followed; the first few are read, or none."""
    tracemalloc.start()
    try:
        if kind == "lookup":
            tail = overlapping(900, 2_000)
            head = encode(
                ["address", "uint256", "uint256", "bytes4", "uint256"],
                [SENDER, 160, 160 + len(tail) - 2_032, b"back", 160 + len(tail) - 2_032],
            )
            found = read_lookup(LOOKUP_SELECTOR + head + tail, SENDER)
            assert len(found.request.urls) == 4
        else:
            data = QUERY_SELECTOR + encode(["uint256", "uint256"], [32, 900])
            data += encode(["uint256"], [32 * 900]) * 900 + overlapping(900, 2_000)
            with pytest.raises(ValueError, match="too many"):
                read_batch(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 512 * 1024


def test_what_is_out_of_bounds_is_no_lookup() -> None:
    """Each part has its bound, and the whole."""
    for urls, data, extra in (
        (["https://" + "a" * 2048], b"", b""),
        (["https://a"], bytes(32 * 1024 + 1), b""),
        (["https://a"], b"", bytes(64 * 1024)),
    ):
        with pytest.raises(ValueError, match=r"long|no lookup"):
            read_lookup(revert(SENDER, urls, data, extra), SENDER)
