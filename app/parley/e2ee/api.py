"""The public surface of this room. Everything else is private to it."""

from parley.e2ee.bundle import make_bundle
from parley.e2ee.contact_record import (
    ContactDevice,
    ContactRecord,
    hash_head,
    inbox_id,
    make_contact_record,
    merge_contact_records,
    read_contact_record,
)
from parley.e2ee.device import create_device, device_id, prekeys_due, rotate_prekeys
from parley.e2ee.endorsement import Recover, UnsignedEndorsement, countersign, propose_endorsement
from parley.e2ee.envelope import Kind, Opened, envelope_hash, envelope_kind, open_envelope
from parley.e2ee.errors import (
    ContactRecordTooLargeError,
    DecryptionError,
    E2eeError,
    InvalidBundleError,
    InvalidContactRecordError,
    InvalidEndorsementError,
    NotForUsError,
    PlainTextTooLongError,
    UnreadableStateError,
    WrongPeerError,
)
from parley.e2ee.messages import SessionSummary, decrypt, describe_sessions, encrypt
from parley.e2ee.types import Bundle, DeviceId, DeviceState, Envelope, PlainText, SessionState

__all__ = [
    "Bundle",
    "ContactDevice",
    "ContactRecord",
    "ContactRecordTooLargeError",
    "DecryptionError",
    "DeviceId",
    "DeviceState",
    "E2eeError",
    "Envelope",
    "InvalidBundleError",
    "InvalidContactRecordError",
    "InvalidEndorsementError",
    "Kind",
    "NotForUsError",
    "Opened",
    "PlainText",
    "PlainTextTooLongError",
    "Recover",
    "SessionState",
    "SessionSummary",
    "UnreadableStateError",
    "UnsignedEndorsement",
    "WrongPeerError",
    "countersign",
    "create_device",
    "decrypt",
    "describe_sessions",
    "device_id",
    "encrypt",
    "envelope_hash",
    "envelope_kind",
    "hash_head",
    "inbox_id",
    "make_bundle",
    "make_contact_record",
    "merge_contact_records",
    "open_envelope",
    "prekeys_due",
    "propose_endorsement",
    "read_contact_record",
    "rotate_prekeys",
]
