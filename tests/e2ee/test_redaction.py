"""Secrets do not reach logs by being printed."""

import pytest

from e2ee.e2ee_people import NOW_MS, meet
from parley.e2ee import api as e2ee
from parley.e2ee.pqxdh import SessionKey


@pytest.mark.parametrize("kind", [e2ee.DeviceState, e2ee.SessionState, e2ee.PlainText])
def test_secret_bytes_never_show_their_content(kind: type[bytes]) -> None:
    """repr, str, format and %-formatting of each secret kind of bytes show a size only."""
    secret: object = kind(b"attack at dawn")

    shown = [
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret!r}",
        repr([secret]),
    ]

    assert all("attack" not in text and "14 bytes" in text for text in shown)
    assert secret == b"attack at dawn"


def test_what_the_api_returns_is_redacted() -> None:
    """The functions hand out the redacted kinds, not plain bytes."""
    alice, bob = meet("alice", "bob")
    state, envelope = e2ee.encrypt(
        alice.device, None, bob.bundle, b"attack", head=alice.head, introduction=b"", now_ms=NOW_MS
    )
    opened = e2ee.open_envelope(bob.device, envelope)
    received, text = e2ee.decrypt(bob.device, None, alice.bundle, opened, now_ms=NOW_MS)

    assert [type(value) for value in (alice.device, state, received, text)] == [
        e2ee.DeviceState,
        e2ee.SessionState,
        e2ee.SessionState,
        e2ee.PlainText,
    ]
    assert "attack" not in repr((alice.device, state, received, text))


def test_an_opened_envelope_does_not_show_who_wrote_it() -> None:
    """Sender, head and introduction are what the seal hides, so they are not printed either."""
    alice, bob = meet("alice", "bob")
    opened = e2ee.open_envelope(bob.device, alice.send(bob, b"attack"))

    assert repr(opened) == f"<Opened FIRST_CONTACT: {len(opened.sealed)} bytes>"


def test_session_key_never_shows_its_secret() -> None:
    """The secret a ratchet starts from is redacted inside the room too."""
    assert repr(SessionKey(b"attack at dawn", b"hash")) == "<SessionKey>"
