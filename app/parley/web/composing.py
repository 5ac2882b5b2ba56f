"""What a person does in a conversation: send, keep for later, mark as read, have a message tried again."""

from __future__ import annotations

import hashlib
import re

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from parley.chat.errors import ChatError, UnknownConversationError, UnknownMessageError
from parley.web.contexts import Composer
from parley.web.conversation_page import conversation_page, new_composer
from parley.web.dependencies import FormDependency, MessengerDependency, RendererDependency
from parley.web.errors import MalformedFormError, explain
from parley.web.live import CONVERSATION
from parley.web.ports import Messenger
from parley.web.rendering import VARY, wants_block
from parley.web.snapshot import take_snapshot, view_of

router = APIRouter()

_FORM_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")
_MESSAGE_ID = re.compile(r"[0-9a-f]{64}")


@router.post("/conversations/{conversation_id}/messages")
async def send(
    request: Request,
    conversation_id: str,
    form: FormDependency,
    messenger: MessengerDependency,
    renderer: RendererDependency,
) -> Response:
    """POST: send a text. 303 to the conversation, or for htmx the composer; the message comes by the stream.

    If it cannot be sent: the composer with the person's text, in the status of the error.
    """
    text = form.text("text")
    try:
        token = form.text("form_token")
        if not _FORM_TOKEN.fullmatch(token):
            raise MalformedFormError
        await messenger.send_text(conversation_id, text, _token_of(token, conversation_id, text))
    except UnknownConversationError:
        raise
    except (ChatError, MalformedFormError) as error:
        return await _again(request, conversation_id, messenger, renderer, text, error)
    if not wants_block(request):
        return _back(conversation_id, "#latest")
    return await _shown(request, conversation_id, messenger, renderer, new_composer(conversation_id), 200)


@router.post("/conversations/{conversation_id}/draft")
async def keep_draft(
    request: Request,
    conversation_id: str,
    form: FormDependency,
    messenger: MessengerDependency,
    renderer: RendererDependency,
) -> Response:
    """POST: keep a text for later. 303 to the conversation, or for htmx 204.

    If it cannot be kept: the composer with the person's text, in the status of the error.
    """
    text = form.text("text")
    try:
        await messenger.keep_draft(conversation_id, text.replace("\r\n", "\n"))
    except UnknownConversationError:
        raise
    except ChatError as error:
        return await _again(request, conversation_id, messenger, renderer, text, error)
    return _done(request, conversation_id)


@router.post("/conversations/{conversation_id}/read")
async def mark_read(
    request: Request, conversation_id: str, form: FormDependency, messenger: MessengerDependency
) -> Response:
    """POST: the conversation was read up to the message `upto`. 303 to the conversation, or for htmx 204."""
    await messenger.mark_read(conversation_id, _message_id(form.text("upto")))
    return _done(request, conversation_id)


@router.post("/conversations/{conversation_id}/messages/{message_id}/retry")
async def retry(conversation_id: str, message_id: str, messenger: MessengerDependency) -> Response:
    """POST: try a message again now. 303 to what is known of it."""
    await messenger.retry(_message_id(message_id))
    return RedirectResponse(f"/conversations/{conversation_id}/messages/{message_id}", 303)


async def _again(
    request: Request,
    conversation_id: str,
    messenger: Messenger,
    renderer: RendererDependency,
    text: str,
    error: Exception,
) -> Response:
    explanation = explain(error)
    again = new_composer(conversation_id, text, explanation.text)
    return await _shown(request, conversation_id, messenger, renderer, again, explanation.status)


async def _shown(
    request: Request,
    conversation_id: str,
    messenger: Messenger,
    renderer: RendererDependency,
    composer: Composer,
    status: int,
) -> Response:
    view = await view_of(messenger, conversation_id)
    page = conversation_page(await take_snapshot(messenger, conversation_id, view), view, composer)
    return renderer.respond(request, CONVERSATION, page, block="composer", status=status)


def _token_of(form_token: str, conversation_id: str, text: str) -> str:
    # The text is part of it: a browser may show an old form again, token included, with another text typed into
    # it, and that text must not be taken for one that was sent already.
    # Guarded by tests/web/test_sending.py::test_an_old_form_with_another_text_is_another_message.
    parts = (form_token, conversation_id, text)
    return hashlib.sha256(repr(parts).encode(errors="replace")).hexdigest()


def _message_id(text: str) -> bytes:
    if not _MESSAGE_ID.fullmatch(text):
        raise UnknownMessageError
    return bytes.fromhex(text)


def _done(request: Request, conversation_id: str) -> Response:
    if wants_block(request):
        return Response(status_code=204, headers={"Vary": VARY})
    return _back(conversation_id, "#latest")


def _back(conversation_id: str, place: str) -> Response:
    return RedirectResponse(f"/conversations/{conversation_id}{place}", 303, headers={"Vary": VARY})
