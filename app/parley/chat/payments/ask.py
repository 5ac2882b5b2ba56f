"""Asking for a payment or a call, and ending what was asked. Nothing leaves before the commit."""

from __future__ import annotations

from collections.abc import Sequence

from parley.chat.commit import Commit
from parley.chat.devices.model import OwnDevice
from parley.chat.direct.model import LoadedConversation
from parley.chat.direct.send import give_secret
from parley.chat.direct.turn import Turn
from parley.chat.errors import AlreadyPayingError, MalformedPaymentContentError, RequestClosedError
from parley.chat.events import CardChanged, MessageAdded, OutboxChanged
from parley.chat.payments.answers import cancelled_content, declined_content
from parley.chat.payments.bounds import MAX_TEXT_CHARACTERS
from parley.chat.payments.model import (
    PaymentRow,
    RequestRow,
    RequestState,
    TransactionRequest,
)
from parley.chat.payments.requests import request_content
from parley.chat.payments.states import LIVE_PAYMENTS, ended, is_endable, state_at


def ask(
    loaded: LoadedConversation,
    own: OwnDevice,
    request: TransactionRequest,
    wallet_signature: bytes,
    form_token: str | None,
    now_ms: int,
) -> tuple[bytes, Commit]:
    """One step: a transaction request into a conversation.

    Args:
        request: made by the own account, for the contact of this conversation.
        wallet_signature: of the own account over `request_typed_data`, or empty.

    Returns:
        The message id (32 bytes) and the commit.

    Raises:
        MalformedPaymentContentError: it is not for this conversation, or out of bounds.
        ContentTooLongError, NoLiveDeviceError: as `send` raises them.
    """
    parties = (request.channel_id, request.requester, request.payer)
    if parties != (loaded.row.channel_id, own.account, loaded.contact.account):
        raise MalformedPaymentContentError("not of this conversation")
    turn = Turn(loaded, own, now_ms)
    give_secret(turn)
    message_id = turn.say(request_content(request, own, wallet_signature), shown=True, form_token=form_token)
    turn.rows.append(
        RequestRow(
            request=request,
            conversation_id=turn.conversation_id,
            message_id=message_id,
            own=True,
            state=RequestState.OPEN,
            changed_at_ms=now_ms,
            wallet_signature=wallet_signature,
        )
    )
    turn.events += [
        MessageAdded(turn.conversation_id, message_id),
        CardChanged(turn.conversation_id, message_id),
        OutboxChanged(),
    ]
    return message_id, turn.commit("ask")


def decline(
    loaded: LoadedConversation,
    own: OwnDevice,
    row: RequestRow,
    payments: Sequence[PaymentRow],
    reason: str,
    now_ms: int,
) -> Commit:
    """One step: its payer says that a request will not be paid.

    Args:
        payments: the own payments of the request.
        reason: what the requester is told; at most 280 characters.

    Raises:
        AlreadyPayingError: a payment of it is made, or may still be.
        RequestClosedError: it is not the payer's, or there is nothing left to decline.
        MalformedPaymentContentError: the reason is too long.
    """
    live = next((each for each in payments if each.state in LIVE_PAYMENTS), None)
    if live is not None:
        raise AlreadyPayingError(live.payment_id)
    if row.own or not is_endable(row, now_ms):
        raise RequestClosedError(state_at(row, now_ms))
    if len(reason) > MAX_TEXT_CHARACTERS:
        raise MalformedPaymentContentError("a long reason")
    turn = Turn(loaded, own, now_ms)
    give_secret(turn)
    turn.say(declined_content(row.request.request_id, reason), shown=False)
    turn.rows.append(ended(row, RequestState.DECLINED, reason, now_ms))
    turn.events += [CardChanged(turn.conversation_id, row.message_id), OutboxChanged()]
    return turn.commit("decline")


def cancel(loaded: LoadedConversation, own: OwnDevice, row: RequestRow, now_ms: int) -> Commit:
    """One step: its requester takes a request back. What is paid all the same still counts.

    Raises:
        RequestClosedError: it is not an own one, is being paid, or ended.
    """
    if not row.own or not is_endable(row, now_ms):
        raise RequestClosedError(state_at(row, now_ms))
    turn = Turn(loaded, own, now_ms)
    give_secret(turn)
    turn.say(cancelled_content(row.request.request_id), shown=False)
    turn.rows.append(ended(row, RequestState.CANCELLED, "", now_ms))
    turn.events += [CardChanged(turn.conversation_id, row.message_id), OutboxChanged()]
    return turn.commit("cancel_request")
