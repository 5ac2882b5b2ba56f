"""Requests: what strangers say is kept, in bounds, and answered by nothing at all until a person accepts them.

No acknowledgement, no delivery secret: a stranger cannot tell whether what they sent arrived, was kept or refused.
Their device goes on sending, so that what found no room arrives once they are accepted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from parley.chat.commit import Commit, Row, StateChange, StateKind
from parley.chat.contacts.accept import answer
from parley.chat.contacts.add import new_conversation, new_row
from parley.chat.contacts.model import ContactRow, KeptOfRequest, Standing
from parley.chat.content import Content, decode_content
from parley.chat.devices.model import OwnDevice
from parley.chat.direct.model import ConversationRow, LoadedConversation, LoadedSession, MessageRow
from parley.chat.direct.receive import take_in
from parley.chat.direct.turn import Turn
from parley.chat.errors import MalformedContentError, RequestFullError
from parley.chat.events import PeopleChanged
from parley.chat.payments.take import Asked
from parley.e2ee import api as e2ee

MAX_REQUESTS = 50
MAX_KEPT_MESSAGES = 6
"""Of one stranger: five texts, and the delivery secret that comes before the first."""
MAX_KEPT_BYTES = 64 * 1024

Admits = Callable[[Content, str], tuple[Row, ...] | None]
"""Says whether a content lets its account in without asking, as an invite's token does: the rows that note it, or
None."""


def nobody(_content: Content, _account: str) -> None:
    """Let no stranger in without asking."""
    return


@dataclass(frozen=True, slots=True)
class Whisper:
    """A decrypted message of a stranger's device.

    Attributes:
        session: the session state after decryption.
        plaintext: the encoded SDS message.
        known: those of the ids that it mentions which are stored.
        asked: what is known of the transaction request that it names.
    """

    device_id: bytes
    session: bytes = field(repr=False)
    plaintext: bytes = field(repr=False)
    known: frozenset[bytes]
    envelope_hash: bytes
    asked: Asked = Asked()  # noqa: RUF009 - immutable.


def meet(own: OwnDevice, record: e2ee.ContactRecord, now_ms: int, entropy: bytes) -> LoadedConversation:
    """The conversation with a stranger as `receive_request` takes it, before anything of it is stored.

    Args:
        record: verified.
        entropy: 16 random bytes, the conversation's local id.
    """
    row, channel = new_conversation(own, record, entropy[:16].hex(), now_ms)
    contact = new_row(record, "", Standing.REQUEST, now_ms)
    sessions = tuple(LoadedSession(each, 0, None) for each in contact.devices)
    return LoadedConversation(row, contact, 0, channel, sessions, None)


def receive_request(
    loaded: LoadedConversation,
    own: OwnDevice,
    whisper: Whisper,
    kept: KeptOfRequest,
    now_ms: int,
    admits: Admits = nobody,
    *,
    has_room: bool = True,
) -> Commit:
    """One step: a message of a stranger, the first one or a further one.

    Args:
        loaded: from the store, or from `meet` for the first.
        kept: how much of them is kept already.
        has_room: whether one more request can wait; whoever is let in needs no room.

    Raises:
        RequestFullError: it does not fit, or is no message; nothing is kept of it.
        RefusedMessageError: its lamport time is over a day ahead.
    """
    if len(whisper.plaintext) > e2ee.MAX_FIRST_CONTENT:
        raise RequestFullError
    turn = Turn(loaded, own, now_ms)
    is_first = loaded.channel_version == 0
    take_in(
        turn,
        whisper.device_id,
        whisper.session,
        whisper.plaintext,
        whisper.known,
        whisper.envelope_hash,
        whisper.asked,
    )
    messages = [each for each in turn.rows if isinstance(each, MessageRow)]
    size = sum(len(each.content) for each in messages)
    if is_first and not messages:
        raise RequestFullError
    granted = _granted(messages, loaded.contact, admits)
    fits = kept.messages + len(messages) <= MAX_KEPT_MESSAGES and kept.size + size <= MAX_KEPT_BYTES
    if granted is None and not (has_room and fits):
        raise RequestFullError
    turn.events = [PeopleChanged()]
    if granted is not None:
        turn.rows += granted
        answer(turn, loaded.contact)
    commit = turn.commit("receive_request")
    if not is_first:
        return commit
    return _with_beginning(commit, loaded)


def _with_beginning(commit: Commit, loaded: LoadedConversation) -> Commit:
    """Store contact and conversation before what refers to them, unless the turn has changed them itself."""
    beginning: list[Row] = []
    if not any(isinstance(each, ContactRow) for each in commit.rows):
        beginning.append(loaded.contact)
    if not any(isinstance(each, ConversationRow) for each in commit.rows):
        beginning.append(loaded.row)
    states = commit.states
    if not any(each.kind is StateKind.CHANNEL for each in states):
        states += (StateChange(StateKind.CHANNEL, loaded.row.channel_id, 0, loaded.channel),)
    return replace(commit, rows=(*beginning, *commit.rows), states=states)


def _granted(messages: list[MessageRow], contact: ContactRow, admits: Admits) -> tuple[Row, ...] | None:
    for each in messages:
        try:
            granted = admits(decode_content(each.content), contact.account)
        except MalformedContentError:
            continue
        if granted is not None:
            return granted
    return None
