"""Endorsements and contact records: what counts, what merges, what is refused."""

from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data

from e2ee.e2ee_people import DAY_MS, NOW_MS, Person, endorse, meet, recover
from parley.e2ee import api as e2ee
from parley.e2ee import lengthprefix
from parley.e2ee.contact_record import MAX_ENTRIES, MAX_LIVE_DEVICES
from parley.e2ee.device import read_device

CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def _read(record: bytes, now_ms: int = NOW_MS) -> e2ee.ContactRecord:
    return e2ee.read_contact_record(record, recover, now_ms)


def _second_device(owner: Person, **changes: Any) -> Person:
    """Give a person a second device, as a Person of its own with the same wallet."""
    device = Person("phone", wallet=owner.wallet)
    if changes:
        device.entry = endorse(owner.wallet, device.device, "phone", **changes)
    return device


def test_a_record_says_who_can_be_written_to() -> None:
    """Account, inbox, device, its name and bundle, and times taken from what is signed."""
    (alice,) = meet("alice")

    record = _read(alice.record)

    assert record.account == alice.account
    assert record.inbox_id == e2ee.inbox_id(alice.account)
    assert record.head == e2ee.hash_head(record.entry_ids)
    assert [(d.device_id, d.name, d.bundle) for d in record.devices] == [
        (alice.device_id, "alice", alice.bundle)
    ]
    assert (record.issued_at_ms, record.expires_at_ms) == (NOW_MS, NOW_MS + 30 * DAY_MS)
    assert not record.expired
    assert record.entries == (alice.entry,)


def test_an_expired_record_is_still_readable_and_flagged() -> None:
    """Devices stay listed while they are endorsed, even when all bundles are past their expiry."""
    (alice,) = meet("alice")

    record = _read(alice.record, NOW_MS + 30 * DAY_MS)

    assert record.expired
    assert [device.device_id for device in record.devices] == [alice.device_id]


def test_an_expired_endorsement_is_no_live_device() -> None:
    """The entry stays in the set, the device is not written to any more."""
    (alice,) = meet("alice")

    record = _read(alice.record, NOW_MS + 365 * DAY_MS)

    assert record.devices == ()
    assert record.expired
    assert len(record.entry_ids) == 1


def test_records_merge_by_union() -> None:
    """Both orders give the same bytes, and an older record coming back takes nothing away."""
    (alice,) = meet("alice")
    phone = _second_device(alice)
    both = e2ee.merge_contact_records(alice.record, phone.record, recover, NOW_MS)

    assert both == e2ee.merge_contact_records(phone.record, alice.record, recover, NOW_MS)
    assert {device.name for device in _read(both).devices} == {"alice", "phone"}
    assert e2ee.merge_contact_records(both, alice.record, recover, NOW_MS) == both
    assert _read(both).head not in (_read(alice.record).head, _read(phone.record).head)


def test_a_record_knows_what_it_was_before() -> None:
    """The heads of its entries in order of time, and what each signer knew; not those of a set it does not hold."""
    wallet = Account.create()
    devices = [e2ee.create_device(NOW_MS) for _ in range(4)]
    entries = [
        endorse(wallet, device, "d", issued_at_ms=NOW_MS + number)
        for number, device in enumerate(devices[:3])
    ]
    records = [e2ee.make_contact_record(wallet.address, entries[:count], []) for count in (1, 2, 3)]
    heads = [e2ee.read_contact_record(each, recover, NOW_MS).head for each in records]
    whole = e2ee.read_contact_record(records[2], recover, NOW_MS)
    aside = endorse(wallet, devices[3], "d", heads=(whole.entry_ids[0],), issued_at_ms=NOW_MS + 9)
    grown = e2ee.read_contact_record(
        e2ee.make_contact_record(wallet.address, [*entries, aside], []), recover, NOW_MS
    )
    (aside_id,) = set(grown.entry_ids) - set(whole.entry_ids)

    assert set(heads) <= e2ee.earlier_heads(whole)
    assert heads[2] not in e2ee.earlier_heads(e2ee.read_contact_record(records[1], recover, NOW_MS))
    assert {*heads, grown.head, e2ee.hash_head((whole.entry_ids[0], aside_id))} <= e2ee.earlier_heads(grown)


def test_the_newest_bundle_of_a_device_wins() -> None:
    """Whichever record it comes in; the head stays, because bundles are not part of the set."""
    (alice,) = meet("alice")
    old = alice.record
    alice.rotate()
    alice.now_ms += DAY_MS
    new = alice.record

    for merged in (
        e2ee.merge_contact_records(old, new, recover, NOW_MS),
        e2ee.merge_contact_records(new, old, recover, NOW_MS),
    ):
        assert [device.bundle for device in _read(merged).devices] == [alice.bundle]
    assert _read(old).head == _read(new).head


def test_records_of_two_accounts_do_not_merge() -> None:
    """A record is about one account."""
    alice, bob = meet("alice", "bob")

    with pytest.raises(e2ee.InvalidContactRecordError):
        e2ee.merge_contact_records(alice.record, bob.record, recover, NOW_MS)


def test_a_renewed_endorsement_replaces_the_older_one() -> None:
    """Of two endorsements of one device the one issued last counts: it can also end the device early."""
    (alice,) = meet("alice")
    issued_at_ms = NOW_MS + DAY_MS
    ended = endorse(alice.wallet, alice.device, "old", issued_at_ms=issued_at_ms, expires_at_ms=issued_at_ms)
    record = e2ee.make_contact_record(alice.account, [alice.entry, ended], [alice.bundle])

    assert [device.name for device in _read(record, NOW_MS).devices] == ["old"]
    assert _read(record, issued_at_ms).devices == ()


def test_a_rewritten_wallet_signature_is_the_same_entry() -> None:
    """ECDSA signatures can be rewritten without the key; the set and its hash do not change by it."""
    (alice,) = meet("alice")
    encoded, signature, device_signature = lengthprefix.split(alice.entry)
    s = CURVE_ORDER - int.from_bytes(signature[32:64], "big")
    rewritten = signature[:32] + s.to_bytes(32, "big") + bytes([55 - signature[64]])
    twin = lengthprefix.join([encoded, rewritten, device_signature])
    record = e2ee.make_contact_record(alice.account, [twin], [alice.bundle])

    def lenient(typed_data: dict[str, Any], wallet_signature: bytes) -> str:
        if wallet_signature == rewritten:
            wallet_signature = signature
        return recover(typed_data, wallet_signature)

    read = e2ee.read_contact_record(record, lenient, NOW_MS)
    assert read.head == _read(alice.record).head
    merged = e2ee.merge_contact_records(alice.record, record, lenient, NOW_MS)
    assert merged == alice.record
    twice = e2ee.make_contact_record(alice.account, [alice.entry, twin], [alice.bundle])
    with pytest.raises(e2ee.InvalidContactRecordError):
        e2ee.read_contact_record(twice, lenient, NOW_MS)


def test_only_the_account_itself_can_endorse() -> None:
    """A stranger's wallet signature, an account that is not the signer, and an unsigned entry are refused."""
    (alice,) = meet("alice")
    mallory = Account.create()
    forged = endorse(mallory, alice.device, "alice", account=alice.account)
    unsigned = lengthprefix.split(alice.entry)
    unsigned[1] = bytes(65)
    for entry in (forged, lengthprefix.join(unsigned)):
        with pytest.raises(e2ee.InvalidContactRecordError):
            _read(e2ee.make_contact_record(alice.account, [entry], [alice.bundle]))


def test_a_stranger_can_not_claim_a_device() -> None:
    """Mallory endorses Alice's device under her own account: the device never countersigned that."""
    alice, mallory = meet("alice", "mallory")
    unsigned = e2ee.propose_endorsement(
        alice.device,
        account=mallory.account,
        device_name="stolen",
        chain_id=1,
        salt=bytes(32),
        heads=(),
        issued_at_ms=NOW_MS,
        expires_at_ms=NOW_MS + DAY_MS,
        nonce=bytes(32),
    )
    signed = mallory.wallet.sign_message(encode_typed_data(full_message=unsigned.typed_data()))
    with pytest.raises(e2ee.InvalidEndorsementError):
        e2ee.countersign(mallory.device, unsigned, bytes(signed.signature))
    entry = lengthprefix.join([unsigned.encode(), bytes(signed.signature), bytes(64)])
    bundle = e2ee.make_bundle(alice.device, mallory.account, NOW_MS, NOW_MS + DAY_MS)

    with pytest.raises(e2ee.InvalidContactRecordError):
        _read(e2ee.make_contact_record(mallory.account, [entry], [bundle]))


def test_a_bundle_has_to_be_the_endorsed_one() -> None:
    """Another account in the bundle, a device without entry, or other long-term keys under the same device key."""
    alice, bob = meet("alice", "bob")
    other_account = e2ee.make_bundle(alice.device, bob.account, NOW_MS, NOW_MS + DAY_MS)
    no_entry = e2ee.make_bundle(bob.device, alice.account, NOW_MS, NOW_MS + DAY_MS)
    device, donor = read_device(alice.device), read_device(bob.device)
    device.box_private, device.box_public = donor.box_private, donor.box_public
    other_keys = e2ee.make_bundle(
        e2ee.DeviceState(device.SerializeToString()), alice.account, NOW_MS, NOW_MS + 1
    )
    for bundle in (other_account, no_entry, other_keys):
        with pytest.raises(e2ee.InvalidContactRecordError):
            _read(e2ee.make_contact_record(alice.account, [alice.entry], [bundle]))


def test_an_entry_of_another_account_spoils_the_record() -> None:
    """Even when it is valid by itself."""
    alice, bob = meet("alice", "bob")

    with pytest.raises(e2ee.InvalidContactRecordError):
        _read(e2ee.make_contact_record(alice.account, [alice.entry, bob.entry], [alice.bundle]))


def test_at_most_ten_live_devices() -> None:
    """The eleventh is refused with the numbers; one whose endorsement expired does not count."""
    (alice,) = meet("alice")
    devices = [_second_device(alice) for _ in range(MAX_LIVE_DEVICES - 1)]
    expired = _second_device(alice, expires_at_ms=NOW_MS)
    entries = [person.entry for person in (alice, expired, *devices)]
    bundles = [person.bundle for person in (alice, expired, *devices)]
    full = e2ee.make_contact_record(alice.account, entries, bundles)
    assert len(_read(full).devices) == MAX_LIVE_DEVICES

    eleventh = _second_device(alice)

    with pytest.raises(e2ee.ContactRecordTooLargeError) as refused:
        e2ee.merge_contact_records(full, eleventh.record, recover, NOW_MS)
    assert (refused.value.what, refused.value.count, refused.value.limit) == ("live devices", 11, 10)


def test_a_record_is_bounded_before_any_signature_is_checked() -> None:
    """64 KiB and 32 entries; recovery is not even called."""

    def never(_typed_data: dict[str, Any], _signature: bytes) -> str:
        raise AssertionError("called")

    (alice,) = meet("alice")
    many = lengthprefix.join(b"%d" % number for number in range(MAX_ENTRIES + 1))
    crowded = lengthprefix.join([b"\x01", alice.account.encode(), many, b""])
    for record in (bytes(64 * 1024 + 1), crowded):
        with pytest.raises(e2ee.ContactRecordTooLargeError):
            e2ee.read_contact_record(record, never, NOW_MS)
    with pytest.raises(e2ee.ContactRecordTooLargeError):
        e2ee.make_contact_record(alice.account, [bytes(65536)], [])


@pytest.mark.parametrize(
    "change",
    [
        {"salt": bytes(31)},
        {"nonce": b""},
        {"device_name": ""},
        {"device_name": "x" * 65},
        {"heads": (bytes(32),) * 33},
        {"heads": (b"short",)},
        {"chain_id": 1 << 64},
        {"issued_at_ms": -1},
    ],
)
def test_an_endorsement_with_a_bad_field_is_not_proposed(change: dict[str, Any]) -> None:
    """The wallet is never asked to sign what could not be encoded."""
    (alice,) = meet("alice")

    with pytest.raises((ValueError, OverflowError)):
        endorse(alice.wallet, alice.device, "alice", **change)


def test_an_endorsement_survives_waiting_for_the_wallet() -> None:
    """encode and decode are each other's inverse, heads included; a changed byte is refused or another value."""
    (alice,) = meet("alice")
    encoded, *_ = lengthprefix.split(
        endorse(alice.wallet, alice.device, "alice", heads=(b"h" * 32, b"i" * 32))
    )
    unsigned = e2ee.UnsignedEndorsement.decode(encoded)

    assert unsigned.encode() == encoded
    assert unsigned.heads == (b"h" * 32, b"i" * 32)
    assert unsigned.typed_data()["message"]["heads"] == ["0x" + "68" * 32, "0x" + "69" * 32]
    with pytest.raises(e2ee.InvalidEndorsementError):
        e2ee.UnsignedEndorsement.decode(encoded[:-1])
    with pytest.raises(e2ee.InvalidEndorsementError):
        e2ee.countersign(alice.device, unsigned, bytes(64))
