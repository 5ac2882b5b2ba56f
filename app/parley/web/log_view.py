"""The messages of a conversation as its page shows them: days, groups, what is new, and one message's deliveries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from parley.chat.content import shown_text
from parley.chat.delivery.model import DeliveryState, DeviceDelivery
from parley.chat.direct.model import ShownMessage
from parley.chat.reading.model import ReadRow, is_unread
from parley.web import display
from parley.web.language import gettext as _
from parley.web.language import ngettext
from parley.web.money.cards import CardView

GROUPED_WITHIN_MS = 5 * 60 * 1000
"""Messages of one person that follow each other within this time stand together."""


@dataclass(frozen=True, slots=True)
class MessageView:
    """One message.

    Attributes:
        dom_id: the element's id, stable, so that a repeated update is harmless.
        cursor: the message's place in the order, for addresses of earlier pages.
        text: None when there is nothing to read in it.
        excerpt: the start of a text that is too long to be shown at once.
        state: for own messages queued, sent or delivered; else empty.
        state_text: the same in words.
        day: the day, where another begins with this message.
        grouped: whether it stands together with the one before.
        first_new: whether the line above what is new stands before it.
        details_url: leads to what is known of it.
        tight: whether the time may stand in the last line of the text, because all of it runs from left to right.
        card: the transaction request that it brought; it is shown in place of the text.
    """

    dom_id: str
    cursor: str
    own: bool
    text: str | None = field(repr=False)
    excerpt: str | None = field(repr=False)
    at: display.Moment | None
    state: str
    state_text: str
    day: str | None = None
    grouped: bool = False
    first_new: bool = False
    details_url: str = ""
    tight: bool = False
    card: CardView | None = None

    @property
    def message_id(self) -> str:
        """The message's id, as forms and scripts name it."""
        return self.dom_id.removeprefix("m-")


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """How far a message has come on its way to one device: `state` in a word, and in words with when."""

    name: str
    state: str
    steps: tuple[tuple[str, display.Moment | None], ...]


@dataclass(frozen=True, slots=True)
class Details:
    """What is known of one message.

    Attributes:
        at_text: what the time is of, sending or arriving.
        devices: of an own message, each of the recipient's devices.
        retry_url: where a form has it tried again, while it waits for somebody.
        close_url: leads back to the conversation.
    """

    message: MessageView
    at_text: str
    devices: tuple[DeviceLine, ...]
    retry_url: str | None
    close_url: str


def message_views(
    messages: Iterable[ShownMessage],
    conversation_id: str,
    new_from: bytes | None = None,
    cards: Mapping[bytes, CardView] | None = None,
) -> tuple[MessageView, ...]:
    """The messages in order, with what stands between them.

    Args:
        new_from: the message that the line above what is new stands before.
        cards: the transaction requests among them, by message id.
    """
    views: list[MessageView] = []
    before: ShownMessage | None = None
    day: str | None = None
    for each in messages:
        at = display.moment(each.at_ms)
        today = at.day if at else None
        first_new = each.message_id == new_from
        other_day = today != day and today is not None
        grouped = before is not None and not other_day and not first_new and _together(before, each)
        view = _view(
            each, conversation_id, today if other_day else None, grouped=grouped, first_new=first_new
        )
        card = (cards or {}).get(each.message_id)
        views.append(view if card is None else replace(view, card=card, tight=False))
        before, day = each, today or day
    return tuple(views)


def first_unread(messages: Iterable[ShownMessage], read: ReadRow | None) -> bytes | None:
    """The first message that nobody has seen, or None."""
    return next((each.message_id for each in messages if is_unread(each, read)), None)


def details(message: ShownMessage, deliveries: tuple[DeviceDelivery, ...], conversation_id: str) -> Details:
    """What is known of a message, in words."""
    view = _view(message, conversation_id, None, grouped=False, first_new=False)
    return Details(
        message=view,
        at_text=_("Written") if message.own else _("Arrived"),
        devices=tuple(_device(each, number, message) for number, each in enumerate(deliveries, 1)),
        retry_url=(
            f"{view.details_url}/retry"
            if any(each.next_attempt_ms is not None for each in deliveries)
            else None
        ),
        close_url=f"/conversations/{conversation_id}#{view.dom_id}",
    )


def state_text(state: DeliveryState | None, relays: int) -> str:
    """A delivery in words."""
    if state is DeliveryState.QUEUED:
        return _("Queued")
    if state is DeliveryState.SENT:
        return ngettext("Sent, relayed by %(n)d peer", "Sent, relayed by %(n)d peers", relays) % {"n": relays}
    if state is DeliveryState.DELIVERED:
        return _("Delivered")
    return ""


def state_word(state: DeliveryState | None) -> str:
    """A delivery in one word."""
    words = {
        DeliveryState.QUEUED: _("Queued"),
        DeliveryState.SENT: _("Sent"),
        DeliveryState.DELIVERED: _("Delivered"),
    }
    return words[state] if state else ""


def _together(before: ShownMessage, after: ShownMessage) -> bool:
    return before.own == after.own and 0 <= after.at_ms - before.at_ms <= GROUPED_WITHIN_MS


def _view(
    message: ShownMessage, conversation_id: str, day: str | None, *, grouped: bool, first_new: bool
) -> MessageView:
    stored = shown_text(message.content)
    text = None if stored is None else display.printable(stored)
    return MessageView(
        dom_id=f"m-{message.message_id.hex()}",
        cursor=f"{message.lamport}-{message.message_id.hex()}",
        own=message.own,
        text=text,
        excerpt=None if text is None else display.excerpt(text),
        at=display.moment(message.at_ms),
        state=message.state.value if message.state else "",
        state_text=state_text(message.state, message.relays),
        day=day,
        grouped=grouped,
        first_new=first_new,
        tight=text is not None and display.is_left_to_right(text),
        details_url=f"/conversations/{conversation_id}/messages/{message.message_id.hex()}",
    )


def _device(delivery: DeviceDelivery, number: int, message: ShownMessage) -> DeviceLine:
    row = delivery.row
    steps = [(_("Queued"), display.moment(message.at_ms))]
    if row.state is not DeliveryState.QUEUED and row.sent_at_ms is not None:
        steps.append((state_text(DeliveryState.SENT, row.relays), display.moment(row.sent_at_ms)))
    if row.state is DeliveryState.DELIVERED:
        steps.append((_("Delivered"), display.moment(row.changed_at_ms)))
    if delivery.attempts > 1 and delivery.last_attempt_ms is not None:
        tried = ngettext("Tried %(n)d time, last", "Tried %(n)d times, last", delivery.attempts)
        steps.append((tried % {"n": delivery.attempts}, display.moment(delivery.last_attempt_ms)))
    if delivery.attempts and delivery.next_attempt_ms is not None:
        steps.append((_("Next try"), display.moment(delivery.next_attempt_ms)))
    return DeviceLine(_("Device %(n)d") % {"n": number}, row.state.value, tuple(steps))
