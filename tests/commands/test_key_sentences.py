"""Whatever goes wrong with keys, a person at the terminal is told in one sentence of its own."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest

from parley.commands.sentences import sentence_of
from parley.database import errors

FACTS: dict[str, Any] = {
    "path": Path("profile.key"),
    "reason": "cut",
    "found": 7,
    "supported": 1,
    "memory_bytes": 2**28,
    "kind": "wallet",
    "cause": "KeyringLocked",
    "limit_s": 60.0,
}
ROOTS = (errors.KeyfileError, errors.SlotError, errors.SystemKeyringError)
ERRORS = [
    each
    for each in vars(errors).values()
    if inspect.isclass(each) and issubclass(each, ROOTS) and each not in (*ROOTS, errors.KeyfileExistsError)
]


def made(error: type[Exception]) -> Exception:
    """One of this kind."""
    return error(*(FACTS[name] for name in inspect.signature(error).parameters))


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_every_error_of_keys_has_a_sentence(error: type[Exception]) -> None:
    """Which names no path, and no fact that only a developer understands."""
    sentence = sentence_of(made(error))

    assert sentence is not None
    assert sentence.endswith(".")
    assert "KeyringLocked" not in sentence


def test_no_two_errors_share_a_sentence() -> None:
    """What to do about each is another thing."""
    assert len({sentence_of(made(each)) for each in ERRORS}) == len(ERRORS) >= 14
