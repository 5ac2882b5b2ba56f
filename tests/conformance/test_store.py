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
    HurriedDevice,
    Outgoing,
    Settled,
)
from parley.chat.direct.model import LoadedSession
from parley.chat.errors import StaleStateError, StorageError
from parley.chat.events import OutboxChanged

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
