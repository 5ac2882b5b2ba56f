"""What has to be asked of the chain about contract accounts, and what of their records is kept."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from e2ee.contract_wallet import CHAIN_ID, Wallet
from e2ee.e2ee_people import NOW_MS, meet
from parley.e2ee import api as e2ee
from parley.e2ee import lengthprefix
from parley.e2ee.contact_record import MAX_LIVE_DEVICES, MAX_RECORD_BYTES
from parley.e2ee.device import read_device


@pytest.fixture(scope="module")
def device() -> e2ee.DeviceState:
    return e2ee.create_device(NOW_MS)


@pytest.fixture
def wallet() -> Wallet:
    return Wallet()


# What has to be asked.


def test_what_has_to_be_asked(device: e2ee.DeviceState, wallet: Wallet) -> None:
    """Of a contract account every entry, with what was signed; of an account of a key nothing."""
    (alice,) = meet("alice")
    entries = [wallet.endorse(device, b"one"), wallet.endorse(device, b"two", issued_at_ms=NOW_MS + 1)]
    claims = e2ee.contract_claims(wallet.record(device, *entries))

    assert e2ee.contract_claims(alice.record) == ()
    assert {claim.signature for claim in claims} == {b"one", b"two"}
    for claim in claims:
        assert (claim.account, claim.address, claim.chain_id) == (wallet.account, wallet.address, CHAIN_ID)
        assert wallet.recover(claim.typed_data, claim.signature) == wallet.account


def test_ended_endorsements_are_asked_about_too(wallet: Wallet) -> None:
    """Eleven devices of which one has ended are no reason to refuse: only the reader has a clock."""
    devices = [e2ee.create_device(NOW_MS) for _ in range(MAX_LIVE_DEVICES + 1)]
    entries = [wallet.endorse(each, bytes([at])) for at, each in enumerate(devices[1:])]
    entries.append(wallet.endorse(devices[0], b"ended", expires_at_ms=NOW_MS))
    record = e2ee.make_contact_record(wallet.account, entries, [wallet.bundle(each) for each in devices])

    assert len(e2ee.contract_claims(record)) == MAX_LIVE_DEVICES + 1
    assert len(wallet.read(record).devices) == MAX_LIVE_DEVICES


def test_nothing_is_asked_about_a_record_that_is_refused_anyway(
    device: e2ee.DeviceState, wallet: Wallet
) -> None:
    """A device that did not agree, a bundle that was not endorsed, an entry twice, and too many of them."""
    entry = wallet.endorse(device, b"yes")
    encoded, signature, device_signature = lengthprefix.split(entry)
    stranger = e2ee.create_device(NOW_MS)
    forged = lengthprefix.join([encoded, signature, bytes(64)])
    twin = lengthprefix.join([encoded, b"another", device_signature])
    many = lengthprefix.join(
        [b"\x01", wallet.account.encode(), lengthprefix.join(b"%d" % at for at in range(33)), b""]
    )
    for record in (
        wallet.record(device, forged),
        wallet.record(stranger, entry),
        wallet.record(device, entry, twin),
        many,
        b"",
        bytes(MAX_RECORD_BYTES + 1),
    ):
        with pytest.raises(e2ee.InvalidContactRecordError):
            e2ee.contract_claims(record)


def test_every_changed_byte_of_an_entry_is_noticed(device: e2ee.DeviceState, wallet: Wallet) -> None:
    """By the device's signature, the form, or the contract, which has not accepted another signature."""
    entry = wallet.endorse(device, b"signed by an owner")
    for place in range(len(entry)):
        changed = entry[:place] + bytes([entry[place] ^ 1]) + entry[place + 1 :]
        with pytest.raises(e2ee.InvalidContactRecordError):
            wallet.read(wallet.record(device, changed))


@settings(max_examples=200)
@given(data=st.data())
def test_any_record_is_refused_or_its_claims_are_all_that_reading_asks_about(
    device: e2ee.DeviceState, data: st.DataObject
) -> None:
    """Whatever the bytes: what `contract_claims` refuses is refused, and else reading knows every answer."""
    wallet = Wallet(address="0x" + "42" * 20)
    entries = wallet.endorse(device, b"one"), wallet.endorse(device, b"two", nonce=bytes(32))
    original = wallet.record(device, *entries)
    start = data.draw(st.integers(0, len(original)))
    end = data.draw(st.integers(start, min(len(original), start + 80)))
    record = original[:start] + data.draw(st.binary(max_size=40)) + original[end:]
    asked: list[tuple[bytes, dict[str, Any]]] = []

    def trusting(typed_data: dict[str, Any], signature: bytes) -> str:
        asked.append((signature, typed_data))
        return e2ee.claimed_account(record)

    try:
        claims = e2ee.contract_claims(record)
    except e2ee.InvalidContactRecordError:
        with pytest.raises(e2ee.InvalidContactRecordError):
            e2ee.read_contact_record(record, trusting, NOW_MS)
        return
    if not claims:
        return  # It became a bare account's, or an empty one.
    with suppress(e2ee.ContactRecordTooLargeError):
        e2ee.read_contact_record(record, trusting, NOW_MS)
    known = [(claim.signature, claim.typed_data) for claim in claims]

    assert all(each in known for each in asked)


# Merging.


def test_records_of_a_contract_account_merge_by_union(device: e2ee.DeviceState, wallet: Wallet) -> None:
    phone = e2ee.create_device(NOW_MS)
    one = wallet.record(device, wallet.endorse(device, b"one"))
    two = wallet.record(phone, wallet.endorse(phone, b"two"))
    both = e2ee.merge_contact_records(one, two, wallet.recover, NOW_MS)

    assert both == e2ee.merge_contact_records(two, one, wallet.recover, NOW_MS)
    assert both == e2ee.merge_contact_records(both, one, wallet.recover, NOW_MS)
    assert len(wallet.read(both).devices) == 2


def test_what_the_account_does_not_stand_by_any_more_goes(device: e2ee.DeviceState, wallet: Wallet) -> None:
    """A new owner: the entries that are held go with their devices, and can not come back."""
    stays, goes = e2ee.create_device(NOW_MS), device
    kept = wallet.endorse(stays, b"both owners")
    held = e2ee.merge_contact_records(
        wallet.record(goes, wallet.endorse(goes, b"old owner")),
        wallet.record(stays, kept),
        wallet.recover,
        NOW_MS,
    )
    wallet.accepted.remove(b"old owner")
    phone = e2ee.create_device(NOW_MS)
    new = wallet.record(phone, wallet.endorse(phone, b"new owner"))

    merged = wallet.read(e2ee.merge_contact_records(held, new, wallet.recover, NOW_MS))
    assert {each.device_id for each in merged.devices} == {e2ee.device_id(stays), e2ee.device_id(phone)}
    for coming_back in (held, wallet.record(goes, wallet.endorse(stays, b"both owners"))):
        with pytest.raises(e2ee.InvalidContactRecordError):
            e2ee.merge_contact_records(merged.record, coming_back, wallet.recover, NOW_MS)


def test_of_an_account_of_a_key_nothing_goes() -> None:
    """A held record that does not verify is refused, not cut down."""
    (alice,) = meet("alice")

    def nobody(_typed_data: dict[str, Any], _signature: bytes) -> str:
        raise ValueError

    with pytest.raises(e2ee.InvalidContactRecordError):
        e2ee.merge_contact_records(alice.record, alice.record, nobody, NOW_MS)


def test_a_bundle_goes_with_the_entry_that_endorsed_it(device: e2ee.DeviceState, wallet: Wallet) -> None:
    """Other long-term keys under one device key, each endorsed: the bundle of the dropped entry does not stay."""
    old = wallet.endorse(device, b"old owner's")
    changed = read_device(device)
    donor = read_device(e2ee.create_device(NOW_MS))
    changed.box_private, changed.box_public = donor.box_private, donor.box_public
    other = e2ee.DeviceState(changed.SerializeToString())
    new = wallet.endorse(other, b"new owner's", issued_at_ms=NOW_MS + 1)
    held = wallet.record(other, old, new)
    wallet.read(held)
    wallet.accepted.remove(b"new owner's")
    merged = e2ee.merge_contact_records(held, wallet.record(device, old), wallet.recover, NOW_MS)

    assert [each.bundle for each in wallet.read(merged).devices] == [wallet.bundle(device)]
