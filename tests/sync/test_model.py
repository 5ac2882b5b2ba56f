"""What the nouns of sync show of themselves."""

from parley.sync.model import Delivered, LogEntry, Message, SdsMessage

SECRET = b"meet me at noon"


def test_content_never_shows_in_a_repr() -> None:
    """A log line of any value that carries content does not contain it."""
    name = bytes(32)

    shown = (
        repr(Message(name, name, name, 1, (), (), SECRET))
        + repr(SdsMessage(name, 1, SECRET))
        + repr(Delivered(name, name, 1, SECRET, (), ()))
    )

    assert "noon" not in shown


def test_places_in_the_log_compare_by_time_and_then_by_id() -> None:
    """Messages of one lamport time stand in ascending order of id (SDS, "Resolve Conflicts")."""
    first, second, third = LogEntry(1, b"\xff"), LogEntry(2, b"\x00"), LogEntry(2, b"\x01")

    assert [first, second, third] == sorted([third, second, first])
