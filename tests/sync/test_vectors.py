"""Frozen bytes: what was once sent or stored stays readable, with the same id. The files are never regenerated."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from parley.sync.api import ChannelState, MalformedMessageError, compose
from parley.sync.codec import decode_channel, decode_message, encode_channel
from parley.sync.model import Channel, LogEntry, Message

VECTORS = Path(__file__).parents[1] / "vectors" / "sync"
MESSAGES: dict[str, list[dict[str, Any]]] = json.loads(
    (VECTORS / "messages.json").read_text(encoding="utf-8")
)
STATES: list[dict[str, Any]] = json.loads((VECTORS / "states.json").read_text(encoding="utf-8"))["states"]


def what(vector: dict[str, Any]) -> str:
    return str(vector["what"])


def raw(names: list[str]) -> tuple[bytes, ...]:
    return tuple(bytes.fromhex(name) for name in names)


@pytest.mark.parametrize("vector", MESSAGES["messages"], ids=what)
def test_a_frozen_message_is_read(vector: dict[str, Any]) -> None:
    """Each field comes out as written down beside the bytes."""
    expected = Message(
        message_id=bytes.fromhex(vector["message_id"]),
        channel_id=bytes.fromhex(vector["channel_id"]),
        sender=bytes.fromhex(vector["sender"]),
        lamport=vector["lamport"],
        causes=raw(vector["causes"]),
        acknowledged=raw(vector["acknowledged"]),
        content=bytes.fromhex(vector["content"]),
    )

    assert expected == decode_message(bytes.fromhex(vector["encoded"]))


@pytest.mark.parametrize("vector", MESSAGES["messages"], ids=what)
def test_a_frozen_id_is_the_hash_of_its_fields(vector: dict[str, Any]) -> None:
    """The id is computed here from the written fields alone, without the code under test."""
    fields = (
        b"parley/sds/message/v1",
        bytes.fromhex(vector["channel_id"]),
        bytes.fromhex(vector["sender"]),
        vector["lamport"].to_bytes(8, "big"),
        bytes.fromhex("".join(vector["causes"])),
        bytes.fromhex(vector["content"]),
    )
    prefixed = b"".join(len(part).to_bytes(4, "big") + part for part in fields)

    assert vector["message_id"] == hashlib.sha256(prefixed).hexdigest()


@pytest.mark.parametrize("vector", MESSAGES["refused"], ids=what)
def test_a_frozen_forgery_is_refused(vector: dict[str, Any]) -> None:
    """What was refused once stays refused, for the same field."""
    with pytest.raises(MalformedMessageError) as caught:
        decode_message(bytes.fromhex(vector["encoded"]))

    assert caught.value.field == vector["field"]


@pytest.mark.parametrize("vector", STATES, ids=what)
def test_a_frozen_state_is_read_and_goes_on(vector: dict[str, Any]) -> None:
    """A state stored by an earlier program is read whole, kept whole, and composes the next message."""
    state = ChannelState(bytes.fromhex(vector["state"]))
    expected = Channel(
        channel_id=bytes.fromhex(vector["channel_id"]),
        participant=bytes.fromhex(vector["participant"]),
        lamport=vector["lamport"],
        latest=tuple(LogEntry(lamport, bytes.fromhex(name)) for lamport, name in vector["latest"]),
        owed=raw(vector["owed"]),
    )

    _, message = compose(state, b"onwards", 0)

    assert expected == decode_channel(state)
    assert expected == decode_channel(encode_channel(expected))
    assert message.lamport == vector["lamport"] + 1
    assert decode_message(message.encoded).acknowledged == expected.owed
