"""What a form is shown again with, when what it asked for could not be done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio
from fastapi import FastAPI

from parley.web.attempts import Attempts
from parley.web.errors import explain, known
from parley.web.explanation import Explanation
from parley.web.language import ngettext


def problem_of(app: FastAPI, error: Exception) -> Explanation:
    """The explanation of an error that somebody can do something about; any other is raised again."""
    found = known(error)
    if found is not None:
        return found
    sentence: str | None = app.state.sentence_of(error)
    if sentence is None:
        raise error
    return Explanation(503, sentence)


async def attempt(
    app: FastAPI, opening: Callable[[], Awaitable[None]], *wrong: type[Exception]
) -> tuple[Explanation, int] | None:
    """Try a passphrase or what stands for it; None if it was right.

    Args:
        wrong: the errors of a wrong one, which make the next try wait.

    Returns:
        What is to be told, and the seconds to wait.
    """
    attempts: Attempts = app.state.attempts
    # One at a time, over all browsers: each costs 256 MiB, and tries side by side would all count as the first.
    # Guarded by tests/web/test_unlocking.py::test_wrong_passphrases_wait_longer_each_time.
    async with app.state.unlocking:
        if wait := attempts.wait_s(trio.current_time()):
            return Explanation(429, _not_yet(wait)), wait
        try:
            await opening()
        except wrong as error:
            wait = attempts.was_wrong(trio.current_time())
            explanation = explain(error)
            return Explanation(explanation.status, explanation.text, _not_yet(wait)), wait
        except Exception as error:
            return problem_of(app, error), 0
        attempts.was_right()
    return None


def _not_yet(wait: int) -> str:
    return ngettext("Try again in %(n)d second.", "Try again in %(n)d seconds.", wait) % {"n": wait}
