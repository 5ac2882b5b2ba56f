"""What a name or an address looks like, so that one that looks like a known one can be noticed.

ENSIP-15 refuses names whose letters are of several scripts, and whole names of one script that look like another's.
It cannot refuse what is spelled otherwise in one script: "vita1ik", "rnallory", "josé". Two names of one skeleton
(UTS 39, section 4) are to be told apart by their addresses; the same skeleton proves nothing.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from functools import cache

SKELETON_CHARACTERS = 255
_ROUNDS = 8

ALIKE_DIGITS = 4
"""What people compare at each end of an address, and what somebody can find a key for in seconds."""


def skeleton(name: str) -> str:
    """What a name looks like: equal for names that may be taken for each other. Of a long name its start.

    Case, marks above and below letters, blanks and what shows nothing do not count: a mark is overlooked easily.
    The first call reads the table of letters, which takes a tenth of a second.
    """
    shown = name[:SKELETON_CHARACTERS]
    for _ in range(_ROUNDS):  # What a letter looks like may be a capital, which again has a small letter.
        before, folded = shown, unicodedata.normalize("NFKD", shown).casefold()
        shown = "".join(_prototypes().get(each, each) for each in folded if _visible(each))
        # A capital I is an l to the eye, and an i once it is written small.
        shown = shown.casefold().replace("i", "l")
        if shown == before:
            break
    return shown


def skeletons(text: str) -> frozenset[str]:
    """What a text in small letters or capitals looks like: two texts that share one may be taken for each other.

    A name is looked up in small letters. A token's symbol is not: three Greek capitals look like ETH, and their small
    letters like nothing Latin.
    """
    capitals = unicodedata.normalize("NFKD", text[:SKELETON_CHARACTERS])
    shown = "".join(_prototypes().get(each, each) for each in capitals if _visible(each))
    return frozenset({skeleton(text), shown})


def _visible(character: str) -> bool:
    """Whether it is neither a mark nor a blank nor a control or format character."""
    return unicodedata.category(character)[0] not in "MCZ"


@cache
def _prototypes() -> dict[str, str]:
    """The letter or letters that each letter stands for, one for all that look alike.

    The table names pairs, in both directions: around each letter of Unicode's list stand those that look like it. Its
    middle is what has several letters ("rn" for "m"), or else what most others look like.
    """
    from confusable_homoglyphs.confusables import confusables_data

    alike: dict[str, set[str]] = defaultdict(set)
    for one, others in confusables_data.items():
        for other in others:
            # Some stand between marks of direction.
            pair = {"".join(filter(_visible, each)) for each in (one, other["c"])} - {""}
            for each in pair:
                alike[each] |= pair - {each}
    prototypes: dict[str, str] = {}
    seen: set[str] = set()
    for start in sorted(alike):
        if start in seen:
            continue
        group, waiting = {start}, [start]
        while waiting:
            new = alike[waiting.pop()] - group
            group |= new
            waiting += new
        seen |= group
        middle = max(group, key=lambda each: (len(each) > 1, len(alike[each]), each))
        prototypes |= {each: middle for each in group if len(each) == 1 and each != middle}
    return prototypes


def look_alike(address: str, known: Iterable[str]) -> str | None:
    """The known address that another may be taken for: alike by 4 or more hex digits at each end, and not equal.

    Of several the most alike. Pure; 0x and 40 hex digits in any case. Guarded by tests/chain/test_lookalike.py.
    """
    digits = address[2:].lower()
    best, most = None, 0
    for each in known:
        other = each[2:].lower()
        if digits == other:
            # The address itself is known, whatever else looks like it.
            return None
        start, end = _common_start(digits, other), _common_start(digits[::-1], other[::-1])
        if min(start, end) >= ALIKE_DIGITS and start + end > most:
            best, most = each, start + end
    return best


def _common_start(one: str, other: str) -> int:
    return next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
