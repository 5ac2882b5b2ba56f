"""The part of the table of errors that is about the wallet inside, its accounts and what it signs."""

from __future__ import annotations

from collections.abc import Callable

from parley.messenger import errors as messenger
from parley.web.explanation import Explanation
from parley.web.language import gettext as _
from parley.web.language import ngettext

TABLE: dict[type[Exception], Callable[..., Explanation]] = {
    messenger.WalletLockedError: lambda _error: Explanation(
        423,
        _("The wallet is locked: nothing was signed."),
        _("Unlock the wallet and try again."),
        "/settings/wallet",
        _("Wallet"),
    ),
    messenger.DamagedVaultError: lambda _error: Explanation(
        500,
        _("The wallet in this profile is damaged and cannot be opened."),
        _("Your recovery words bring its accounts back."),
    ),
    messenger.NewerVaultError: lambda _error: Explanation(
        409, _("A newer Parley has written this wallet."), _("Install that version and start it again.")
    ),
    messenger.InvalidLabelError: lambda error: Explanation(
        422,
        ngettext(
            "A name of an account has at most %(n)d character, and each can be seen.",
            "A name of an account has 1 to %(n)d characters, and each can be seen.",
            error.limit,
        )
        % {"n": error.limit},
    ),
    messenger.TooManyAccountsError: lambda error: Explanation(
        409,
        _("The wallet holds no more than %(n)d accounts.") % {"n": error.limit},
        _("Remove one that you do not need."),
    ),
    messenger.AccountExistsError: lambda _error: Explanation(
        409, _("This account is in the wallet already.")
    ),
    messenger.UnknownAccountError: lambda _error: Explanation(
        404,
        _("There is no such account in the wallet."),
        _("See which there are."),
        "/settings/wallet",
        _("Wallet"),
    ),
    messenger.LastAccountError: lambda _error: Explanation(
        409, _("This is the only account of the wallet, so it stays.")
    ),
    messenger.OwnAccountError: lambda _error: Explanation(
        409, _("This is the account that your contacts know you by, so it stays.")
    ),
    messenger.NoWordsError: lambda _error: Explanation(
        409, _("This wallet has no recovery words, only imported keys.")
    ),
    messenger.WrongChainError: lambda _error: Explanation(
        409,
        _("What was to be signed is for another network than was shown, so it was not signed."),
        _("Be careful with whoever asked for it."),
    ),
    messenger.UnsignableError: lambda _error: Explanation(
        422, _("This cannot be signed: it is not well-formed."), _("Nothing was signed.")
    ),
}
