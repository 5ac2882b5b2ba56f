"""The room's README tells of every address."""

from __future__ import annotations

from pathlib import Path

from fastapi.routing import APIRoute

import parley.web.money
from parley.chat.payments.bounds import MAX_TEXT_CHARACTERS
from parley.messenger.money.paying import MAX_BATCH_ID_CHARACTERS
from parley.web.money import (
    answering,
    asking,
    asking_signed,
    calling,
    keeping,
    overview,
    previews,
    receiving,
    sending,
)

FOLDER = Path(parley.web.money.__file__).parent
README = (FOLDER / "README.md").read_text()


def test_every_route_is_in_the_readme() -> None:
    """With its method; and it names no route that is gone."""
    rooms = (answering, asking, asking_signed, calling, keeping, overview, previews, receiving, sending)
    routes = [each for room in rooms for each in room.router.routes]
    addresses = {
        f"`{'/'.join(each.methods or ())} {each.path}`" for each in routes if isinstance(each, APIRoute)
    }
    rows = [line.split("|")[1].strip() for line in README.splitlines() if line.startswith("| `")]
    told = {row for row in rows if row.startswith(("`GET ", "`POST "))}

    assert len(addresses) == len(routes)
    assert told == addresses


def test_every_file_is_in_the_map() -> None:
    """By its name."""
    files = {each.name for each in FOLDER.glob("*.py")} - {"__init__.py"}

    assert {each for each in files if f"`{each}`" not in README} == set()


def test_its_numbers_are_true() -> None:
    """The limits it names are the ones in force."""
    assert f"the newest {overview.PAGE_PAYMENTS};" in README
    assert f"`code` (at most {sending.MAX_CODE} characters)" in README
    assert f"(at most {MAX_BATCH_ID_CHARACTERS} characters)" in README
    assert f"`note` (at most {MAX_TEXT_CHARACTERS} characters)" in README
