"""Compare safety numbers, and remember which one was compared."""

from __future__ import annotations

from parley.chat.commit import Commit
from parley.chat.contacts.compared import ComparedNumber
from parley.chat.errors import WrongSafetyNumberError
from parley.chat.events import ContactChanged

_MAX_TYPED_CHARACTERS = 200


def compare_number(
    account: str, conversation_id: str, number: str, said: tuple[str, str | None], now_ms: int
) -> Commit:
    """One step: a person says that their contact sees the same number.

    Args:
        number: what is true now, 60 digits.
        said: what the page showed them, and what they typed of the other's, where blanks do not matter; None if they
            compared by eye.

    Raises:
        WrongSafetyNumberError: one of them is another number.
    """
    if any(each is not None and _digits(each) != number for each in said):
        raise WrongSafetyNumberError
    return Commit(
        "compare_number",
        rows=(ComparedNumber(account, number, now_ms),),
        events=(ContactChanged(conversation_id),),
    )


def _digits(typed: str) -> str:
    return "".join(typed[:_MAX_TYPED_CHARACTERS].split())
