"""Reading and writing: what a mark and a draft change, and what they leave alone."""

from __future__ import annotations

import pytest

from parley.chat.delivery.attempt import retry
from parley.chat.delivery.model import DeliveryRow, DeliveryState, DeviceDelivery, HurriedDevice
from parley.chat.errors import ContentTooLongError, UnknownMessageError
from parley.chat.events import DraftChanged, OutboxChanged, ReadPlaceChanged
from parley.chat.reading.mark import MAX_DRAFT_BYTES, keep_draft, mark_read
from parley.chat.reading.model import DraftRow, LoadedReading, ReadRow

CONVERSATION = "c" * 32
EARLY, LATE = (5, b"e" * 32), (9, b"l" * 32)


def test_a_mark_notes_the_place_and_tells_it() -> None:
    """With the time, which late messages are compared with."""
    commit = mark_read(LoadedReading(LATE, None, 3), CONVERSATION, 77)

    assert commit is not None
    assert commit.rows == (ReadRow(CONVERSATION, *LATE, 77),)
    assert commit.events == (ReadPlaceChanged(CONVERSATION),)


def test_a_mark_never_goes_back() -> None:
    """A late message is read without the place moving."""
    commit = mark_read(LoadedReading(EARLY, ReadRow(CONVERSATION, *LATE, 50), 1), CONVERSATION, 77)

    assert commit is not None
    assert commit.rows == (ReadRow(CONVERSATION, *LATE, 77),)


def test_a_mark_without_anything_unread_costs_nothing() -> None:
    """Nothing is written and nobody is told."""
    assert mark_read(LoadedReading(LATE, None, 0), CONVERSATION, 77) is None


def test_a_mark_names_a_message_that_is_shown() -> None:
    """A place that somebody made up could hide all that is still to come."""
    with pytest.raises(UnknownMessageError):
        mark_read(LoadedReading(None, None, 1), CONVERSATION, 77)


@pytest.mark.parametrize(("text", "kept"), [("begun", "begun"), ("  \n", ""), (" x ", " x ")])
def test_a_draft_is_kept_as_it_was_written(text: str, kept: str) -> None:
    """Blanks alone are none."""
    commit = keep_draft("before", CONVERSATION, text, 77)

    assert commit is not None
    assert commit.rows == (DraftRow(CONVERSATION, kept, 77),)
    assert commit.events == (DraftChanged(CONVERSATION),)


def test_a_draft_that_is_kept_already_costs_nothing() -> None:
    """The same text again, or nothing where nothing was."""
    assert keep_draft("same", CONVERSATION, "same", 77) is None
    assert keep_draft("", CONVERSATION, " ", 77) is None


def test_a_draft_is_as_long_as_a_message_may_be() -> None:
    """In bytes; one more is refused."""
    assert keep_draft("", CONVERSATION, "\u00e9" * (MAX_DRAFT_BYTES // 2), 77) is not None
    with pytest.raises(ContentTooLongError) as caught:
        keep_draft("", CONVERSATION, "x" * (MAX_DRAFT_BYTES + 1), 77)

    assert (caught.value.length, caught.value.limit) == (MAX_DRAFT_BYTES + 1, MAX_DRAFT_BYTES)


def test_a_retry_hurries_the_devices_that_are_waited_for() -> None:
    """Not those that have the message, and nothing where none is left."""
    rows = [DeliveryRow(b"m" * 32, each * 32, DeliveryState.SENT, 1, 5) for each in (b"a", b"b")]
    waits, has_it = DeviceDelivery(rows[0], 4, 10, 900), DeviceDelivery(rows[1])

    commit = retry([waits, has_it], 100)

    assert commit is not None
    assert [each.device_id for each in commit.rows if isinstance(each, HurriedDevice)] == [b"a" * 32]
    assert commit.events == (OutboxChanged(),)
    assert retry([has_it], 100) is None
