"""What a new passphrase has to be."""

from __future__ import annotations

from parley.web.language import gettext as _

MIN_PASSPHRASE = 8
MAX_PASSPHRASE = 1024


def problem_with(passphrase: str, again: str) -> tuple[str, str] | None:
    """The field that is wrong and what is wrong with it; None for a passphrase that can be used."""
    if not MIN_PASSPHRASE <= len(passphrase) <= MAX_PASSPHRASE:
        return "passphrase", _("Choose a passphrase of at least %(n)d characters.") % {"n": MIN_PASSPHRASE}
    if passphrase != again:
        return "again", _("The two passphrases differ. Type both again.")
    if not passphrase.isprintable():
        return "passphrase", _("This passphrase holds characters that cannot be typed again for sure.")
    return None
