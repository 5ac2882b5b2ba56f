"""What a replaying or hostile peer can and can not do to the sessions."""

import pytest

from e2ee.e2ee_people import DAY_MS, NOW_MS, Person, meet, talk
from parley.e2ee import api as e2ee
from parley.e2ee import sessions
from parley.e2ee.device import read_device
from parley.e2ee.pqxdh import Start


def _forget(person: Person, peer: Person) -> None:
    """Make a device start anew with this peer's next message, as the thief of its keys would."""
    state = sessions.read_any_sessions(person.sessions[peer.device_id])
    del state.sessions[:]
    person.sessions[peer.device_id] = sessions.store(state)


def test_replayed_start_opens_nothing_after_its_session_is_gone() -> None:
    """The session expired on day 37, its prekey lives until the second rotation: the replay is refused."""
    alice, bob = meet("alice", "bob")
    first, second = alice.send(bob, b"once"), alice.send(bob, b"twice")
    assert bob.receive(alice, first) == b"once"
    bob.now_ms += 37 * DAY_MS
    bob.rotate()

    for replayed in (first, second):
        with pytest.raises(e2ee.DecryptionError):
            bob.receive(alice, replayed)

    alice.now_ms = bob.now_ms
    assert bob.receive(alice, alice.send(bob, b"new")) == b"new"
    assert bob.summary(alice).sessions == 1


def test_the_memory_of_starts_follows_the_prekeys() -> None:
    """A start is forgotten once its prekey is deleted, because nothing can be agreed on with it any more."""
    alice, bob = meet("alice", "bob")
    first = alice.send(bob, b"once")
    bob.receive(alice, first)
    bob.rotate()
    bob.rotate()
    bob.now_ms += 60 * DAY_MS
    alice.now_ms = bob.now_ms
    bob.receive(alice, alice.send(bob, b"later"))

    state = sessions.read_any_sessions(bob.sessions[alice.device_id])

    assert len(state.seen) == 1
    with pytest.raises(e2ee.DecryptionError):
        bob.receive(alice, first)


def test_a_flood_of_starts_never_evicts_the_established_session() -> None:
    """Whoever holds Alice's keys starts 100 sessions: the one she shares with Bob goes on, and Bob is told."""
    alice, bob = meet("alice", "bob")
    talk(alice, bob)
    assert bob.receive(alice, alice.send(bob, b"her answer on the second chain")) is not None
    thief = Person("alice", wallet=alice.wallet, device=alice.device, sessions=dict(alice.sessions))
    for number in range(100):
        _forget(thief, bob)
        assert bob.receive(thief, thief.send(bob, b"%d" % number)) == b"%d" % number

    assert bob.receive(alice, alice.send(bob, b"still here")) == b"still here"
    assert bob.summary(alice).sessions == sessions.MAX_SESSIONS
    assert bob.summary(alice).evicted == 101 - sessions.MAX_SESSIONS
    state = sessions.read_any_sessions(bob.sessions[alice.device_id])
    assert len(state.seen) == sessions.MAX_SEEN_STARTS
    assert len(bob.sessions[alice.device_id]) < 16 * 1024


def test_the_lowest_generation_is_given_up_first() -> None:
    """Of the sessions that may go, the oldest goes: what is still on the way is most likely on a newer one."""
    alice, bob = meet("alice", "bob")
    for _ in range(sessions.MAX_SESSIONS + 3):
        bob.receive(alice, alice.send(bob, b"a start"))
        _forget(alice, bob)

    state = sessions.read_any_sessions(bob.sessions[alice.device_id])

    assert sorted(session.generation for session in state.sessions) == list(range(4, 12))
    assert state.evicted == 3


def test_starts_that_fell_out_of_memory_are_refused_by_their_generation() -> None:
    """The memory of starts is bounded; what falls out of it is refused for good, not forgotten."""
    alice, bob = meet("alice", "bob")
    first = alice.send(bob, b"the first of many")
    bob.receive(alice, first)
    for _ in range(sessions.MAX_SEEN_STARTS):
        _forget(alice, bob)
        bob.receive(alice, alice.send(bob, b"another"))

    state = sessions.read_any_sessions(bob.sessions[alice.device_id])

    assert state.floor == 1
    assert Start(1, b"e" * 32, b"p" * 32, b"").ephemeral not in {seen.ephemeral for seen in state.seen}
    with pytest.raises(e2ee.DecryptionError):
        bob.receive(alice, first)


def test_own_unanswered_starts_are_not_counted_as_evicted() -> None:
    """Writing to a silent device for months gives up own sessions only and alarms nobody."""
    alice, bob = meet("alice", "bob")
    for _ in range(12):
        last = alice.send(bob, b"are you there")
        alice.now_ms += 7 * DAY_MS
        bob.now_ms = alice.now_ms

    assert alice.summary(bob).evicted == 0
    assert alice.summary(bob).sessions <= sessions.MAX_SESSIONS
    assert bob.receive(alice, last) == b"are you there"


@pytest.mark.parametrize(
    ("floor", "highest", "generation", "accepted"),
    [
        (0, 0, 0, False),
        (0, 0, 1, True),
        (4, 9, 4, False),
        (4, 9, 5, True),
        (0, 9, 9 + (1 << 16), True),
        (0, 9, 10 + (1 << 16), False),
    ],
)
def test_generations_that_may_start(floor: int, highest: int, generation: int, accepted: bool) -> None:
    """Above the floor, and no single start may jump far enough to use up the numbers."""
    state = sessions.new_sessions(b"o" * 32, b"p" * 32)
    state.floor, state.highest = floor, highest

    assert sessions.may_accept(state, Start(generation, b"e" * 32, b"p" * 32, bytes(1088))) is accepted


def test_at_the_last_generation_the_session_is_kept() -> None:
    """The numbers can not overflow: the last session is used on rather than renewed."""
    alice, bob = meet("alice", "bob")
    talk(alice, bob)
    state = sessions.read_any_sessions(alice.sessions[bob.device_id])
    state.highest = state.sessions[0].generation = (1 << 32) - 1
    alice.sessions[bob.device_id] = sessions.store(state)
    alice.now_ms += 30 * DAY_MS

    alice.send(bob, b"on and on")

    assert alice.summary(bob).sessions == 1


def test_a_start_repeated_on_later_messages_is_dropped_after_the_reply() -> None:
    """1,156 bytes are saved on each message once the peer is known to hold the session."""
    alice, bob = meet("alice", "bob")
    talk(alice, bob)
    state = sessions.read_any_sessions(alice.sessions[bob.device_id])

    assert [session.start for session in state.sessions] == [b""]


@pytest.mark.parametrize("damage", [b"", b"\xff\xff", b"\x08\x07"])
def test_damaged_states_are_told_apart_from_peers_mistakes(damage: bytes) -> None:
    """An empty, malformed or unknown version of an own state stops with its own error."""
    alice, bob = meet("alice", "bob")
    alice.sessions[bob.device_id] = e2ee.SessionState(damage)

    with pytest.raises(e2ee.UnreadableStateError):
        alice.send(bob, b"hello")
    with pytest.raises(e2ee.UnreadableStateError):
        e2ee.device_id(e2ee.DeviceState(damage))
    with pytest.raises(e2ee.UnreadableStateError):
        e2ee.describe_sessions(e2ee.SessionState(damage))


def test_a_device_state_with_a_key_of_a_wrong_size_is_refused() -> None:
    """Sizes are checked before any library sees the keys."""
    device = read_device(e2ee.create_device(NOW_MS))
    device.box_private = device.box_private[:-1]

    with pytest.raises(e2ee.UnreadableStateError):
        e2ee.device_id(e2ee.DeviceState(device.SerializeToString()))
