"""Send: order, encrypt and queue what a person said. Nothing leaves before the commit."""

from __future__ import annotations

from dataclasses import replace

from parley.chat.commit import Commit
from parley.chat.content import Content
from parley.chat.devices.model import OwnDevice
from parley.chat.direct.model import LoadedConversation
from parley.chat.direct.secrets import secret_content
from parley.chat.direct.turn import Turn
from parley.chat.events import MessageAdded, OutboxChanged
from parley.chat.reading.model import DraftRow


def send(
    loaded: LoadedConversation, own: OwnDevice, content: Content, form_token: str | None, now_ms: int
) -> tuple[bytes, Commit]:
    """One step: a content into a conversation.

    The first thing said to a contact is preceded by the own delivery secret, so that the answer, even its
    acknowledgement, already comes under it.

    Returns:
        The message id (32 bytes) and the commit, which also removes the draft: it was sent.

    Raises:
        ContentTooLongError: over 64 KiB, or over 16 KiB before the contact has answered once.
        NoLiveDeviceError: the contact's record names no device.
    """
    turn = Turn(loaded, own, now_ms)
    give_secret(turn)
    message_id = turn.say(content, shown=True, form_token=form_token)
    turn.rows.append(DraftRow(turn.conversation_id, "", now_ms))
    turn.events += [MessageAdded(turn.conversation_id, message_id), OutboxChanged()]
    return message_id, turn.commit("send")


def give_secret(turn: Turn) -> None:
    """Say the own delivery secret in the conversation unless its newest one was said there already."""
    if turn.loaded.row.given_secret_id == turn.own.secret_id:
        return
    turn.say(secret_content(turn.own), shown=False)
    turn.rows.append(replace(turn.loaded.row, given_secret_id=turn.own.secret_id))


def tell_secret(loaded: LoadedConversation, own: OwnDevice, now_ms: int) -> Commit | None:
    """One step: whoever holds an earlier delivery secret is told the newest one.

    Returns:
        None for somebody who was told none yet (the first thing said will be), or the newest one.

    Raises:
        NoLiveDeviceError: the contact's record names no device.
    """
    if loaded.row.given_secret_id in (None, own.secret_id) or not loaded.is_with_contact:
        return None
    turn = Turn(loaded, own, now_ms)
    give_secret(turn)
    turn.events.append(OutboxChanged())
    return turn.commit("tell_secret")
