"""Who was found, in words: how it is known who they are, and what to look at before they are added."""

from __future__ import annotations

from parley.chat.invites.model import Invite
from parley.web import display
from parley.web.contexts import Sidebar
from parley.web.language import gettext as _
from parley.web.language import ngettext
from parley.web.meeting_ports import Found
from parley.web.people_contexts import FoundPage, chain_text
from parley.web.person import person


def found_page(
    found: Found, sidebar: Sidebar, live_url: str, who: str, nickname: str = "", problem: str | None = None
) -> FoundPage:
    """Who was found, in words."""
    shown = person(found.account, ens=found.name)
    standing_text, known_url, known_text = _standing(found)
    return FoundPage(
        title=_("Is this who you mean?"),
        sidebar=sidebar,
        live_url=live_url,
        person=shown,
        chain=chain_text(found.account),
        who=who,
        facts=tuple(_facts(found)),
        unknown=_unknown(found),
        warnings=tuple(_warnings(found)),
        standing=found.standing,
        standing_text=standing_text,
        known_url=known_url,
        known_text=known_text,
        nickname=nickname,
        problem=problem,
    )


def _facts(found: Found) -> list[str]:
    name = None if found.name is None else _named(found.name)
    facts = []
    if found.invite is not None:
        until = display.moment(found.invite.expires_at_ms)
        facts.append(
            _("The invite is whole. It is good until %(time)s.") % {"time": until.text if until else "?"}
        )
        facts.append(_reach(found.invite))
    if name is not None and not found.one_way:
        facts.append(
            _("%(name)s leads to this address, and this address calls itself %(name)s.") % {"name": name}
        )
    elif name is not None:
        facts.append(
            _("This address calls itself %(name)s, and that name leads back to it.") % {"name": name}
        )
    return facts


def _unknown(found: Found) -> str | None:
    if found.name is not None or found.typed_name is not None:
        return None
    if found.name_asked:
        return _("This address has no name of its own.")
    return _("No Ethereum node could be asked for its name.")


def _reach(invite: Invite) -> str:
    """What using somebody's invite connects to."""
    count = len(invite.addresses)
    if not count:
        return _("It names no address to connect to.")
    return ngettext(
        "Adding them connects you to %(n)d address that it names.",
        "Adding them connects you to %(n)d addresses that it names.",
        count,
    ) % {"n": count}


def _warnings(found: Found) -> list[str]:
    warnings = []
    if found.alike is not None:
        known, account = found.alike
        warnings.append(
            _("This name looks like that of somebody else you know: %(name)s, whose address is %(address)s.")
            % {"name": _named(known), "address": display.short_account(account)}
        )
    if found.one_way and found.name is None:
        warnings.append(
            _(
                "%(typed)s leads to this address, but the address does not call itself so. "
                "Anybody can let their own name lead anywhere."
            )
            % {"typed": _named(found.typed_name or "")}
        )
    elif found.one_way:
        warnings.append(
            _("You typed %(typed)s, but this address calls itself %(name)s.")
            % {"typed": _named(found.typed_name or ""), "name": _named(found.name or "")}
        )
    if found.unchecked:
        warnings.append(
            _("This address is written without the capitals that show a mistyped digit. Compare all of it.")
        )
    return warnings


def _named(name: str) -> str:
    """A name inside of a sentence."""
    return display.isolated(display.name_of_account(name))


def _standing(found: Found) -> tuple[str, str | None, str]:
    if found.standing == "contact":
        url = f"/conversations/{found.conversation_id}#latest"
        return _("They are your contact already."), url, _("Open the conversation")
    if found.standing == "pending":
        url = f"/contacts/{found.conversation_id}"
        return _("You have asked for them already."), url, _("See how it stands")
    if found.standing == "request":
        return (
            _("They have written to you already. Adding them accepts what they wrote."),
            "/requests",
            _("See what they wrote"),
        )
    if found.standing == "blocked":
        return _("You blocked them. Unblock them first."), "/contacts", _("Contacts")
    return "", None, ""
