"""What every store does with messages and how far they got."""

from __future__ import annotations

import pytest

from conformance.store_rows import (
    NOW_MS,
    bytes32,
    contact,
    conversation,
    conversation_id,
    delivery,
    message,
    seen,
)
from conformance.stores import Store
from conformance.test_store import DELIVERED, QUEUED, SENT, apply, with_bob
from parley.chat.delivery.model import (
    DeliveryState,
)
from parley.chat.direct.model import ShownMessage
from parley.database.api import DuplicateMessageError

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
