"""Any bytes from the network are either read or refused with this room's errors; nothing else is ever raised."""

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from e2ee.e2ee_people import NOW_MS, Person, meet, recover, talk
from parley.e2ee import api as e2ee
from parley.e2ee import lengthprefix
from parley.e2ee.bundle import read_bundle
from parley.e2ee.envelope import Kind, seal

FUZZ = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def people() -> tuple[Person, Person]:
    alice, bob = meet("alice", "bob")
    talk(alice, bob)
    return alice, bob


@st.composite
def mutations(draw: st.DrawFn, original: bytes) -> bytes:
    """Cut, overwrite, insert or repeat somewhere in a valid encoding."""
    data = bytearray(original)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(data)))
        junk = draw(st.binary(max_size=40))
        end = place if draw(st.booleans()) else min(len(data), place + draw(st.integers(0, 80)))
        data[place:end] = junk
    return bytes(data)


def _open(person: Person, envelope: bytes) -> None:
    with suppress(e2ee.NotForUsError):
        e2ee.open_envelope(person.device, e2ee.Envelope(envelope))


@FUZZ
@given(data=st.data())
def test_open_envelope(people: tuple[Person, Person], data: st.DataObject) -> None:
    """Random bytes, mutated envelopes, and sealed nonsense of both kinds."""
    alice, bob = people
    _open(bob, data.draw(st.binary(max_size=300)))
    _open(bob, data.draw(mutations(_direct(alice, bob))))
    inner = data.draw(st.binary(max_size=200))
    peer = read_bundle(bob.bundle)
    _open(bob, seal(Kind.DIRECT, peer, inner, b"", b"", b""))
    _open(bob, seal(Kind.FIRST_CONTACT, peer, inner, b"", b"", b""))


_made: dict[bytes, bytes] = {}


def _direct(alice: Person, bob: Person) -> bytes:
    if bob.device_id not in _made:
        _made[bob.device_id] = alice.send(bob, b"hello")
    return _made[bob.device_id]


@FUZZ
@given(data=st.data())
def test_decrypt(people: tuple[Person, Person], data: st.DataObject) -> None:
    """Anything under a seal that names a known sender: with and without a session, random and mutated."""
    alice, bob = people
    opened = e2ee.open_envelope(bob.device, e2ee.Envelope(_direct(alice, bob)))
    first = e2ee.open_envelope(bob.device, Person("alice2", alice.wallet, alice.device).send(bob, b"x"))
    for original in (opened, first):
        sealed = data.draw(st.one_of(st.binary(max_size=1400), mutations(original.sealed)))
        head = data.draw(st.binary(max_size=33))
        for session in (None, bob.sessions[alice.device_id]):
            changed = replace(original, sealed=sealed, head=head)
            with pytest.raises(e2ee.DecryptionError):
                e2ee.decrypt(bob.device, session, alice.bundle, changed, now_ms=NOW_MS)


@FUZZ
@given(data=st.data())
def test_bundle(people: tuple[Person, Person], data: st.DataObject) -> None:
    """A bundle that is not byte for byte one its device signed is refused."""
    original = people[0].bundle
    changed = data.draw(st.one_of(st.binary(max_size=3000), mutations(original)))
    if changed == original:
        return
    with pytest.raises(e2ee.InvalidBundleError):
        read_bundle(e2ee.Bundle(changed))


@FUZZ
@given(data=st.data())
def test_read_contact_record(people: tuple[Person, Person], data: st.DataObject) -> None:
    """Mutated records, and well-formed containers of mutated parts."""
    alice, _ = people
    entry = data.draw(mutations(alice.entry))
    parts = [b"\x01", alice.account.encode(), lengthprefix.join([entry]), lengthprefix.join([alice.bundle])]
    place = data.draw(st.integers(0, 3))
    shuffled = [data.draw(st.binary(max_size=60)) if at == place else part for at, part in enumerate(parts)]
    for record in (
        data.draw(st.binary(max_size=200)),
        data.draw(mutations(alice.record)),
        lengthprefix.join(parts),
        lengthprefix.join(shuffled),
    ):
        try:
            read = e2ee.read_contact_record(record, recover, NOW_MS)
        except e2ee.InvalidContactRecordError:
            continue
        assert read.account == alice.account


@FUZZ
@given(data=st.data())
def test_unsigned_endorsement(people: tuple[Person, Person], data: st.DataObject) -> None:
    """What decodes encodes to the same bytes."""
    encoded, *_ = lengthprefix.split(people[0].entry)
    changed = data.draw(st.one_of(st.binary(max_size=300), mutations(encoded)))
    try:
        unsigned = e2ee.UnsignedEndorsement.decode(changed)
    except e2ee.InvalidEndorsementError:
        return

    assert unsigned.encode() == changed
