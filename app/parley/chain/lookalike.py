"""What a name looks like, so that a name that looks like a known one can be noticed.

ENSIP-15 refuses names whose letters are of several scripts, and whole names of one script that look like another's.
It cannot refuse what is spelled otherwise in one script: "vita1ik", "rnallory", "josé". Two names of one skeleton
(UTS 39, section 4) are to be told apart by their addresses; the same skeleton proves nothing.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from functools import cache

SKELETON_CHARACTERS = 255
_ROUNDS = 8


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
