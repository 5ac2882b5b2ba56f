"""Saved addresses: checked, bounded, kept."""

from __future__ import annotations

import pytest

from harness.money_book import ALICE, BOB, CAROL, BookWorld
from parley.chain.api import checksummed
from parley.chat.commit import Commit
from parley.chat.payments.model import SavedAddress
from parley.messenger.errors import InvalidAddressError, WrongChecksumError
from parley.messenger.money.addresses import MOST_ADDRESSES, saved_label
from parley.messenger.money.errors import InvalidSavedLabelError, TooManySavedError


async def test_an_address_is_saved() -> None:
    """In its one spelling, by label, and told; again, it takes the place of what was; it outlives a restart."""
    world = BookWorld()
    async with world.open() as book:
        await book.save_address(f" {CAROL.lower()} ", "  Carol\t of the  chess club ", False)
        await book.save_address(BOB, "Bob", True)
        saved = await book.saved_addresses()
        assert [(each.address, each.label, each.watched) for each in saved] == [
            (BOB, "Bob", True),
            (CAROL, "Carol of the chess club", False),
        ]
        assert world.money_changed() == 2
        await book.save_address(BOB.upper().replace("X", "x"), "Z", False)
    async with world.open() as book:
        saved = await book.saved_addresses()
        assert [(each.address, each.label, each.watched) for each in saved][1:] == [(BOB, "Z", False)]
        await book.forget_address(BOB.lower())
        await book.forget_address(ALICE)
        assert [each.address for each in await book.saved_addresses()] == [CAROL]
        # One commit for each change, and none where there was nothing to change.
        assert [each.step for each in world.commits] == ["save_address"] * 3 + ["forget_address"]


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        (BOB[:-1] + "9", WrongChecksumError),
        (BOB[:-1], InvalidAddressError),
        (BOB + "0", InvalidAddressError),
        ("bob.eth", InvalidAddressError),
        ("", InvalidAddressError),
        (f"eip155:1:{BOB}", InvalidAddressError),
        ("00" + BOB[2:], InvalidAddressError),
        ("0x" + "\u0661" * 40, InvalidAddressError),
    ],
)
async def test_what_is_no_address(typed: str, error: type[Exception]) -> None:
    """A wrong digit is noticed by its capitals; nothing is stored."""
    world = BookWorld()
    async with world.open() as book:
        with pytest.raises(error):
            await book.save_address(typed, "Bob", True)
        with pytest.raises(error):
            await book.forget_address(typed)
    assert not world.commits


@pytest.mark.parametrize(
    "typed", ["B", "b" * 64, " " * 100 + "b", "\u0411\u043e\u0431", "Bob's caf\u00e9 (new)"]
)
def test_a_label(typed: str) -> None:
    """As it was typed, but for the blanks."""
    assert saved_label(typed) == typed.strip()


@pytest.mark.parametrize("typed", ["", "  \t ", "b" * 65, "b" + " " * 300 + "b", "b" * 100_000])
def test_no_label(typed: str) -> None:
    """None, or too much."""
    with pytest.raises(InvalidSavedLabelError) as caught:
        saved_label(typed)
    assert caught.value.limit == 64


@pytest.mark.parametrize(
    "typed", ["Bob\u202e", "B\u200bob", "\u2066Bob", "Bob\0", "Z\u0334\u0335\u0336\u0337"]
)
def test_a_label_that_cannot_be_shown_as_it_is(typed: str) -> None:
    """What turns the direction, shows nothing, or covers the lines around it."""
    with pytest.raises(InvalidSavedLabelError):
        saved_label(typed)


async def test_no_more_than_are_kept() -> None:
    """The next one is refused; one that is there can still be changed, and another takes a freed place."""
    world = BookWorld()
    rows = [
        SavedAddress(checksummed(f"0x{each:040x}"), "x", True, 1) for each in range(1, MOST_ADDRESSES + 1)
    ]
    await world.store.apply(Commit("before", rows=tuple(rows)))
    async with world.open() as book:
        with pytest.raises(TooManySavedError) as caught:
            await book.save_address(BOB, "Bob", True)
        assert caught.value.limit == MOST_ADDRESSES
        await book.save_address(rows[0].address, "changed", False)
        await book.forget_address(rows[1].address)
        await book.save_address(BOB, "Bob", True)
        assert len(await book.saved_addresses()) == MOST_ADDRESSES
