"""Add a contact: a verified contact record becomes a person to talk to."""

from __future__ import annotations

import hashlib

from parley.chat.commit import Commit, StateChange, StateKind
from parley.chat.contacts.model import ContactDevice, ContactRow
from parley.chat.devices.model import OwnDevice
from parley.chat.direct.model import ConversationRow
from parley.chat.errors import InvalidContactRecordError, NoLiveDeviceError, OwnRecordError
from parley.chat.events import ContactChanged
from parley.e2ee import api as e2ee
from parley.sync import api as sync

MAX_NICKNAME_LENGTH = 64


def claimed_account(record: bytes) -> str:
    """Whose record it says it is; nothing of it is verified.

    Raises:
        InvalidContactRecordError: not a record.
    """
    try:
        return e2ee.claimed_account(record)
    except e2ee.E2eeError as error:
        raise InvalidContactRecordError(str(error)) from error


def read_record(record: bytes, recover: e2ee.Recover, now_ms: int) -> e2ee.ContactRecord:
    """Verify a contact record.

    Raises:
        InvalidContactRecordError: not a record, or not signed by whom it names.
    """
    try:
        return e2ee.read_contact_record(record, recover, now_ms)
    except e2ee.E2eeError as error:
        raise InvalidContactRecordError(str(error)) from error


def merged_record(
    known: ContactRow | None, record: e2ee.ContactRecord, recover: e2ee.Recover, now_ms: int
) -> e2ee.ContactRecord:
    """The union of the record that is held and the one that is given, so that an older set never comes back.

    Raises:
        InvalidContactRecordError: the two cannot be one account's.
    """
    if known is None:
        return record
    try:
        merged = e2ee.merge_contact_records(known.record, record.record, recover, now_ms)
    except e2ee.E2eeError as error:
        raise InvalidContactRecordError(str(error)) from error
    return read_record(merged, recover, now_ms)


def direct_channel_id(one: bytes, other: bytes) -> bytes:
    """The channel of two inboxes, the same for both: SHA-256 of the tag and both inbox ids, 32 bytes, in order."""
    return hashlib.sha256(b"parley/direct/v1" + b"".join(sorted((one, other)))).digest()


def add_contact(
    own: OwnDevice,
    record: e2ee.ContactRecord,
    nickname: str,
    known: tuple[ContactRow, str] | None,
    now_ms: int,
    entropy: bytes,
) -> tuple[str, Commit]:
    """One step: a contact and its conversation, or the renewal of one that exists.

    Args:
        record: the verified record, merged with the one that is held.
        known: the contact and its conversation id, if it was added before.
        entropy: 16 random bytes, the new conversation's local id.

    Returns:
        The conversation id and the commit.

    Raises:
        OwnRecordError: the record is one's own.
        NoLiveDeviceError: the record names no device.
    """
    if record.account == own.account:
        raise OwnRecordError
    if not record.devices:
        raise NoLiveDeviceError
    nickname = " ".join(nickname.split())[:MAX_NICKNAME_LENGTH]
    contact = ContactRow(
        account=record.account,
        inbox_id=record.inbox_id,
        nickname=nickname or (known[0].nickname if known else ""),
        record=record.record,
        head=record.head,
        devices=tuple(ContactDevice(each.device_id, each.bundle) for each in record.devices),
        added_at_ms=known[0].added_at_ms if known else now_ms,
    )
    if known:
        return known[1], Commit("renew_contact", rows=(contact,), events=(ContactChanged(known[1]),))
    conversation_id = entropy[:16].hex()
    channel_id = direct_channel_id(own.inbox_id, record.inbox_id)
    channel = sync.new_channel(channel_id, own.device_id)
    return conversation_id, Commit(
        "add_contact",
        states=(StateChange(StateKind.CHANNEL, channel_id, 0, channel),),
        rows=(contact, ConversationRow(conversation_id, channel_id, record.account, now_ms, None)),
        events=(ContactChanged(conversation_id),),
    )
