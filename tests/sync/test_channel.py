"""The steps of a channel, one behaviour at a time."""

from collections.abc import Collection

import pytest

from parley.sync.api import (
    MAX_ACKNOWLEDGEMENTS,
    MAX_AHEAD_MS,
    MAX_CONTENT_BYTES,
    Acknowledged,
    ChannelState,
    Delivered,
    MalformedMessageError,
    Repeated,
    SyncEvent,
    TooFarAheadError,
    UnreadableChannelError,
    WrongChannelError,
    WrongSenderError,
    acknowledge,
    compose,
    mentioned,
    new_channel,
    owe,
    receive,
)
from parley.sync.codec import decode_channel, decode_message
from parley.sync.model import MAX_OWED

CHANNEL = b"c" * 32
ALICE, BOB, CAROL = b"A" * 32, b"B" * 32, b"C" * 32
NOW = 1_700_000_000_000
NOTHING: Collection[bytes] = frozenset()


def channel_of(participant: bytes) -> ChannelState:
    return new_channel(CHANNEL, participant)


def only(events: tuple[SyncEvent, ...]) -> SyncEvent:
    (event,) = events
    return event


def delivered(events: tuple[SyncEvent, ...]) -> Delivered:
    event = events[-1]
    assert isinstance(event, Delivered)
    return event


# Composing


def test_the_lamport_time_is_the_clock_or_one_more() -> None:
    """max(now, lamport + 1): the clock when it moves, one step when it stands or goes back."""
    alice = channel_of(ALICE)
    times = []
    for now_ms in (NOW, NOW, NOW - 5000, NOW + 10):
        alice, message = compose(alice, b"x", now_ms)
        times.append(message.lamport)

    assert times == [NOW, NOW + 1, NOW + 2, NOW + 10]


def test_two_equal_texts_are_two_messages() -> None:
    """The id depends on the lamport time and the history, so that saying "ok" twice is saying it twice."""
    alice, first = compose(channel_of(ALICE), b"ok", NOW)
    alice, second = compose(alice, b"ok", NOW)

    assert first.message_id != second.message_id


def test_a_message_names_the_last_three_of_the_log() -> None:
    """The causes are the last three messages in the order of the log, whoever wrote them, oldest first."""
    alice, bob = channel_of(ALICE), channel_of(BOB)
    names = []
    for now_ms in range(NOW, NOW + 4):
        alice, message = compose(alice, b"a", now_ms)
        names.append(message.message_id)
        bob, _ = receive(bob, ALICE, message.encoded, NOW, NOTHING)
    bob, reply = compose(bob, b"b", NOW)
    alice, events = receive(alice, BOB, reply.encoded, NOW, NOTHING)
    alice, answer = compose(alice, b"a", NOW)

    assert tuple(names[1:]) == delivered(events).causes
    assert (*names[2:], reply.message_id) == decode_message(answer.encoded).causes


def test_a_latecomer_takes_its_place_in_the_history() -> None:
    """A message that arrives late is not the last of the log for having arrived last."""
    alice, early = compose(channel_of(ALICE), b"early", NOW)
    alice, late = compose(alice, b"late", NOW + 1000)
    bob, _ = receive(channel_of(BOB), ALICE, late.encoded, NOW, NOTHING)
    bob, _ = receive(bob, ALICE, early.encoded, NOW, {late.message_id})
    bob, reply = compose(bob, b"reply", NOW)

    assert (early.message_id, late.message_id) == decode_message(reply.encoded).causes
    assert reply.lamport == NOW + 1001


@pytest.mark.parametrize("size", [0, MAX_CONTENT_BYTES + 1])
def test_content_has_its_bounds(size: int) -> None:
    """Empty content would be a sync message, content over 64 KiB an attachment: both bugs of the caller."""
    with pytest.raises(ValueError, match=f"content of {size} bytes"):
        compose(channel_of(ALICE), bytes(size), NOW)


def test_the_largest_content_travels() -> None:
    """64 KiB of content with all the acknowledgements that fit are delivered whole."""
    alice = channel_of(ALICE)
    for number in range(MAX_ACKNOWLEDGEMENTS):
        alice = owe(alice, number.to_bytes(32, "big"))
    alice, message = compose(alice, b"x" * MAX_CONTENT_BYTES, NOW)

    _, events = receive(channel_of(BOB), ALICE, message.encoded, NOW, NOTHING)

    assert delivered(events).content == b"x" * MAX_CONTENT_BYTES


@pytest.mark.parametrize("size", [0, 31, 33])
def test_identifiers_are_32_bytes(size: int) -> None:
    """An identifier of another length is a bug of the caller."""
    with pytest.raises(ValueError, match="identifier"):
        new_channel(bytes(size), ALICE)
    with pytest.raises(ValueError, match="identifier"):
        new_channel(CHANNEL, bytes(size))
    with pytest.raises(ValueError, match="identifier"):
        owe(channel_of(ALICE), bytes(size))


# Receiving


def test_a_message_is_delivered_with_everything_it_says() -> None:
    """What was composed is what is delivered; the causes that are not held are named as missing."""
    alice, first = compose(channel_of(ALICE), b"one", NOW)
    alice, second = compose(alice, b"two", NOW)
    alice, third = compose(alice, b"three", NOW)

    _, events = receive(channel_of(BOB), ALICE, third.encoded, NOW, {first.message_id})

    expected = Delivered(
        message_id=third.message_id,
        sender=ALICE,
        lamport=NOW + 2,
        content=b"three",
        causes=(first.message_id, second.message_id),
        missing=(second.message_id,),
    )
    assert expected == only(events)


def test_a_known_message_is_repeated_and_owed_again() -> None:
    """The second copy is not delivered; the sender may not have heard of the first, so it is owed again."""
    _, message = compose(channel_of(ALICE), b"one", NOW)
    bob, _ = receive(channel_of(BOB), ALICE, message.encoded, NOW, NOTHING)
    bob, lost = acknowledge(bob, NOW)
    assert lost is not None

    bob, events = receive(bob, ALICE, message.encoded, NOW, {message.message_id})
    bob, again = acknowledge(bob, NOW)

    assert only(events) == Repeated(message.message_id)
    assert again is not None
    assert decode_message(again).acknowledged == (message.message_id,)


def test_mentioned_names_all_that_receive_looks_up() -> None:
    """A caller that loads before the step asks for exactly these ids."""

    class Asked(set[bytes]):
        def __contains__(self, name: object) -> bool:
            assert isinstance(name, bytes)
            self.add(name)
            return False

    alice, _ = compose(channel_of(ALICE), b"one", NOW)
    alice, _ = compose(alice, b"two", NOW)
    alice, third = compose(alice, b"three", NOW)
    asked = Asked()

    receive(channel_of(BOB), ALICE, third.encoded, NOW, asked)

    assert set(asked) == set(mentioned(third.encoded))
    assert len(asked) == 3
    assert mentioned(third.encoded)[0] == third.message_id


def test_a_received_time_is_adopted() -> None:
    """An answer comes after what it answers, even from a clock that is behind."""
    _, message = compose(channel_of(ALICE), b"one", NOW + 60_000)
    bob, _ = receive(channel_of(BOB), ALICE, message.encoded, NOW, NOTHING)
    _, reply = compose(bob, b"two", NOW)

    assert reply.lamport == NOW + 60_001


def test_a_time_too_far_ahead_is_refused_and_accepted_later() -> None:
    """More than 24 h ahead nothing changes and nothing is owed; a resend is accepted once time has come."""
    _, message = compose(channel_of(ALICE), b"tomorrow", NOW + MAX_AHEAD_MS + 1)
    bob = channel_of(BOB)

    with pytest.raises(TooFarAheadError) as caught:
        receive(bob, ALICE, message.encoded, NOW, NOTHING)
    assert acknowledge(bob, NOW) == (bob, None)
    _, events = receive(bob, ALICE, message.encoded, NOW + 1, NOTHING)

    assert (caught.value.lamport, caught.value.now_ms) == (NOW + MAX_AHEAD_MS + 1, NOW)
    assert delivered(events).content == b"tomorrow"


def test_a_held_message_is_repeated_whatever_the_clock_says() -> None:
    """A clock set back cannot make a message that was accepted unacceptable."""
    _, message = compose(channel_of(ALICE), b"one", NOW)

    _, events = receive(channel_of(BOB), ALICE, message.encoded, NOW - 2 * MAX_AHEAD_MS, {message.message_id})

    assert only(events) == Repeated(message.message_id)


def test_an_acknowledgement_counts_whatever_the_clocks_say() -> None:
    """A sync message has no place in the order: it is heard from a clock days ahead, its time not adopted."""
    alice, message = compose(channel_of(ALICE), b"one", NOW)
    bob, _ = receive(channel_of(BOB), ALICE, message.encoded, NOW, NOTHING)
    bob, acknowledgement = acknowledge(bob, NOW + 3 * MAX_AHEAD_MS)
    assert acknowledgement is not None

    alice, events = receive(alice, BOB, acknowledgement, NOW, {message.message_id})
    _, following = compose(alice, b"two", NOW)

    assert only(events) == Acknowledged((message.message_id,), BOB)
    assert following.lamport == NOW + 1


def test_a_message_of_another_channel_is_refused() -> None:
    """A message cannot be moved from one conversation into another."""
    _, message = compose(new_channel(b"d" * 32, ALICE), b"one", NOW)

    with pytest.raises(WrongChannelError):
        receive(channel_of(BOB), ALICE, message.encoded, NOW, NOTHING)


def test_a_message_in_another_name_is_refused() -> None:
    """The sender written in the message is the device that was authenticated, or nothing."""
    _, message = compose(channel_of(ALICE), b"one", NOW)

    with pytest.raises(WrongSenderError):
        receive(channel_of(BOB), CAROL, message.encoded, NOW, NOTHING)


def test_our_own_message_coming_back_tells_nothing() -> None:
    """A participant ignores what it sent itself (SDS, "Receive Message")."""
    alice, message = compose(channel_of(ALICE), b"one", NOW)

    assert receive(alice, ALICE, message.encoded, NOW, {message.message_id}) == (alice, ())


def test_garbage_is_malformed() -> None:
    """Bytes that are no message raise, from each function that reads them."""
    with pytest.raises(MalformedMessageError):
        receive(channel_of(BOB), ALICE, b"\xff" * 40, NOW, NOTHING)
    with pytest.raises(MalformedMessageError):
        mentioned(b"\xff" * 40)


def test_a_foreign_state_is_unreadable() -> None:
    """The bytes of another room are not taken for a channel."""
    with pytest.raises(UnreadableChannelError):
        compose(ChannelState(b"ratchet"), b"one", NOW)


# Acknowledging


def test_a_reply_carries_the_acknowledgement() -> None:
    """Nobody who answers at once needs a message of its own to acknowledge."""
    alice, message = compose(channel_of(ALICE), b"one", NOW)
    bob, _ = receive(channel_of(BOB), ALICE, message.encoded, NOW, NOTHING)
    bob, reply = compose(bob, b"two", NOW)

    alice, events = receive(alice, BOB, reply.encoded, NOW, {message.message_id})

    assert events[0] == Acknowledged((message.message_id,), BOB)
    assert delivered(events).content == b"two"
    assert acknowledge(bob, NOW) == (bob, None)


def test_an_acknowledgement_is_never_acknowledged_logged_or_put_in_history() -> None:
    """A sync message leaves no trace at the receiver but its event, and none in the sender's history."""
    alice, message = compose(channel_of(ALICE), b"one", NOW)
    bob, _ = receive(channel_of(BOB), ALICE, message.encoded, NOW, NOTHING)
    bob, acknowledgement = acknowledge(bob, NOW)
    assert acknowledgement is not None
    before = decode_channel(alice)

    alice, events = receive(alice, BOB, acknowledgement, NOW, {message.message_id})
    bob, reply = compose(bob, b"two", NOW)

    assert only(events) == Acknowledged((message.message_id,), BOB)
    assert decode_channel(alice) == before
    assert acknowledge(alice, NOW) == (alice, None)
    assert decode_message(reply.encoded).causes == (message.message_id,)


def test_a_sync_message_takes_the_next_lamport_time() -> None:
    """max(now, lamport + 1) for sync messages too (SDS, "Periodic Sync Message")."""
    _, message = compose(channel_of(ALICE), b"one", NOW)
    bob, _ = receive(channel_of(BOB), ALICE, message.encoded, NOW, NOTHING)
    _, acknowledgement = acknowledge(bob, NOW - 1)
    assert acknowledgement is not None

    assert decode_message(acknowledgement).lamport == NOW + 1


def test_many_acknowledgements_travel_in_several_messages() -> None:
    """One message carries 256, oldest first; the rest stays owed for the next, whatever kind it is."""
    names = [number.to_bytes(32, "big") for number in range(MAX_ACKNOWLEDGEMENTS + 44)]
    bob = channel_of(BOB)
    for name in names:
        bob = owe(bob, name)

    bob, first = acknowledge(bob, NOW)
    bob, second = compose(bob, b"two", NOW)

    assert first is not None
    assert decode_message(first).acknowledged == tuple(names[:MAX_ACKNOWLEDGEMENTS])
    assert decode_message(second.encoded).acknowledged == tuple(names[MAX_ACKNOWLEDGEMENTS:])
    assert acknowledge(bob, NOW) == (bob, None)


def test_a_message_is_owed_once() -> None:
    """Ten copies of a message need one acknowledgement."""
    bob = channel_of(BOB)
    for _ in range(10):
        bob = owe(bob, b"m" * 32)
    _, acknowledgement = acknowledge(bob, NOW)

    assert acknowledgement is not None
    assert decode_message(acknowledgement).acknowledged == (b"m" * 32,)


def test_what_is_owed_is_bounded() -> None:
    """A peer that sends without end fills 18 KiB at most: the oldest is forgotten, until it is resent."""
    bob = channel_of(BOB)
    for number in range(MAX_OWED + 10):
        bob = owe(bob, number.to_bytes(32, "big"))

    owed = decode_channel(bob).owed

    assert owed == tuple(number.to_bytes(32, "big") for number in range(10, MAX_OWED + 10))
    assert len(bob) < 18 * 1024


def test_three_devices_share_a_channel() -> None:
    """Nothing counts to two: each device acknowledges for itself, and its causes come from all."""
    alice, first = compose(channel_of(ALICE), b"one", NOW)
    bob, _ = receive(channel_of(BOB), ALICE, first.encoded, NOW, NOTHING)
    carol, _ = receive(channel_of(CAROL), ALICE, first.encoded, NOW, NOTHING)
    bob, second = compose(bob, b"two", NOW)
    carol, _ = receive(carol, BOB, second.encoded, NOW, {first.message_id})
    carol, third = compose(carol, b"three", NOW)

    alice, from_bob = receive(alice, BOB, second.encoded, NOW, {first.message_id})
    alice, from_carol = receive(alice, CAROL, third.encoded, NOW, {first.message_id, second.message_id})

    assert from_bob[0] == Acknowledged((first.message_id,), BOB)
    assert from_carol[0] == Acknowledged((first.message_id, second.message_id), CAROL)
    assert delivered(from_carol).causes == (first.message_id, second.message_id)
