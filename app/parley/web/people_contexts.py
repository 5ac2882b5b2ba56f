"""The data of the pages about people: contacts, one contact, requests, invites, and adding somebody."""

from __future__ import annotations

from dataclasses import dataclass, field

from parley.chat.contacts.people import BlockedContact, ContactRequest, PendingContact
from parley.chat.invites.model import Invite, IssuedInvite
from parley.web import display
from parley.web.contexts import Sidebar
from parley.web.language import gettext as _
from parley.web.language import ngettext
from parley.web.log_view import MessageView
from parley.web.meeting_ports import Acquaintance
from parley.web.person import Person, person
from parley.web.qr import QrCode, qr_code

SAFETY_GROUP = 5


@dataclass(frozen=True, slots=True)
class PersonLine:
    """Somebody in a list.

    Attributes:
        url: leads to what is known of them; None where there is nothing more.
        detail: since when they stand in this list, in words.
        at: the same, as a time.
    """

    person: Person
    url: str | None
    detail: str
    at: display.Moment | None

    @property
    def named(self) -> str | None:
        """What else names them: their ENS name, and their address unless that is all that is known."""
        short = self.person.short_account
        named = [each for each in (self.person.ens, short) if each and each != self.person.name]
        return " · ".join(named) or None


@dataclass(frozen=True, slots=True)
class PeopleShown:
    """Contacts, who is asked for, and who is blocked.

    Attributes:
        query: what was searched for; the lists hold who fits.
        requests: the link to the requests, in words.
    """

    query: str
    requests: str
    contacts: tuple[PersonLine, ...]
    pending: tuple[PersonLine, ...]
    blocked: tuple[PersonLine, ...]

    @property
    def is_empty(self) -> bool:
        """Whether there is nobody to show."""
        return not (self.contacts or self.pending or self.blocked)


@dataclass(frozen=True, slots=True)
class ContactsPage:
    """The page of `PeopleShown`."""

    title: str
    sidebar: Sidebar
    live_url: str
    main: PeopleShown


@dataclass(frozen=True, slots=True)
class AddPage:
    """The form that finds somebody, the one that takes their contact record, and the own record.

    Attributes:
        about: which form the problem stands beside: "who" or "record".
    """

    title: str
    sidebar: Sidebar
    live_url: str
    typed: str = field(default="", repr=False)
    nickname: str = ""
    problem: str | None = None
    about: str = "who"


@dataclass(frozen=True, slots=True)
class FoundPage:
    """Who was found, before they are added.

    Attributes:
        who: what the form that adds them sends: their account, or the invite.
        facts: how it is known who they are.
        unknown: what could not be found out, if anything.
        warnings: what to look at before adding them.
        standing: "new", "contact", "pending", "request" or "blocked".
        known_url, known_text: the link to somebody who is known already.
    """

    title: str
    sidebar: Sidebar
    live_url: str
    person: Person
    chain: str | None
    who: str = field(repr=False)
    facts: tuple[str, ...]
    unknown: str | None
    warnings: tuple[str, ...]
    standing: str
    standing_text: str
    known_url: str | None
    known_text: str
    nickname: str = ""
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """A device of a contact."""

    name: str
    since: display.Moment | None


@dataclass(frozen=True, slots=True)
class SafetyView:
    """A safety number and what was compared.

    Attributes:
        number: as a form sends it.
        groups: of five digits.
        state: "compared", "changed" or "never".
    """

    number: str
    groups: tuple[str, ...]
    qr: QrCode
    state: str
    state_text: str
    compared_at: display.Moment | None


@dataclass(frozen=True, slots=True)
class StandingShown:
    """How it stands with somebody who was asked for.

    Attributes:
        state: "pending", "contact" once they were found, or "nobody" once they are asked for no longer.
    """

    state: str
    conversation_id: str
    account: str


@dataclass(frozen=True, slots=True)
class ContactPage:
    """One contact, or somebody who is asked for (`main`, without devices and safety number)."""

    title: str
    sidebar: Sidebar
    live_url: str
    person: Person
    chain: str | None
    conversation_id: str
    since_text: str
    since: display.Moment | None
    nickname: str
    main: StandingShown | None = None
    devices: tuple[DeviceLine, ...] = ()
    warning: str | None = None
    doubts: tuple[str, ...] = ()
    source: str | None = None
    safety: SafetyView | None = None
    done: str | None = None
    problem: str | None = None
    about: str = ""
    typed: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class RequestView:
    """A stranger who wrote, and what was kept of it."""

    conversation_id: str
    person: Person
    at: display.Moment | None
    messages: tuple[MessageView, ...]


@dataclass(frozen=True, slots=True)
class RequestsShown:
    """All requests."""

    requests: tuple[RequestView, ...]


@dataclass(frozen=True, slots=True)
class RequestsPage:
    """The page of `RequestsShown`."""

    title: str
    sidebar: Sidebar
    live_url: str
    main: RequestsShown
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class InviteLine:
    """An own invite."""

    invite_id: str
    made: display.Moment | None
    until: display.Moment | None
    uses: str


@dataclass(frozen=True, slots=True)
class InvitesShown:
    """The own invites."""

    invites: tuple[InviteLine, ...]


@dataclass(frozen=True, slots=True)
class InvitesPage:
    """The page of `InvitesShown`."""

    title: str
    sidebar: Sidebar
    live_url: str
    main: InvitesShown
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class InvitePage:
    """One invite, to be given to somebody; `main` is None once it is not good any more."""

    title: str
    sidebar: Sidebar
    live_url: str
    main: InviteLine | None
    invite_id: str
    link: str = field(repr=False)
    qr: QrCode
    reach: str


def chain_text(account: str) -> str | None:
    """What is said of a smart account, which is bound to its chain; None of an account of a key."""
    parts = account.split(":")
    if len(parts) != 3:
        return None
    return _("A smart account on chain %(chain)s") % {"chain": parts[1]}


def safety_view(known: Acquaintance) -> SafetyView:
    """A safety number, and whether it was compared."""
    number, compared = known.safety_number, known.compared
    if known.is_compared:
        state, text = "compared", _("You compared it, and it has not changed since.")
    elif compared is not None:
        state, text = (
            "changed",
            _("It has changed since you compared it: a device was added or ended. Compare it again."),
        )
    else:
        state, text = "never", _("You have not compared it yet.")
    return SafetyView(
        number=number,
        groups=tuple(number[start : start + SAFETY_GROUP] for start in range(0, len(number), SAFETY_GROUP)),
        qr=qr_code(number),
        state=state,
        state_text=text,
        compared_at=None if compared is None else display.moment(compared.compared_at_ms),
    )


def invite_line(invite: IssuedInvite) -> InviteLine:
    """An own invite in words."""
    return InviteLine(
        invite_id=invite.invite_id,
        made=display.moment(invite.issued_at_ms),
        until=display.moment(invite.expires_at_ms),
        uses=ngettext(
            "lets %(n)d more person write to you", "lets %(n)d more people write to you", invite.uses_left
        )
        % {"n": invite.uses_left},
    )


def reach_text(invite: Invite) -> str:
    """What an invite says of where its maker is reached."""
    count = len(invite.addresses)
    if not count:
        return _("It names no address, since you are not connected: only who is in your network can use it.")
    return ngettext(
        "It names %(n)d address where you are reached, of a relay or your own.",
        "It names %(n)d addresses where you are reached, of relays and your own.",
        count,
    ) % {"n": count}


def pending_line(pending: PendingContact, ens: str | None) -> PersonLine:
    """Somebody who is asked for."""
    return PersonLine(
        person(pending.account, pending.name, ens),
        f"/contacts/{pending.conversation_id}",
        _("Asked for since"),
        display.moment(pending.asked_at_ms),
    )


def blocked_line(blocked: BlockedContact, ens: str | None) -> PersonLine:
    """Somebody who is blocked."""
    return PersonLine(
        person(blocked.account, blocked.name, ens),
        None,
        _("Blocked since"),
        display.moment(blocked.blocked_at_ms),
    )


def request_view(request: ContactRequest, ens: str | None, messages: tuple[MessageView, ...]) -> RequestView:
    """A request."""
    return RequestView(
        request.conversation_id, person(request.account, ens=ens), display.moment(request.at_ms), messages
    )
