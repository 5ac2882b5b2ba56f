"""What a person sees before they sign, and signing it by the wallet inside or by one of the browser.

Only what a preview holds can be confirmed, once, for five minutes; the form sends its id and a choice of fee.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from parley.chat.errors import ChatError
from parley.messenger.errors import MessengerError, WalletError, WalletLockedError
from parley.messenger.money.errors import ConfirmationError, UnknownPreviewError
from parley.messenger.money.model import AccountKind, Preview
from parley.messenger.money.paying import HASH, MAX_BATCH_ID_CHARACTERS
from parley.web import wallets
from parley.web.beside import beside
from parley.web.dependencies import FormDependency, MessengerDependency, RendererDependency
from parley.web.errors import MalformedFormError, NotAHashError, explain
from parley.web.language import gettext as _
from parley.web.money.contexts import PreviewPage
from parley.web.money.fields import own_id
from parley.web.money.parties import read_parties
from parley.web.money.preview_view import preview_page
from parley.web.ports import Messenger
from parley.web.wallet import refused, with_passphrase

router = APIRouter()

PAGE = "money/preview.html"
MAX_FEE_NAME = 16
MAX_TYPED = 64


@router.get("/money/previews/{preview_id}")
async def preview(
    request: Request, preview_id: str, messenger: MessengerDependency, renderer: RendererDependency
) -> Response:
    """GET: what would be signed, decoded and tried out, with every warning. 410: its five minutes are over."""
    shown = await messenger.money.preview(own_id(preview_id))
    return renderer.respond(request, PAGE, await _page(messenger, shown))


@router.post("/money/previews/{preview_id}/confirm")
async def confirm(
    request: Request,
    preview_id: str,
    form: FormDependency,
    messenger: MessengerDependency,
    renderer: RendererDependency,
) -> Response:
    """POST: fields `fee`, `typed` and, while the wallet inside is locked, `passphrase`: signs and sends it.

    303 to the payment; twice gives the same one. 409, 410, 422, 429, 502, 503: the page with the reason.
    """
    money = messenger.money
    shown = await money.preview(own_id(preview_id))
    fee, typed = form.text("fee")[:MAX_FEE_NAME], form.text("typed")[:MAX_TYPED] if form.has("typed") else ""
    wallet = messenger.wallet
    if wallet is not None and wallet.locked and shown.account.kind is AccountKind.INSIDE:
        if shown.typed is not None and typed.strip().casefold() != shown.typed:
            # Before the passphrase, which costs a second and opens the wallet.
            return await _again(request, messenger, renderer, shown, ConfirmationError(shown.typed))
        problem = await with_passphrase(request, form, wallet.unlock)
        if problem is not None:
            page = await _page(messenger, shown, problem[0].text)
            return refused(renderer.respond(request, PAGE, page, status=problem[0].status), problem)
    try:
        payment_id = await money.confirm(shown.preview_id, fee, typed)
    except UnknownPreviewError:
        raise
    except (ChatError, MessengerError, WalletError, WalletLockedError) as error:
        return await _again(request, messenger, renderer, shown, error)
    return RedirectResponse(f"/money/payments/{payment_id}", 303)


@router.post("/money/previews/{preview_id}/outside")
async def outside(
    request: Request, preview_id: str, form: FormDependency, messenger: MessengerDependency
) -> Response:
    """POST: fields `address`, `chain`, `fee`, `typed`, `batch`: JSON, what a wallet of the browser is asked.

    It is stored before that the wallet may be asked. 409, 410, 422, 503: JSON, the sentence.
    """
    try:
        address, chain_id = wallets.account_and_chain(form)
        payment_id, requests = await messenger.money.outside_requests(
            own_id(preview_id),
            form.text("fee")[:MAX_FEE_NAME],
            form.text("typed")[:MAX_TYPED],
            address,
            chain_id,
            form.text("batch") == "yes",
        )
    except (ChatError, MessengerError, MalformedFormError) as error:
        return wallets.refuse(request.app, error)
    return JSONResponse({"id": payment_id, "requests": requests})


@router.post("/money/payments/{payment_id}/handed")
async def handed(
    request: Request, payment_id: str, form: FormDependency, messenger: MessengerDependency
) -> Response:
    """POST: field `answer` (at most 8192 characters): a transaction's hash or a batch's id. 204; 422: JSON."""
    answer = form.text("answer")
    try:
        if not answer or len(answer) > MAX_BATCH_ID_CHARACTERS or not answer.isprintable():
            raise MalformedFormError
        await messenger.money.handed(own_id(payment_id), answer)
    except (ChatError, MessengerError, MalformedFormError) as error:
        return wallets.refuse(request.app, error)
    return Response(status_code=204)


@router.post("/money/payments/{payment_id}/name")
async def name(payment_id: str, form: FormDependency, messenger: MessengerDependency) -> Response:
    """POST: field `hash`: what a wallet outside sent it as, typed by the person. 303 to the payment; 422."""
    typed = form.text("hash").strip()
    if not HASH.fullmatch(typed):
        raise NotAHashError
    await messenger.money.handed(own_id(payment_id), typed)
    return RedirectResponse(f"/money/payments/{payment_id}", 303)


@router.post("/money/payments/{payment_id}/abandon")
async def abandon(payment_id: str, messenger: MessengerDependency) -> Response:
    """POST: the wallet outside did not send it. 303 to the payment."""
    await messenger.money.abandon(own_id(payment_id))
    return RedirectResponse(f"/money/payments/{payment_id}", 303)


@router.post("/money/payments/{payment_id}/speed-up")
async def speed_up(payment_id: str, messenger: MessengerDependency) -> Response:
    """POST: prepares the same payment at a higher fee. 303 to the page that shows it."""
    shown = await messenger.money.preview_speed_up(own_id(payment_id))
    return RedirectResponse(f"/money/previews/{shown.preview_id}", 303)


@router.post("/money/payments/{payment_id}/cancel")
async def cancel(payment_id: str, messenger: MessengerDependency) -> Response:
    """POST: prepares an empty transaction in its place. 303 to the page that shows it."""
    shown = await messenger.money.preview_cancel(own_id(payment_id))
    return RedirectResponse(f"/money/previews/{shown.preview_id}", 303)


async def _again(
    request: Request,
    messenger: Messenger,
    renderer: RendererDependency,
    shown: Preview,
    error: Exception,
) -> Response:
    explanation = explain(error)
    page = await _page(messenger, shown, explanation.text)
    return renderer.respond(request, PAGE, page, status=explanation.status)


async def _page(messenger: Messenger, shown: Preview, problem: str | None = None) -> PreviewPage:
    sidebar, live_url = await beside(messenger)
    locked = messenger.wallet is not None and messenger.wallet.locked
    return preview_page(
        shown,
        await read_parties(messenger),
        sidebar,
        live_url,
        title=_("Look before you sign"),
        locked=locked,
        by_wallet=shown.request is not None and await messenger.money.by_wallet(shown.request),
        problem=problem,
    )
