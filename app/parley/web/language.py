"""The language of the pages. Every sentence passes through here or through the templates' `_()`.

No catalogue is shipped yet, so each sentence comes back as it was written.
"""

from __future__ import annotations

from gettext import NullTranslations

TRANSLATIONS = NullTranslations()

gettext = TRANSLATIONS.gettext
ngettext = TRANSLATIONS.ngettext
