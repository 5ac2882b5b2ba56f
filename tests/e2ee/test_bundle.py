"""Bundles: signed by the device, and holding only keys that can be used."""

import pytest

from e2ee.e2ee_people import NOW_MS, meet
from parley.e2ee import api as e2ee
from parley.e2ee import lengthprefix
from parley.e2ee.bundle import SIGNATURE_CONTEXT, read_bundle
from parley.e2ee.device import read_device, sign


def test_fields_come_back() -> None:
    """Account, device and times are what they were made with."""
    (alice,) = meet("alice")

    opened = read_bundle(alice.bundle)

    assert (opened.account, opened.device_id) == (alice.account, alice.device_id)
    assert opened.issued_at_ms == NOW_MS
    assert len(alice.bundle) < 2800


def test_rotation_keeps_the_long_term_keys() -> None:
    """The hash a wallet endorsed survives rotation; prekey and ML-KEM key change together."""
    (alice,) = meet("alice")
    before = read_bundle(alice.bundle)
    alice.rotate()
    after = read_bundle(alice.bundle)

    assert before.bundle_hash == after.bundle_hash
    assert before.signed_prekey != after.signed_prekey
    assert before.mlkem != after.mlkem


def test_every_changed_byte_is_noticed() -> None:
    """No byte of a bundle can be changed, none left out, none added."""
    (alice,) = meet("alice")
    bundle = alice.bundle
    for place in range(0, len(bundle), 11):
        changed = bundle[:place] + bytes([bundle[place] ^ 0x20]) + bundle[place + 1 :]
        with pytest.raises(e2ee.InvalidBundleError):
            read_bundle(e2ee.Bundle(changed))
    for changed in (bundle[:-1], bundle + b"\x00", b"", bytes(4000)):
        with pytest.raises(e2ee.InvalidBundleError):
            read_bundle(e2ee.Bundle(changed))


@pytest.mark.parametrize(
    ("place", "key"),
    [
        (0, b"\x02"),  # version
        (1, b""),  # account
        (1, b"x" * 129),
        (1, b"\xff"),
        (2, bytes(32)),  # device key
        (3, bytes(32)),  # identity of small order
        (4, bytes(32)),  # signed prekey, no longer signed
        (6, b"\xff" * 1184),  # ML-KEM key out of range
        (7, b"\xff" * 1184),
        (8, bytes(32)),  # sealing keys of small order
        (9, bytes(32)),
        (9, bytes(31)),
        (10, bytes(7)),  # issued-at
        (11, bytes(9)),  # expiry
    ],
)
def test_a_signed_bundle_with_an_unusable_field_is_refused(place: int, key: bytes) -> None:
    """A device that signs nonsense can not make a sender fail later on: its bundle is refused when read."""
    (alice,) = meet("alice")
    body, _ = lengthprefix.split(alice.bundle)
    fields = lengthprefix.split(body)
    fields[place] = key
    body = lengthprefix.join(fields)
    signature = sign(read_device(alice.device), SIGNATURE_CONTEXT, body)

    with pytest.raises(e2ee.InvalidBundleError):
        read_bundle(e2ee.Bundle(lengthprefix.join([body, signature])))


@pytest.mark.parametrize("account", ["", "x" * 129, "ä"])
def test_an_account_is_checked_when_a_bundle_is_made(account: str) -> None:
    """A bundle nobody could read is not made."""
    (alice,) = meet("alice")

    with pytest.raises(ValueError, match=r"account|ascii"):
        e2ee.make_bundle(alice.device, account, 0, 1)
