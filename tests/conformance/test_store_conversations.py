"""What every store does with contacts, conversations and their delivery secrets."""

from __future__ import annotations

import pytest

from conformance.store_rows import (
    NOW_MS,
    account,
    bytes32,
    channel_state,
    contact,
    conversation,
    conversation_id,
    message,
    secret,
    session_state,
)
from conformance.stores import Store
from conformance.test_store import apply, with_bob
from parley.chat.direct.model import ConversationSummary, LoadedSession
from parley.database.api import InconsistentCommitError

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
