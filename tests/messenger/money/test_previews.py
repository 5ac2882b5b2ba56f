"""Previews: good for one payment and five minutes."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from parley.messenger.money.errors import ConfirmationError, UnknownFeeError, UnknownPreviewError
from parley.messenger.money.model import AccountKind, FeeOption, MoneyAccount, Preview
from parley.messenger.money.previews import (
    LIFETIME_MS,
    MOST_KEPT,
    Plan,
    Previews,
    check_typed,
    chosen_fee,
)

ACCOUNT = MoneyAccount("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", "Main", AccountKind.INSIDE, own=True)
FEE = FeeOption("normal", 20, 2, 420_000)


class Time:
    """A clock that a test sets."""

    now_ms = 1_790_000_000_000

    def __call__(self) -> int:
        return self.now_ms


def made(previews: Previews, typed: str | None = None) -> Preview:
    """One more preview."""
    preview = Preview(
        preview_id=previews.new_id(),
        chain_id=31337,
        account=ACCOUNT,
        calls=(),
        effects=(),
        simulated=None,
        fails=None,
        warnings=(),
        fees=(FEE,),
        gas=21_000,
        typed=typed,
        as_of_ms=None,
        expires_at_ms=previews.expires_at_ms(),
    )
    return previews.keep(preview, Plan(()))


def test_a_preview_is_good_for_five_minutes() -> None:
    """And not for longer because the clock was set back."""
    time = Time()
    previews = Previews(time, Random(1).randbytes)
    preview = made(previews)
    time.now_ms += LIFETIME_MS - 1
    assert previews.find(preview.preview_id).preview == preview
    time.now_ms += 1
    with pytest.raises(UnknownPreviewError):
        previews.find(preview.preview_id)
    time.now_ms -= LIFETIME_MS + 1
    with pytest.raises(UnknownPreviewError):
        previews.find(preview.preview_id)


def test_what_was_confirmed_is_found_for_longer() -> None:
    """A page that is loaded again leads to the payment."""
    time = Time()
    previews = Previews(time, Random(1).randbytes)
    preview = made(previews)
    previews.find(preview.preview_id).payment_id = "11" * 16
    time.now_ms += 2 * LIFETIME_MS
    assert previews.find(preview.preview_id).payment_id == "11" * 16


def test_so_many_are_kept() -> None:
    """The oldest goes first; an id that was never made is unknown."""
    previews = Previews(Time(), Random(1).randbytes)
    made_ones = [made(previews) for _ in range(MOST_KEPT + 1)]
    assert len({each.preview_id for each in made_ones}) == MOST_KEPT + 1
    for each in (made_ones[0].preview_id, "00" * 16, ""):
        with pytest.raises(UnknownPreviewError):
            previews.find(each)
    assert previews.find(made_ones[1].preview_id).preview == made_ones[1]


def test_what_has_to_be_typed_is_typed() -> None:
    """In capitals or not; nothing else, and nothing where nothing is asked."""
    preview = made(Previews(Time(), Random(1).randbytes), typed="approve")
    check_typed(preview, " Approve ")
    for wrong in ("", "yes", "approv"):
        with pytest.raises(ConfirmationError) as caught:
            check_typed(preview, wrong)
        assert caught.value.word == "approve"
    check_typed(replace(preview, typed=None), "")


def test_a_fee_is_one_of_those_offered() -> None:
    """By its name."""
    preview = made(Previews(Time(), Random(1).randbytes))
    assert chosen_fee(preview, "normal") == FEE
    with pytest.raises(UnknownFeeError):
        chosen_fee(preview, "free")
