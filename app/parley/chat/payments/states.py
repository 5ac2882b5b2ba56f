"""Where a transaction request is, by what pays it: pure, and the same whatever order the facts came in.

A request follows its own payments at the payer's, and the claims to have paid it at the requester's. Whatever moved
money counts, also after it was declined, taken back or expired.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from parley.chat.payments.model import ClaimRow, PaymentRow, PaymentState, RequestRow, RequestState

STATE_OF_PAYMENT = {
    PaymentState.SETTLED: RequestState.SETTLED,
    PaymentState.CONFIRMING: RequestState.CONFIRMING,
    PaymentState.PENDING: RequestState.PENDING,
    PaymentState.SIGNED: RequestState.CLAIMED,
    PaymentState.HANDED: RequestState.HANDED,
    PaymentState.FAILED: RequestState.FAILED,
    PaymentState.REPLACED: RequestState.REPLACED,
    PaymentState.DROPPED: RequestState.DROPPED,
}
"""Those of an own payment; one that was abandoned pays nothing."""

_STRONGEST = (
    RequestState.SETTLED,
    RequestState.CONFIRMING,
    RequestState.PENDING,
    RequestState.CLAIMED,
    RequestState.HANDED,
    RequestState.UNPROVABLE,
    RequestState.FAILED,
    RequestState.REPLACED,
    RequestState.DROPPED,
)
"""Of several transactions that may pay a request, the one that comes first here is shown."""

_PAYABLE = (RequestState.OPEN, RequestState.FAILED, RequestState.REPLACED, RequestState.DROPPED)
LIVE_PAYMENTS = (
    PaymentState.SIGNED,
    PaymentState.HANDED,
    PaymentState.PENDING,
    PaymentState.CONFIRMING,
    PaymentState.SETTLED,
)
"""A payment in one of these is made, or may still be: nobody must pay the same again."""

WAITING_PAYMENTS = (PaymentState.SIGNED, PaymentState.PENDING)
"""A payment of the wallet inside in one of these has a nonce, and is in no block that is known."""


def state_at(row: RequestRow, now_ms: int) -> RequestState:
    """The state to show: what nobody pays and nobody ended is EXPIRED once its time is over."""
    if row.state is RequestState.OPEN and now_ms > row.request.expires_at_ms:
        return RequestState.EXPIRED
    return row.state


def is_payable(row: RequestRow, now_ms: int) -> bool:
    """Whether its payer may begin to pay it. What failed or was dropped may be paid again."""
    return not row.own and row.state in _PAYABLE and now_ms <= row.request.expires_at_ms


def is_endable(row: RequestRow, now_ms: int) -> bool:
    """Whether its payer may decline it, or its requester take it back: nothing pays it, and its time is not over."""
    return row.state in _PAYABLE and now_ms <= row.request.expires_at_ms


def ended(request: RequestRow, how: RequestState, reason: str, now_ms: int) -> RequestRow:
    """A request that its payer declined or its requester took back; what pays it already still counts.

    Who comes second changes nothing.
    """
    if request.ended is not None:
        return request
    state = how if request.state in _PAYABLE else request.state
    return replace(request, state=state, ended=how, reason=reason, changed_at_ms=now_ms)


def after_payments(request: RequestRow, payments: Sequence[PaymentRow], now_ms: int) -> RequestRow:
    """A received request as its own payments show it."""
    found = [(STATE_OF_PAYMENT[each.state], each) for each in payments if each.state in STATE_OF_PAYMENT]
    if not found:
        return _with_state(request, None, None, 0, "", "", now_ms)
    state, best = min(found, key=lambda each: (_STRONGEST.index(each[0]), -each[1].created_at_ms))
    return _with_state(request, state, best.transaction_hash, best.confirmations, "", best.detail, now_ms)


def after_claims(request: RequestRow, claims: Sequence[ClaimRow], now_ms: int) -> RequestRow:
    """An own request as the claims to have paid it show it."""
    if not claims:
        return _with_state(request, None, None, 0, "", "", now_ms)
    best = min(claims, key=lambda each: (_STRONGEST.index(each.state), -each.claimed_at_ms))
    return _with_state(
        request,
        best.state,
        best.transaction_hash,
        best.confirmations,
        best.evidence,
        best.detail,
        now_ms,
    )


def _with_state(
    request: RequestRow,
    state: RequestState | None,
    transaction_hash: bytes | None,
    confirmations: int,
    evidence: str,
    detail: str,
    now_ms: int,
) -> RequestRow:
    """The request after its transactions were looked at; the same row if nothing is different."""
    shown = state or RequestState.OPEN
    if shown in _PAYABLE and request.ended is not None:
        shown = request.ended  # No transaction pays it, so what people said of it stands.
    after = replace(
        request,
        state=shown,
        transaction_hash=transaction_hash,
        confirmations=confirmations,
        evidence=evidence,
        detail=detail,
    )
    return replace(after, changed_at_ms=now_ms) if after != request else request
