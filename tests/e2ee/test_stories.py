"""Alice and Bob talk: what a person would notice if encryption got it wrong."""

import pytest

from e2ee.e2ee_people import DAY_MS, NOW_MS, Person, meet, recover, talk
from parley.e2ee import api as e2ee


def test_a_first_message_and_its_reply() -> None:
    """First contact carries the introduction; from the first reply on both send DIRECT envelopes without it."""
    alice, bob = meet("alice", "bob")

    first = alice.send(bob, b"hello bob")
    opened = e2ee.open_envelope(bob.device, first)

    assert e2ee.envelope_kind(first) is e2ee.Kind.FIRST_CONTACT
    assert opened.sender == alice.device_id
    assert opened.head == alice.head
    assert opened.introduction is not None
    introduced = e2ee.read_contact_record(opened.introduction, recover, NOW_MS)
    assert [device.name for device in introduced.devices] == ["alice"]
    assert bob.receive(alice, first) == b"hello bob"

    reply = bob.send(alice, b"hello alice")

    assert e2ee.envelope_kind(reply) is e2ee.Kind.DIRECT
    assert e2ee.open_envelope(alice.device, reply).introduction is None
    assert alice.receive(bob, reply) == b"hello alice"
    assert e2ee.envelope_kind(alice.send(bob, b"and on")) is e2ee.Kind.DIRECT


def test_first_contact_is_repeated_until_something_came_back() -> None:
    """Each message before the first reply can open the session alone: only the third arrives here."""
    alice, bob = meet("alice", "bob")
    sent = [alice.send(bob, text) for text in (b"one", b"two", b"three")]

    assert {e2ee.envelope_kind(envelope) for envelope in sent} == {e2ee.Kind.FIRST_CONTACT}
    assert bob.receive(alice, sent[2]) == b"three"
    assert bob.receive(alice, sent[0]) == b"one"
    assert bob.receive(alice, sent[1]) == b"two"
    assert bob.summary(alice).sessions == 1


def test_an_envelope_can_be_forced_to_be_a_first_contact() -> None:
    """A device that lacks our delivery secret is reached as in first contact even after it was heard from."""
    alice, bob = meet("alice", "bob")
    talk(alice, bob)

    forced = alice.send(bob, b"again", kind=e2ee.Kind.FIRST_CONTACT)

    assert e2ee.envelope_kind(forced) is e2ee.Kind.FIRST_CONTACT
    assert bob.receive(alice, forced) == b"again"


def test_messages_arrive_in_any_order_and_some_never() -> None:
    """A lost message costs itself only; a late one is still read."""
    alice, bob = meet("alice", "bob")
    talk(alice, bob)
    sent = [alice.send(bob, b"%d" % number) for number in range(20)]

    arriving = [17, 3, 19, 0, 5]

    assert [bob.receive(alice, sent[number]) for number in arriving] == [
        b"%d" % number for number in arriving
    ]
    assert alice.receive(bob, bob.send(alice, b"got some")) == b"got some"
    late = alice.send(bob, b"a new chain")
    assert bob.receive(alice, late) == b"a new chain"
    assert bob.receive(alice, sent[11]) == b"11"


def test_a_duplicate_is_refused_and_changes_nothing() -> None:
    """What was decrypted once is not decrypted again, in first contact or later."""
    alice, bob = meet("alice", "bob")
    first = alice.send(bob, b"hello")
    bob.receive(alice, first)
    before = bytes(bob.sessions[alice.device_id])

    with pytest.raises(e2ee.DecryptionError):
        bob.receive(alice, first)

    assert bytes(bob.sessions[alice.device_id]) == before


def test_both_start_at_once() -> None:
    """Two sessions begin; both are read, both sides agree on one, and it is the one with the lower id."""
    for _ in range(4):  # Which of the two ids is lower is random.
        alice, bob = meet("alice", "bob")
        from_alice, from_bob = alice.send(bob, b"hi bob"), bob.send(alice, b"hi alice")

        assert bob.receive(alice, from_alice) == b"hi bob"
        assert alice.receive(bob, from_bob) == b"hi alice"
        for turn in range(3):
            assert bob.receive(alice, alice.send(bob, b"a%d" % turn)) == b"a%d" % turn
            assert alice.receive(bob, bob.send(alice, b"b%d" % turn)) == b"b%d" % turn
        assert alice.summary(bob) == bob.summary(alice)
        assert alice.summary(bob).sessions == 2
        ids = {
            e2ee.open_envelope(to.device, by.send(to, b"which")).sealed[1:17]
            for by, to in ((alice, bob), (bob, alice))
        }
        began = {
            e2ee.open_envelope(to.device, e).sealed[1:17] for to, e in ((bob, from_alice), (alice, from_bob))
        }
        assert ids == {min(began)}


def test_a_fresh_session_after_500_messages() -> None:
    """The 501st message starts anew; what was sent in the session before is still read afterwards."""
    alice, bob = meet("alice", "bob")
    talk(alice, bob)
    late = alice.send(bob, b"late")
    for _ in range(497):
        alice.send(bob, b"lost")
    assert alice.summary(bob).generation == 1

    fresh = alice.send(bob, b"fresh")

    assert alice.summary(bob).generation == 2
    assert e2ee.envelope_kind(fresh) is e2ee.Kind.DIRECT
    assert bob.receive(alice, fresh) == b"fresh"
    assert bob.receive(alice, late) == b"late"
    reply = bob.send(alice, b"on the fresh one")
    assert (
        e2ee.open_envelope(alice.device, reply).sealed[1:17]
        == (e2ee.open_envelope(bob.device, fresh).sealed[1:17])
    )
    assert alice.receive(bob, reply) == b"on the fresh one"


def test_a_fresh_session_after_7_days_and_the_old_one_until_day_37() -> None:
    """Age renews a session; the old one goes on reading until its last message's TTL is over."""
    alice, bob = meet("alice", "bob")
    talk(alice, bob)
    alice.now_ms += 7 * DAY_MS - 1
    late, too_late = alice.send(bob, b"last day"), alice.send(bob, b"too late")
    assert alice.summary(bob).generation == 1
    alice.now_ms += 1
    fresh = alice.send(bob, b"fresh")
    assert alice.summary(bob).generation == 2

    bob.now_ms += 37 * DAY_MS - 1

    assert bob.receive(alice, late) == b"last day"
    bob.now_ms += 1
    with pytest.raises(e2ee.DecryptionError):
        bob.receive(alice, too_late)
    assert bob.receive(alice, fresh) == b"fresh"


def test_generations_never_fall_after_a_long_silence() -> None:
    """All sessions expired, the next start is still above every one before, so both sides choose it."""
    alice, bob = meet("alice", "bob")
    for _ in range(3):
        talk(alice, bob)
        alice.now_ms = bob.now_ms = alice.now_ms + 7 * DAY_MS
    alice.now_ms = bob.now_ms = alice.now_ms + 100 * DAY_MS
    talk(alice, bob)

    assert alice.summary(bob).sessions == 1
    assert alice.summary(bob).generation == bob.summary(alice).generation == 4


def test_prekeys_rotate_with_the_previous_pair_kept() -> None:
    """A bundle one rotation old still starts a session; one two rotations old does not, and nothing is harmed."""
    alice, bob = meet("alice", "bob")
    old_bundle = bob.bundle
    assert not e2ee.prekeys_due(bob.device, NOW_MS + 30 * DAY_MS - 1)
    assert e2ee.prekeys_due(bob.device, NOW_MS + 30 * DAY_MS)
    first = alice.send_to(old_bundle, bob.device_id, b"to the old prekey")
    carol = Person("carol")
    second = carol.send_to(old_bundle, bob.device_id, b"to the older prekey")

    bob.rotate()
    assert bob.receive(alice, first) == b"to the old prekey"
    bob.rotate()
    with pytest.raises(e2ee.DecryptionError):
        bob.receive(carol, second)

    assert bob.device_id == e2ee.device_id(bob.device)
    assert bob.receive(carol, carol.send(bob, b"to the new one")) == b"to the new one"


def test_an_unanswered_session_is_started_again_under_a_newer_bundle() -> None:
    """What nobody answered may have gone to a prekey that is gone, so the newest bundle is used at once."""
    alice, bob = meet("alice", "bob")
    alice.send(bob, b"lost")
    bob.rotate()
    bob.rotate()

    again = alice.send(bob, b"again")

    assert alice.summary(bob).generation == 2
    assert bob.receive(alice, again) == b"again"


def test_an_answered_session_goes_on_under_a_newer_bundle() -> None:
    """Rotation alone does not restart a session both sides hold."""
    alice, bob = meet("alice", "bob")
    talk(alice, bob)
    bob.rotate()

    assert bob.receive(alice, alice.send(bob, b"on")) == b"on"
    assert alice.summary(bob).generation == 1


def test_nobody_else_can_open_or_claim_it() -> None:
    """Another device can not remove the seal; another sender's bundle does not fit the sender inside."""
    alice, bob, carol = meet("alice", "bob", "carol")
    first = alice.send(bob, b"for bob")
    with pytest.raises(e2ee.NotForUsError):
        e2ee.open_envelope(carol.device, first)
    with pytest.raises(e2ee.DecryptionError):
        bob.receive(carol, first)
    talk(alice, bob)
    direct = alice.send(bob, b"for bob")
    with pytest.raises(e2ee.NotForUsError):
        e2ee.open_envelope(carol.device, direct)

    assert bob.receive(alice, direct) == b"for bob"


def test_a_session_is_not_used_with_another_device() -> None:
    """Handing in the wrong session is the caller's bug and said so, not a failed decryption."""
    alice, bob, carol = meet("alice", "bob", "carol")
    talk(alice, bob)
    bob.sessions[carol.device_id] = bob.sessions[alice.device_id]

    with pytest.raises(e2ee.WrongPeerError):
        bob.send(carol, b"hello")


def test_too_long_texts_are_refused_with_the_numbers() -> None:
    """16 KiB in first contact, 131,071 bytes afterwards; the largest of both arrive."""
    alice, bob = meet("alice", "bob")
    with pytest.raises(e2ee.PlainTextTooLongError) as first:
        alice.send(bob, bytes(16385))
    assert (first.value.size, first.value.limit) == (16385, 16384)
    assert bob.receive(alice, alice.send(bob, bytes(16384))) == bytes(16384)
    alice.receive(bob, bob.send(alice, b"yes"))

    largest = alice.send(bob, bytes(131_071))

    assert len(largest) <= 150 * 1024
    assert bob.receive(alice, largest) == bytes(131_071)
    with pytest.raises(e2ee.PlainTextTooLongError) as later:
        alice.send(bob, bytes(131_072))
    assert (later.value.size, later.value.limit) == (131_072, 131_071)


def test_a_large_introduction_fits_beside_the_largest_first_content() -> None:
    """64 KiB of record and 16 KiB of content stay under the network's 150 KiB; more record is refused."""
    alice, bob = meet("alice", "bob")

    def first_contact(size: int) -> e2ee.Envelope:
        _, envelope = e2ee.encrypt(
            alice.device,
            None,
            bob.bundle,
            bytes(16384),
            head=alice.head,
            introduction=bytes(size),
            now_ms=NOW_MS,
        )
        return envelope

    assert len(first_contact(65536)) == 1 + 1136 + 131_072
    with pytest.raises(e2ee.PlainTextTooLongError):
        first_contact(65537)


@pytest.mark.parametrize(("size", "bucket"), [(0, 256), (255, 256), (256, 512), (60_000, 65536)])
def test_lengths_fall_in_buckets(size: int, bucket: int) -> None:
    """DIRECT envelopes differ in length only by bucket."""
    alice, bob = meet("alice", "bob")
    talk(alice, bob)

    assert len(alice.send(bob, bytes(size))) == bucket + 210


def test_first_contacts_fall_in_buckets() -> None:
    """First contacts are padded as a whole, introduction included."""
    alice, bob = meet("alice", "bob")

    assert {len(alice.send(bob, bytes(size))) for size in (0, 100, 250, 2000)} == {1 + 1136 + 8192}


def test_head_must_be_32_bytes() -> None:
    """A head of another size would shift what stands behind it."""
    alice, bob = meet("alice", "bob")

    with pytest.raises(ValueError, match="32 bytes"):
        e2ee.encrypt(alice.device, None, bob.bundle, b"", head=b"short", introduction=b"", now_ms=0)
