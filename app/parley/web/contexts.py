"""The data of each page: one frozen dataclass a page, so that templates only show and loop."""

from __future__ import annotations

from dataclasses import dataclass, field

from parley.chat.content import shown_text
from parley.chat.delivery.model import DeliveryState
from parley.chat.direct.model import ConversationSummary, ShownMessage
from parley.web import display
from parley.web.ethereum_view import EthereumView
from parley.web.language import gettext as _
from parley.web.language import ngettext
from parley.web.ports import Status


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, as every page shows them.

    Attributes:
        ens: their ENS name, where it is known and `name` is the nickname.
    """

    name: str
    account: str
    short_account: str
    identicon: display.Identicon
    ens: str | None = None


@dataclass(frozen=True, slots=True)
class ConversationLine:
    """One line of the list of conversations."""

    conversation_id: str
    person: Person
    preview: str | None
    preview_own: bool
    at: display.Moment | None


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
    """

    dom_id: str
    cursor: str
    own: bool
    text: str | None = field(repr=False)
    excerpt: str | None = field(repr=False)
    at: display.Moment | None
    state: str
    state_text: str


@dataclass(frozen=True, slots=True)
class StatusView:
    """The status line: `state` is online, or alone when no peer is connected."""

    state: str
    peers: str
    waiting: str | None


@dataclass(frozen=True, slots=True)
class Sidebar:
    """What stands beside every page: the list, the status and whose profile this is.

    Attributes:
        reminder: what a person should not forget, which leads to the wallet.
    """

    own: Person
    lines: tuple[ConversationLine, ...]
    status: StatusView
    current: str | None
    reminder: str | None = None
    ethereum: EthereumView | None = None


@dataclass(frozen=True, slots=True)
class Composer:
    """The form that sends a message."""

    action: str
    form_token: str
    text: str = field(default="", repr=False)
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class HomePage:
    """The list of conversations, with nothing opened."""

    title: str
    sidebar: Sidebar
    live_url: str


@dataclass(frozen=True, slots=True)
class Log:
    """Messages of one conversation, in order; `has_earlier` tells whether others come before the first."""

    conversation_id: str
    person: Person
    messages: tuple[MessageView, ...]
    has_earlier: bool

    @property
    def earlier_url(self) -> str | None:
        """Leads to the messages before the first one here."""
        if not self.has_earlier:
            return None
        return f"/conversations/{self.conversation_id}?before={self.messages[0].cursor}"


@dataclass(frozen=True, slots=True)
class ConversationPage:
    """One conversation.

    Attributes:
        composer: None on pages of earlier messages, as are live updates.
        latest_url: leads from there to the newest messages.
        live_url: the stream of changes.
    """

    title: str
    sidebar: Sidebar
    log: Log
    composer: Composer | None
    latest_url: str | None
    live_url: str | None


@dataclass(frozen=True, slots=True)
class ContinuePage:
    """Signed in by a link on a foreign page; a click leads on."""

    title: str


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """What went wrong, in one sentence, and what to do next."""

    title: str
    status: int
    sentence: str
    advice: str
    action_url: str
    action_text: str


def person(account: str, nickname: str = "", ens: str | None = None) -> Person:
    """Somebody by nickname or, without one, by the ENS name that is known of them, else by short address.

    What the own person called them always wins: an ENS name is chosen by the other, who may call himself anything
    that no other has. Guarded by tests/web/test_names.py::test_a_nickname_wins.
    """
    short, picture = display.short_account(account), display.identicon(account)
    given, named = display.one_line(nickname), display.name_of_account(ens or "") or None
    if given:
        return Person(given, account, short, picture, named)
    return Person(named or short, account, short, picture)


def conversation_line(summary: ConversationSummary, ens: str | None = None) -> ConversationLine:
    """One line of the list."""
    preview = None
    if summary.last_content is not None:
        preview = display.one_line(shown_text(summary.last_content) or "") or _(
            "Nothing to read in this message"
        )
    return ConversationLine(
        conversation_id=summary.conversation_id,
        person=person(summary.account, summary.nickname, ens),
        preview=preview,
        preview_own=summary.last_own,
        at=None if summary.last_at_ms is None else display.moment(summary.last_at_ms),
    )


def message_view(message: ShownMessage) -> MessageView:
    """One message of the log."""
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
        state_text=_state_text(message.state, message.relays),
    )


def status_view(status: Status) -> StatusView:
    """The status line in words."""
    peers = (
        ngettext("Connected to %(n)d peer", "Connected to %(n)d peers", status.peers) % {"n": status.peers}
        if status.peers
        else _("Not connected to any peer")
    )
    waiting = (
        ngettext("%(n)d message waiting", "%(n)d messages waiting", status.waiting) % {"n": status.waiting}
        if status.waiting
        else None
    )
    return StatusView("online" if status.peers else "alone", peers, waiting)


def _state_text(state: DeliveryState | None, relays: int) -> str:
    if state is DeliveryState.QUEUED:
        return _("Queued")
    if state is DeliveryState.SENT:
        return ngettext("Sent, relayed by %(n)d peer", "Sent, relayed by %(n)d peers", relays) % {"n": relays}
    if state is DeliveryState.DELIVERED:
        return _("Delivered")
    return ""
