"""The two public kinds: a contact record, and the request for one (README.md#public-kinds).

Nothing of them is sealed: a record proves itself, and a request says only which inbox is asked for.
"""

from typing import Final

from parley.e2ee.contact_record import INBOX_ID_BYTES, MAX_RECORD_BYTES
from parley.e2ee.envelope import FORMAT, Kind, envelope_kind
from parley.e2ee.errors import ContactRecordTooLargeError, NotForUsError
from parley.e2ee.types import Envelope

REQUEST_RANDOM_BYTES: Final = 16


def wrap_record(record: bytes) -> Envelope:
    """Make a RECORD of a contact record.

    Raises:
        ContactRecordTooLargeError: more than 64 KiB.
    """
    if len(record) > MAX_RECORD_BYTES:
        raise ContactRecordTooLargeError("bytes", len(record), MAX_RECORD_BYTES)
    return Envelope(_first(Kind.RECORD) + record)


def unwrap_record(envelope: bytes) -> bytes:
    """Take the contact record out of a RECORD. Nothing of it is verified.

    Raises:
        NotForUsError: another kind, or more than 64 KiB.
    """
    if envelope_kind(envelope) is not Kind.RECORD or len(envelope) > 1 + MAX_RECORD_BYTES:
        raise NotForUsError
    return bytes(envelope[1:])


def ask_for_record(inbox_id: bytes, entropy: bytes) -> Envelope:
    """Make a RECORD_REQUEST.

    Args:
        inbox_id: whose record is asked for, 32 bytes.
        entropy: 16 random bytes, so that asking again is another message.

    Raises:
        ValueError: a size does not fit.
    """
    if len(inbox_id) != INBOX_ID_BYTES or len(entropy) != REQUEST_RANDOM_BYTES:
        raise ValueError("an inbox id is 32 bytes and what is added 16")
    return Envelope(_first(Kind.RECORD_REQUEST) + inbox_id + entropy)


def asked_for(envelope: bytes) -> bytes:
    """Return the inbox id (32 bytes) whose record a RECORD_REQUEST asks for.

    Raises:
        NotForUsError: another kind, or another size.
    """
    if envelope_kind(envelope) is not Kind.RECORD_REQUEST:
        raise NotForUsError
    if len(envelope) != 1 + INBOX_ID_BYTES + REQUEST_RANDOM_BYTES:
        raise NotForUsError
    return bytes(envelope[1 : 1 + INBOX_ID_BYTES])


def _first(kind: Kind) -> bytes:
    return bytes([FORMAT << 4 | kind])
