"""The part of the table of errors that is about finding people, invites and safety numbers."""

from __future__ import annotations

from collections.abc import Callable

from parley.chat import errors as chat
from parley.messenger import errors as messenger
from parley.web import display, networks
from parley.web.explanation import Explanation
from parley.web.language import gettext as _
from parley.web.language import ngettext


def _expired(error: chat.ExpiredInviteError) -> Explanation:
    at = display.moment(error.expired_at_ms)
    sentence = (
        _("This invite was good until %(time)s.") % {"time": at.text} if at else _("This invite has expired.")
    )
    return Explanation(422, sentence, _("Ask for a new one."))


TABLE: dict[type[Exception], Callable[..., Explanation]] = {
    messenger.NothingTypedError: lambda _error: Explanation(
        422, _("Type a name, an address or an invite."), _("For example alice.eth.")
    ),
    messenger.WrongChecksumError: lambda _error: Explanation(
        422,
        _("This address has a mistake in it: its capital and small letters do not fit its digits."),
        _("Copy it again from where you found it."),
    ),
    messenger.InvalidNameTypedError: lambda _error: Explanation(
        422,
        _("No Ethereum name can be spelled like this."),
        _("It has a dot, as alice.eth has, and no letters of several scripts that look alike."),
    ),
    messenger.NameUnknownError: lambda error: Explanation(
        404,
        _("Nobody is known as %(name)s.") % {"name": display.isolated(display.name_of_account(error.name))},
        _("Ask how they spell it, or use their address."),
    ),
    messenger.OffchainNameTypedError: lambda _error: Explanation(
        422,
        _("Who has this name is known only to a server that would learn that you ask, so it was not asked."),
        _(
            "Allow “Ask servers outside the chain for names” under Settings, Ethereum network, or use their address."
        ),
        "/settings/network#outside",
        _("Ethereum network"),
    ),
    messenger.NameServersFailedError: lambda _error: Explanation(
        503,
        _(
            "Who has this name is known only to a server outside the chain, and that gave no answer that holds."
        ),
        _("Try again later, or use their address."),
    ),
    messenger.NamesUnsupportedHereError: lambda error: Explanation(
        422,
        _("There are no names on %(network)s.") % {"network": networks.title(error.chain_id)},
        _("Use their address or an invite."),
    ),
    chat.NotAnInviteError: lambda _error: Explanation(
        422, _("This is not a whole invite."), _("Copy all of it, from “parley:” to its end.")
    ),
    chat.NewerInviteError: lambda _error: Explanation(
        422, _("A newer Parley made this invite."), _("Install that version, or use their address.")
    ),
    chat.AlteredInviteError: lambda _error: Explanation(
        422, _("This invite was changed on its way, or a part of it is missing."), _("Ask for it again.")
    ),
    chat.ForeignInviteError: lambda error: Explanation(
        422,
        _("This invite is for another Parley network (%(theirs)d), and you are on %(ours)d.")
        % {"theirs": error.theirs, "ours": error.ours},
        _("Start Parley on that network to use it."),
    ),
    chat.ExpiredInviteError: _expired,
    chat.UnknownInviteError: lambda _error: Explanation(
        404, _("This invite was revoked or has expired."), "", "/invites", _("Invites")
    ),
    chat.TooManyInvitesError: lambda error: Explanation(
        409,
        ngettext("You have %(limit)d invite already.", "You have %(limit)d invites already.", error.limit)
        % {"limit": error.limit},
        _("Revoke some that you no longer need."),
    ),
    chat.WrongSafetyNumberError: lambda _error: Explanation(
        409,
        _("This is not the safety number that you see here."),
        _("If it is really what your contact sees, do not trust this conversation before you know why."),
    ),
}
