"""The data of each page: one frozen dataclass a page, so that templates only show and loop."""

from __future__ import annotations

from dataclasses import dataclass, field

from parley.chat.content import shown_text
from parley.chat.direct.model import ConversationSummary
from parley.chat.reading.model import MAX_UNREAD
from parley.web import display
from parley.web.ethereum_view import EthereumView
from parley.web.language import gettext as _
from parley.web.language import ngettext
from parley.web.log_view import Details, MessageView, state_word
from parley.web.money.content import card_line
from parley.web.person import Person, person
from parley.web.ports import Status


@dataclass(frozen=True, slots=True)
class ConversationLine:
    """One line of the list of conversations.

    Attributes:
        preview: the start of the last message, or of the draft if there is one.
        kind: what the preview is: "own", "other", "draft", or empty without one.
        state: how far the last message has come, if it is an own one; else empty.
        state_text: the same in words.
        unread: how many messages are unread, as it is shown; empty for none.
        unread_text: the same in words.
    """

    conversation_id: str
    person: Person
    preview: str | None = field(repr=False)
    kind: str
    at: display.Moment | None
    state: str = ""
    state_text: str = ""
    unread: str = ""
    unread_text: str = ""


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
        unread: how many messages are unread in all conversations, as it is shown; empty for none.
        find: what the list was searched for.
        requests: how many strangers wait to be accepted or blocked, in words; empty for none.
    """

    own: Person
    lines: tuple[ConversationLine, ...]
    status: StatusView
    current: str | None
    reminder: str | None = None
    ethereum: EthereumView | None = None
    unread: str = ""
    find: str = ""
    requests: str = ""


@dataclass(frozen=True, slots=True)
class Composer:
    """The form that sends a message, and the one that keeps it for later."""

    action: str
    draft_action: str
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
    """Messages of one conversation, in order.

    Attributes:
        has_earlier: whether others come before the first.
        unread: whether any message of the conversation is unread.
        read_id: the message up to which it was read; empty if it never was.
    """

    conversation_id: str
    person: Person
    messages: tuple[MessageView, ...]
    has_earlier: bool
    unread: bool = False
    read_id: str = ""

    @property
    def read_url(self) -> str:
        """Where a form or a script notes how far it was read."""
        return f"/conversations/{self.conversation_id}/read"

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
        details: what is known of one message, where that was asked for.
    """

    title: str
    sidebar: Sidebar
    log: Log
    composer: Composer | None
    latest_url: str | None
    live_url: str | None
    details: Details | None = None


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


def conversation_line(
    summary: ConversationSummary, ens: str | None = None, *, opened: bool = False
) -> ConversationLine:
    """One line of the list; the draft of an opened conversation is in its composer."""
    preview, kind = None, ""
    if summary.last_content is not None:
        shown = card_line(summary.last_content) or display.one_line(shown_text(summary.last_content) or "")
        preview, kind = shown or _("Nothing to read in this message"), "own" if summary.last_own else "other"
    if summary.draft and not opened:
        preview, kind = display.one_line(summary.draft), "draft"
    return ConversationLine(
        conversation_id=summary.conversation_id,
        person=person(summary.account, summary.nickname, ens),
        preview=preview,
        kind=kind,
        at=None if summary.last_at_ms is None else display.moment(summary.last_at_ms),
        state=summary.last_state.value if summary.last_state and kind == "own" else "",
        state_text=state_word(summary.last_state),
        unread=shown_count(summary.unread),
        unread_text=ngettext("%(n)d unread message", "%(n)d unread messages", summary.unread)
        % {"n": summary.unread},
    )


def shown_count(count: int) -> str:
    """A number of unread messages as a page shows it; nothing for none."""
    if count >= MAX_UNREAD:
        return f"{MAX_UNREAD - 1}+"
    return str(count) if count else ""


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
