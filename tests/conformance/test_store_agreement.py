"""Whatever commits come, the store on disk and the one in memory answer the same."""

from __future__ import annotations

import tempfile
from pathlib import Path

import trio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.money_commits import BEGINNING, money, money_answers
from conformance.store_rows import (
    NOW_MS,
    account,
    bytes32,
    channel_state,
    commit,
    compared,
    contact,
    conversation,
    conversation_id,
    delivery,
    device_state,
    draft,
    issued,
    message,
    outbox_entry,
    peer,
    pending,
    preferences_state,
    profile,
    read_place,
    secret,
    seen,
    session_state,
    taken,
    vault_state,
)
from parley.chat.commit import Commit, Row, StateChange
from parley.chat.contacts.model import ForgottenContact, ForgottenConversation, ForgottenPending, Standing
from parley.chat.delivery.model import Attempted, DeliveryState, HurriedDevice, Settled
from parley.chat.errors import StorageError
from parley.chat.invites.model import DroppedInvite, EndedInvite
from parley.chat.network.model import ForgottenPeer
from parley.database.api import Database, MemoryDatabase, open_database

PEOPLE = ("ann", "bob")
MESSAGES = ("m1", "m2", "m3", "m4")
DEVICES = ("ann phone", "bob phone", "bob laptop")

people, messages, devices = st.sampled_from(PEOPLE), st.sampled_from(MESSAGES), st.sampled_from(DEVICES)
times = st.integers(NOW_MS, NOW_MS + 3)
versions = st.integers(0, 2)
texts = st.binary(max_size=8)


def device_of(name: str) -> bytes:
    """The id of a device, given as "bob phone"."""
    return bytes32(f"device {name}")


def message_of(name: str) -> bytes:
    """The id of a message."""
    return bytes32(f"message {name}")


rows: st.SearchStrategy[Row | StateChange] = st.one_of(
    st.builds(lambda record: profile(record=record), texts),
    st.builds(
        lambda who, names, at, standing: contact(
            who, devices=tuple(names), added_at_ms=at, standing=standing
        ),
        people,
        st.lists(st.sampled_from(("phone", "laptop")), max_size=2, unique=True),
        times,
        st.sampled_from(Standing),
    ),
    st.builds(
        lambda who, other, at: conversation(who, account=account(other), created_at_ms=at),
        people,
        people,
        times,
    ),
    st.builds(lambda who: conversation(who), people),
    st.builds(
        lambda who, other, at: pending(who, conversation_id=conversation_id(other), asked_at_ms=at),
        people,
        people,
        times,
    ),
    st.builds(lambda who: ForgottenPending(account(who)), people),
    st.builds(lambda who: ForgottenConversation(conversation_id(who)), people),
    st.builds(lambda who: ForgottenContact(account(who)), people),
    st.builds(
        lambda name, who, lamport, at, own, shown, token: message(
            name, who, lamport=lamport, at_ms=at, own=own, shown=shown, form_token=token
        ),
        messages,
        people,
        times,
        times,
        st.booleans(),
        st.booleans(),
        st.sampled_from((None, None, "t1", "t2")),
    ),
    st.builds(delivery, messages, devices, st.sampled_from(DeliveryState), st.integers(0, 3), times),
    st.builds(
        lambda name, device, last, due: outbox_entry(name, device, last_attempt_ms=last, next_attempt_ms=due),
        messages,
        devices,
        times,
        times,
    ),
    st.builds(
        lambda name, device, count, last, due: Attempted(
            message_of(name), device_of(device), count, last, due
        ),
        messages,
        devices,
        st.integers(0, 5),
        times,
        times,
    ),
    st.builds(lambda name, device: Settled(message_of(name), device_of(device)), messages, devices),
    st.builds(
        lambda device, now, patience: HurriedDevice(device and device_of(device), now, patience),
        st.none() | devices,
        times,
        times,
    ),
    st.builds(lambda who, number, at: secret(who, number, issued_at_ms=at), people, st.integers(0, 2), times),
    st.builds(
        lambda who, lamport, name, at: read_place(
            who, lamport=lamport, message_id=message_of(name), marked_at_ms=at
        ),
        people,
        times,
        messages,
        times,
    ),
    st.builds(draft, st.sampled_from(("", "begun", "more")), people),
    st.builds(lambda name, at: seen(name, acknowledged_at_ms=at), messages, times),
    st.builds(
        lambda name, at, uses: issued(name, issued_at_ms=at, uses_left=uses),
        messages,
        times,
        st.integers(0, 2),
    ),
    st.builds(lambda name: EndedInvite(bytes32(f"token {name}")), messages),
    st.builds(lambda who, at: taken(who, taken_at_ms=at), people, times),
    st.builds(lambda who: DroppedInvite(account(who)), people),
    st.builds(lambda who, number, at: compared(who, number, at), people, st.sampled_from("12"), times),
    st.builds(
        lambda name, cluster, reached, at: peer(name, cluster_id=cluster, reached=reached, noted_at_ms=at),
        people,
        st.integers(1, 2),
        st.booleans(),
        times,
    ),
    st.builds(lambda name, cluster: ForgottenPeer(cluster, peer(name).address), people, st.integers(1, 2)),
    st.builds(device_state, versions, texts),
    st.builds(vault_state, versions, texts),
    st.builds(preferences_state, versions, texts),
    st.builds(session_state, devices, versions, texts),
    st.builds(channel_state, people, versions, texts),
)

# Half of the runs begin with people and conversations, so that what follows is not mostly refused.
beginnings = st.sampled_from(
    (
        (),
        (
            commit(*(contact(who) for who in PEOPLE), *(conversation(who) for who in PEOPLE)),
            commit(*(message(name, PEOPLE[number % 2]) for number, name in enumerate(MESSAGES[:3]))),
        ),
    )
)
commits = st.lists(st.lists(rows, min_size=1, max_size=4).map(lambda parts: commit(*parts)), max_size=12)


async def outcome(store: Database | MemoryDatabase, step: Commit) -> type[Exception] | None:
    """Which error a store raises for a commit, or None."""
    try:
        await store.apply(step)
    except (StorageError, ValueError) as error:
        return type(error)
    return None


async def answers(store: Database | MemoryDatabase) -> list[object]:
    """What every read says."""
    said: list[object] = [await store.profile(), await store.conversations()]
    said += [await store.contacts(), await store.pending(), await store.requests()]
    said += [await store.device_state(), await store.vault(), await store.preferences()]
    said += [await store.issued_invites(), await store.taken_invites()]
    for who in PEOPLE:
        said += [await store.taken_invite(account(who)), await store.compared_number(account(who))]
        said.append(await store.contact(account(who)))
        said.append(await store.delivery_secrets(account(who)))
        said.append(await store.load_conversation_of(account(who)))
        said.append(await store.kept_of_request(conversation_id(who)))
        said += [await store.load_conversation(conversation_id(who), token) for token in (None, "t1", "t2")]
        said += [await store.draft(conversation_id(who)), await store.read_place(conversation_id(who))]
        said += [await store.load_reading(conversation_id(who), message_of(name)) for name in MESSAGES]
        page = await store.messages(conversation_id(who), 2)
        said += [page, await store.messages(conversation_id(who), 10)]
        if page:
            said.append(await store.messages(conversation_id(who), 2, (page[0].lamport, page[0].message_id)))
    for device in DEVICES:
        said.append(await store.contact_of_device(device_of(device)))
        said.append(await store.load_conversation_with(device_of(device)))
    for name in MESSAGES:
        said.append(await store.issued_invite(bytes32(f"token {name}")))
        said += [await store.message(message_of(name)), await store.deliveries(message_of(name))]
        said.append(await store.seen(bytes32(f"envelope {name}")))
    said.append(await store.held([message_of(name) for name in MESSAGES]))
    said += [await store.due(NOW_MS + ahead, limit) for ahead in range(4) for limit in (1, 3, 20)]
    said += [await store.next_due_ms(), await store.waiting(), await store.waiting_conversations()]
    said += [await store.remembered_peers(cluster) for cluster in (1, 2)]
    return said


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(beginnings, commits)
def test_both_stores_agree(beginning: tuple[Commit, ...], steps: list[Commit]) -> None:
    """Every commit is stored by both or refused by both with the same error, and all reads are equal after it."""

    async def compare() -> None:
        memory = MemoryDatabase()
        with tempfile.TemporaryDirectory() as folder:
            async with open_database(Path(folder) / "profile.db", bytes32("key"), create=True) as database:
                for step in (*beginning, *steps):
                    assert await outcome(database, step) == await outcome(memory, step)
                    assert await answers(database) == await answers(memory)
                await database.check()

    trio.run(compare)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(money, min_size=1, max_size=3).map(lambda parts: commit(*parts)), max_size=12))
def test_both_stores_agree_on_money(steps: list[Commit]) -> None:
    """Also where conversations, and with them messages that brought requests, go and come."""

    async def compare() -> None:
        memory = MemoryDatabase()
        with tempfile.TemporaryDirectory() as folder:
            async with open_database(Path(folder) / "profile.db", bytes32("key"), create=True) as database:
                for step in (BEGINNING, *steps):
                    assert await outcome(database, step) == await outcome(memory, step)
                    assert await money_answers(database) == await money_answers(memory)
                await database.check()

    trio.run(compare)
