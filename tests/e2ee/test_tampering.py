"""Every byte counts: a change anywhere is noticed, looks like every other failure, and changes nothing."""

from dataclasses import replace

import pytest

from e2ee.e2ee_people import NOW_MS, Person, meet, talk
from parley.e2ee import api as e2ee
from parley.e2ee.device import read_device


def _flip(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def _refuse(bob: Person, alice: Person, envelope: bytes) -> None:
    before = dict(bob.sessions)
    with pytest.raises((e2ee.NotForUsError, e2ee.DecryptionError)):
        bob.receive(alice, e2ee.Envelope(envelope))
    assert bob.sessions == before


def test_each_region_of_a_first_contact() -> None:
    """First byte, KEM ciphertext, X25519 share, body and tag of the HPKE envelope."""
    alice, bob = meet("alice", "bob")
    first = alice.send(bob, b"hello")
    for place in (0, 1, 500, 1087, 1089, 1120, 1121, 3000, len(first) - 17, len(first) - 16, len(first) - 1):
        _refuse(bob, alice, _flip(first, place))
    _refuse(bob, alice, first[:-1])
    _refuse(bob, alice, first + b"\x00")

    assert bob.receive(alice, first) == b"hello"


def test_each_region_of_a_direct_envelope() -> None:
    """First byte, ephemeral key, body and tag of the SealedBox."""
    alice, bob = meet("alice", "bob")
    talk(alice, bob)
    envelope = alice.send(bob, b"hello")
    for place in range(0, len(envelope), 7):
        _refuse(bob, alice, _flip(envelope, place))
    _refuse(bob, alice, envelope[:-1])

    assert bob.receive(alice, envelope) == b"hello"


@pytest.mark.parametrize("established", [False, True])
def test_each_byte_under_the_seal(established: bool) -> None:
    """Anyone can seal, so what stands inside is authenticated again: flag, id, start, header, nonce, text, tag."""
    alice, bob = meet("alice", "bob")
    if established:
        talk(alice, bob)
    opened = e2ee.open_envelope(bob.device, alice.send(bob, b"hello"))
    session = bob.sessions.get(alice.device_id)
    places = range(len(opened.sealed)) if established else range(0, len(opened.sealed), 5)
    for place in places:
        changed = replace(opened, sealed=_flip(opened.sealed, place))
        with pytest.raises(e2ee.DecryptionError) as refused:
            e2ee.decrypt(bob.device, session, alice.bundle, changed, now_ms=NOW_MS)
        assert str(refused.value) == str(e2ee.DecryptionError())
        assert refused.value.__cause__ is None

    _, text = e2ee.decrypt(bob.device, session, alice.bundle, opened, now_ms=NOW_MS)
    assert bytes(text) == b"hello"


def test_head_and_sender_are_bound() -> None:
    """What the sender says about its own set of entries can not be exchanged by someone who seals again."""
    alice, bob, carol = meet("alice", "bob", "carol")
    opened = e2ee.open_envelope(bob.device, alice.send(bob, b"hello"))
    for changed, bundle in (
        (replace(opened, head=bytes(32)), alice.bundle),
        (replace(opened, sender=carol.device_id), carol.bundle),
        (replace(opened, sender=carol.device_id), alice.bundle),
    ):
        with pytest.raises(e2ee.DecryptionError):
            e2ee.decrypt(bob.device, None, bundle, changed, now_ms=NOW_MS)


def test_an_unknown_flag_is_refused() -> None:
    """The flag is no part of what the ratchet authenticates, so it has exactly one valid value for each message."""
    alice, bob = meet("alice", "bob")
    talk(alice, bob)
    opened = e2ee.open_envelope(bob.device, alice.send(bob, b"hello"))
    for flag in (b"\x01", b"\x02", b"\x80"):
        changed = replace(opened, sealed=flag + opened.sealed[1:])
        with pytest.raises(e2ee.DecryptionError):
            e2ee.decrypt(bob.device, bob.sessions[alice.device_id], alice.bundle, changed, now_ms=NOW_MS)


def test_a_device_can_not_write_under_another_name() -> None:
    """Carol binds Alice's id as the sender in all she makes; her own bundle does not decrypt it, nor does Alice's."""
    alice, bob, carol = meet("alice", "bob", "carol")
    forged = read_device(carol.device)
    forged.device_public = alice.device_id
    _, envelope = e2ee.encrypt(
        e2ee.DeviceState(forged.SerializeToString()),
        None,
        bob.bundle,
        b"I am Alice",
        head=bytes(32),
        introduction=b"",
        now_ms=NOW_MS,
    )
    opened = e2ee.open_envelope(bob.device, envelope)
    for bundle in (carol.bundle, alice.bundle):
        with pytest.raises(e2ee.DecryptionError):
            e2ee.decrypt(bob.device, None, bundle, opened, now_ms=NOW_MS)


def test_a_message_for_another_own_device_does_not_fit() -> None:
    """The recipient's device id is bound: nobody can pass a message on as if it were for another."""
    alice, bob, carol = meet("alice", "bob", "carol")
    opened = e2ee.open_envelope(bob.device, alice.send(bob, b"for bob"))

    with pytest.raises(e2ee.DecryptionError):
        e2ee.decrypt(carol.device, None, alice.bundle, opened, now_ms=NOW_MS)


def test_all_refusals_of_an_envelope_look_the_same() -> None:
    """Foreign, damaged and unknown kinds give one error with one message and no cause."""
    alice, bob, carol = meet("alice", "bob", "carol")
    first = alice.send(bob, b"hello")
    seen = set()
    for envelope in (
        first,
        first[:100],
        b"",
        b"\x00" + first[1:],
        b"\x12" + first[1:],
        b"\x1f",
        b"\x12",
        b"\x11",
    ):
        with pytest.raises(e2ee.NotForUsError) as refused:
            e2ee.open_envelope(carol.device, e2ee.Envelope(envelope))
        seen.add((type(refused.value), str(refused.value), refused.value.__cause__))

    assert len(seen) == 1


def test_an_oversized_envelope_is_refused_before_any_work() -> None:
    """Nothing above the largest envelope we make is even tried."""
    alice, bob = meet("alice", "bob")
    talk(alice, bob)
    box = e2ee.open_envelope(bob.device, alice.send(bob, bytes(131_071)))
    assert len(box.sealed) < 140_000

    with pytest.raises(e2ee.NotForUsError):
        e2ee.open_envelope(bob.device, e2ee.Envelope(b"\x12" + bytes(200_000)))
