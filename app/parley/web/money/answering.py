"""What a card in a conversation is answered with: looking at it to pay it, declining it, taking it back."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from parley.chat.payments.bounds import MAX_TEXT_CHARACTERS
from parley.messenger.money.errors import UnknownPayerError
from parley.web.dependencies import FormDependency, MessengerDependency
from parley.web.money.fields import payers, request_id
from parley.web.ports import Messenger

router = APIRouter()


@router.post("/conversations/{conversation_id}/requests/{asked}/pay")
async def pay(conversation_id: str, asked: str, messenger: MessengerDependency) -> Response:
    """POST: prepares what is asked for. 303 to the page that shows it before anything is signed. 404, 409."""
    wanted = await _of_conversation(messenger, conversation_id, asked)
    preview = await messenger.money.preview_request(wanted, _own_payer(messenger))
    return RedirectResponse(f"/money/previews/{preview.preview_id}", 303)


@router.post("/conversations/{conversation_id}/requests/{asked}/decline")
async def decline(
    conversation_id: str, asked: str, form: FormDependency, messenger: MessengerDependency
) -> Response:
    """POST: field `reason`, of which 280 characters count: it will not be paid. 303 to the conversation."""
    wanted = await _of_conversation(messenger, conversation_id, asked)
    await messenger.money.decline(wanted, form.text("reason").strip()[:MAX_TEXT_CHARACTERS])
    return RedirectResponse(f"/conversations/{conversation_id}#latest", 303)


@router.post("/conversations/{conversation_id}/requests/{asked}/cancel")
async def cancel(conversation_id: str, asked: str, messenger: MessengerDependency) -> Response:
    """POST: an own request is taken back. 303 to the conversation."""
    wanted = await _of_conversation(messenger, conversation_id, asked)
    await messenger.money.cancel_request(wanted)
    return RedirectResponse(f"/conversations/{conversation_id}#latest", 303)


async def _of_conversation(messenger: Messenger, conversation_id: str, asked: str) -> bytes:
    """A request's id, once the conversation is there.

    Raises:
        UnknownConversationError, UnknownRequestError.
    """
    await messenger.conversation(conversation_id)
    return request_id(asked)


def _own_payer(messenger: Messenger) -> str:
    """The account that is asked. Only the addressed payer can settle a request, whatever other accounts there are."""
    own = next((each.address for each in payers(messenger.money) if each.own), None)
    if own is None:
        raise UnknownPayerError(messenger.account)
    return own
