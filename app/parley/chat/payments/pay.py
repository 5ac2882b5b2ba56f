"""Own payments: kept before anything leaves, and told to the other side once a node knows their transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from parley.chat.commit import Commit, Row
from parley.chat.devices.model import OwnDevice
from parley.chat.direct.model import LoadedConversation
from parley.chat.direct.send import give_secret
from parley.chat.direct.turn import Turn
from parley.chat.errors import AlreadyPayingError, RequestClosedError
from parley.chat.events import CardChanged, Event, MessageAdded, OutboxChanged, PaymentChanged
from parley.chat.payments.model import PaymentRow, RequestRow
from parley.chat.payments.references import reference_content
from parley.chat.payments.states import LIVE_PAYMENTS, after_payments, is_payable, state_at


def keep_payment(
    row: PaymentRow, request: RequestRow | None, others: Sequence[PaymentRow], now_ms: int
) -> Commit:
    """One step: an own payment is made, or is elsewhere now; the request that it pays follows.

    What a chain says of a payment that is kept already is never refused.

    Args:
        request: the one that it pays, if any.
        others: the own payments of that request, this one among them if it is kept already.

    Raises:
        AlreadyPayingError: a new payment of a request that another one pays, or may still pay, unless it takes that
            one's place.
        RequestClosedError: a new payment of a request that is not to be paid any more.
    """
    rows: list[Row] = [row]
    events: list[Event] = [PaymentChanged(row.payment_id)]
    if request is not None:
        rest = [each for each in others if each.payment_id != row.payment_id]
        if len(rest) == len(others):
            _check_new(row, request, rest, now_ms)
        after = after_payments(request, [*rest, row], now_ms)
        if after != request:
            rows.append(after)
            events.append(CardChanged(request.conversation_id, request.message_id))
    elif row.conversation_id is not None and row.message_id is not None:
        events.append(CardChanged(row.conversation_id, row.message_id))
    return Commit("keep_payment", rows=tuple(rows), events=tuple(events))


def tell_payment(loaded: LoadedConversation, own: OwnDevice, payment: PaymentRow, now_ms: int) -> Commit:
    """One step: the other side is told which transaction an own payment is.

    Of a request, the message is not shown: its card says the same.

    Raises:
        ContentTooLongError, NoLiveDeviceError: as `send` raises them.
    """
    turn = Turn(loaded, own, now_ms)
    give_secret(turn)
    shown = payment.request_id is None
    message_id = turn.say(reference_content(payment), shown=shown)
    turn.rows.append(replace(payment, message_id=message_id))
    turn.events += [PaymentChanged(payment.payment_id), OutboxChanged()]
    if shown:
        turn.events += [
            MessageAdded(turn.conversation_id, message_id),
            CardChanged(turn.conversation_id, message_id),
        ]
    return turn.commit("tell_payment")


def _check_new(row: PaymentRow, request: RequestRow, rest: Sequence[PaymentRow], now_ms: int) -> None:
    """Nothing is paid twice. Guarded by tests/chat/payments/test_machine.py."""
    for each in rest:
        if each.state in LIVE_PAYMENTS and not _takes_its_place(row, each):
            raise AlreadyPayingError(each.payment_id)
    replaces = any(each.payment_id == row.replaces for each in rest)
    if not replaces and not is_payable(request, now_ms):
        raise RequestClosedError(state_at(request, now_ms))


def _takes_its_place(row: PaymentRow, other: PaymentRow) -> bool:
    """Whether only one of the two can be mined: both have one nonce of one account."""
    same_nonce = row.nonce is not None and (row.sender, row.nonce) == (other.sender, other.nonce)
    return same_nonce or row.replaces == other.payment_id
