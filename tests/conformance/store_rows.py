"""Rows for tests of storage: whole, plausible, and told apart by a short name."""

from __future__ import annotations

import hashlib
from typing import Any

from parley.chat.commit import Commit, Row, StateChange, StateKind
from parley.chat.contacts.compared import ComparedNumber
from parley.chat.contacts.model import ContactDevice, ContactRow, PendingRow
from parley.chat.delivery.model import DeliveryRow, DeliveryState, OutboxEntry
from parley.chat.devices.model import ProfileRow
from parley.chat.direct.model import ConversationRow, DeliverySecretRow, MessageRow, SeenRow
from parley.chat.invites.model import IssuedInvite, TakenInvite
from parley.chat.network.model import RememberedPeer
from parley.chat.reading.model import DraftRow, ReadRow

NOW_MS = 1_790_000_000_000


def bytes32(name: str) -> bytes:
    """32 bytes that belong to this name."""
    return hashlib.sha256(name.encode()).digest()


def account(name: str) -> str:
    """An account that belongs to this name."""
    return "0x" + bytes32(f"account {name}").hex()[:40]


def conversation_id(name: str) -> str:
    """The id of the conversation with this person."""
    return bytes32(f"conversation {name}").hex()[:32]


def profile(**changes: Any) -> ProfileRow:
    """An own profile of the wallet inside."""
    values: dict[str, Any] = {
        "account": account("me"),
        "account_key": bytes32("account key"),
        "record": b"own record",
        "head": bytes32("own head"),
        "network_key": bytes32("network key"),
        "created_at_ms": NOW_MS,
    }
    return ProfileRow(**{**values, **changes})


def contact(name: str, devices: tuple[str | ContactDevice, ...] = ("phone",), **changes: Any) -> ContactRow:
    """A contact with these devices, each by its name or as it is."""
    values: dict[str, Any] = {
        "account": account(name),
        "inbox_id": bytes32(f"inbox {name}"),
        "nickname": name.capitalize(),
        "record": f"record of {name}".encode(),
        "head": bytes32(f"head {name}"),
        "devices": tuple(
            each
            if isinstance(each, ContactDevice)
            else ContactDevice(bytes32(f"device {name} {each}"), f"bundle {name} {each}".encode())
            for each in devices
        ),
        "added_at_ms": NOW_MS,
    }
    return ContactRow(**{**values, **changes})


def pending(name: str, **changes: Any) -> PendingRow:
    """This person is asked for."""
    values: dict[str, Any] = {
        "account": account(name),
        "conversation_id": conversation_id(name),
        "nickname": name.capitalize(),
        "asked_at_ms": NOW_MS,
    }
    return PendingRow(**{**values, **changes})


def conversation(name: str, **changes: Any) -> ConversationRow:
    """The conversation with this person."""
    values: dict[str, Any] = {
        "conversation_id": conversation_id(name),
        "channel_id": bytes32(f"channel {name}"),
        "account": account(name),
        "created_at_ms": NOW_MS,
        "given_secret_id": None,
    }
    return ConversationRow(**{**values, **changes})


def message(name: str, of: str = "bob", **changes: Any) -> MessageRow:
    """An own, shown message in the conversation with `of`."""
    values: dict[str, Any] = {
        "message_id": bytes32(f"message {name}"),
        "conversation_id": conversation_id(of),
        "sender_account": account("me"),
        "sender_device": bytes32("device me"),
        "own": True,
        "lamport": NOW_MS,
        "causes": (),
        "content": f"content of {name}".encode(),
        "shown": True,
        "at_ms": NOW_MS,
        "form_token": None,
    }
    return MessageRow(**{**values, **changes})


def delivery(
    name: str, device: str, state: DeliveryState, relays: int = 0, at_ms: int = NOW_MS
) -> DeliveryRow:
    """The delivery of message `name` to a device, given as "bob phone"."""
    return DeliveryRow(bytes32(f"message {name}"), bytes32(f"device {device}"), state, relays, at_ms)


def outbox_entry(name: str, device: str = "bob phone", **changes: Any) -> OutboxEntry:
    """The outbox entry of message `name` for a device."""
    values: dict[str, Any] = {
        "message_id": bytes32(f"message {name}"),
        "device_id": bytes32(f"device {device}"),
        "envelope": f"envelope of {name} for {device}".encode(),
        "attempts": 0,
        "last_attempt_ms": 0,
        "next_attempt_ms": NOW_MS,
    }
    return OutboxEntry(**{**values, **changes})


def secret(of: str, number: int, **changes: Any) -> DeliverySecretRow:
    """The n-th delivery secret of a person."""
    values: dict[str, Any] = {
        "account": account(of),
        "secret_id": bytes32(f"secret id {of} {number}")[:16],
        "secret": bytes32(f"secret {of} {number}"),
        "issued_at_ms": NOW_MS + number,
    }
    return DeliverySecretRow(**{**values, **changes})


def seen(name: str, **changes: Any) -> SeenRow:
    """An envelope that carried message `name`."""
    values: dict[str, Any] = {
        "envelope_hash": bytes32(f"envelope {name}"),
        "device_id": bytes32("device bob phone"),
        "message_id": bytes32(f"message {name}"),
        "seen_at_ms": NOW_MS,
        "acknowledged_at_ms": NOW_MS,
    }
    return SeenRow(**{**values, **changes})


def peer(name: str, **changes: Any) -> RememberedPeer:
    """An address where a peer was reached."""
    values: dict[str, Any] = {
        "cluster_id": 7337,
        "address": f"/dns4/{name}/tcp/1/p2p/{name}",
        "reached": True,
        "noted_at_ms": NOW_MS,
    }
    return RememberedPeer(**{**values, **changes})


def issued(name: str, **changes: Any) -> IssuedInvite:
    """An invite that was made here."""
    values: dict[str, Any] = {
        "invite_id": bytes32(f"invite {name}").hex()[:32],
        "token_hash": bytes32(f"token {name}"),
        "link": f"parley:{name}",
        "issued_at_ms": NOW_MS,
        "expires_at_ms": NOW_MS + 30,
        "uses_left": 25,
    }
    return IssuedInvite(**{**values, **changes})


def taken(of: str, **changes: Any) -> TakenInvite:
    """An invite of this person that was used here."""
    values: dict[str, Any] = {
        "account": account(of),
        "link": f"parley:of-{of}",
        "expires_at_ms": NOW_MS + 30,
        "taken_at_ms": NOW_MS,
    }
    return TakenInvite(**{**values, **changes})


def compared(name: str, number: str = "0" * 60, at_ms: int = NOW_MS) -> ComparedNumber:
    """A safety number that was compared with this person."""
    return ComparedNumber(account(name), number, at_ms)


def commit(*parts: Row | StateChange, step: str = "test") -> Commit:
    """A commit of these rows and state changes."""
    return Commit(
        step=step,
        states=tuple(each for each in parts if isinstance(each, StateChange)),
        rows=tuple(each for each in parts if not isinstance(each, StateChange)),
    )


def read_place(of: str = "bob", **changes: Any) -> ReadRow:
    """The conversation with `of` was read up to the message "first"."""
    values: dict[str, Any] = {
        "conversation_id": conversation_id(of),
        "lamport": NOW_MS,
        "message_id": bytes32("message first"),
        "marked_at_ms": NOW_MS,
    }
    return ReadRow(**{**values, **changes})


def draft(text: str, of: str = "bob") -> DraftRow:
    """What is written to `of` and not sent."""
    return DraftRow(conversation_id(of), text, NOW_MS)


def channel_state(name: str, read_version: int, state: bytes) -> StateChange:
    """The next state of the channel with this person."""
    return StateChange(StateKind.CHANNEL, bytes32(f"channel {name}"), read_version, state)


def session_state(device: str, read_version: int, state: bytes) -> StateChange:
    """The next state of the session to a device, given as "bob phone"."""
    return StateChange(StateKind.SESSION, bytes32(f"device {device}"), read_version, state)


def device_state(read_version: int, state: bytes) -> StateChange:
    """The next state of the own device."""
    return StateChange(StateKind.DEVICE, b"", read_version, state)


def vault_state(read_version: int, state: bytes) -> StateChange:
    """The next state of the sealed wallet inside."""
    return StateChange(StateKind.VAULT, b"", read_version, state)


def preferences_state(read_version: int, state: bytes) -> StateChange:
    """The next state of what was set."""
    return StateChange(StateKind.PREFERENCES, b"", read_version, state)
