"""The ratchet module's own promises; the algorithm itself is the library's."""

import pytest
import xeddsa

from parley.e2ee import ratchet, state_pb2
from parley.e2ee.coroutines import drive

AD = b"associated data"
PADDED = bytes(256)


def _pair() -> tuple[state_pb2.Ratchet, state_pb2.Ratchet]:
    private = b"p" * 32
    alice, first = ratchet.begin_sending(b"s" * 32, xeddsa.priv_to_curve25519_pub(private), PADDED, AD)
    bob, _ = ratchet.begin_receiving(b"s" * 32, private, first, AD)
    return alice, bob


def test_absurd_counts_are_refused() -> None:
    """Counts above 2,000 are refused before the library derives keys or warns about them."""
    alice, bob = _pair()
    _, message = ratchet.encrypt(alice, PADDED, AD)
    for place in (32, 36):
        absurd = message[:place] + (2001).to_bytes(4, "big") + message[place + 4 :]
        with pytest.raises(ratchet.RatchetFailedError) as refused:
            ratchet.decrypt(bob, absurd, AD)
        assert refused.value.__cause__ is None


def test_2000_skipped_messages_can_be_read_later() -> None:
    """The jump that is allowed works, and the keys it skipped are kept in order."""
    alice, bob = _pair()
    alice, early = ratchet.encrypt(alice, PADDED, AD)
    for _ in range(1998):
        alice, _ = ratchet.encrypt(alice, PADDED, AD)
    alice, last = ratchet.encrypt(alice, PADDED, AD)

    bob, padded = ratchet.decrypt(bob, last, AD)

    assert padded == PADDED
    assert [len(run.indexes) for run in bob.skipped] == [1999]
    bob, padded = ratchet.decrypt(bob, early, AD)
    assert padded == PADDED
    assert [len(run.indexes) for run in bob.skipped] == [1998]


def test_a_refused_message_changes_nothing() -> None:
    """A forged message that would turn the ratchet leaves the stored ratchet as it was."""
    alice, bob = _pair()
    _, message = ratchet.encrypt(alice, PADDED, AD)
    other_key = xeddsa.priv_to_curve25519_pub(b"x" * 32)
    before = bob.SerializeToString(deterministic=True)

    for forged in (other_key + message[32:], message[:-1] + b"\x00", message[:50], bytes(32) + message[32:]):
        with pytest.raises(ratchet.RatchetFailedError):
            ratchet.decrypt(bob, forged, AD)
        assert bob.SerializeToString(deterministic=True) == before

    _, padded = ratchet.decrypt(bob, message, AD)
    assert padded == PADDED


def test_a_coroutine_that_suspends_is_an_error() -> None:
    """If a library began to wait for something, the steps would no longer be plain functions: said at once."""

    class Suspends:
        def __await__(self):  # type: ignore[no-untyped-def]
            yield

    async def waits() -> None:
        await Suspends()

    with pytest.raises(RuntimeError, match="never suspend"):
        drive(waits())
