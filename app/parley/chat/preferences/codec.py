"""Preferences as bytes: Protocol Buffers, see preferences.proto."""

from __future__ import annotations

from google.protobuf.message import DecodeError

from parley.chat.errors import ChatError, MalformedPreferencesError
from parley.chat.preferences import preferences_pb2
from parley.chat.preferences.model import MAX_ENDPOINT_CHARACTERS, MAX_ENDPOINTS, MAX_NETWORKS, Preferences

VERSION = 1
MAX_PREFERENCES_BYTES = 2 * MAX_NETWORKS * MAX_ENDPOINTS * MAX_ENDPOINT_CHARACTERS


def encode_preferences(preferences: Preferences) -> bytes:
    """Encode; equal preferences give equal bytes."""
    message = preferences_pb2.Preferences(
        version=VERSION,
        chain_id=preferences.chain_id,
        networks=[
            preferences_pb2.Network(chain_id=each.chain_id, endpoints=each.endpoints)
            for each in preferences.networks
        ],
        lock_after_minutes=preferences.lock_after_minutes,
        offchain_names=preferences.offchain_names,
    )
    return message.SerializeToString(deterministic=True)


def decode_preferences(encoded: bytes | None) -> Preferences:
    """Decode what is stored; None is a profile in which nothing was set yet.

    Raises:
        MalformedPreferencesError: not preferences, of another version, or out of bounds.
    """
    if encoded is None:
        return Preferences()
    if len(encoded) > MAX_PREFERENCES_BYTES:
        raise MalformedPreferencesError("too long")
    message = preferences_pb2.Preferences()
    try:
        message.ParseFromString(encoded)
    except DecodeError as error:
        raise MalformedPreferencesError("not preferences") from error
    if message.version != VERSION:
        raise MalformedPreferencesError("another version")
    if len(message.networks) > MAX_NETWORKS or any(
        len(each.endpoints) > MAX_ENDPOINTS for each in message.networks
    ):
        raise MalformedPreferencesError("out of bounds")
    try:
        decoded = Preferences().with_chain(message.chain_id).with_lock_after(message.lock_after_minutes)
        decoded = decoded.with_offchain_names(message.offchain_names)
        for each in message.networks:
            decoded = decoded.with_endpoints(each.chain_id, tuple(each.endpoints))
    except ChatError as error:
        raise MalformedPreferencesError("out of bounds") from error
    return decoded
