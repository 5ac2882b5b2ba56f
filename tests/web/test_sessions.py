"""Sessions: what lets a browser in, what ends it, and what is stored."""

from __future__ import annotations

import json

import pytest

from parley.web.sessions import LIFETIME_MS, MAX_SESSIONS, Sessions

NOW_MS = 1_800_000_000_000


def test_only_its_own_token_finds_a_session() -> None:
    """Nothing, another one and a part of it do not."""
    sessions = Sessions()
    begun = sessions.begin("token", NOW_MS)

    assert sessions.find(["token"], NOW_MS) == begun
    for tokens in ([], [""], ["Token"], ["toke"], ["token "], [begun.digest]):
        assert sessions.find(tokens, NOW_MS) is None


def test_a_session_ends_by_time() -> None:
    """After thirty days."""
    sessions = Sessions()
    sessions.begin("token", NOW_MS)

    assert sessions.find(["token"], NOW_MS + LIFETIME_MS - 1)
    assert not sessions.find(["token"], NOW_MS + LIFETIME_MS)


def test_ending_one_leaves_the_others() -> None:
    """And twice is harmless."""
    sessions = Sessions()
    first, second = sessions.begin("first", NOW_MS), sessions.begin("second", NOW_MS)
    sessions.end(first)
    sessions.end(first)

    assert sessions.find(["first"], NOW_MS) is None
    assert sessions.find(["second"], NOW_MS) == second


def test_the_oldest_makes_room() -> None:
    """Links that are used up again and again do not fill anything."""
    sessions = Sessions()
    for number in range(MAX_SESSIONS + 1):
        sessions.begin(f"{number}", NOW_MS + number)

    assert sessions.find(["0"], NOW_MS) is None
    assert sessions.find(["1"], NOW_MS)
    assert len(json.loads(sessions.dump())["sessions"]) == MAX_SESSIONS


def test_they_outlive_a_restart_and_the_file_tells_no_token() -> None:
    """An ended one stays ended."""
    sessions = Sessions()
    ended = sessions.begin("signed-out-before", NOW_MS)
    kept = sessions.begin("still-signed-in", NOW_MS)
    sessions.end(ended)
    stored = sessions.dump()
    again = Sessions(stored)

    assert again.find(["still-signed-in"], NOW_MS) == kept
    assert again.find(["signed-out-before"], NOW_MS) is None
    assert b"still-signed-in" not in stored


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b'{"version": 2, "sessions": []}',
        b'{"version": 1, "sessions": [["short", 9999999999999]]}',
        b'{"version": 1, "sessions": [1]}',
        b'{"version": 1, "sessions": {"a": "b"}}',
    ],
)
def test_a_damaged_file_lets_nobody_in(stored: bytes) -> None:
    """And stops nothing."""
    sessions = Sessions(stored)
    assert json.loads(sessions.dump())["sessions"] == []

    assert sessions.find(["short", "a", ""], NOW_MS) is None
