"""The README says what the code does, and names tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from parley.chat.payments.model import PaymentState
from parley.messenger.money import (
    acquainted,
    addresses,
    book,
    claiming,
    claims,
    following,
    holdings,
    previews,
    rounds,
    tokens,
    wallet_signed,
)

PACKAGE = Path(book.__file__).parent
ROOT = Path(__file__).parents[3]
TEXT = (PACKAGE / "README.md").read_text(encoding="utf-8")
README = " ".join(TEXT.split())


@pytest.mark.parametrize(
    "sentence",
    [
        f"confirmed for {previews.LIFETIME_MS // 60_000} minutes",
        f"{following.settled_after(1)} confirmations on Ethereum, {following.settled_after(10)} elsewhere",
        f"looked at until it has {following.FINAL_AFTER} |",
        f"no node knows it for {following.PATIENCE_MS // 1_000} seconds",
        f"looked for, for {following.LOOKED_FOR_MS // 3_600_000} hours",
        f"not more than {claiming.CLOCKS_DIFFER_MS // 60_000} minutes before",
        f"`{claiming.TOO_EARLY}`, or is `{claiming.TAKEN}`",
        f"(`{following.DIFFERS}`)",
        f"for {holdings.LOOKED_AT_S:.0f} seconds after; {holdings.MOST_LOOKED_AT} accounts at once",
        f"every {rounds.EVERY_S:.0f} s, {rounds.EVERY_S_ON_DEMO:.0f} s on the development chain",
        f"every {rounds.LONGEST_WAIT_S / 60:.0f} minutes in the end",
        f"less and less, every {rounds.GONE_EVERY_S / 60:.0f} minutes in the end |",
        f"the newest {claims.MOST_OF_ONE} of a conversation",
        f"every {wallet_signed.RETRY_S:.0f} s while nobody answers",
        f"{addresses.MOST_ADDRESSES}, labels of {addresses.LABEL_CHARACTERS} characters",
        f"{tokens.MOST_TOKENS} a network",
        f"the newest {acquainted.MOST_PAYMENTS} say who was paid",
    ],
)
def test_each_number_is_the_codes(sentence: str) -> None:
    """Bounds, times and words."""
    assert sentence in README


def test_every_module_is_named() -> None:
    """No file without its line."""
    modules = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}

    assert {each for each in modules if f"`{each}`" in README} == modules


def test_every_state_has_its_line() -> None:
    """Of a payment, in the first column of its table."""
    table = TEXT.partition("## A payment")[2].partition("## A claim")[0]

    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == [
        *(
            "signed",
            "handed",
            "pending",
            "confirming",
            "settled",
            "failed",
            "replaced",
            "dropped",
            "abandoned",
        )
    ]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == {each.value for each in PaymentState}


def test_every_guard_is_there() -> None:
    """Each test that the README, and a comment of the package, names as a guard."""
    named = set()
    for line in TEXT.splitlines():
        file = ""
        for found in re.finditer(r"`(test_\w+\.py)?::(test_\w+)`", line):
            file = found[1] or file
            named.add((f"tests/messenger/money/{file}", found[2]))
    for path in PACKAGE.glob("*.py"):
        for found in re.finditer(r"(tests/[\w/]+\.py)::(test_\w+)", path.read_text(encoding="utf-8")):
            named.add((found[1], found[2]))
    assert len(named) > 30
    missing = {
        f"{path}::{name}"
        for path, name in named
        if not (ROOT / path).is_file() or f"def {name}(" not in (ROOT / path).read_text(encoding="utf-8")
    }
    assert not missing
