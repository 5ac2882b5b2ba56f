"""Taking in what a contact says about money, in the same commit as the message that says it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from parley.chat.content import Content
from parley.chat.direct.turn import Turn
from parley.chat.errors import MalformedPaymentContentError
from parley.chat.events import CardChanged
from parley.chat.payments.answers import REQUEST_CANCELLED, REQUEST_DECLINED, read_cancelled, read_declined
from parley.chat.payments.bounds import MAX_CLAIMS
from parley.chat.payments.model import ClaimRow, RequestRow, RequestState
from parley.chat.payments.references import TRANSACTION_REFERENCE, Reference, read_reference
from parley.chat.payments.requests import WALLET_SEND_CALLS, Parties, named_request, read_request
from parley.chat.payments.states import after_claims, ended
from parley.e2ee import api as e2ee

KINDS = (WALLET_SEND_CALLS, TRANSACTION_REFERENCE, REQUEST_DECLINED, REQUEST_CANCELLED)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is known of the request that a content names.

    Attributes:
        request: None if there is none of its id.
        claims: those to have paid it.
    """

    request: RequestRow | None = None
    claims: tuple[ClaimRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """A content about money as it arrived: the message that brought it, and the device that sent it."""

    content: Content
    message_id: bytes
    device_id: bytes


def is_about_money(content: Content) -> bool:
    """Whether a content is for `take_in_money`."""
    return any(content.type.same_kind(each) for each in KINDS)


def asked_id(content: Content) -> bytes | None:
    """The id of the request that a content names; None where it names none. Nothing of it is believed yet."""
    try:
        if content.type.same_kind(WALLET_SEND_CALLS):
            return named_request(content)
        if content.type.same_kind(TRANSACTION_REFERENCE):
            return read_reference(content).request_id
        if content.type.same_kind(REQUEST_DECLINED):
            return read_declined(content)[0]
        return read_cancelled(content) if content.type.same_kind(REQUEST_CANCELLED) else None
    except MalformedPaymentContentError:
        return None


def take_in_money(turn: Turn, said: Said, asked: Asked) -> bool:
    """Note what a content about money changes.

    Returns:
        Whether its message is to be shown: as a card, or as its fallback where it is not what it should be. What
        changes the card of an earlier message is not shown itself.
    """
    content = said.content
    steps: dict[str, Callable[[Turn, Said, Asked], bool]] = {
        WALLET_SEND_CALLS.name: _take_request,
        TRANSACTION_REFERENCE.name: _take_reference,
        REQUEST_DECLINED.name: _take_declined,
        REQUEST_CANCELLED.name: _take_cancelled,
    }
    try:
        return steps[content.type.name](turn, said, asked)
    except MalformedPaymentContentError:
        return True


def _take_request(turn: Turn, said: Said, asked: Asked) -> bool:
    if asked.request is not None:
        raise MalformedPaymentContentError("its id was used before")
    parties = Parties(turn.loaded.row.channel_id, turn.loaded.contact.account, turn.own.account)
    received = read_request(said.content, parties, said.device_id, turn.now_ms)
    turn.rows.append(
        RequestRow(
            request=received.request,
            conversation_id=turn.conversation_id,
            message_id=said.message_id,
            own=False,
            state=RequestState.OPEN,
            changed_at_ms=turn.now_ms,
            wallet_signature=received.wallet_signature,
        )
    )
    turn.events.append(CardChanged(turn.conversation_id, said.message_id))
    return True


def _take_reference(turn: Turn, said: Said, asked: Asked) -> bool:
    reference = read_reference(said.content)
    if reference.request_id is None:
        # Else somebody could name another's payment as theirs, and by it keep that one from counting where it should.
        # Guarded by tests/chat/payments/test_take.py::test_nobody_names_anothers_payment_as_theirs.
        address, own_chain = e2ee.split_account(turn.loaded.contact.account)
        if reference.sender != address or own_chain not in (None, reference.chain_id):
            raise MalformedPaymentContentError("another's payment")
        turn.rows.append(_claim(turn, said, reference))
        turn.events.append(CardChanged(turn.conversation_id, said.message_id))
        return True
    row = _of_this_conversation(turn, asked, own=True)
    if reference.chain_id != row.request.chain_id:
        raise MalformedPaymentContentError("another chain")
    known = any(each.transaction_hash == reference.transaction_hash for each in asked.claims)
    # Each claim costs questions to a node for a while. Guarded by tests/chat/payments/test_take.py.
    if not known and len(asked.claims) < MAX_CLAIMS:
        payer, _ = e2ee.split_account(row.request.payer)
        claim = replace(_claim(turn, said, reference), sender=payer, calls=row.request.calls)
        turn.rows += [claim, after_claims(row, [*asked.claims, claim], turn.now_ms)]
        turn.events.append(CardChanged(turn.conversation_id, row.message_id))
    return False


def _take_declined(turn: Turn, said: Said, asked: Asked) -> bool:
    _, reason = read_declined(said.content)
    row = _of_this_conversation(turn, asked, own=True)
    return _end(turn, row, RequestState.DECLINED, reason)


def _take_cancelled(turn: Turn, said: Said, asked: Asked) -> bool:
    read_cancelled(said.content)
    row = _of_this_conversation(turn, asked, own=False)
    return _end(turn, row, RequestState.CANCELLED, "")


def _end(turn: Turn, row: RequestRow, how: RequestState, reason: str) -> bool:
    turn.rows.append(ended(row, how, reason, turn.now_ms))
    turn.events.append(CardChanged(turn.conversation_id, row.message_id))
    return False


def _of_this_conversation(turn: Turn, asked: Asked, *, own: bool) -> RequestRow:
    """The request that is meant: only its payer answers an own one, and only its requester ends another.

    Guarded by tests/chat/payments/test_take.py::test_nobody_else_can_answer.
    """
    row = asked.request
    if row is None or row.own is not own or row.conversation_id != turn.conversation_id:
        raise MalformedPaymentContentError("no such request")
    return row


def _claim(turn: Turn, said: Said, reference: Reference) -> ClaimRow:
    return ClaimRow(
        message_id=said.message_id,
        conversation_id=turn.conversation_id,
        request_id=reference.request_id,
        chain_id=reference.chain_id,
        transaction_hash=reference.transaction_hash,
        sender=reference.sender,
        calls=reference.calls,
        state=RequestState.CLAIMED,
        claimed_at_ms=turn.now_ms,
        changed_at_ms=turn.now_ms,
    )
