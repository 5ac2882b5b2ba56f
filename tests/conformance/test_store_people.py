"""What every store does with people who are no contacts: asked for, asking, blocked, forgotten."""

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
    delivery,
    message,
    outbox_entry,
    pending,
    secret,
    seen,
    session_state,
)
from conformance.stores import Store
from conformance.test_store import apply
from parley.chat.contacts.model import (
    ForgottenContact,
    ForgottenConversation,
    ForgottenPending,
    KeptOfRequest,
    Standing,
)
from parley.chat.contacts.people import ContactRequest
from parley.chat.delivery.model import DeliveryState
from parley.database.api import InconsistentCommitError


async def test_an_empty_store_knows_nobody(store: Store) -> None:
    """No contact, nobody asked for, no request."""
    assert await store.contacts() == ()
    assert await store.pending() == ()
    assert await store.requests() == ()
    assert await store.kept_of_request(conversation_id("bob")) == KeptOfRequest(0, 0)
    assert await store.load_conversation_of(account("bob")) is None


async def test_who_is_asked_for_is_listed_until_forgotten(store: Store) -> None:
    """The last one asked first; a second row of an account replaces the first, and forgetting twice is harmless."""
    await apply(store, pending("bob"), pending("ann", asked_at_ms=NOW_MS + 1))
    await apply(store, pending("bob", nickname="Robert"))
    before = await store.pending()
    await apply(store, ForgottenPending(account("ann")), ForgottenPending(account("nobody")))

    assert before == (pending("ann", asked_at_ms=NOW_MS + 1), pending("bob", nickname="Robert"))
    assert await store.pending() == (pending("bob", nickname="Robert"),)


async def test_two_cannot_wait_for_one_conversation(store: Store) -> None:
    """The id that a conversation will have is its own."""
    await apply(store, pending("bob"))
    with pytest.raises(InconsistentCommitError):
        await apply(store, pending("ann", conversation_id=conversation_id("bob")))

    assert await store.pending() == (pending("bob"),)


async def test_contacts_have_a_standing(store: Store) -> None:
    """It is stored and read with them, whichever way they are found; the one added first comes first."""
    ann = contact("ann", devices=("tablet",), standing=Standing.BLOCKED, standing_at_ms=NOW_MS + 7)
    bob = contact("bob", standing=Standing.REQUEST, added_at_ms=NOW_MS - 1)
    await apply(store, ann, bob)

    assert await store.contacts() == (bob, ann)
    assert await store.contact(account("ann")) == ann
    assert await store.contact_of_device(bytes32("device bob phone")) == bob


async def test_only_conversations_with_contacts_are_listed(store: Store) -> None:
    """Requests have a list of their own; either is found by id and by account."""
    for name, standing in (("ann", Standing.CONTACT), ("bob", Standing.REQUEST), ("eve", Standing.BLOCKED)):
        await apply(store, contact(name, devices=(name,), standing=standing), conversation(name))
    listed = await store.conversations()
    asking = await store.load_conversation_of(account("bob"))

    assert [each.account for each in listed] == [account("ann")]
    assert asking == await store.load_conversation(conversation_id("bob"))
    assert asking is not None
    assert asking.contact.standing is Standing.REQUEST


async def test_requests_show_their_first_message_the_newest_request_first(store: Store) -> None:
    """What is not shown is no first message; all of it counts as kept."""
    for name, at_ms in (("ann", NOW_MS), ("bob", NOW_MS + 5)):
        await apply(
            store,
            contact(name, devices=(name,), standing=Standing.REQUEST),
            conversation(name, created_at_ms=at_ms),
        )
    await apply(
        store,
        message("second", "ann", own=False, lamport=NOW_MS + 3),
        message("first", "ann", own=False, lamport=NOW_MS + 2),
        message("hidden", "ann", own=False, lamport=NOW_MS + 1, shown=False),
    )
    size = sum(len(f"content of {name}") for name in ("first", "second", "hidden"))

    assert await store.requests() == (
        ContactRequest(conversation_id("bob"), account("bob"), None, NOW_MS + 5),
        ContactRequest(conversation_id("ann"), account("ann"), b"content of first", NOW_MS),
    )
    assert await store.kept_of_request(conversation_id("ann")) == KeptOfRequest(3, size)


async def test_what_is_for_somebody_blocked_waits(store: Store) -> None:
    """It is neither due nor counted, and is again when they are a contact again."""
    await apply(store, contact("bob"), conversation("bob"), message("sent"), outbox_entry("sent"))
    await apply(store, contact("bob", standing=Standing.BLOCKED))
    blocked = (await store.due(NOW_MS, 9), await store.next_due_ms(), await store.waiting())
    await apply(store, contact("bob"))

    assert blocked == ((), None, 0)
    assert [each.entry for each in await store.due(NOW_MS, 9)] == [outbox_entry("sent")]
    assert await store.next_due_ms() == NOW_MS
    assert await store.waiting() == 1


async def test_a_forgotten_conversation_leaves_nothing_but_the_contact(store: Store) -> None:
    """Messages, deliveries, outbox, channel, sessions and secrets go; what was seen stays, others' things too."""
    for name in ("bob", "ann"):
        await apply(
            store,
            contact(name),
            conversation(name),
            message(f"to {name}", name),
            delivery(f"to {name}", f"{name} phone", DeliveryState.QUEUED),
            outbox_entry(f"to {name}", f"{name} phone"),
            channel_state(name, 0, b"channel"),
            session_state(f"{name} phone", 0, b"session"),
            secret(name, 1),
            seen(f"to {name}"),
        )
    await apply(store, ForgottenConversation(conversation_id("bob")), ForgottenConversation("0" * 32))
    gone, kept = (
        await store.load_conversation_of(account("bob")),
        await store.load_conversation_of(account("ann")),
    )

    assert gone is None
    assert await store.contact(account("bob")) == contact("bob")
    assert await store.held([bytes32("message to bob"), bytes32("message to ann")]) == {
        bytes32("message to ann")
    }
    assert await store.delivery_secrets(account("bob")) == ()
    assert await store.waiting() == 1
    assert await store.seen(bytes32("envelope to bob")) == seen("to bob")
    assert kept is not None
    assert (kept.channel, kept.sessions[0].session, kept.contact_secret) == (
        b"channel",
        b"session",
        secret("ann", 1),
    )
    # The same commit can make it anew: states count from the start again.
    await apply(
        store, conversation("bob"), channel_state("bob", 0, b"new"), session_state("bob phone", 0, b"new")
    )


async def test_the_session_of_a_device_with_two_accounts_stays(store: Store) -> None:
    """The other account's conversation needs it."""
    shared = contact("bob").devices
    await apply(
        store, contact("bob"), conversation("bob"), contact("ann", devices=shared), conversation("ann")
    )
    await apply(store, session_state("bob phone", 0, b"session"))
    await apply(store, ForgottenConversation(conversation_id("bob")))
    kept = await store.load_conversation_of(account("ann"))

    assert kept is not None
    assert kept.sessions[0].session == b"session"


async def test_a_contact_is_forgotten_after_their_conversation(store: Store) -> None:
    """Not before: a conversation names them. Forgetting somebody unknown is harmless."""
    await apply(store, contact("bob"), conversation("bob"))
    with pytest.raises(InconsistentCommitError):
        await apply(store, ForgottenContact(account("bob")))
    await apply(store, ForgottenConversation(conversation_id("bob")), ForgottenContact(account("bob")))
    await apply(store, ForgottenContact(account("bob")))

    assert await store.contacts() == ()
    assert await store.contact_of_device(bytes32("device bob phone")) is None
