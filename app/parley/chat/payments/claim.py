"""Claims of others to have paid: kept with what the chain says of them; an own request follows."""

from __future__ import annotations

from collections.abc import Sequence

from parley.chat.commit import Commit, Row
from parley.chat.events import CardChanged
from parley.chat.payments.model import ClaimRow, RequestRow
from parley.chat.payments.states import after_claims


def keep_claim(
    claim: ClaimRow, request: RequestRow | None, others: Sequence[ClaimRow], now_ms: int
) -> Commit:
    """One step: the chain says something new of a claim.

    Args:
        request: the own request that it is said to pay, if any.
        others: the claims of that request, this one among them.
    """
    rows: list[Row] = [claim]
    message_id = claim.message_id
    if request is not None:
        rest = [each for each in others if each.message_id != claim.message_id]
        rows.append(after_claims(request, [*rest, claim], now_ms))
        message_id = request.message_id
    events = (CardChanged(claim.conversation_id, message_id),)
    return Commit("keep_claim", rows=tuple(rows), events=events)
