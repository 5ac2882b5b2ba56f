"""Compare safety numbers, and remember which one was compared."""

from __future__ import annotations

from parley.chat.commit import Commit
from parley.chat.contacts.compared import ComparedNumber
from parley.chat.errors import WrongSafetyNumberError
from parley.chat.events import ContactChanged


def compare_number(
    account: str, conversation_id: str, number: str, theirs: str | None, now_ms: int
) -> Commit:
    """One step: a person says that their contact sees the same number.

    Args:
        number: what is true now, 60 digits.
        theirs: what they typed or pasted of the other's; blanks do not matter. None if they compared by eye.

    Raises:
        WrongSafetyNumberError: it is another number.
    """
    if theirs is not None and "".join(theirs.split()) != number:
        raise WrongSafetyNumberError
    return Commit(
        "compare_number",
        rows=(ComparedNumber(account, number, now_ms),),
        events=(ContactChanged(conversation_id),),
    )
