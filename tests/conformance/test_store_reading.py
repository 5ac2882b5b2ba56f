"""What every store does with read places, drafts and deliveries, in memory and on disk."""

from __future__ import annotations

import pytest

from conformance.store_rows import (
    NOW_MS,
    bytes32,
    commit,
    contact,
    conversation,
    conversation_id,
    delivery,
    draft,
    message,
    outbox_entry,
    read_place,
)
from conformance.stores import Store
from parley.chat.commit import Row
from parley.chat.delivery.model import Attempted, DeliveryState, DeviceDelivery, Settled
from parley.chat.reading.model import MAX_UNREAD, LoadedReading, is_unread
from parley.database.api import InconsistentCommitError

QUEUED, SENT, DELIVERED = DeliveryState.QUEUED, DeliveryState.SENT, DeliveryState.DELIVERED


async def with_bob(store: Store, *rows: Row) -> None:
    """Bob and the conversation with him, and more."""
    await store.apply(commit(contact("bob"), conversation("bob"), *rows))


async def unread(store: Store) -> int:
    """How many messages of Bob's are unread, as the list says and as a step is told."""
    (summary,) = await store.conversations()
    loaded = await store.load_reading(summary.conversation_id, bytes32("no message"))
    shown = await store.messages(summary.conversation_id, MAX_UNREAD)
    read = await store.read_place(summary.conversation_id)

    assert loaded == LoadedReading(None, read, summary.unread)
    if summary.unread < MAX_UNREAD:
        assert summary.unread == sum(is_unread(each, read) for each in shown)
    return summary.unread


async def test_received_messages_are_unread_until_they_were_read(store: Store) -> None:
    """Own ones never are, nor what is not shown; what comes after the place is unread again."""
    await with_bob(
        store,
        message("first", own=False, lamport=NOW_MS),
        message("own", lamport=NOW_MS + 1),
        message("hidden", own=False, shown=False, lamport=NOW_MS + 2),
        message("second", own=False, lamport=NOW_MS + 3),
    )
    assert await unread(store) == 2

    await store.apply(commit(read_place()))
    assert await unread(store) == 1

    await store.apply(commit(read_place(lamport=NOW_MS + 3, message_id=bytes32("message second"))))
    assert await unread(store) == 0

    await store.apply(commit(message("third", own=False, lamport=NOW_MS + 4)))
    assert await unread(store) == 1


async def test_a_message_that_comes_late_is_unread_before_the_place(store: Store) -> None:
    """It arrived after the mark was made, wherever it stands."""
    await with_bob(store, message("first", own=False, at_ms=NOW_MS), read_place(marked_at_ms=NOW_MS + 10))
    await store.apply(commit(message("early", own=False, lamport=NOW_MS - 5, at_ms=NOW_MS + 10)))
    assert await unread(store) == 0

    await store.apply(commit(message("late", own=False, lamport=NOW_MS - 4, at_ms=NOW_MS + 11)))
    assert await unread(store) == 1


async def test_no_more_unread_messages_are_counted_than_a_bound(store: Store) -> None:
    """Before the place and after it together."""
    await with_bob(
        store,
        *(message(f"{n}", own=False, lamport=NOW_MS + n, at_ms=NOW_MS + 1) for n in range(MAX_UNREAD + 5)),
    )
    assert await unread(store) == MAX_UNREAD

    middle = NOW_MS + MAX_UNREAD // 2
    await store.apply(commit(read_place(lamport=middle, message_id=bytes32(f"message {MAX_UNREAD // 2}"))))
    assert await unread(store) == MAX_UNREAD


async def test_a_reading_is_loaded_with_the_place_of_a_shown_message(store: Store) -> None:
    """Not of one that is hidden, nor of another conversation's."""
    await with_bob(
        store, message("first"), message("hidden", shown=False), contact("ann"), conversation("ann")
    )
    await store.apply(commit(message("of ann", "ann"), read_place("ann")))

    for name, place in {"first": (NOW_MS, bytes32("message first")), "hidden": None, "of ann": None}.items():
        loaded = await store.load_reading(conversation_id("bob"), bytes32(f"message {name}"))
        assert loaded == LoadedReading(place, None, 0)
    assert await store.read_place(conversation_id("ann")) == read_place("ann")
    nowhere = await store.load_reading(conversation_id("nobody"), bytes32("message first"))
    assert nowhere == LoadedReading(None, None, 0)


async def test_a_draft_is_kept_replaced_and_removed(store: Store) -> None:
    """One a conversation; an empty text takes it away, and the list shows it."""
    await with_bob(store)
    for text in ("begun", "begun and\nmore \U0001f44d", "", "again"):
        await store.apply(commit(draft(text)))

        assert await store.draft(conversation_id("bob")) == text
        assert [each.draft for each in await store.conversations()] == [text]


@pytest.mark.parametrize("row", [draft("lost", "nobody"), read_place("nobody")])
async def test_a_conversation_that_is_not_there_has_neither(store: Store, row: Row) -> None:
    """Nothing is kept for it."""
    with pytest.raises(InconsistentCommitError):
        await store.apply(commit(row))


async def test_the_list_says_how_far_the_last_message_has_come(store: Store) -> None:
    """As its slowest device says; nothing is said of a received one."""
    await with_bob(
        store,
        message("first"),
        delivery("first", "bob phone", QUEUED),
        delivery("first", "bob laptop", QUEUED),
    )
    await store.apply(commit(delivery("first", "bob phone", SENT, 1)))
    assert [each.last_state for each in await store.conversations()] == [QUEUED]

    await store.apply(commit(delivery("first", "bob laptop", DELIVERED)))
    assert [each.last_state for each in await store.conversations()] == [SENT]

    await store.apply(commit(message("answer", own=False, lamport=NOW_MS + 1)))
    assert [each.last_state for each in await store.conversations()] == [None]


async def test_deliveries_say_when_a_message_was_first_sent_and_what_is_next(store: Store) -> None:
    """A resend renews the number of peers and keeps the first time; once delivered nothing is next."""
    name, phone, laptop = bytes32("message first"), bytes32("device bob phone"), bytes32("device bob laptop")
    await with_bob(
        store,
        message("first"),
        *(delivery("first", each, QUEUED) for each in ("bob phone", "bob laptop")),
        outbox_entry("first"),
    )
    for count, at_ms in ((3, NOW_MS + 1), (2, NOW_MS + 2)):
        await store.apply(
            commit(
                delivery("first", "bob phone", SENT, count, at_ms),
                Attempted(name, phone, 1, at_ms, at_ms + 60),
            )
        )
    waiting = {each.row.device_id: each for each in await store.deliveries(name)}

    assert list(waiting) == sorted([phone, laptop])
    assert waiting[laptop] == DeviceDelivery(delivery("first", "bob laptop", QUEUED))
    assert (waiting[phone].row.relays, waiting[phone].row.sent_at_ms) == (2, NOW_MS + 1)
    assert (waiting[phone].attempts, waiting[phone].last_attempt_ms, waiting[phone].next_attempt_ms) == (
        1,
        NOW_MS + 2,
        NOW_MS + 62,
    )

    await store.apply(commit(delivery("first", "bob phone", DELIVERED, 0, NOW_MS + 9), Settled(name, phone)))
    delivered = next(each for each in await store.deliveries(name) if each.row.device_id == phone)
    assert (delivered.row.state, delivered.row.changed_at_ms) == (DELIVERED, NOW_MS + 9)
    assert (delivered.row.sent_at_ms, delivered.next_attempt_ms) == (NOW_MS + 1, None)
