"""The parts of the pages about people that keep themselves up to date.

A list that changes under somebody's finger must not put another person's button there: whoever comes anew comes last.
"""

from __future__ import annotations

import re
from functools import partial

from parley.chat.errors import UnknownConversationError, UnknownInviteError
from parley.web.errors import UnknownPageError
from parley.web.language import gettext as _
from parley.web.language import ngettext
from parley.web.live_part import LivePart
from parley.web.log_view import message_views
from parley.web.people_contexts import (
    InviteLine,
    InvitesShown,
    PeopleShown,
    PersonLine,
    RequestsShown,
    StandingShown,
    blocked_line,
    invite_line,
    pending_line,
    request_view,
)
from parley.web.person import person
from parley.web.ports import Messenger

MOST_MESSAGES = 10
"""So many messages of a stranger are shown, and no more are kept."""

_PART_OF_ONE = re.compile(r"(standing|invite)-([0-9a-zA-Z_-]{1,64})")


def people_part(name: str) -> LivePart[object]:
    """The part that the address of a stream names.

    Raises:
        UnknownPageError: there is none of this name.
    """
    if (part := _PARTS.get(name)) is not None:
        return part
    if (match := _PART_OF_ONE.fullmatch(name)) is None:
        raise UnknownPageError
    return standing_part(match[2]) if match[1] == "standing" else invite_part(match[2])


async def read_people(messenger: Messenger, query: str = "") -> PeopleShown:
    """Contacts, who is asked for and who is blocked; with `query` those whom it fits."""
    name_of = messenger.ethereum.name_of
    contacts = [
        PersonLine(
            person(each.account, each.nickname, name_of(each.account)),
            f"/contacts/{each.conversation_id}",
            "",
            None,
        )
        for each in await messenger.conversations()
    ]
    contacts.sort(key=lambda each: (each.person.name.casefold(), each.person.account))
    pending = [pending_line(each, name_of(each.account)) for each in await messenger.pending()]
    blocked = [blocked_line(each, name_of(each.account)) for each in await messenger.blocked()]
    count = len(await messenger.requests())
    return PeopleShown(
        query=query,
        requests=ngettext("%(n)d request", "%(n)d requests", count) % {"n": count}
        if count
        else _("Requests"),
        contacts=tuple(each for each in contacts if _fits(each, query)),
        pending=tuple(each for each in pending if _fits(each, query)),
        blocked=tuple(each for each in blocked if _fits(each, query)),
    )


def _fits(line: PersonLine, query: str) -> bool:
    """Whether somebody's name, ENS name or address holds the text."""
    wanted = query.casefold()
    texts = (line.person.name, line.person.ens or "", line.person.account)
    return any(wanted in each.casefold() for each in texts)


async def read_requests(messenger: Messenger) -> RequestsShown:
    """Strangers who wrote, the first first."""
    name_of = messenger.ethereum.name_of
    requests = await messenger.requests()
    # Here and nowhere else: an Ethereum node learns of a stranger only if somebody looks at the requests.
    # Guarded by tests/web/test_people.py::test_a_strangers_name_is_asked_for_where_requests_are_shown.
    messenger.ethereum.ask_for(each.account for each in requests)
    views = []
    for each in reversed(requests):
        messages = await messenger.messages(each.conversation_id, limit=MOST_MESSAGES)
        shown = message_views(messages, each.conversation_id)
        views.append(request_view(each, name_of(each.account), shown))
    return RequestsShown(tuple(views))


async def read_invites(messenger: Messenger) -> InvitesShown:
    """The own invites that are good."""
    return InvitesShown(tuple(invite_line(each) for each in await messenger.invites()))


async def _read_invite(messenger: Messenger, invite_id: str) -> InviteLine | None:
    try:
        return invite_line(await messenger.invite(invite_id))
    except UnknownInviteError:
        return None


async def _read_standing(messenger: Messenger, conversation_id: str) -> StandingShown:
    for each in await messenger.pending():
        if each.conversation_id == conversation_id:
            return StandingShown("pending", conversation_id, each.account)
    try:
        known = await messenger.acquaintance(conversation_id)
    except UnknownConversationError:
        return StandingShown("nobody", conversation_id, "")
    return StandingShown("contact", conversation_id, known.account)


def invite_part(invite_id: str) -> LivePart[InviteLine | None]:
    """How good one invite still is; None once it is not."""
    return LivePart(
        f"invite-{invite_id}",
        "invites/invite.html",
        (("what", "what-now"),),
        partial(_read_invite, invite_id=invite_id),
    )


def standing_part(conversation_id: str) -> LivePart[StandingShown]:
    """How it stands with somebody who was asked for."""
    return LivePart(
        f"standing-{conversation_id}",
        "contacts/contact.html",
        (("standing", "standing"),),
        partial(_read_standing, conversation_id=conversation_id),
    )


PEOPLE = LivePart(
    "people", "contacts/contacts.html", (("doors", "doors"), ("people", "people")), partial(read_people)
)
REQUESTS = LivePart("requests", "requests/requests.html", (("strangers", "strangers"),), read_requests)
INVITES = LivePart("invites", "invites/invites.html", (("made", "made-now"),), read_invites)

_PARTS: dict[str, LivePart[object]] = {each.name: each for each in (PEOPLE, REQUESTS, INVITES)}
