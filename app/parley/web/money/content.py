"""Which messages bring a card, told by the type of their content alone."""

from __future__ import annotations

from parley.chat.content import ContentType, decode_content
from parley.chat.errors import MalformedContentError
from parley.chat.payments.references import TRANSACTION_REFERENCE
from parley.chat.payments.requests import WALLET_SEND_CALLS
from parley.web.language import gettext as _

_CARDS = (WALLET_SEND_CALLS, TRANSACTION_REFERENCE)


def brings_card(content: bytes) -> bool:
    """Whether a message may have brought a transaction request or a payment. Never raises."""
    return _kind(content) is not None


def card_line(content: bytes) -> str | None:
    """Such a message in a list, or None for any other. Never raises.

    Its sender's own words for it would stand there without what is asked for beside them.
    Guarded by tests/web/money/test_cards.py::test_a_list_shows_no_words_of_a_card.
    """
    kind = _kind(content)
    if kind is None:
        return None
    return _("Request for a payment") if kind is WALLET_SEND_CALLS else _("Payment")


def _kind(content: bytes) -> ContentType | None:
    try:
        found = decode_content(content).type
    except MalformedContentError:
        return None
    return next((each for each in _CARDS if found.same_kind(each)), None)
