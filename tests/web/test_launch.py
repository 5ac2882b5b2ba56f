"""Launch tokens: once, for ten minutes, of this key only."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.web.errors import LaunchLinkError
from parley.web.launch import LIFETIME_MS, Launches, launch_token

KEY = b"k" * 32
NOW_MS = 1_800_000_000_000
TOKEN = launch_token(KEY, NOW_MS, b"n" * 16)
LETTERS = string.ascii_letters + string.digits + "-_"


def test_a_token_serves_once() -> None:
    """The second time it is refused; another one is not."""
    launches = Launches(KEY)
    launches.redeem(TOKEN, NOW_MS)

    with pytest.raises(LaunchLinkError):
        launches.redeem(TOKEN, NOW_MS)
    launches.redeem(launch_token(KEY, NOW_MS, b"m" * 16), NOW_MS)


def test_it_expires() -> None:
    """To the millisecond; a refused one is not used up."""
    launches = Launches(KEY)
    with pytest.raises(LaunchLinkError):
        launches.redeem(TOKEN, NOW_MS + LIFETIME_MS)

    launches.redeem(TOKEN, NOW_MS + LIFETIME_MS - 1)


def test_a_clock_set_back_brings_nothing_back() -> None:
    """A used token stays used, however the time jumps."""
    launches = Launches(KEY)
    launches.redeem(TOKEN, NOW_MS)
    with pytest.raises(LaunchLinkError):
        launches.redeem(TOKEN, NOW_MS + 2 * LIFETIME_MS)
    with pytest.raises(LaunchLinkError):
        launches.redeem(TOKEN, NOW_MS - LIFETIME_MS)


def test_another_key_is_another_server() -> None:
    """A token from before a restart, or of another person's Parley, is nothing."""
    with pytest.raises(LaunchLinkError):
        Launches(b"j" * 32).redeem(TOKEN, NOW_MS)


@pytest.mark.parametrize("place", range(len(TOKEN)))
def test_every_changed_character_is_refused(place: int) -> None:
    """Expiry, nonce and code alike; the spare bits of the last character too."""
    launches = Launches(KEY)
    for letter in LETTERS:
        if letter != TOKEN[place]:
            with pytest.raises(LaunchLinkError):
                launches.redeem(TOKEN[:place] + letter + TOKEN[place + 1 :], NOW_MS)
    launches.redeem(TOKEN, NOW_MS)


@given(st.text(max_size=100) | st.text(alphabet=LETTERS, min_size=75, max_size=75))
def test_any_text_is_refused_quietly(text: str) -> None:
    """Whatever is in an address, there is one error and no other."""
    with pytest.raises(LaunchLinkError):
        Launches(KEY).redeem(text, NOW_MS)
