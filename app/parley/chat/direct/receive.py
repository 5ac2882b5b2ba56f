"""Receive: what an envelope of a contact changes, in one commit.

The envelope hash becomes seen only in the same commit as everything else, so that a crash in between makes the
resend new again. Content is delivered once: SDS ids tell a resend from a new message.
"""

from __future__ import annotations

from contextlib import suppress

from parley.chat.commit import Commit
from parley.chat.content import DELIVERY_SECRET, Content, decode_content
from parley.chat.delivery.attempt import hurried
from parley.chat.delivery.model import DeliveryRow, DeliveryState, Settled
from parley.chat.devices.model import OwnDevice
from parley.chat.direct.model import DeliverySecretRow, LoadedConversation, MessageRow, SeenRow
from parley.chat.direct.secrets import read_secret
from parley.chat.direct.send import give_secret
from parley.chat.direct.turn import Turn
from parley.chat.errors import MalformedContentError, RefusedMessageError
from parley.chat.events import DeliveryChanged, MessageAdded, OutboxChanged
from parley.chat.payments.take import Asked, Said, is_about_money, take_in_money
from parley.e2ee import api as e2ee
from parley.sync import api as sync

REANSWER_AFTER_MS = 1_000
"""A repeated envelope is answered at most once in this time, so that replaying old traffic costs its sender more
than it costs us."""


def receive(
    loaded: LoadedConversation,
    own: OwnDevice,
    device_id: bytes,
    session: bytes,
    plaintext: bytes,
    known: frozenset[bytes],
    envelope_hash: bytes,
    now_ms: int,
    asked: Asked = Asked(),  # noqa: B008 - immutable.
) -> Commit:
    """One step: a decrypted SDS message of a contact's device.

    Args:
        device_id: the authenticated sender device, 32 bytes.
        session: the session state after decryption.
        plaintext: the encoded SDS message.
        known: those of the ids that it mentions which are stored.
        envelope_hash: SHA-256 of the envelope, 32 bytes.
        asked: what is known of the transaction request that it names.

    Raises:
        RefusedMessageError: its lamport time is over a day ahead; nothing changes, a later resend may be accepted.
    """
    turn = Turn(loaded, own, now_ms)
    take_in(turn, device_id, session, plaintext, known, envelope_hash, asked)
    if any(isinstance(each, DeliverySecretRow) for each in turn.rows):
        give_secret(turn)
    # A device that was just heard from is reachable: what waits for it is not left to its back-off.
    turn.rows.append(hurried(device_id, now_ms))
    turn.events.append(OutboxChanged())
    return turn.commit("receive")


def take_in(
    turn: Turn,
    device_id: bytes,
    session: bytes,
    plaintext: bytes,
    known: frozenset[bytes],
    envelope_hash: bytes,
    asked: Asked,
) -> None:
    """Give a decrypted SDS message to a turn and note what it changes; nothing of it is answered yet.

    Raises:
        RefusedMessageError: its lamport time is over a day ahead.
    """
    message_id: bytes | None = None
    try:
        events = turn.take_in(device_id, e2ee.SessionState(session), plaintext, known)
    except sync.TooFarAheadError as error:
        raise RefusedMessageError from error
    except sync.SyncError:
        # The contact's device sent something that is no message of this conversation. It is noted as seen, so
        # that resending it costs one look-up, and never acknowledged.
        events = ()
    for event in events:
        match event:
            case sync.Acknowledged():
                _settle(turn, device_id, event.message_ids)
            case sync.Delivered():
                message_id = event.message_id
                _deliver(turn, device_id, event, asked)
            case sync.Repeated():
                message_id = event.message_id
    turn.rows.append(SeenRow(envelope_hash, device_id, message_id, turn.now_ms, turn.now_ms))


def repeat(loaded: LoadedConversation, own: OwnDevice, seen: SeenRow, now_ms: int) -> Commit | None:
    """One step: an envelope that was already seen came again, so its acknowledgement was lost.

    Returns:
        None when there is nothing to answer: an acknowledgement alone, or one answered a moment ago.
    """
    if seen.message_id is None or now_ms - seen.acknowledged_at_ms < REANSWER_AFTER_MS:
        return None
    turn = Turn(loaded, own, now_ms)
    turn.owe(seen.message_id)
    turn.rows.append(
        SeenRow(seen.envelope_hash, seen.device_id, seen.message_id, seen.seen_at_ms, now_ms),
    )
    return turn.commit("repeat")


def acknowledge(loaded: LoadedConversation, own: OwnDevice, now_ms: int) -> Commit | None:
    """One step: answer what is owed in a conversation, once its waiting envelopes are all taken in.

    Returns:
        None when nothing is owed.
    """
    turn = Turn(loaded, own, now_ms)
    turn.acknowledge()
    return turn.commit("acknowledge") if turn.outgoing else None


def _settle(turn: Turn, device_id: bytes, message_ids: tuple[bytes, ...]) -> None:
    for message_id in message_ids:
        turn.rows.append(DeliveryRow(message_id, device_id, DeliveryState.DELIVERED, 0, turn.now_ms))
        turn.rows.append(Settled(message_id, device_id))
        turn.events.append(DeliveryChanged(turn.conversation_id, message_id))


def _deliver(turn: Turn, device_id: bytes, event: sync.Delivered, asked: Asked) -> None:
    content = _readable(event.content)
    place = len(turn.rows)
    shown = content is None or _take_in_content(turn, Said(content, event.message_id, device_id), asked)
    # The message first: what else it brought refers to it.
    turn.rows.insert(
        place,
        MessageRow(
            message_id=event.message_id,
            conversation_id=turn.conversation_id,
            sender_account=turn.loaded.contact.account,
            sender_device=device_id,
            own=False,
            lamport=event.lamport,
            causes=event.causes,
            content=event.content,
            shown=shown,
            at_ms=turn.now_ms,
        ),
    )
    if shown:
        turn.events.append(MessageAdded(turn.conversation_id, event.message_id))


def _take_in_content(turn: Turn, said: Said, asked: Asked) -> bool:
    """Note what a content changes; gives whether its message is shown."""
    if said.content.type.same_kind(DELIVERY_SECRET):
        with suppress(MalformedContentError):
            turn.rows.append(read_secret(said.content, turn.loaded.contact.account))
        return False
    return not is_about_money(said.content) or take_in_money(turn, said, asked)


def _readable(encoded: bytes) -> Content | None:
    try:
        return decode_content(encoded)
    except MalformedContentError:
        return None
