"""An account's public set of devices (README.md#contact-record).

A container without a signature of its own: every entry is signed by the wallet and the device, every bundle by
its device. Two records merge by union, the newest bundle of a device wins, so an older record can be handed
around but never takes anything away. What the container says is exactly what its parts prove.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from parley.e2ee import lengthprefix
from parley.e2ee.account import split_account
from parley.e2ee.bundle import MAX_ACCOUNT_BYTES, OpenedBundle, read_bundle
from parley.e2ee.endorsement import Entry, Recover, decode_entry, read_entry
from parley.e2ee.errors import (
    ContactRecordTooLargeError,
    InvalidBundleError,
    InvalidContactRecordError,
    InvalidEndorsementError,
)
from parley.e2ee.types import Bundle, DeviceId

VERSION: Final = b"\x01"
MAX_RECORD_BYTES: Final = 64 * 1024
INBOX_ID_BYTES: Final = 32
MAX_LIVE_DEVICES: Final = 10
MAX_ENTRIES: Final = 32
_INBOX_CONTEXT: Final = b"parley/inbox/v1"
_HEAD_CONTEXT: Final = b"parley/head/v1"


@dataclass(frozen=True)
class ContactDevice:
    """A live device of a contact: endorsed, and its endorsement has not expired."""

    device_id: DeviceId
    name: str
    bundle: Bundle
    expires_at_ms: int  # of the bundle; after it the bundle is used with a warning
    endorsed_until_ms: int  # of the endorsement; after it the device is not live
    endorsed_at_ms: int  # of the endorsement that counts, as its device says


@dataclass(frozen=True)
class ContactRecord:
    """A verified record. Times are milliseconds since the epoch, UTC."""

    account: str
    inbox_id: bytes  # 32
    head: bytes  # 32, hash of the set of entries
    devices: tuple[ContactDevice, ...]  # live ones with a bundle, by device id
    issued_at_ms: int  # of the newest bundle; 0 without devices
    expires_at_ms: int  # of the bundle that lasts longest; 0 without devices
    expired: bool  # still readable and usable, with a warning
    entries: tuple[bytes, ...]  # by entry id
    entry_ids: tuple[bytes, ...]  # sorted
    record: bytes


def inbox_id(account: str) -> bytes:
    """Return an account's place in the network: SHA-256 of a context and the account's text (32 bytes)."""
    return hashlib.sha256(_INBOX_CONTEXT + account.encode()).digest()


def make_contact_record(account: str, entries: Iterable[bytes], bundles: Iterable[Bundle]) -> bytes:
    """Put entries and bundles into a container, in one canonical order; repeats are dropped.

    A record with one entry and one bundle is the introduction of a single device.

    Raises:
        ContactRecordTooLargeError: more than 64 KiB.
        InvalidBundleError: a bundle is not what its signature says.
    """
    newest: dict[DeviceId, Bundle] = {}
    for bundle in bundles:
        device = read_bundle(bundle).device_id
        newest[device] = max(newest.get(device, bundle), bundle, key=_bundle_age)
    record = lengthprefix.join(
        [
            VERSION,
            account.encode("ascii"),
            lengthprefix.join(sorted(set(entries))),
            lengthprefix.join(newest[device] for device in sorted(newest)),
        ]
    )
    if len(record) > MAX_RECORD_BYTES:
        raise ContactRecordTooLargeError("bytes", len(record), MAX_RECORD_BYTES)
    return record


def read_contact_record(record: bytes, recover: Recover, now_ms: int) -> ContactRecord:
    """Verify everything in a record. One part that is not what it claims refuses the whole.

    Args:
        record: at most 64 KiB, from anywhere.
        recover: recovers a wallet's signer; called once an entry.

    Raises:
        InvalidContactRecordError: malformed, or a signature, account, key or hash does not fit.
        ContactRecordTooLargeError: more than 64 KiB, 32 entries or 10 live devices.
    """
    account, raw_entries, bundles = _split(record)
    try:
        entries = {entry.entry_id: entry for entry in (read_entry(raw, recover) for raw in raw_entries)}
        opened = {bundle: read_bundle(bundle) for bundle in bundles}
    except (InvalidEndorsementError, InvalidBundleError) as error:
        raise InvalidContactRecordError("A part of the record is not valid.") from error
    if len(entries) != len(raw_entries) or len({b.device_id for b in opened.values()}) != len(bundles):
        raise InvalidContactRecordError("The record holds something twice.")
    if any(entry.endorsement.account != account for entry in entries.values()):
        raise InvalidContactRecordError("An entry of the record is another account's.")
    endorsed = _newest_by_device(entries.values())
    for own in opened.values():
        entry = endorsed.get(own.device_id)
        if own.account != account or entry is None or entry.endorsement.bundle_hash != own.bundle_hash:
            raise InvalidContactRecordError("A bundle of the record is not the one its account endorsed.")
    live = {device: entry for device, entry in endorsed.items() if entry.endorsement.expires_at_ms > now_ms}
    if len(live) > MAX_LIVE_DEVICES:
        raise ContactRecordTooLargeError("live devices", len(live), MAX_LIVE_DEVICES)
    devices = tuple(
        _device(live[own.device_id], bundle, own)
        for bundle, own in sorted(opened.items(), key=lambda item: item[1].device_id)
        if own.device_id in live
    )
    issued = [own.issued_at_ms for own in opened.values() if own.device_id in live]
    expires_at_ms = max((device.expires_at_ms for device in devices), default=0)
    ids = tuple(sorted(entries))
    return ContactRecord(
        account=account,
        inbox_id=inbox_id(account),
        head=hash_head(ids),
        devices=devices,
        issued_at_ms=max(issued, default=0),
        expires_at_ms=expires_at_ms,
        expired=expires_at_ms <= now_ms,
        entries=tuple(entries[entry_id].encode() for entry_id in ids),
        entry_ids=ids,
        record=bytes(record),
    )


def merge_contact_records(old: bytes, new: bytes, recover: Recover, now_ms: int) -> bytes:
    """Unite two records of one account: all entries, the newest bundle of each device.

    The result holds everything `old` held, so an older record coming back changes nothing. Bundles of
    devices that are not live any more are left out, and so is what a contract account does not stand by any more.

    Args:
        old: the record that is held, verified when it came; of a contract account it may not be valid any more.
        new: the record that came.
        recover: as for `read_contact_record`, for the entries of both.

    Raises:
        InvalidContactRecordError: one of them is not valid, or they are of two accounts.
        ContactRecordTooLargeError: the union is too large.
    """
    records = [read_contact_record(record, recover, now_ms) for record in (_standing(old, recover), new)]
    if records[0].account != records[1].account:
        raise InvalidContactRecordError("The records are of two accounts.")
    entries = {
        entry_id: entry
        for record in reversed(records)
        for entry_id, entry in zip(record.entry_ids, record.entries, strict=True)
    }
    bundles = [device.bundle for record in records for device in record.devices]
    merged = make_contact_record(records[0].account, entries.values(), bundles)
    read_contact_record(merged, recover, now_ms)
    return merged


def claimed_account(record: bytes) -> str:
    """Return whose record it says it is. Nothing of it is verified.

    Raises:
        InvalidContactRecordError: malformed, or larger than allowed.
    """
    return _split(record)[0]


def hash_head(entry_ids: Iterable[bytes]) -> bytes:
    """Return the hash (32 bytes) of a set of entry ids; every message carries the sender's."""
    return hashlib.sha256(_HEAD_CONTEXT + b"".join(sorted(set(entry_ids)))).digest()


def earlier_heads(record: ContactRecord) -> frozenset[bytes]:
    """Return the heads (32 bytes each) of a record and of what it was before, as far as its entries tell.

    They are those of the entries in the order of their times, and of what each signer knew. A head that is not among
    them is of a set that the record does not hold, or, rarely, of one that grew in two places at once.
    """
    entries = [decode_entry(raw) for raw in record.entries]
    entries.sort(key=lambda entry: (entry.endorsement.issued_at_ms, entry.entry_id))
    ids = [entry.entry_id for entry in entries]
    by_time = [ids[:count] for count in range(1, len(ids) + 1)]
    by_signer = [(*entry.endorsement.heads, entry.entry_id) for entry in entries]
    return frozenset(map(hash_head, (*by_time, *by_signer)))


def standing_record(record: bytes, recover: Recover) -> bytes:
    """Return a record that is held without what its contract account does not accept any more; an EOA's as it is.

    Args:
        record: verified when it came.
        recover: as for `read_contact_record`.
    """
    return _standing(record, recover)


def _split(record: bytes) -> tuple[str, list[bytes], list[Bundle]]:
    if len(record) > MAX_RECORD_BYTES:
        raise ContactRecordTooLargeError("bytes", len(record), MAX_RECORD_BYTES)
    try:
        version, account, entries, bundles = lengthprefix.split_exactly(record, 4)
        if version != VERSION or not 0 < len(account) <= MAX_ACCOUNT_BYTES:
            raise ValueError("an unknown version or a bad account")
        parts = lengthprefix.split(entries), [Bundle(b) for b in lengthprefix.split(bundles)]
        text = account.decode("ascii")
        split_account(text)
    except ValueError as error:
        raise InvalidContactRecordError("The record is malformed.") from error
    if len(parts[0]) > MAX_ENTRIES:
        raise ContactRecordTooLargeError("entries", len(parts[0]), MAX_ENTRIES)
    return text, *parts


def _standing(record: bytes, recover: Recover) -> bytes:
    """Leave out of a record that is held the entries that its contract account does not accept any more.

    A key's signature stays valid; a contract's owner changes, and what the one before signed goes with it. Without
    this, one such entry would refuse every later record of the account.
    Guarded by tests/e2ee/test_contract_claims.py ::test_what_the_account_does_not_stand_by_any_more_goes.
    """
    account, raw_entries, bundles = _split(record)
    if split_account(account)[1] is None:
        return record
    kept = [raw for raw in raw_entries if _accepted(raw, recover)]
    endorsed = _newest_by_device(decode_entry(raw) for raw in kept)
    hashes = {device: entry.endorsement.bundle_hash for device, entry in endorsed.items()}
    still = [b for b in bundles if hashes.get(read_bundle(b).device_id) == read_bundle(b).bundle_hash]
    return make_contact_record(account, kept, still)


def _accepted(raw_entry: bytes, recover: Recover) -> bool:
    try:
        read_entry(raw_entry, recover)
    except InvalidEndorsementError:
        return False
    return True


def _newest_by_device(entries: Iterable[Entry]) -> dict[DeviceId, Entry]:
    """Choose the endorsement that counts for each device: the one issued last, then the higher id."""
    newest: dict[DeviceId, Entry] = {}
    for entry in sorted(entries, key=lambda e: (e.endorsement.issued_at_ms, e.entry_id)):
        newest[entry.endorsement.device_key] = entry
    return newest


def _device(entry: Entry, bundle: Bundle, own: OpenedBundle) -> ContactDevice:
    endorsement = entry.endorsement
    return ContactDevice(
        own.device_id,
        endorsement.device_name,
        bundle,
        own.expires_at_ms,
        endorsement.expires_at_ms,
        endorsement.issued_at_ms,
    )


def _bundle_age(bundle: Bundle) -> tuple[int, bytes]:
    return read_bundle(bundle).issued_at_ms, bundle
