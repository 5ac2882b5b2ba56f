"""Encrypt and decrypt one message between two devices: pad, ratchet, seal, and back (README.md#a-message).

Both are plain steps: the states go in as bytes and come out as new bytes; nothing is changed in place, so a
failure changes nothing. Store the returned state in the same transaction as what it was used for, and before
bytes leave.
"""

from dataclasses import dataclass
from typing import Final

from parley.e2ee import ratchet, sessions, state_pb2
from parley.e2ee.bundle import OpenedBundle, read_bundle
from parley.e2ee.device import read_device
from parley.e2ee.envelope import HEAD_BYTES, Kind, Opened, seal
from parley.e2ee.errors import DecryptionError, InvalidBundleError, PlainTextTooLongError
from parley.e2ee.padding import pad, unpad
from parley.e2ee.pqxdh import START_BYTES, AgreementFailedError, Start, accept_session, start_session
from parley.e2ee.ratchet import RatchetFailedError
from parley.e2ee.types import Bundle, DeviceState, Envelope, PlainText, SessionState

MAX_FIRST_CONTENT: Final = 16 * 1024
_CONTEXT: Final = b"parley/message/v1"
_PLAIN: Final = b"\x00"
_WITH_START: Final = b"\x01"
_PREFIX_BYTES: Final = 1 + sessions.SESSION_ID_BYTES


@dataclass(frozen=True)
class SessionSummary:
    """What a person or `doctor` may see of the sessions with one peer device. No secrets."""

    heard: bool  # something from the peer device was decrypted at least once
    sessions: int
    generation: int  # the highest so far; 0 when they never talked
    evicted: int  # sessions given up because the peer started too many: more than 0 is worth a look


def encrypt(
    device: DeviceState,
    session: SessionState | None,
    peer_bundle: Bundle,
    plaintext: bytes,
    *,
    head: bytes,
    introduction: bytes,
    now_ms: int,
    kind: Kind | None = None,
) -> tuple[SessionState, Envelope]:
    """Pad, encrypt and seal a message for one device of a peer.

    Args:
        session: what the last step with this peer device returned; None for the first.
        peer_bundle: the peer device's newest bundle.
        plaintext: at most 131,071 bytes; 16,384 in first contact.
        head: 32 bytes, the hash of the sender's own set of entries.
        introduction: the sender's contact record (or the part about this device), carried in first contact only.
        kind: None chooses FIRST_CONTACT until something from this peer device was decrypted, then DIRECT. Given,
            Given, it is used as it is (a device without our delivery secret is reached as in first contact).

    Returns:
        The next session state and the envelope. Store the state before the envelope leaves.

    Raises:
        PlainTextTooLongError: plaintext or introduction do not fit.
        InvalidBundleError: the bundle is not what its signature says.
        UnreadableStateError: a state is damaged.
        WrongPeerError: the session belongs to other devices.
        ValueError: `head` is not 32 bytes.
    """
    if len(head) != HEAD_BYTES:
        raise ValueError("a head is 32 bytes")
    own, peer = read_device(device), read_bundle(peer_bundle)
    state = _load(own, session, peer, now_ms)
    if kind is None:
        kind = Kind.DIRECT if state.heard else Kind.FIRST_CONTACT
    if kind is Kind.FIRST_CONTACT and len(plaintext) > MAX_FIRST_CONTENT:
        raise PlainTextTooLongError(len(plaintext), MAX_FIRST_CONTENT)
    padded = pad(plaintext)
    current = sessions.sending(state)
    if current is None or sessions.needs_fresh(current, peer.signed_prekey, now_ms):
        current, message = _start(own, peer, state, padded, head, now_ms)
    else:
        bound = _associated_data(current, own.device_public, peer.device_id, head)
        next_ratchet, message = ratchet.encrypt(current.ratchet, padded, bound)
        current.ratchet.CopyFrom(next_ratchet)
    current.sent += 1
    flag = _WITH_START if current.start else _PLAIN
    sealed = flag + sessions.session_id(current.transcript_hash) + current.start + message
    return sessions.store(state), seal(kind, peer, own.device_public, head, introduction, sealed)


def decrypt(
    device: DeviceState,
    session: SessionState | None,
    sender_bundle: Bundle,
    opened: Opened,
    *,
    now_ms: int,
) -> tuple[SessionState, PlainText]:
    """Decrypt what an opened envelope carries, and thereby prove who sent it.

    Args:
        session: what the last step with this peer device returned; None for the first.
        sender_bundle: any bundle of the device `opened.sender` claims to be: only its long-term keys are used.

    Returns:
        The next session state and the text. Store both in one transaction before showing the text.

    Raises:
        DecryptionError: replayed, damaged, forged or no longer readable; all look the same and nothing changed.
        InvalidBundleError: the bundle is not what its signature says.
        UnreadableStateError: a state is damaged.
        WrongPeerError: the session belongs to other devices.
    """
    own, peer = read_device(device), read_bundle(sender_bundle)
    state = _load(own, session, peer, now_ms)
    try:
        plaintext = _decrypt(own, state, peer, opened, now_ms)
    except (AgreementFailedError, RatchetFailedError, ValueError):
        # The cause is left out: the library's messages quote headers, and every failure has to look the same.
        raise DecryptionError from None
    state.heard = True
    return sessions.store(state), plaintext


def describe_sessions(session: SessionState) -> SessionSummary:
    """Summarise a session state for people.

    Raises:
        UnreadableStateError: the state is damaged.
    """
    state = sessions.read_any_sessions(session)
    return SessionSummary(state.heard, len(state.sessions), state.highest, state.evicted)


def _load(
    own: state_pb2.DeviceState, session: SessionState | None, peer: OpenedBundle, now_ms: int
) -> state_pb2.SessionState:
    if session is None:
        return sessions.new_sessions(own.device_public, peer.device_id)
    state = sessions.read_sessions(session, own.device_public, peer.device_id)
    sessions.forget_expired(state, own, now_ms)
    return state


def _start(
    own: state_pb2.DeviceState,
    peer: OpenedBundle,
    state: state_pb2.SessionState,
    padded: bytes,
    head: bytes,
    now_ms: int,
) -> tuple[state_pb2.Session, bytes]:
    """Start a fresh session and encrypt its first message."""
    try:
        key, start = start_session(own, peer, sessions.next_generation(state))
    except AgreementFailedError as error:
        raise InvalidBundleError("No session can be started with this bundle.") from error
    fresh = state_pb2.Session(
        transcript_hash=key.transcript_hash,
        generation=start.generation,
        created_ms=now_ms,
        started_here=True,
        start=start.encode(),
    )
    bound = _associated_data(fresh, own.device_public, peer.device_id, head)
    first, message = ratchet.begin_sending(key.secret, peer.signed_prekey, padded, bound)
    fresh.ratchet.CopyFrom(first)
    return sessions.add(state, fresh), message


def _decrypt(
    own: state_pb2.DeviceState,
    state: state_pb2.SessionState,
    peer: OpenedBundle,
    opened: Opened,
    now_ms: int,
) -> PlainText:
    if opened.sender != peer.device_id:
        raise ValueError("the bundle is another device's")
    flag, wanted, rest = opened.sealed[:1], opened.sealed[1:_PREFIX_BYTES], opened.sealed[_PREFIX_BYTES:]
    if flag not in (_PLAIN, _WITH_START):
        raise ValueError("an unknown flag")
    encoded_start, message = (rest[:START_BYTES], rest[START_BYTES:]) if flag == _WITH_START else (b"", rest)
    current = sessions.find(state, wanted)
    if current is not None:
        return _continue(own, current, opened, message)
    start = Start.decode(encoded_start)
    if not sessions.may_accept(state, start):
        raise ValueError("a start that was used before")
    key, prekey = accept_session(own, peer, start)
    if sessions.session_id(key.transcript_hash) != wanted:
        raise ValueError("the start belongs to another session")
    fresh = state_pb2.Session(
        transcript_hash=key.transcript_hash, generation=start.generation, created_ms=now_ms, received=1
    )
    bound = _associated_data(fresh, opened.sender, own.device_public, opened.head)
    first, padded = ratchet.begin_receiving(key.secret, prekey.x25519_private, message, bound)
    fresh.ratchet.CopyFrom(first)
    plaintext = PlainText(unpad(padded))
    sessions.add(state, fresh)
    sessions.remember_start(state, start)
    return plaintext


def _continue(
    own: state_pb2.DeviceState, current: state_pb2.Session, opened: Opened, message: bytes
) -> PlainText:
    """Decrypt in a session that is already held, whether the start is repeated on the message or not."""
    bound = _associated_data(current, opened.sender, own.device_public, opened.head)
    peer_key_before = current.ratchet.peer_public
    next_ratchet, padded = ratchet.decrypt(current.ratchet, message, bound)
    plaintext = PlainText(unpad(padded))
    current.ratchet.CopyFrom(next_ratchet)
    current.received += 1
    current.start = b""
    if current.started_here or (current.sent and next_ratchet.peer_public != peer_key_before):
        current.established = True
    return plaintext


def _associated_data(session: state_pb2.Session, sender: bytes, recipient: bytes, head: bytes) -> bytes:
    """Bind session, both devices and the sender's head. All sizes are fixed, so no lengths are needed."""
    return _CONTEXT + session.transcript_hash + sender + recipient + head
