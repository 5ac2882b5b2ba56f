"""The public surface of this room. Everything else is private to it."""

from parley.e2ee.account import contract_account, split_account
from parley.e2ee.bundle import make_bundle
from parley.e2ee.claims import ContractClaim, contract_claims
from parley.e2ee.contact_record import (
    MAX_RECORD_BYTES,
    ContactDevice,
    ContactRecord,
    claimed_account,
    earlier_heads,
    hash_head,
    inbox_id,
    make_contact_record,
    merge_contact_records,
    read_contact_record,
    standing_record,
)
from parley.e2ee.device import create_device, device_id, prekeys_due, rotate_prekeys
from parley.e2ee.endorsement import (
    MAX_CONTRACT_SIGNATURE_BYTES,
    Recover,
    UnsignedEndorsement,
    countersign,
    propose_endorsement,
)
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
from parley.e2ee.lengthprefix import join as length_prefixed
from parley.e2ee.messages import MAX_FIRST_CONTENT, SessionSummary, decrypt, describe_sessions, encrypt
from parley.e2ee.public import REQUEST_RANDOM_BYTES, ask_for_record, asked_for, unwrap_record, wrap_record
from parley.e2ee.safety_number import SAFETY_NUMBER_DIGITS, safety_number
from parley.e2ee.statement import sign_statement, statement_fits
from parley.e2ee.types import Bundle, DeviceId, DeviceState, Envelope, PlainText, SessionState

__all__ = [
    "MAX_CONTRACT_SIGNATURE_BYTES",
    "MAX_FIRST_CONTENT",
    "MAX_RECORD_BYTES",
    "REQUEST_RANDOM_BYTES",
    "SAFETY_NUMBER_DIGITS",
    "Bundle",
    "ContactDevice",
    "ContactRecord",
    "ContactRecordTooLargeError",
    "ContractClaim",
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
    "ask_for_record",
    "asked_for",
    "claimed_account",
    "contract_account",
    "contract_claims",
    "countersign",
    "create_device",
    "decrypt",
    "describe_sessions",
    "device_id",
    "earlier_heads",
    "encrypt",
    "envelope_hash",
    "envelope_kind",
    "hash_head",
    "inbox_id",
    "length_prefixed",
    "make_bundle",
    "make_contact_record",
    "merge_contact_records",
    "open_envelope",
    "prekeys_due",
    "propose_endorsement",
    "read_contact_record",
    "rotate_prekeys",
    "safety_number",
    "sign_statement",
    "split_account",
    "standing_record",
    "statement_fits",
    "unwrap_record",
    "wrap_record",
]
