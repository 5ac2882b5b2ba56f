"""Accept a stranger: what they said is acknowledged, and they are told where to deliver."""

from __future__ import annotations

from dataclasses import replace

from parley.chat.commit import Commit
from parley.chat.contacts.model import ContactRow, Standing
from parley.chat.devices.model import OwnDevice
from parley.chat.direct.model import LoadedConversation
from parley.chat.direct.send import give_secret
from parley.chat.direct.turn import Turn
from parley.chat.events import ContactChanged, OutboxChanged, PeopleChanged


def accept_contact(loaded: LoadedConversation, own: OwnDevice, now_ms: int) -> Commit:
    """One step: the stranger of a request becomes a contact.

    Raises:
        NoLiveDeviceError: their devices have all expired since; they would have to write again.
    """
    return accepted(loaded, own, loaded.contact, now_ms)


def accepted(loaded: LoadedConversation, own: OwnDevice, contact: ContactRow, now_ms: int) -> Commit:
    """The commit of `accept_contact`, with what else changed of the contact's row."""
    turn = Turn(loaded, own, now_ms)
    answer(turn, contact)
    return turn.commit("accept_contact")


def answer(turn: Turn, contact: ContactRow) -> None:
    """Make the other side of a turn a contact, who hears of it now.

    The delivery secret takes what acknowledgements are owed along, and is resent until it is acknowledged itself: an
    accepted stranger learns of it however bad the line is.
    """
    turn.rows.append(replace(contact, standing=Standing.CONTACT, standing_at_ms=turn.now_ms))
    give_secret(turn)
    turn.acknowledge()
    turn.events += [ContactChanged(turn.conversation_id), PeopleChanged(), OutboxChanged()]
