"""Preferences: their bounds, their encoding, and the step that changes them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.chat.commit import StateChange, StateKind, StoredState
from parley.chat.errors import (
    ChatError,
    InvalidChainIdError,
    InvalidNodeAddressError,
    LockAfterError,
    MalformedPreferencesError,
    TooManyNetworksError,
    TooManyNodesError,
)
from parley.chat.events import PreferencesChanged
from parley.chat.preferences import preferences_pb2
from parley.chat.preferences.change import change_preferences, read_preferences
from parley.chat.preferences.codec import MAX_PREFERENCES_BYTES, decode_preferences, encode_preferences
from parley.chat.preferences.model import (
    MAX_CHAIN_ID,
    MAX_ENDPOINT_CHARACTERS,
    MAX_ENDPOINTS,
    MAX_LOCK_AFTER_MINUTES,
    MAX_NETWORKS,
    Network,
    Preferences,
)

NODE = "https://node.example/v3/key"
SEPOLIA = 11155111

chain_ids = st.integers(1, MAX_CHAIN_ID)
endpoints = st.from_regex(r"https?://[!-~]{1,40}", fullmatch=True)
some_endpoints = st.lists(endpoints, min_size=1, max_size=MAX_ENDPOINTS, unique=True).map(tuple)
networks = st.dictionaries(chain_ids, some_endpoints, max_size=MAX_NETWORKS).map(
    lambda each: tuple(Network(chain_id, each[chain_id]) for chain_id in sorted(each))
)
any_preferences = st.builds(
    Preferences, chain_ids, networks, st.integers(0, MAX_LOCK_AFTER_MINUTES), st.booleans()
)


@given(any_preferences)
def test_decoding_gives_back_what_was_encoded(preferences: Preferences) -> None:
    """Any preferences survive their encoding."""
    assert decode_preferences(encode_preferences(preferences)) == preferences


@given(any_preferences, st.permutations(range(4)))
def test_equal_preferences_have_equal_bytes(preferences: Preferences, order: list[int]) -> None:
    """In whatever order they were set, so that setting what is set is no change."""
    changes: list[Callable[[Preferences], Preferences]] = [
        lambda each: each.with_chain(preferences.chain_id),
        lambda each: each.with_lock_after(preferences.lock_after_minutes),
        lambda each: each.with_offchain_names(preferences.offchain_names),
        lambda each: _with_networks(each, tuple(reversed(preferences.networks))),
    ]
    made = Preferences()
    for each in order:
        made = changes[each](made)

    assert encode_preferences(made) == encode_preferences(preferences)


def _with_networks(preferences: Preferences, networks: tuple[Network, ...]) -> Preferences:
    for each in networks:
        preferences = preferences.with_endpoints(each.chain_id, each.endpoints)
    return preferences


@given(st.binary(max_size=300))
def test_any_bytes_are_preferences_or_malformed(encoded: bytes) -> None:
    """Decoding raises nothing but its one error, and reading what is stored raises nothing."""
    read_preferences(StoredState(1, encoded))
    with contextlib.suppress(MalformedPreferencesError):
        decode_preferences(encoded)


@pytest.mark.parametrize(
    "message",
    [
        preferences_pb2.Preferences(chain_id=1),
        preferences_pb2.Preferences(version=2, chain_id=1),
        preferences_pb2.Preferences(version=1, chain_id=0),
        preferences_pb2.Preferences(version=1, chain_id=MAX_CHAIN_ID + 1),
        preferences_pb2.Preferences(version=1, chain_id=1, lock_after_minutes=MAX_LOCK_AFTER_MINUTES + 1),
        preferences_pb2.Preferences(
            version=1, chain_id=1, networks=[preferences_pb2.Network(chain_id=0, endpoints=[NODE])]
        ),
        preferences_pb2.Preferences(
            version=1, chain_id=1, networks=[preferences_pb2.Network(chain_id=1, endpoints=["ftp://x"])]
        ),
        preferences_pb2.Preferences(
            version=1, chain_id=1, networks=[preferences_pb2.Network(chain_id=1, endpoints=[NODE] * 9)]
        ),
        preferences_pb2.Preferences(
            version=1, chain_id=1, networks=[preferences_pb2.Network(chain_id=1)] * (MAX_NETWORKS + 1)
        ),
    ],
)
def test_what_is_out_of_bounds_is_malformed(message: preferences_pb2.Preferences) -> None:
    """Bounds hold for what is stored as for what is typed; such a profile opens with defaults."""
    encoded = message.SerializeToString()
    with pytest.raises(MalformedPreferencesError):
        decode_preferences(encoded)

    assert read_preferences(StoredState(1, encoded)) == Preferences()


def test_nothing_of_unbounded_length_is_read() -> None:
    """Whatever it is."""
    with pytest.raises(MalformedPreferencesError):
        decode_preferences(bytes(MAX_PREFERENCES_BYTES + 1))


def test_a_later_field_is_ignored() -> None:
    """A newer Parley may add to what an older one reads."""
    later = encode_preferences(Preferences(lock_after_minutes=5)) + b"\xf8\x07\x01"  # Field 127, a number.

    assert decode_preferences(later).lock_after_minutes == 5


def test_nobody_outside_the_chain_is_asked_until_somebody_allows_it() -> None:
    """Also by preferences that were stored before there was this one: version, chain id and a lock."""
    earlier = b"\x08\x01\x10\x01\x20\x05"
    assert decode_preferences(earlier) == Preferences(lock_after_minutes=5, offchain_names=False)
    assert encode_preferences(Preferences(lock_after_minutes=5)) == earlier
    assert not decode_preferences(None).offchain_names

    allowed = decode_preferences(earlier).with_offchain_names(True)
    assert decode_preferences(encode_preferences(allowed)).offchain_names
    assert encode_preferences(allowed.with_offchain_names(False)) == earlier


def test_the_largest_preferences_can_be_stored() -> None:
    """The bounds on parts are within the bound on the whole."""
    long = "https://" + "x" * (MAX_ENDPOINT_CHARACTERS - 9)
    largest = Preferences(MAX_CHAIN_ID)
    for chain_id in range(1, MAX_NETWORKS + 1):
        largest = largest.with_endpoints(chain_id, tuple(f"{long}{n}" for n in range(MAX_ENDPOINTS)))

    assert decode_preferences(encode_preferences(largest)) == largest


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda each: each.with_chain(0), InvalidChainIdError),
        (lambda each: each.with_chain(MAX_CHAIN_ID + 1), InvalidChainIdError),
        (lambda each: each.with_endpoints(0, (NODE,)), InvalidChainIdError),
        (lambda each: each.with_endpoints(1, tuple(f"{NODE}{n}" for n in range(9))), TooManyNodesError),
        (lambda each: _with_networks(each, (Network(99, (NODE,)),)), TooManyNetworksError),
        (lambda each: each.with_lock_after(-1), LockAfterError),
        (lambda each: each.with_lock_after(MAX_LOCK_AFTER_MINUTES + 1), LockAfterError),
    ],
)
def test_what_is_out_of_bounds_is_refused(
    change: Callable[[Preferences], Preferences], error: type[ChatError]
) -> None:
    """Nothing is changed then."""
    full = _with_networks(Preferences(), tuple(Network(n + 1, (NODE,)) for n in range(MAX_NETWORKS)))
    with pytest.raises(error):
        change_preferences(StoredState(1, encode_preferences(full)), change)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "node",
        "ftp://node",
        "https://",
        "https://a b",
        "https://a\nb",
        "https://ä.example",
        "https://" + "x" * 1020,
    ],
)
def test_what_is_no_address_is_named_by_its_place(address: str) -> None:
    """And not repeated, for it may hold a key."""
    with pytest.raises(InvalidNodeAddressError) as caught:
        Preferences().with_endpoints(1, (NODE, address))

    assert caught.value.place == 2
    assert str(caught.value) == "address 2 is none of a node"


def test_each_node_is_kept_once_and_in_order() -> None:
    """The first is the preferred one; no node forgets the network."""
    one = Preferences().with_endpoints(SEPOLIA, ("http://b", "http://a", "http://b"))

    assert one.endpoints(SEPOLIA) == ("http://b", "http://a")
    assert one.endpoints(1) == ()
    assert one.with_endpoints(SEPOLIA, ()) == Preferences()


def test_the_nodes_of_another_network_are_kept() -> None:
    """Whoever goes to a test network and comes back types nothing again."""
    one = Preferences().with_endpoints(1, (NODE,)).with_chain(SEPOLIA)

    assert one.with_chain(1).endpoints(1) == (NODE,)


def test_keys_in_addresses_stay_out_of_logs() -> None:
    """What is printed of preferences names no address."""
    assert "key" not in repr(Preferences().with_endpoints(1, (NODE,)))


def test_a_change_is_a_commit() -> None:
    """Of the one state, at the version that was read, told to whoever shows it."""
    commit = change_preferences(StoredState(), lambda each: each.with_lock_after(5))

    assert commit is not None
    assert commit.states == (
        StateChange(StateKind.PREFERENCES, b"", 0, encode_preferences(Preferences(lock_after_minutes=5))),
    )
    assert commit.events == (PreferencesChanged(),)


def test_setting_what_is_set_is_no_commit() -> None:
    """Nothing is written and nobody is told."""
    stored = StoredState(3, encode_preferences(Preferences(lock_after_minutes=5)))

    assert change_preferences(stored, lambda each: each.with_lock_after(5)) is None
