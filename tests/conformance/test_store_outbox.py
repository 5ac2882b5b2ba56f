"""What every store does with envelopes that wait to be sent."""

from __future__ import annotations

import pytest

from conformance.store_rows import (
    NOW_MS,
    account,
    bytes32,
    contact,
    conversation,
    conversation_id,
    message,
    outbox_entry,
    secret,
)
from conformance.stores import Store
from conformance.test_store import apply, with_bob
from parley.chat.delivery.model import (
    Attempted,
    DueEntry,
    HurriedDevice,
    Settled,
    WaitingConversation,
)


async def test_due_entries_come_with_what_their_topic_is_made_of(store: Store) -> None:
    """Conversation, inbox and the newest secret of the recipient, or none."""
    await with_bob(store, message("first"), outbox_entry("first"))
    assert await store.due(NOW_MS, 10) == (
        DueEntry(outbox_entry("first"), conversation_id("bob"), bytes32("inbox bob"), None),
    )

    await apply(store, secret("bob", 2), secret("bob", 1), secret("me", 3))
    assert await store.due(NOW_MS, 10) == (
        DueEntry(
            outbox_entry("first"), conversation_id("bob"), bytes32("inbox bob"), bytes32("secret bob 2")
        ),
    )


async def test_the_outbox_gives_the_earliest_first_and_what_is_due_only(store: Store) -> None:
    """At most as many as asked; among equals in the order of their messages."""
    await with_bob(store)
    for name, lamport, due_ms in (("a", 9, 100), ("b", 8, 100), ("c", 1, 200), ("d", 7, 50), ("e", 0, 201)):
        await apply(
            store,
            message(name, lamport=lamport),
            outbox_entry(name, next_attempt_ms=due_ms),
            outbox_entry(name, "bob laptop", next_attempt_ms=due_ms + 1000),
        )

    due = [each.entry for each in await store.due(200, 10)]

    assert due == [
        outbox_entry(name, next_attempt_ms=at) for name, at in (("d", 50), ("b", 100), ("a", 100), ("c", 200))
    ]
    assert [each.entry for each in await store.due(200, 2)] == due[:2]
    assert await store.due(49, 10) == ()
    assert await store.next_due_ms() == 50
    assert await store.waiting() == 10


async def test_an_outbox_entry_replaces_the_earlier_one(store: Store) -> None:
    """A message that was encrypted again is sent in its newest form."""
    await with_bob(store, message("first"), outbox_entry("first", attempts=3, last_attempt_ms=5))
    again = outbox_entry("first", envelope=b"encrypted again", next_attempt_ms=NOW_MS - 1)

    await apply(store, again)

    assert [each.entry for each in await store.due(NOW_MS, 10)] == [again]


async def test_an_attempt_is_noted_unless_settled(store: Store) -> None:
    """An attempt that ends after the acknowledgement does not bring the entry back."""
    await with_bob(store, message("first"), outbox_entry("first"))
    attempted = Attempted(bytes32("message first"), bytes32("device bob phone"), 1, NOW_MS, NOW_MS + 60)

    await apply(store, attempted)
    assert [each.entry for each in await store.due(NOW_MS + 60, 10)] == [
        outbox_entry("first", attempts=1, last_attempt_ms=NOW_MS, next_attempt_ms=NOW_MS + 60)
    ]
    assert await store.due(NOW_MS + 59, 10) == ()

    settled = Settled(bytes32("message first"), bytes32("device bob phone"))
    await apply(store, settled)
    await apply(store, attempted)
    await apply(store, settled)
    assert await store.waiting() == 0
    assert await store.next_due_ms() is None


async def test_settling_concerns_one_device(store: Store) -> None:
    """The other devices still wait for the message."""
    await with_bob(store, message("first"), outbox_entry("first"), outbox_entry("first", "bob laptop"))

    await apply(store, Settled(bytes32("message first"), bytes32("device bob phone")))

    assert [each.entry for each in await store.due(NOW_MS, 10)] == [outbox_entry("first", "bob laptop")]


@pytest.mark.parametrize("everyone", [False, True])
async def test_a_device_that_was_heard_from_is_sent_to_soon(store: Store, everyone: bool) -> None:
    """Its back-off begins anew: due a moment after the last attempt, now at the soonest, never later than before."""
    await with_bob(store)
    entries = {
        "old": outbox_entry("old", attempts=7, last_attempt_ms=10, next_attempt_ms=5000),
        "fresh": outbox_entry("fresh", attempts=7, last_attempt_ms=80, next_attempt_ms=5000),
        "soon": outbox_entry("soon", last_attempt_ms=10, next_attempt_ms=90),
        "other": outbox_entry("other", "bob laptop", last_attempt_ms=10, next_attempt_ms=5000),
    }
    await apply(store, *(message(name) for name in entries), *entries.values())

    device_id = None if everyone else bytes32("device bob phone")
    await apply(store, HurriedDevice(device_id, now_ms=100, patience_ms=50))

    entries_now = [each.entry for each in await store.due(5000, 10)]
    due_at = {each.message_id: each.next_attempt_ms for each in entries_now}
    expected = {"old": 100, "fresh": 130, "soon": 90, "other": 100 if everyone else 5000}
    assert all(each.attempts == 0 for each in entries_now if each.next_attempt_ms < 5000)
    assert due_at == {bytes32(f"message {name}"): at for name, at in expected.items()}


async def test_what_waits_is_told_by_conversation(store: Store) -> None:
    """A message for two devices is one, a state update none; the most and last tried and the first due are told."""
    await with_bob(
        store,
        contact("ann"),
        conversation("ann"),
        message("first"),
        message("second"),
        message("update", shown=False),
        message("hers", "ann", shown=False),
        outbox_entry("update", next_attempt_ms=990),
        outbox_entry("first", attempts=3, last_attempt_ms=20, next_attempt_ms=900),
        outbox_entry("first", "bob laptop", attempts=1, last_attempt_ms=30, next_attempt_ms=700),
        outbox_entry("second", next_attempt_ms=800),
        outbox_entry("hers", "ann phone", next_attempt_ms=600),
    )

    assert await store.waiting_conversations() == (
        WaitingConversation(conversation_id("ann"), account("ann"), "Ann", 0, 0, 0, 600),
        WaitingConversation(conversation_id("bob"), account("bob"), "Bob", 2, 3, 30, 700),
    )
    await apply(store, Settled(bytes32("message hers"), bytes32("device ann phone")))
    assert [each.nickname for each in await store.waiting_conversations()] == ["Bob"]
