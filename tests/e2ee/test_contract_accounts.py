"""Contract accounts: what they endorse, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data

from e2ee.contract_wallet import CHAIN_ID, Wallet, propose
from e2ee.e2ee_people import DAY_MS, NOW_MS, meet, recover
from parley.e2ee import api as e2ee
from parley.e2ee import lengthprefix
from parley.e2ee.contact_record import MAX_LIVE_DEVICES, MAX_RECORD_BYTES
from parley.e2ee.endorsement import MAX_HEADS

LIMIT = e2ee.MAX_CONTRACT_SIGNATURE_BYTES


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
