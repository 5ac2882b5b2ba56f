"""Signing a browser in by the wallet of the profile's account (EIP-4361).

Open to browsers without a session, but only while the profile is unlocked: `signin.Gate` sees to both.
"""

from __future__ import annotations

import secrets

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from parley.messenger.errors import MessengerError
from parley.web import wallets
from parley.web.dependencies import (
    EntranceDependency,
    FormDependency,
    MessengerDependency,
    OriginDependency,
    RendererDependency,
)
from parley.web.door_contexts import SignInPage, WalletFlow
from parley.web.errors import SignatureError, TooManyAttemptsError
from parley.web.language import gettext as _
from parley.web.problems import problem_of
from parley.web.signin import session_of, too_many

router = APIRouter()

PAGE = "signin/wallet.html"
NONCE_BYTES = 16


@router.get("/sign-in")
async def sign_in_page(request: Request, renderer: RendererDependency) -> Response:
    """GET: the wallets of this browser; 303 to `/` if it is signed in."""
    if session_of(request) is not None:
        return RedirectResponse("/", 303)
    return renderer.respond(request, PAGE, _page())


@router.post("/sign-in/request")
async def request_text(
    request: Request,
    form: FormDependency,
    messenger: MessengerDependency,
    entrance: EntranceDependency,
    origin: OriginDependency,
) -> Response:
    """POST: fields `address`, `chain`: JSON, the text that the wallet is to sign; 429 after too many."""
    try:
        address, chain_id = wallets.account_and_chain(form)
        nonce = secrets.token_hex(NONCE_BYTES)
        text = messenger.sign_in_text(address, chain_id, domain=_domain(origin), uri=origin, nonce=nonce)
        entrance.issue_text(nonce, text)
    except (MessengerError, TooManyAttemptsError) as error:
        return wallets.refuse(request.app, error)
    return wallets.ask(wallets.text_request(address, text), nonce=nonce)


@router.post("/sign-in")
async def sign_in(
    request: Request,
    form: FormDependency,
    messenger: MessengerDependency,
    entrance: EntranceDependency,
    renderer: RendererDependency,
    origin: OriginDependency,
) -> Response:
    """POST: fields `id`, `signature_1`. 303 to `/` with the cookie, or the page again with the reason; 429."""
    nonce = form.text("id")
    try:
        text = entrance.take_text(nonce)
        await messenger.verify_sign_in(
            text, wallets.signature(form), domain=_domain(origin), uri=origin, nonce=nonce
        )
    except (MessengerError, SignatureError) as error:
        explanation = problem_of(request.app, error)
        try:
            entrance.note_wrong()
        except TooManyAttemptsError as many:
            return too_many(many)
        return renderer.respond(request, PAGE, _page(explanation.text), status=explanation.status)
    response = RedirectResponse("/", 303)
    response.headers.append("Set-Cookie", await entrance.begin())
    return response


def _domain(origin: str) -> str:
    return origin.removeprefix("http://")


def _page(problem: str | None = None) -> SignInPage:
    flow = WalletFlow(
        "/sign-in",
        "/sign-in/request",
        "/sign-in",
        _("Your wallet will ask you to sign in to this address with this account. It costs nothing."),
        _("Sign in with this account"),
    )
    return SignInPage(_("Sign in"), flow, problem)
