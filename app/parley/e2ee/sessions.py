"""The sessions between one own device and one peer device: which to send on, which to keep.

Rules, in the order they matter (README.md#sessions):
1. Send on the session of the highest generation; of two started at once, on the one with the lower id. Both
   sides see the same numbers, so both choose the same session as soon as both hold both.
2. Start a fresh one after 7 days or 500 messages, or when nobody answered and the peer's prekey has changed.
3. A start is used once: the ephemeral keys of accepted starts are remembered while their signed prekey lives, so
   that a replayed first message opens nothing, even after its session is gone.
4. Everything is bounded. A peer can make us give up its own sessions only, and never the newest one that was
   established; every one given up to a peer's start is counted.
"""

from typing import Final

from google.protobuf.message import DecodeError

from parley.e2ee import state_pb2
from parley.e2ee.device import PREKEY_LIFETIME_MS, find_prekey
from parley.e2ee.errors import UnreadableStateError, WrongPeerError
from parley.e2ee.pqxdh import Start
from parley.e2ee.types import SessionState

STATE_VERSION: Final = 1
SESSION_ID_BYTES: Final = 16
MAX_SESSIONS: Final = 8
MAX_SEEN_STARTS: Final = 64
MAX_MESSAGES: Final = 500
MAX_AGE_MS: Final = 7 * 24 * 3600 * 1000
KEPT_MS: Final = MAX_AGE_MS + PREKEY_LIFETIME_MS
"""37 days: a message sent on a session's last day may arrive until the envelope's TTL of 30 days is over."""
MAX_GENERATION_JUMP: Final = 1 << 16
_MAX_GENERATION: Final = (1 << 32) - 1


def new_sessions(own_device: bytes, peer_device: bytes) -> state_pb2.SessionState:
    """Return the state of two devices that never talked."""
    return state_pb2.SessionState(version=STATE_VERSION, own_device=own_device, peer_device=peer_device)


def read_sessions(state: bytes, own_device: bytes, peer_device: bytes) -> state_pb2.SessionState:
    """Decode a stored state.

    Raises:
        UnreadableStateError: damaged, or of an unknown version.
        WrongPeerError: the state belongs to other devices.
    """
    sessions = read_any_sessions(state)
    if sessions.own_device != own_device or sessions.peer_device != peer_device:
        raise WrongPeerError("The session state belongs to other devices.")
    return sessions


def read_any_sessions(state: bytes) -> state_pb2.SessionState:
    """Decode a stored state, whoever it belongs to.

    Raises:
        UnreadableStateError: damaged, or of an unknown version.
    """
    try:
        sessions = state_pb2.SessionState.FromString(state)
    except DecodeError as error:
        raise UnreadableStateError("The session state is damaged.") from error
    if sessions.version != STATE_VERSION:
        raise UnreadableStateError(f"The session state has the unknown version {sessions.version}.")
    return sessions


def store(sessions: state_pb2.SessionState) -> SessionState:
    """Encode a state to be stored."""
    return SessionState(sessions.SerializeToString())


def session_id(transcript_hash: bytes) -> bytes:
    """Return the 16 bytes both sides call a session by."""
    return transcript_hash[:SESSION_ID_BYTES]


def find(sessions: state_pb2.SessionState, wanted: bytes) -> state_pb2.Session | None:
    """Return the session with this id."""
    return next((s for s in sessions.sessions if session_id(s.transcript_hash) == wanted), None)


def sending(sessions: state_pb2.SessionState) -> state_pb2.Session | None:
    """Return the session to send on: highest generation, then lowest id."""
    return min(sessions.sessions, key=_preference, default=None)


def needs_fresh(session: state_pb2.Session, peer_prekey: bytes, now_ms: int) -> bool:
    """Say whether the next message should start a fresh session in place of using this one."""
    if session.generation == _MAX_GENERATION:
        return False
    unanswered_and_outdated = bool(session.start) and Start.decode(session.start).signed_prekey != peer_prekey
    return (
        session.sent + session.received >= MAX_MESSAGES
        or now_ms - session.created_ms >= MAX_AGE_MS
        or unanswered_and_outdated
    )


def next_generation(sessions: state_pb2.SessionState) -> int:
    """Return the generation of a session started now: above every one ever accepted."""
    return 1 + sessions.highest


def may_accept(sessions: state_pb2.SessionState, start: Start) -> bool:
    """Say whether a start that names no held session may open a new one.

    Refuses a start used before and, once old entries were dropped from the memory of starts, all generations up to
    the dropped one. The jump is bounded, so that no single message can use up the numbers.
    Guarded by tests/e2ee/test_sessions.py ::test_replayed_start_opens_nothing_after_its_session_is_gone.
    """
    return sessions.floor < start.generation <= sessions.highest + MAX_GENERATION_JUMP and all(
        seen.ephemeral != start.ephemeral for seen in sessions.seen
    )


def remember_start(sessions: state_pb2.SessionState, start: Start) -> None:
    """Remember an accepted start, dropping the lowest generation above the bound and refusing it for good."""
    sessions.seen.add(
        ephemeral=start.ephemeral, signed_prekey=start.signed_prekey, generation=start.generation
    )
    if len(sessions.seen) > MAX_SEEN_STARTS:
        dropped = min(sessions.seen, key=lambda seen: seen.generation)
        sessions.floor = max(sessions.floor, dropped.generation)
        sessions.seen.remove(dropped)


def forget_expired(sessions: state_pb2.SessionState, device: state_pb2.DeviceState, now_ms: int) -> None:
    """Drop sessions 37 days old, and starts whose signed prekey is gone: those can not be replayed."""
    for session in [s for s in sessions.sessions if now_ms - s.created_ms >= KEPT_MS]:
        sessions.sessions.remove(session)
    for seen in [s for s in sessions.seen if find_prekey(device, s.signed_prekey) is None]:
        sessions.seen.remove(seen)


def add(sessions: state_pb2.SessionState, session: state_pb2.Session) -> state_pb2.Session:
    """Keep a new session and return the kept copy; above the bound give up the least useful one.

    Never given up: the newest established session, so that a device (or the thief of its keys) that starts session
    after session can not silence the one both sides last proved to share; and the one to send on.
    Guarded by tests/e2ee/test_sessions.py ::test_a_flood_of_starts_never_evicts_the_established_session.
    """
    sessions.sessions.append(session)
    sessions.highest = max(sessions.highest, session.generation)
    if len(sessions.sessions) > MAX_SESSIONS:
        established = min((s for s in sessions.sessions if s.established), key=_preference, default=None)
        spared = {s.transcript_hash for s in (established, sending(sessions), session) if s is not None}
        candidates = [s for s in sessions.sessions if s.transcript_hash not in spared]
        sessions.sessions.remove(max(candidates, key=_preference))
        sessions.evicted += not session.started_here
    return next(s for s in sessions.sessions if s.transcript_hash == session.transcript_hash)


def _preference(session: state_pb2.Session) -> tuple[int, bytes]:
    return -session.generation, session_id(session.transcript_hash)
