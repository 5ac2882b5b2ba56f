"""Names that look alike, told from names that do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.chain.api import look_alike, skeleton


@pytest.mark.parametrize(
    ("known", "other"),
    [
        ("vitalik.eth", "vita1ik.eth"),
        ("vitalik.eth", "vitaIik.eth"),
        ("vitalik.eth", "vita|ik.eth"),
        ("mallory.eth", "rnallory.eth"),
        ("mallory.eth", "rna11ory.eth"),
        ("bob.eth", "b0b.eth"),
        ("bob.eth", "bоb.eth"),  # Cyrillic o
        ("alice.eth", "\u0430lice.eth"),
        ("jose.eth", "josé.eth"),
        ("jose.eth", "jose\u0301.eth"),
        ("alice.eth", "ALICE.eth"),
        ("alice.eth", "al\u200bice.eth"),
        ("alice.eth", "\u202ealice.eth"),
        ("alice.eth", "a l i c e . e t h"),
        ("alice.eth", "ａｌｉｃｅ.eth"),
        ("alice.eth", "𝒶𝓁𝒾𝒸ℯ.eth"),
        ("zalgo.eth", "z\u0351\u036b\u0343algo.eth"),
    ],
)
def test_names_that_look_alike_have_one_skeleton(known: str, other: str) -> None:
    """By letters, digits, marks and what shows nothing."""
    assert skeleton(known) == skeleton(other)


@pytest.mark.parametrize(
    ("known", "other"),
    [
        ("alice.eth", "bob.eth"),
        ("alice.eth", "alicia.eth"),
        ("alice.eth", "alice.xyz"),
        ("bob.eth", "rob.eth"),
    ],
)
def test_others_have_others(known: str, other: str) -> None:
    """A warning that always comes warns of nothing."""
    assert skeleton(known) != skeleton(other)


def test_a_long_name_costs_nothing() -> None:
    """64 KiB of marks: only the start is looked at."""
    assert skeleton("a" + "\u0351" * 64 * 1024) == skeleton("a")


@given(st.text(max_size=80))
def test_a_skeleton_is_its_own(name: str) -> None:
    """What something looks like looks the same, whatever it was."""
    assert skeleton(skeleton(name)) == skeleton(name)


KNOWN = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"


@pytest.mark.parametrize(
    ("address", "alike"),
    [
        ("0x7e5f" + "0" * 32 + "5bdf", True),
        ("0x7E5F4552091A69125d5DfCb7b8C2659029395Bd0"[:-4] + "5BDF", False),  # It is the same.
        ("0x7e5f" + "0" * 33 + "bdf", False),
        ("0x7e50" + "0" * 32 + "5bdf", False),
        ("0x" + "0" * 40, False),
        (KNOWN.lower(), False),
    ],
)
def test_addresses_that_are_alike_at_both_ends(address: str, alike: bool) -> None:
    assert look_alike(address, [KNOWN, "0x" + "1" * 40]) == (KNOWN if alike else None)


def test_the_most_alike_address_is_named() -> None:
    address = "0x7e5f4552" + "0" * 28 + "5bdf"
    less = "0x7e5f" + "3" * 32 + "5bdf"

    assert look_alike(address, [less, KNOWN]) == KNOWN
    assert look_alike(address, [less, KNOWN, address.upper().replace("0X", "0x")]) is None, (
        "it is known itself"
    )
    assert look_alike(address, []) is None
