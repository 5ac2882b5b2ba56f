"""The seeded shim: what it does is decided by its seed, and it counts what it did."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from parley.p2p.errors import InvalidFaultsError
from parley.p2p.faults import HELD_ENVELOPES, FaultLine, Faults
from parley.p2p.network import Received, WakuHash


def envelope(number: int) -> Received:
    """An envelope that can be told from others."""
    return Received("/x", number.to_bytes(4, "big"), number, WakuHash(bytes(32)))


async def run(faults: Faults, count: int) -> tuple[list[int], FaultLine]:
    """Send envelopes through a shim, a millisecond apart; return the order in which they came out."""
    out: list[int] = []
    async with trio.open_nursery() as nursery:
        line = FaultLine(faults, nursery, lambda received: out.append(received.timestamp_ns))
        for number in range(count):
            line.pass_on(envelope(number))
            await trio.sleep(0.001)
    return out, line


async def test_without_faults_everything_passes_at_once_and_in_order() -> None:
    """The default setting does nothing."""
    out, line = await run(Faults(), 20)

    assert out == list(range(20))
    assert (line.counts.arrived, line.counts.handed_on, line.counts.lost) == (20, 20, 0)


async def test_the_same_seed_gives_the_same_fate(autojump_clock: trio.testing.MockClock) -> None:
    """Two runs of one seed agree to the last envelope; another seed differs."""
    del autojump_clock
    faults = Faults(seed=7, loss=0.3, duplicate=0.2, reorder=0.3, delay_ms=40)
    first, _ = await run(faults, 300)
    second, _ = await run(faults, 300)
    other, _ = await run(Faults(seed=8, loss=0.3, duplicate=0.2, reorder=0.3, delay_ms=40), 300)

    assert first == second
    assert first != other


async def test_counts_say_what_was_done(autojump_clock: trio.testing.MockClock) -> None:
    """Lost, duplicated, reordered: the numbers add up with what came out."""
    del autojump_clock
    out, line = await run(Faults(seed=1, loss=0.3, duplicate=0.2, reorder=0.3), 1_000)
    counts = line.counts

    assert counts.arrived == 1_000
    assert 250 < counts.lost < 350
    assert len(out) == counts.handed_on == 1_000 - counts.lost + counts.duplicated
    assert len(set(out)) == 1_000 - counts.lost
    assert max(Counter(out).values()) == 2
    assert counts.reordered > 100
    assert out != sorted(out)


async def test_loss_of_everything_and_of_nothing() -> None:
    """The ends of the range mean what they say."""
    nothing, _ = await run(Faults(loss=1.0), 50)
    everything, _ = await run(Faults(loss=0.0), 50)

    assert nothing == []
    assert len(everything) == 50


async def test_what_is_held_is_bounded(autojump_clock: trio.testing.MockClock) -> None:
    """With a long delay, envelopes beyond the bound pass at once instead of piling up."""
    del autojump_clock
    out: list[int] = []
    async with trio.open_nursery() as nursery:
        line = FaultLine(Faults(seed=3, delay_ms=60_000), nursery, lambda r: out.append(r.timestamp_ns))
        for number in range(HELD_ENVELOPES + 10):
            line.pass_on(envelope(number))
        assert len(out) == 10
    assert len(out) == HELD_ENVELOPES + 10


def test_a_setting_is_read() -> None:
    """The text of the setting, in any order, with blanks and gaps."""
    parsed = Faults.parse("seed=1, loss=0.3,duplicate=0.2,reorder=0.2,delay_ms=50")

    assert parsed == Faults(seed=1, loss=0.3, duplicate=0.2, reorder=0.2, delay_ms=50)
    assert Faults.parse("") == Faults()
    assert Faults.parse("loss=1") == Faults(loss=1.0)


@pytest.mark.parametrize(
    "text",
    [
        "loss",
        "loss=",
        "loss=x",
        "loss=2",
        "loss=-1",
        "lost=0.1",
        "loss=0.1,loss=0.2",
        "delay_ms=-1",
        "delay_ms=0.5",
        "loss=nan",
    ],
)
def test_a_bad_setting_is_refused(text: str) -> None:
    """Unknown, repeated, missing and impossible values."""
    with pytest.raises(InvalidFaultsError):
        Faults.parse(text)


@given(st.text(max_size=40))
def test_any_text_is_a_setting_or_refused(text: str) -> None:
    """Nothing else comes of reading a setting."""
    with suppress(InvalidFaultsError):
        Faults.parse(text)
