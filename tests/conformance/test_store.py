"""What every store of the product does, in memory and on disk."""

from __future__ import annotations

import pytest
import trio

from conformance.store_rows import (
    NOW_MS,
    account,
    bytes32,
    channel_state,
    commit,
    contact,
    conversation,
    conversation_id,
    delivery,
    device_state,
    message,
    outbox_entry,
    peer,
    preferences_state,
    profile,
    secret,
    seen,
    session_state,
    vault_state,
)
from conformance.stores import Store
from parley.chat.commit import Row, StateChange, StoredState
from parley.chat.delivery.model import (
    Attempted,
    DeliveryState,
    DueEntry,
    HurriedDevice,
    Outgoing,
    Settled,
    WaitingConversation,
)
from parley.chat.direct.model import ConversationSummary, LoadedSession, ShownMessage
from parley.chat.errors import StaleStateError, StorageError
from parley.chat.events import OutboxChanged
from parley.chat.network.model import ForgottenPeer
from parley.database.api import DuplicateMessageError, InconsistentCommitError

QUEUED, SENT, DELIVERED = DeliveryState.QUEUED, DeliveryState.SENT, DeliveryState.DELIVERED


async def apply(store: Store, *parts: Row | StateChange) -> None:
    """Apply one commit of these parts."""
    await store.apply(commit(*parts))


async def with_bob(store: Store, *parts: Row | StateChange) -> None:
    """Bob and the conversation with him, and more."""
    await apply(store, contact("bob"), conversation("bob"), *parts)


# Profile and states


async def test_an_empty_store_has_nothing(store: Store) -> None:
    """Every read of a new store says so."""
    assert await store.profile() is None
    assert await store.device_state() == StoredState(0, None)
    assert await store.vault() == StoredState(0, None)
    assert await store.preferences() == StoredState(0, None)
    assert await store.contact(account("bob")) is None
    assert await store.contact_of_device(bytes32("device bob phone")) is None
    assert await store.load_conversation(conversation_id("bob")) is None
    assert await store.load_conversation_with(bytes32("device bob phone")) is None
    assert await store.seen(bytes32("envelope")) is None
    assert await store.held([bytes32("message one")]) == frozenset()
    assert await store.delivery_secrets(account("bob")) == ()
    assert await store.conversations() == ()
    assert await store.messages(conversation_id("bob"), 10) == ()
    assert await store.message(bytes32("message one")) is None
    assert await store.due(NOW_MS, 10) == ()
    assert await store.deliveries(bytes32("message one")) == ()
    assert await store.read_place(conversation_id("bob")) is None
    assert await store.draft(conversation_id("bob")) == ""
    assert await store.next_due_ms() is None
    assert await store.waiting() == 0
    assert await store.waiting_conversations() == ()
    assert await store.remembered_peers(7337) == ()


async def test_the_profile_is_one_row(store: Store) -> None:
    """A second profile replaces the first; a wallet outside has no account key."""
    await apply(store, profile())
    assert await store.profile() == profile()

    outside = profile(account=account("other"), account_key=None, record=b"newer", head=bytes32("newer"))
    await apply(store, outside)
    assert await store.profile() == outside


async def test_a_state_counts_its_versions(store: Store) -> None:
    """Each change of a state raises its version by one."""
    await apply(store, device_state(0, b"first"))
    assert await store.device_state() == StoredState(1, b"first")

    await apply(store, device_state(1, b"second"))
    assert await store.device_state() == StoredState(2, b"second")


@pytest.mark.parametrize("read_version", [0, 1, 3, 99])
async def test_a_stale_state_fails_the_whole_commit(store: Store, read_version: int) -> None:
    """Whoever read another version than the stored one stores nothing, rows included."""
    await apply(store, device_state(0, b"first"))
    await apply(store, device_state(1, b"second"))

    with pytest.raises(StaleStateError) as caught:
        await apply(
            store, session_state("bob phone", 0, b"new"), device_state(read_version, b"stale"), profile()
        )

    assert (caught.value.kind, caught.value.read_version, caught.value.stored_version) == (
        "device",
        read_version,
        2,
    )
    assert await store.device_state() == StoredState(2, b"second")
    assert await store.profile() is None
    await apply(store, session_state("bob phone", 0, b"still new"))


async def test_a_state_that_is_not_stored_was_not_read(store: Store) -> None:
    """A change that claims to have read a state which is not there is stale."""
    with pytest.raises(StaleStateError):
        await apply(store, channel_state("bob", 1, b"state"))


async def test_one_commit_cannot_change_a_state_twice(store: Store) -> None:
    """The second change was read before the first one and is stale."""
    with pytest.raises(StaleStateError):
        await apply(store, device_state(0, b"one"), device_state(0, b"two"))

    assert await store.device_state() == StoredState()


async def test_states_of_different_kinds_are_apart(store: Store) -> None:
    """A channel and a session under the same key do not meet."""
    await with_bob(store)
    await apply(store, channel_state("bob", 0, b"channel"), session_state("bob phone", 0, b"session"))
    await apply(store, session_state("bob phone", 1, b"session 2"))

    loaded = await store.load_conversation(conversation_id("bob"))

    assert loaded is not None
    assert (loaded.channel_version, loaded.channel) == (1, b"channel")
    assert loaded.sessions == (LoadedSession(contact("bob").devices[0], 2, b"session 2"),)


async def test_device_vault_and_preferences_are_apart(store: Store) -> None:
    """All three lie under the empty key, and each counts its own versions."""
    await apply(store, device_state(0, b"device"), vault_state(0, b"vault"), preferences_state(0, b"set"))
    await apply(store, vault_state(1, b"vault 2"))

    assert await store.device_state() == StoredState(1, b"device")
    assert await store.vault() == StoredState(2, b"vault 2")
    assert await store.preferences() == StoredState(1, b"set")


async def test_an_empty_state_is_not_a_missing_one(store: Store) -> None:
    """Empty bytes are stored as they are."""
    await apply(store, device_state(0, b""))

    assert await store.device_state() == StoredState(1, b"")


# Atomicity


FAILING: dict[str, tuple[Row | StateChange, ...]] = {
    "a message stored already": (message("first"),),
    "a message of an unknown conversation": (message("lost", of="nobody"),),
    "a delivery of an unknown message": (delivery("lost", "bob phone", QUEUED),),
    "an outbox entry of an unknown message": (outbox_entry("lost"),),
    "a conversation with an unknown account": (conversation("nobody"),),
    "a stale state": (session_state("bob phone", 7, b"stale"),),
    "a cause of a wrong size": (message("other", causes=(b"short",)),),
}


@pytest.mark.parametrize("failing", FAILING)
async def test_a_commit_whose_last_row_fails_changes_nothing(store: Store, failing: str) -> None:
    """Nothing of a failing commit is stored: no row of any table and no state."""
    await with_bob(store, message("first"), delivery("first", "bob phone", QUEUED), outbox_entry("first"))
    await apply(store, session_state("bob phone", 0, b"session"), channel_state("bob", 0, b"channel"))
    before = await everything(store)

    with pytest.raises((StorageError, ValueError)):
        await apply(
            store,
            profile(),
            contact("bob", devices=("laptop", "tablet")),
            contact("carol"),
            conversation("carol"),
            conversation("bob", given_secret_id=b"x" * 16),
            message("second", lamport=NOW_MS + 1),
            message("third", of="carol"),
            delivery("first", "bob phone", DELIVERED, 3),
            delivery("second", "bob phone", QUEUED),
            outbox_entry("second"),
            Attempted(bytes32("message first"), bytes32("device bob phone"), 9, NOW_MS, NOW_MS + 9),
            Settled(bytes32("message first"), bytes32("device bob phone")),
            HurriedDevice(None, NOW_MS, 1),
            secret("bob", 1),
            seen("second"),
            channel_state("bob", 1, b"next"),
            device_state(0, b"device"),
            vault_state(0, b"vault"),
            preferences_state(0, b"preferences"),
            *FAILING[failing],
        )

    assert await everything(store) == before


async def everything(store: Store) -> tuple[object, ...]:
    """What all reads say."""
    people = ("bob", "carol", "nobody")
    names = ("first", "second", "third", "lost", "other")
    return (
        await store.profile(),
        await store.device_state(),
        await store.vault(),
        await store.preferences(),
        [await store.contact(account(each)) for each in people],
        [await store.contact_of_device(bytes32(f"device bob {each}")) for each in ("phone", "laptop")],
        [await store.load_conversation(conversation_id(each)) for each in people],
        await store.conversations(),
        [await store.messages(conversation_id(each), 10) for each in people],
        await store.held([bytes32(f"message {each}") for each in names]),
        await store.due(NOW_MS * 2, 10),
        [await store.delivery_secrets(account(each)) for each in people],
        [await store.seen(bytes32(f"envelope {each}")) for each in names],
    )


async def test_the_order_of_rows_does_not_matter_to_references(store: Store) -> None:
    """A row may name one that comes later in its commit."""
    await apply(
        store,
        outbox_entry("first"),
        delivery("first", "bob phone", QUEUED),
        message("first"),
        conversation("bob"),
        contact("bob"),
    )

    assert [each.entry for each in await store.due(NOW_MS, 10)] == [outbox_entry("first")]


async def test_an_empty_commit_is_stored(store: Store) -> None:
    """A step that changes nothing is no error; envelopes and events of a commit are not stored."""
    await store.apply(commit())
    await store.apply(
        type(commit())(
            step="tell", outgoing=(Outgoing("/parley/1/c-00/proto", b"ack"),), events=(OutboxChanged(),)
        )
    )

    assert await store.waiting() == 0


# Contacts


async def test_a_contact_is_read_as_it_was_stored(store: Store) -> None:
    """By account and by each device, devices in the record's order."""
    row = contact("bob", devices=("z", "a", "m"), nickname="Bób 🐘")
    await apply(store, row)

    assert await store.contact(account("bob")) == row
    for device in row.devices:
        assert await store.contact_of_device(device.device_id) == row
    assert await store.contact(account("carol")) is None
    assert await store.contact_of_device(bytes32("device carol phone")) is None


async def test_a_contact_row_replaces_the_earlier_one(store: Store) -> None:
    """A device that a newer record does not name is not found any more; the conversation stays."""
    await with_bob(store, message("first"))
    newer = contact("bob", devices=("laptop",), nickname="", record=b"newer", head=bytes32("newer head"))
    await apply(store, newer)

    assert await store.contact(account("bob")) == newer
    assert await store.contact_of_device(bytes32("device bob phone")) is None
    assert await store.contact_of_device(bytes32("device bob laptop")) == newer
    assert len(await store.messages(conversation_id("bob"), 10)) == 1


async def test_of_two_contacts_with_one_device_the_first_added_counts(store: Store) -> None:
    """A later contact cannot take over the device of an earlier one."""
    bob = contact("bob", added_at_ms=NOW_MS)
    mallory = contact("mallory", devices=bob.devices, added_at_ms=NOW_MS + 1)
    await apply(store, mallory, bob)

    assert await store.contact_of_device(bob.devices[0].device_id) == bob


# Conversations


async def test_a_conversation_is_loaded_with_all_a_step_needs(store: Store) -> None:
    """Channel, contact, one session for each live device, the newest secret, the form's earlier message."""
    bob = contact("bob", devices=("phone", "laptop"))
    row = conversation("bob", given_secret_id=b"g" * 16)
    await apply(store, bob, row, message("first", form_token="token"), secret("bob", 1), secret("bob", 2))
    await apply(
        store, secret("me", 5), channel_state("bob", 0, b"channel"), session_state("bob laptop", 0, b"s")
    )

    loaded = await store.load_conversation(conversation_id("bob"), form_token="token")

    assert loaded is not None
    assert loaded.row == row
    assert loaded.contact == bob
    assert (loaded.channel_version, loaded.channel) == (1, b"channel")
    assert loaded.sessions == (
        LoadedSession(bob.devices[0], 0, None),
        LoadedSession(bob.devices[1], 1, b"s"),
    )
    assert loaded.contact_secret == secret("bob", 2)
    assert loaded.sent_before == bytes32("message first")


async def test_a_conversation_is_found_by_the_device_of_its_contact(store: Store) -> None:
    """Either way of loading gives the same, but for the form."""
    await with_bob(store, contact("carol"), conversation("carol"))

    by_device = await store.load_conversation_with(bytes32("device bob phone"))
    by_id = await store.load_conversation(conversation_id("bob"), form_token="unused")

    assert by_device is not None
    assert by_device == by_id
    assert by_device.contact_secret is None
    assert by_device.sent_before is None


async def test_a_contact_without_a_conversation_has_none_to_load(store: Store) -> None:
    """The device is known, the conversation is not there."""
    await apply(store, contact("bob"))

    assert await store.load_conversation_with(bytes32("device bob phone")) is None


async def test_a_conversation_row_replaces_the_earlier_one(store: Store) -> None:
    """The same id again changes the row and keeps its messages."""
    await with_bob(store, message("first"))
    await apply(store, conversation("bob", given_secret_id=b"g" * 16))

    loaded = await store.load_conversation(conversation_id("bob"))

    assert loaded is not None
    assert loaded.row == conversation("bob", given_secret_id=b"g" * 16)
    assert len(await store.messages(conversation_id("bob"), 10)) == 1


@pytest.mark.parametrize("same", ["account", "channel_id"])
async def test_two_conversations_cannot_share_an_account_or_a_channel(store: Store, same: str) -> None:
    """A second conversation with the same person is refused."""
    await with_bob(store, contact("carol"))

    with pytest.raises(InconsistentCommitError):
        await apply(store, conversation("carol", **{same: getattr(conversation("bob"), same)}))

    assert await store.load_conversation(conversation_id("carol")) is None


async def test_the_newest_delivery_secret_comes_first(store: Store) -> None:
    """Whatever the order they arrived in; each account has its own; the same id replaces."""
    await apply(store, secret("bob", 2), secret("bob", 3), secret("bob", 1), secret("me", 9))
    changed = secret("bob", 1, issued_at_ms=NOW_MS + 100, secret=bytes32("changed"))

    assert await store.delivery_secrets(account("bob")) == (
        secret("bob", 3),
        secret("bob", 2),
        secret("bob", 1),
    )

    await apply(store, changed)
    assert await store.delivery_secrets(account("bob")) == (changed, secret("bob", 3), secret("bob", 2))
    assert await store.delivery_secrets(account("me")) == (secret("me", 9),)


async def test_summaries_show_the_last_message_the_newest_conversation_first(store: Store) -> None:
    """The last is by (lamport, id); hidden ones do not count; a new conversation counts from when it was made."""
    for number, name in enumerate(("ann", "bob", "carol", "dave")):
        await apply(store, contact(name), conversation(name, created_at_ms=NOW_MS + number))
    await apply(
        store,
        message("b1", "bob", lamport=NOW_MS + 50, at_ms=NOW_MS + 10),
        message("b2", "bob", lamport=NOW_MS + 40, at_ms=NOW_MS + 60, own=False),
        message("a1", "ann", at_ms=NOW_MS + 20, own=False),
        message("c1", "carol", at_ms=NOW_MS + 99, shown=False),
        contact("eve"),
        conversation("eve", created_at_ms=NOW_MS + 15),
    )

    summaries = await store.conversations()

    assert summaries == (
        ConversationSummary(
            conversation_id("ann"), account("ann"), "Ann", b"content of a1", False, NOW_MS + 20, unread=1
        ),
        ConversationSummary(conversation_id("eve"), account("eve"), "Eve", None, False, None),
        ConversationSummary(
            conversation_id("bob"), account("bob"), "Bob", b"content of b1", True, NOW_MS + 10, unread=1
        ),
        ConversationSummary(conversation_id("dave"), account("dave"), "Dave", None, False, None),
        ConversationSummary(conversation_id("carol"), account("carol"), "Carol", None, False, None),
    )


# Messages


async def test_messages_are_in_the_order_of_lamport_and_id(store: Store) -> None:
    """Ids decide among equal lamport times; the order of storing does not matter."""
    twins = sorted([message("x"), message("y"), message("z")], key=lambda row: row.message_id)
    early, late = message("early", lamport=NOW_MS - 1), message("late", lamport=NOW_MS + 1)
    await with_bob(store, late, twins[2], twins[0], early, twins[1])

    shown = await store.messages(conversation_id("bob"), 10)

    assert [each.message_id for each in shown] == [row.message_id for row in (early, *twins, late)]
    assert shown[0] == ShownMessage(
        bytes32("message early"), True, b"content of early", NOW_MS - 1, NOW_MS, None, 0
    )


async def test_pages_of_messages_meet_without_a_gap(store: Store) -> None:
    """Going back page by page shows each message once, ties of lamport time included."""
    rows = [message(f"m{number}", lamport=NOW_MS + number // 4) for number in range(23)]
    await with_bob(store, *rows, contact("carol"), conversation("carol"), message("other", "carol"))

    pages: list[tuple[ShownMessage, ...]] = []
    before = None
    while page := await store.messages(conversation_id("bob"), 5, before):
        pages.insert(0, page)
        before = (page[0].lamport, page[0].message_id)

    paged = [each.message_id for page in pages for each in page]
    assert [len(page) for page in pages] == [3, 5, 5, 5, 5]
    assert paged == [row.message_id for row in sorted(rows, key=lambda row: (row.lamport, row.message_id))]


async def test_only_shown_messages_are_shown_and_all_are_held(store: Store) -> None:
    """A state update is kept for its id, and no page shows it."""
    await with_bob(store, message("text"), message("update", shown=False))

    ids = [bytes32(f"message {name}") for name in ("text", "update", "unknown")]

    assert [each.message_id for each in await store.messages(conversation_id("bob"), 10)] == ids[:1]
    assert await store.message(ids[1]) is None
    assert await store.message(ids[2]) is None
    assert await store.held(ids) == frozenset(ids[:2])
    assert await store.held([]) == frozenset()


async def test_a_second_message_of_an_id_is_refused(store: Store) -> None:
    """Even with other content: the first one stays."""
    await with_bob(store, message("first"))

    with pytest.raises(DuplicateMessageError) as caught:
        await apply(store, message("first", content=b"other", lamport=NOW_MS + 1))

    assert caught.value.message_id == bytes32("message first")
    shown = await store.message(bytes32("message first"))
    assert shown is not None
    assert shown.content == b"content of first"


async def test_a_form_sent_twice_makes_one_message(store: Store) -> None:
    """A second message with the same form token is refused; messages without a token are not concerned."""
    await with_bob(store, message("first", form_token="token"), message("bare 1"), message("bare 2"))

    with pytest.raises(DuplicateMessageError):
        await apply(store, message("second", form_token="token"))
    await apply(store, message("third", form_token="another"))

    loaded = await store.load_conversation(conversation_id("bob"), "token")
    assert loaded is not None
    assert loaded.sent_before == bytes32("message first")
    assert await store.held([bytes32("message second")]) == frozenset()


async def test_a_received_message_has_no_delivery(store: Store) -> None:
    """There is no state to show for what others sent."""
    await with_bob(store, message("theirs", own=False, causes=(bytes32("a"), bytes32("b"))))

    shown = await store.message(bytes32("message theirs"))

    assert shown is not None
    assert (shown.own, shown.state, shown.relays) == (False, None, 0)


async def test_seen_envelopes_are_found_by_their_hash(store: Store) -> None:
    """A row of the same hash replaces; an acknowledgement names no message."""
    await apply(store, seen("one"), seen("ack", message_id=None))
    assert await store.seen(bytes32("envelope one")) == seen("one")
    assert await store.seen(bytes32("envelope ack")) == seen("ack", message_id=None)

    await apply(store, seen("one", acknowledged_at_ms=NOW_MS + 5))
    assert await store.seen(bytes32("envelope one")) == seen("one", acknowledged_at_ms=NOW_MS + 5)
    assert await store.seen(bytes32("envelope two")) is None


# Deliveries


async def state_of(store: Store, name: str = "first") -> tuple[DeliveryState | None, int]:
    """What is shown of the delivery of a message, by both ways of reading it."""
    shown = await store.message(bytes32(f"message {name}"))
    assert shown is not None
    page = await store.messages(conversation_id("bob"), 10)
    assert shown in page
    return shown.state, shown.relays


async def test_a_delivery_moves_forward(store: Store) -> None:
    """Queued, sent, delivered."""
    await with_bob(store, message("first"), delivery("first", "bob phone", QUEUED))
    assert await state_of(store) == (QUEUED, 0)

    await apply(store, delivery("first", "bob phone", SENT, 2))
    assert await state_of(store) == (SENT, 2)

    await apply(store, delivery("first", "bob phone", DELIVERED, 2))
    assert await state_of(store) == (DELIVERED, 2)


@pytest.mark.parametrize("late", [QUEUED, SENT])
async def test_a_delivery_only_moves_forward(store: Store, late: DeliveryState) -> None:
    """A publish that ends after the acknowledgement arrived changes nothing."""
    await with_bob(store, message("first"), delivery("first", "bob phone", QUEUED))
    await apply(store, delivery("first", "bob phone", DELIVERED, 1))

    await apply(store, delivery("first", "bob phone", late, 7))

    assert await state_of(store) == (DELIVERED, 1)


@pytest.mark.parametrize("claimed", [SENT, DELIVERED])
async def test_a_delivery_that_was_never_queued_is_not_made(store: Store, claimed: DeliveryState) -> None:
    """A contact that acknowledges what it was never sent stores nothing, not even for an unknown message."""
    await with_bob(store, message("first"))

    await apply(
        store, delivery("first", "bob phone", claimed, 1), delivery("unknown", "bob phone", claimed, 1)
    )

    assert await state_of(store) == (None, 0)


async def test_the_last_publish_says_how_many_relays_took_it(store: Store) -> None:
    """A resend renews the count; an acknowledgement that says nothing of relays keeps it."""
    await with_bob(store, message("first"), delivery("first", "bob phone", QUEUED))
    await apply(store, delivery("first", "bob phone", SENT, 4))

    await apply(store, delivery("first", "bob phone", SENT, 2))
    assert await state_of(store) == (SENT, 2)

    await apply(store, delivery("first", "bob phone", DELIVERED, 0))
    assert await state_of(store) == (DELIVERED, 2)


async def test_a_message_is_as_far_as_its_slowest_device(store: Store) -> None:
    """The least advanced delivery is shown, with the fewest relays among equals."""
    devices = ("bob phone", "bob laptop", "bob tablet")
    await with_bob(store, message("first"), *(delivery("first", each, QUEUED) for each in devices))
    await apply(store, delivery("first", "bob phone", SENT, 5), delivery("first", "bob laptop", DELIVERED, 1))
    assert await state_of(store) == (QUEUED, 0)

    await apply(store, delivery("first", "bob tablet", SENT, 3))
    assert await state_of(store) == (SENT, 3)

    await apply(store, delivery("first", "bob phone", DELIVERED), delivery("first", "bob tablet", DELIVERED))
    assert await state_of(store) == (DELIVERED, 1)


# Outbox


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


# Concurrency


async def test_two_steps_from_the_same_state_cannot_both_be_stored(store: Store) -> None:
    """Of many commits at once that read the same version exactly one is stored."""
    stored: list[int] = []

    async def step(number: int) -> None:
        try:
            await apply(store, device_state(0, bytes([number])))
        except StaleStateError:
            return
        stored.append(number)

    async with trio.open_nursery() as nursery:
        for number in range(20):
            nursery.start_soon(step, number)

    assert len(stored) == 1
    assert await store.device_state() == StoredState(1, bytes(stored))


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


# Peers


async def test_peers_are_remembered_by_network_and_address(store: Store) -> None:
    """The one noted last first; noting one again replaces what was said of it."""
    await apply(store, peer("a"), peer("b", noted_at_ms=NOW_MS + 1), peer("c", cluster_id=1), peer("d"))
    await apply(store, peer("a", reached=False, noted_at_ms=NOW_MS + 2))

    assert await store.remembered_peers(7337) == (
        peer("a", reached=False, noted_at_ms=NOW_MS + 2),
        peer("b", noted_at_ms=NOW_MS + 1),
        peer("d"),
    )
    assert await store.remembered_peers(1) == (peer("c", cluster_id=1),)


async def test_a_forgotten_peer_is_gone_and_forgetting_twice_does_no_harm(store: Store) -> None:
    """On its own network only."""
    await apply(store, peer("a"), peer("a", cluster_id=1), peer("b"))
    for _ in range(2):
        await apply(store, ForgottenPeer(7337, peer("a").address))

    assert await store.remembered_peers(7337) == (peer("b"),)
    assert await store.remembered_peers(1) == (peer("a", cluster_id=1),)
