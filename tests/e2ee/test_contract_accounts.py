"""Contract accounts: what they endorse, what has to be asked, and what is refused."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from hypothesis import given, settings
from hypothesis import strategies as st

from e2ee.e2ee_people import DAY_MS, NOW_MS, meet, recover
from parley.e2ee import api as e2ee
from parley.e2ee import lengthprefix
from parley.e2ee.contact_record import MAX_LIVE_DEVICES, MAX_RECORD_BYTES
from parley.e2ee.device import read_device
from parley.e2ee.endorsement import MAX_HEADS

CHAIN_ID = 31337
LIMIT = e2ee.MAX_CONTRACT_SIGNATURE_BYTES


@dataclass
class Wallet:
    """A contract account: it accepts what it was told to accept. `recover` is what a caller makes of its word."""

    address: str = field(default_factory=lambda: str(Account.create().address))
    chain_id: int = CHAIN_ID
    accepted: set[bytes] = field(default_factory=set)

    @property
    def account(self) -> str:
        return e2ee.contract_account(self.address, self.chain_id)

    def recover(self, typed_data: dict[str, Any], signature: bytes) -> str:
        shown = (typed_data["message"]["account"], typed_data["domain"]["chainId"])
        with suppress(ValueError):
            if (signer := recover(typed_data, signature)) == shown[0]:
                return signer
        if shown == (self.address, self.chain_id) and signature in self.accepted:
            return self.account
        return recover(typed_data, signature)

    def endorse(self, device: e2ee.DeviceState, signature: bytes, **changes: Any) -> bytes:
        """Endorse a device with any bytes that the contract accepts."""
        self.accepted.add(signature)
        unsigned = propose(device, self.address, **({"chain_id": self.chain_id} | changes))
        return e2ee.countersign(device, unsigned.signed_by(self.account), signature)

    def bundle(self, device: e2ee.DeviceState) -> e2ee.Bundle:
        return e2ee.make_bundle(device, self.account, NOW_MS, NOW_MS + 30 * DAY_MS)

    def record(self, device: e2ee.DeviceState, *entries: bytes) -> bytes:
        return e2ee.make_contact_record(self.account, entries, [self.bundle(device)])

    def read(self, record: bytes) -> e2ee.ContactRecord:
        return e2ee.read_contact_record(record, self.recover, NOW_MS)


def propose(device: e2ee.DeviceState, account: str, **changes: Any) -> e2ee.UnsignedEndorsement:
    fields: dict[str, Any] = {
        "device_name": "laptop",
        "chain_id": CHAIN_ID,
        "salt": b"\x05" * 32,
        "heads": (),
        "issued_at_ms": NOW_MS,
        "expires_at_ms": NOW_MS + 365 * DAY_MS,
        "nonce": b"\x07" * 32,
    }
    return e2ee.propose_endorsement(device, account=account, **(fields | changes))


@pytest.fixture(scope="module")
def device() -> e2ee.DeviceState:
    return e2ee.create_device(NOW_MS)


@pytest.fixture
def wallet() -> Wallet:
    return Wallet()


# The endorsement.


def test_the_wallet_shows_the_address_and_the_entry_names_the_account(
    device: e2ee.DeviceState, wallet: Wallet
) -> None:
    """What was proposed for the address is what the account has signed; nothing has to be signed again."""
    proposed = propose(device, wallet.address)
    signed = proposed.signed_by(wallet.account)

    assert signed.typed_data() == proposed.typed_data()
    assert signed.typed_data()["message"]["account"] == wallet.address
    assert (proposed.account, signed.account) == (wallet.address, wallet.account)
    assert e2ee.UnsignedEndorsement.decode(signed.encode()) == signed
    assert signed.signed_by(wallet.account) == signed
    assert propose(device, wallet.account) == signed


def test_a_record_of_a_contract_account(device: e2ee.DeviceState, wallet: Wallet) -> None:
    """Its account, inbox and device; the same address with a key is another account."""
    record = wallet.read(wallet.record(device, wallet.endorse(device, b"anything")))

    assert record.account == wallet.account
    assert record.inbox_id == e2ee.inbox_id(wallet.account) != e2ee.inbox_id(wallet.address)
    assert [each.device_id for each in record.devices] == [e2ee.device_id(device)]


def test_an_endorsement_is_of_the_account_that_signed_only(device: e2ee.DeviceState, wallet: Wallet) -> None:
    """Not of another address, another chain, or, once it is a contract account's, of the address."""
    proposed = propose(device, wallet.address)
    for account in (
        Account.create().address,
        e2ee.contract_account(Account.create().address, CHAIN_ID),
        e2ee.contract_account(wallet.address.lower(), CHAIN_ID),
        e2ee.contract_account(wallet.address, 1),
        wallet.address.lower(),
        "eip155:1:nobody",
        "",
    ):
        with pytest.raises(e2ee.InvalidEndorsementError):
            proposed.signed_by(account)
    with pytest.raises(e2ee.InvalidEndorsementError):
        proposed.signed_by(wallet.account).signed_by(wallet.address)


def test_a_contract_account_endorses_on_its_own_chain_only(device: e2ee.DeviceState, wallet: Wallet) -> None:
    """A contract at the same address on another chain may be somebody else's."""
    with pytest.raises(ValueError, match="chain"):
        propose(device, wallet.account, chain_id=1)
    elsewhere = replace(propose(device, wallet.account), account=e2ee.contract_account(wallet.address, 1))
    with pytest.raises(ValueError, match="chain"):
        elsewhere.encode()

    # The same, put together by hand around the check.
    encoded = elsewhere.account.encode().join(
        propose(device, "X" * len(elsewhere.account)).encode().split(b"X" * len(elsewhere.account))
    )
    with pytest.raises(e2ee.InvalidEndorsementError):
        e2ee.UnsignedEndorsement.decode(encoded)


@pytest.mark.parametrize("size", [1, 64, 65, 66, LIMIT])
def test_a_contract_may_sign_with_up_to_2048_bytes(
    device: e2ee.DeviceState, wallet: Wallet, size: int
) -> None:
    record = wallet.record(device, wallet.endorse(device, b"\x01" * size))

    assert len(wallet.read(record).devices) == 1


@pytest.mark.parametrize("size", [0, LIMIT + 1])
def test_nothing_and_more_are_refused_on_both_sides(
    device: e2ee.DeviceState, wallet: Wallet, size: int
) -> None:
    signature = b"\x01" * size
    with pytest.raises(e2ee.InvalidEndorsementError):
        wallet.endorse(device, signature)
    encoded, _, device_signature = lengthprefix.split(wallet.endorse(device, b"\x01"))
    record = wallet.record(device, lengthprefix.join([encoded, signature, device_signature]))
    with pytest.raises(e2ee.InvalidContactRecordError):
        wallet.read(record)
    with pytest.raises(e2ee.InvalidContactRecordError):
        e2ee.contract_claims(record)


@pytest.mark.parametrize("size", [64, 66, 2048])
def test_a_key_still_signs_with_65_bytes(size: int) -> None:
    """Even if whoever recovers would take other signatures for the account's."""
    (alice,) = meet("alice")
    encoded, _, device_signature = lengthprefix.split(alice.entry)
    entry = lengthprefix.join([encoded, b"\x01" * size, device_signature])
    record = e2ee.make_contact_record(alice.account, [entry], [alice.bundle])

    with pytest.raises(e2ee.InvalidContactRecordError):
        e2ee.read_contact_record(record, lambda _data, _signature: alice.account, NOW_MS)


def test_ten_devices_fit_whatever_their_signatures(wallet: Wallet) -> None:
    """Each entry names all before it, and each signature has 2,048 bytes; the longest entry is within its limit."""
    devices = [e2ee.create_device(NOW_MS) for _ in range(MAX_LIVE_DEVICES)]
    entries: list[bytes] = []
    heads: tuple[bytes, ...] = ()
    wallet.chain_id = 2**64 - 1
    for each in devices:
        name = "x" * 64
        entry = wallet.endorse(each, bytes([len(entries)]) * LIMIT, heads=heads, device_name=name)
        entries.append(entry)
        heads = wallet.read(e2ee.make_contact_record(wallet.account, entries, [])).entry_ids
    record = e2ee.make_contact_record(wallet.account, entries, [wallet.bundle(each) for each in devices])
    longest = wallet.endorse(devices[0], b"x" * LIMIT, heads=[bytes(32)] * MAX_HEADS, device_name="x" * 64)

    assert len(wallet.read(record).devices) == MAX_LIVE_DEVICES
    assert len(record) < 56 * 1024 < MAX_RECORD_BYTES
    assert len(wallet.read(wallet.record(devices[0], longest)).devices) == 1


# Whose word counts.


def test_a_claim_signed_by_the_addresss_own_key_is_refused(device: e2ee.DeviceState) -> None:
    """One address is not two accounts, even if a contract there accepts the signature as well."""
    key = Account.create()
    wallet = Wallet(address=key.address)
    unsigned = propose(device, key.address)
    signed = key.sign_message(encode_typed_data(full_message=unsigned.typed_data()))
    signature = bytes(signed.signature)
    wallet.accepted.add(signature)
    record = wallet.record(device, e2ee.countersign(device, unsigned.signed_by(wallet.account), signature))

    with pytest.raises(e2ee.InvalidContactRecordError):
        wallet.read(record)
    bare = e2ee.make_contact_record(
        key.address,
        [e2ee.countersign(device, unsigned, signature)],
        [e2ee.make_bundle(device, key.address, NOW_MS, NOW_MS + DAY_MS)],
    )
    assert wallet.read(bare).account == key.address


def test_a_contract_does_not_sign_for_the_bare_address(device: e2ee.DeviceState, wallet: Wallet) -> None:
    """A bare account is a key, whatever the contract at the address accepts."""
    signature = b"\x01" * 65
    wallet.accepted.add(signature)
    record = e2ee.make_contact_record(
        wallet.address,
        [e2ee.countersign(device, propose(device, wallet.address), signature)],
        [e2ee.make_bundle(device, wallet.address, NOW_MS, NOW_MS + DAY_MS)],
    )

    assert e2ee.contract_claims(record) == ()
    with pytest.raises(e2ee.InvalidContactRecordError):
        wallet.read(record)


def test_an_owner_does_not_sign_as_the_account_where_nobody_was_asked(
    device: e2ee.DeviceState, wallet: Wallet
) -> None:
    """A `recover` that knows only keys refuses every record of a contract account."""
    owner = Account.create()
    unsigned = propose(device, wallet.address).signed_by(wallet.account)
    signed = owner.sign_message(encode_typed_data(full_message=unsigned.typed_data()))
    record = wallet.record(device, e2ee.countersign(device, unsigned, bytes(signed.signature)))

    with pytest.raises(e2ee.InvalidContactRecordError):
        e2ee.read_contact_record(record, recover, NOW_MS)


def test_the_record_and_its_parts_are_of_one_account(device: e2ee.DeviceState, wallet: Wallet) -> None:
    """An entry, a bundle or a record under another text of the same address is refused."""
    entry = wallet.endorse(device, b"yes")
    bare = e2ee.make_bundle(device, wallet.address, NOW_MS, NOW_MS + DAY_MS)
    for record in (
        e2ee.make_contact_record(wallet.address, [entry], [wallet.bundle(device)]),
        e2ee.make_contact_record(wallet.account, [entry], [bare]),
        e2ee.make_contact_record(e2ee.contract_account(wallet.address, 1), [entry], [wallet.bundle(device)]),
        e2ee.make_contact_record("eip155:1:nobody", [entry], [wallet.bundle(device)]),
    ):
        with pytest.raises(e2ee.InvalidContactRecordError):
            wallet.read(record)


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
