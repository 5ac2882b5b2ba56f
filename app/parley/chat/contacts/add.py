"""Add a contact: a verified contact record becomes a person to talk to."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from parley.chat.commit import Commit, Row, StateChange, StateKind
from parley.chat.contacts.accept import accepted
from parley.chat.contacts.model import ContactDevice, ContactRow, ForgottenPending, PendingRow, Standing
from parley.chat.devices.model import OwnDevice
from parley.chat.direct.model import ConversationRow, LoadedConversation
from parley.chat.errors import InvalidContactRecordError, NoLiveDeviceError, OwnRecordError
from parley.chat.events import ContactChanged, Event, PeopleChanged
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
    held: LoadedConversation | None,
    pending: PendingRow | None,
    now_ms: int,
    entropy: bytes,
) -> tuple[str, Commit]:
    """One step: a contact and its conversation, or the renewal of one that exists; a stranger's request is accepted.

    Args:
        record: the verified record, merged with the one that is held.
        held: the conversation with this account, if there is one; with nobody blocked.
        pending: what is asked for of this account, if anything.
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
    name = spelled_nickname(nickname) or (pending.nickname if pending else "")
    if held is not None:
        renewed = renewed_row(held.contact, record)
        renewed = replace(renewed, nickname=name or renewed.nickname)
        if held.contact.standing is Standing.REQUEST:
            return held.row.conversation_id, accepted(held, own, renewed, now_ms)
        return held.row.conversation_id, Commit(
            "renew_contact", rows=(renewed,), events=(ContactChanged(held.row.conversation_id),)
        )
    conversation_id = pending.conversation_id if pending else entropy[:16].hex()
    conversation, channel = new_conversation(own, record, conversation_id, now_ms)
    rows: tuple[Row, ...] = (new_row(record, name, Standing.CONTACT, now_ms), conversation)
    events: tuple[Event, ...] = (ContactChanged(conversation_id),)
    if pending is not None:
        rows += (ForgottenPending(record.account),)
        events += (PeopleChanged(),)
    return conversation_id, Commit(
        "add_contact",
        states=(StateChange(StateKind.CHANNEL, conversation.channel_id, 0, channel),),
        rows=rows,
        events=events,
    )


def renew_contact(contact: ContactRow, record: e2ee.ContactRecord, conversation_id: str) -> Commit | None:
    """One step: the record of somebody known, merged with what came; None if nothing came of it."""
    renewed = renewed_row(contact, record)
    if renewed == contact:
        return None
    return Commit("renew_contact", rows=(renewed,), events=(ContactChanged(conversation_id),))


def new_row(record: e2ee.ContactRecord, nickname: str, standing: Standing, now_ms: int) -> ContactRow:
    """Somebody who was not known before."""
    return ContactRow(
        account=record.account,
        inbox_id=record.inbox_id,
        nickname=nickname,
        record=record.record,
        head=record.head,
        devices=_devices(record),
        added_at_ms=now_ms,
        standing=standing,
        standing_at_ms=now_ms,
    )


def renewed_row(contact: ContactRow, record: e2ee.ContactRecord) -> ContactRow:
    """Somebody known, with a record that was merged with the one that is held."""
    return replace(contact, record=record.record, head=record.head, devices=_devices(record))


def new_conversation(
    own: OwnDevice, record: e2ee.ContactRecord, conversation_id: str, now_ms: int
) -> tuple[ConversationRow, bytes]:
    """A conversation where nothing was said yet, and its channel."""
    channel_id = direct_channel_id(own.inbox_id, record.inbox_id)
    conversation = ConversationRow(conversation_id, channel_id, record.account, now_ms, None)
    return conversation, sync.new_channel(channel_id, own.device_id)


def spelled_nickname(typed: str) -> str:
    """A nickname as it is kept: blanks evened out, at most 64 characters."""
    return " ".join(typed.split())[:MAX_NICKNAME_LENGTH]


def _devices(record: e2ee.ContactRecord) -> tuple[ContactDevice, ...]:
    return tuple(ContactDevice(each.device_id, each.bundle) for each in record.devices)
