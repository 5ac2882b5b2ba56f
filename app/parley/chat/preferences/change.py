"""Change preferences: what is set takes the place of what was."""

from __future__ import annotations

from collections.abc import Callable

from parley.chat.commit import Commit, StateChange, StateKind, StoredState
from parley.chat.errors import MalformedPreferencesError
from parley.chat.events import PreferencesChanged
from parley.chat.preferences.codec import decode_preferences, encode_preferences
from parley.chat.preferences.model import Preferences


def read_preferences(stored: StoredState) -> Preferences:
    """The stored preferences; defaults where nothing is stored, or nothing that can be read.

    A profile has to open whatever is stored here, and nothing in preferences is worth refusing it for.
    """
    try:
        return decode_preferences(stored.state)
    except MalformedPreferencesError:
        return Preferences()


def change_preferences(stored: StoredState, change: Callable[[Preferences], Preferences]) -> Commit | None:
    """One step: the stored preferences, changed; None if that changes nothing.

    Raises:
        ChatError: as `change` refuses.
    """
    changed = encode_preferences(change(read_preferences(stored)))
    if changed == stored.state:
        return None
    return Commit(
        "change_preferences",
        states=(StateChange(StateKind.PREFERENCES, b"", stored.version, changed),),
        events=(PreferencesChanged(),),
    )
