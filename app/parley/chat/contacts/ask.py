"""Ask for a contact by account: who is asked for is pending until their record comes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from parley.chat.commit import Commit
from parley.chat.contacts.add import spelled_nickname
from parley.chat.contacts.model import ForgottenPending, PendingRow
from parley.chat.devices.model import OwnDevice
from parley.chat.errors import OwnRecordError, TooManyPendingError
from parley.chat.events import PeopleChanged

MAX_PENDING = 64
"""Each costs a topic to watch and a message every five minutes."""

FIRST_RETRY_MS = 5_000
LONGEST_RETRY_MS = 5 * 60 * 1_000


def ask_for_contact(
    own: OwnDevice, account: str, nickname: str, pending: Sequence[PendingRow], now_ms: int, entropy: bytes
) -> tuple[str, Commit | None]:
    """One step: somebody is asked for; asking again may change the nickname.

    Args:
        account: the account's text, nobody's who is known already.
        pending: who is asked for so far.
        entropy: 16 random bytes, the local id of the conversation that there will be.

    Returns:
        That conversation's id, and the commit, or None if nothing changes.

    Raises:
        OwnRecordError: it is the own account.
        TooManyPendingError: enough are waited for.
    """
    if account == own.account:
        raise OwnRecordError
    name = spelled_nickname(nickname)
    known = next((each for each in pending if each.account == account), None)
    if known is None and len(pending) >= MAX_PENDING:
        raise TooManyPendingError(MAX_PENDING)
    row = known or PendingRow(account, entropy[:16].hex(), name, now_ms)
    row = replace(row, nickname=name or row.nickname)
    if row == known:
        return row.conversation_id, None
    return row.conversation_id, Commit("ask_for_contact", rows=(row,), events=(PeopleChanged(),))


def forget_pending(account: str) -> Commit:
    """One step: somebody is asked for no longer."""
    return Commit("forget_pending", rows=(ForgottenPending(account),), events=(PeopleChanged(),))


def retry_delay_ms(tries: int, jitter: float) -> int:
    """How long to wait after this many tries, at least 1: doubled from 5 s up to 5 minutes, +/- 20 %.

    Args:
        jitter: uniform in [0, 1).
    """
    doubled = FIRST_RETRY_MS << min(tries - 1, 30)
    return round(min(doubled, LONGEST_RETRY_MS) * (0.8 + 0.4 * jitter))
