"""The part of the table of errors that is about people: who can be a contact, and who is not one."""

from __future__ import annotations

from collections.abc import Callable

from parley.chat import errors as chat
from parley.web.explanation import Explanation
from parley.web.language import gettext as _
from parley.web.language import ngettext

TABLE: dict[type[Exception], Callable[..., Explanation]] = {
    chat.OwnRecordError: lambda _error: Explanation(
        422, _("This is your own account."), _("Use the address or the file that your contact gave you.")
    ),
    chat.InvalidAccountError: lambda _error: Explanation(
        422,
        _("This is not the address of an account."),
        _("It begins with 0x and has 40 more digits. Copy it again from where you found it."),
    ),
    chat.UnknownContactError: lambda _error: Explanation(404, _("There is no such contact.")),
    chat.BlockedContactError: lambda _error: Explanation(
        409, _("You blocked this account."), _("Unblock it first, then add it again.")
    ),
    chat.TooManyPendingError: lambda error: Explanation(
        409,
        ngettext(
            "You wait for %(limit)d contact already.",
            "You wait for %(limit)d contacts already.",
            error.limit,
        )
        % {"limit": error.limit},
        _("Forget some that you no longer need."),
    ),
}
