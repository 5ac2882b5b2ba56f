"""Asking with the signature of a wallet of the browser: what it signs is shown, signed, and only then sent."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from parley.chat.errors import ChatError
from parley.chat.payments.bounds import MAX_TEXT_CHARACTERS
from parley.chat.payments.signing import request_typed_data
from parley.messenger.errors import MessengerError
from parley.messenger.money.errors import UnknownDraftError, WalletChainDiffersError, WalletDiffersError
from parley.messenger.money.model import DraftedAsk
from parley.web import display, wallets
from parley.web.beside import beside
from parley.web.dependencies import FormDependency, MessengerDependency, RendererDependency
from parley.web.door_contexts import WalletFlow
from parley.web.errors import MalformedFormError, SignatureError, explain
from parley.web.language import gettext as _
from parley.web.money.calls import call_view
from parley.web.money.contexts import SignAskPage
from parley.web.money.fields import own_id
from parley.web.money.parties import network_view, read_parties
from parley.web.ports import Messenger

router = APIRouter()

PAGE = "money/sign.html"


@router.get("/conversations/{conversation_id}/ask/{draft_id}")
async def sign_form(
    request: Request,
    conversation_id: str,
    draft_id: str,
    messenger: MessengerDependency,
    renderer: RendererDependency,
) -> Response:
    """GET: the request that a wallet of the browser is to sign. 410: its five minutes are over."""
    drafted = await _drafted(messenger, conversation_id, draft_id)
    return renderer.respond(request, PAGE, await _page(messenger, drafted, draft_id))


@router.post("/conversations/{conversation_id}/ask/{draft_id}/request")
async def sign_request(
    request: Request,
    conversation_id: str,
    draft_id: str,
    form: FormDependency,
    messenger: MessengerDependency,
) -> Response:
    """POST: fields `address`, `chain`: JSON, what the wallet is to sign (EIP-712). 409, 410, 422: the sentence."""
    try:
        address, chain_id = wallets.account_and_chain(form)
        drafted = await _drafted(messenger, conversation_id, draft_id)
        own = display.address(drafted.request.requester)
        if address.lower() != own.lower():
            raise WalletDiffersError(own, address)
        if chain_id != drafted.request.chain_id:
            raise WalletChainDiffersError(drafted.request.chain_id, chain_id)
    except (ChatError, MessengerError, MalformedFormError) as error:
        return wallets.refuse(request.app, error)
    data = _for_scripts(request_typed_data(drafted.request))
    return wallets.ask(wallets.typed_data_request(address, data), nonce=draft_id)


@router.post("/conversations/{conversation_id}/ask/{draft_id}")
async def ask_signed(
    request: Request,
    conversation_id: str,
    draft_id: str,
    form: FormDependency,
    messenger: MessengerDependency,
    renderer: RendererDependency,
) -> Response:
    """POST: field `signature_1`: asks. 303 to the conversation. 410, 422, 503: the page with the reason."""
    drafted = await _drafted(messenger, conversation_id, draft_id)
    try:
        await messenger.money.ask_signed(own_id(draft_id), wallets.signature(form))
    except UnknownDraftError:
        raise
    except (ChatError, MessengerError, MalformedFormError, SignatureError) as error:
        explanation = explain(error)
        page = await _page(messenger, drafted, draft_id, explanation.text)
        return renderer.respond(request, PAGE, page, status=explanation.status)
    return RedirectResponse(f"/conversations/{conversation_id}#latest", 303)


async def _drafted(messenger: Messenger, conversation_id: str, draft_id: str) -> DraftedAsk:
    """What waits in a conversation. Raises UnknownDraftError, UnknownPaymentError."""
    drafted = await messenger.money.drafted(own_id(draft_id))
    if drafted.conversation_id != conversation_id:
        raise UnknownDraftError
    return drafted


def _for_scripts(value: Any) -> Any:
    """Typed data with its whole numbers as decimal text: a script rounds what is above 2^53, and would sign another.

    Guarded by tests/web/money/test_asking_signed.py::test_no_number_is_rounded_by_a_script.
    """
    if isinstance(value, dict):
        return {key: _for_scripts(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_for_scripts(each) for each in value]
    return str(value) if isinstance(value, int) and value >= 2**53 else value


async def _page(
    messenger: Messenger, drafted: DraftedAsk, draft_id: str, problem: str | None = None
) -> SignAskPage:
    who = await read_parties(messenger)
    request = drafted.request
    url = f"/conversations/{drafted.conversation_id}/ask/{draft_id}"
    flow = WalletFlow(
        page_url=url,
        request_url=f"{url}/request",
        submit_url=url,
        asks=_("Your wallet will show this request once more. Signing it costs nothing and pays nothing."),
        confirm=_("Sign and ask"),
    )
    return SignAskPage(
        _("Sign what you ask for"),
        *await beside(messenger),
        conversation_id=drafted.conversation_id,
        network=network_view(request.chain_id),
        calls=tuple(call_view(each, request.chain_id, who) for each in drafted.calls),
        payer=who(request.payer),
        note=display.plain(request.note, MAX_TEXT_CHARACTERS),
        until=display.moment(request.expires_at_ms),
        flow=flow,
        problem=problem,
    )
