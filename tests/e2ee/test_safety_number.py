"""The number that two people compare."""

import hashlib

import pytest

from e2ee.e2ee_people import Person, endorse, recover
from parley.e2ee import api as e2ee

ALICE = ("0x00000000000000000000000000000000000000A1", hashlib.sha256(b"alice").digest())
BOB = ("eip155:1:0x00000000000000000000000000000000000000B0", hashlib.sha256(b"bob").digest())
KNOWN = "576425884078995703121975478637727740039780055792871815849206"


def test_both_sides_see_the_same_number() -> None:
    """Sixty digits, whoever asks; frozen, or people who compare across versions would be alarmed."""
    number = e2ee.safety_number(ALICE, BOB)

    assert number == e2ee.safety_number(BOB, ALICE)
    assert len(number) == e2ee.SAFETY_NUMBER_DIGITS
    assert number == KNOWN


@pytest.mark.parametrize("changed", [(ALICE[0], bytes(32)), (ALICE[0][:-1] + "2", ALICE[1])])
def test_another_account_or_another_set_of_devices_is_another_number(changed: tuple[str, bytes]) -> None:
    """Only the half of the side that changed is another one."""
    before, after = e2ee.safety_number(ALICE, BOB), e2ee.safety_number(changed, BOB)
    halves = {before[:30], before[30:]} & {after[:30], after[30:]}

    assert len(halves) == 1


def test_a_device_that_one_side_does_not_know_of_shows() -> None:
    """Mallory has a device endorsed of which Bob was not told."""
    alice, bob = Person("alice"), Person("bob")
    other = e2ee.create_device(alice.now_ms)
    entries = [alice.entry, endorse(alice.wallet, other, "other")]
    bundle = e2ee.make_bundle(other, alice.account, alice.now_ms, alice.now_ms + 1_000)
    record = e2ee.make_contact_record(alice.account, entries, [alice.bundle, bundle])
    both = e2ee.read_contact_record(record, recover, alice.now_ms).head

    at_bob = e2ee.safety_number((bob.account, bob.head), (alice.account, alice.head))

    assert at_bob != e2ee.safety_number((alice.account, both), (bob.account, bob.head))


@pytest.mark.parametrize(("one", "other"), [(ALICE, ALICE), (ALICE, (BOB[0], b"short"))])
def test_what_is_no_pair_of_logs_has_no_number(one: tuple[str, bytes], other: tuple[str, bytes]) -> None:
    """A caller's bug, and never digits that look like a number."""
    with pytest.raises(ValueError, match=r"two accounts|32 bytes"):
        e2ee.safety_number(one, other)
