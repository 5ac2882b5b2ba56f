"""Block and unblock: of who is blocked nothing is taken, and they are told nothing."""

from __future__ import annotations

from dataclasses import replace

from parley.chat.commit import Commit, Row
from parley.chat.contacts.model import ContactRow, ForgottenContact, ForgottenConversation, Standing
from parley.chat.devices.model import OwnDevice
from parley.chat.direct.model import LoadedConversation
from parley.chat.direct.secrets import renewed_secret
from parley.chat.events import ContactChanged, PeopleChanged


def block_contact(loaded: LoadedConversation, own: OwnDevice, now_ms: int, entropy: bytes) -> Commit:
    """One step: a contact or a stranger is blocked.

    What a stranger said goes. The talk with a contact stays, hidden, so that unblocking goes on where it was. A new
    own delivery secret is made and all others are told, so that the blocked one soon does not know where to send.

    Args:
        entropy: `SECRET_ID_BYTES + SECRET_BYTES` random bytes.
    """
    rows: list[Row] = [replace(loaded.contact, standing=Standing.BLOCKED, standing_at_ms=now_ms)]
    if loaded.contact.standing is Standing.REQUEST:
        rows.append(ForgottenConversation(loaded.row.conversation_id))
    elif loaded.row.given_secret_id is not None:
        rows.append(renewed_secret(own, now_ms, entropy))
    conversation_id = loaded.row.conversation_id
    return Commit(
        "block_contact", rows=tuple(rows), events=(ContactChanged(conversation_id), PeopleChanged())
    )


def unblock_contact(contact: ContactRow, loaded: LoadedConversation | None, now_ms: int) -> Commit:
    """One step: a contact is one again, and a stranger becomes a stranger.

    Args:
        loaded: the conversation that was kept, if it was.
    """
    if loaded is None:
        return Commit("unblock_contact", rows=(ForgottenContact(contact.account),), events=(PeopleChanged(),))
    row = replace(contact, standing=Standing.CONTACT, standing_at_ms=now_ms)
    changed = ContactChanged(loaded.row.conversation_id)
    return Commit("unblock_contact", rows=(row,), events=(changed, PeopleChanged()))


def rename_contact(loaded: LoadedConversation, nickname: str) -> Commit:
    """One step: a contact is called otherwise.

    Args:
        nickname: as `spelled_nickname` gives it.
    """
    row = replace(loaded.contact, nickname=nickname)
    return Commit("rename_contact", rows=(row,), events=(ContactChanged(loaded.row.conversation_id),))
