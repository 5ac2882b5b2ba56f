"""Unlocking the profile and locking it: what there is while Parley knows nothing."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import RedirectResponse, Response

from parley.messenger.errors import MessengerError, WrongPassphraseError, WrongSignatureError
from parley.web import wallets
from parley.web.dependencies import FormDependency, KeeperDependency, RendererDependency
from parley.web.door_contexts import UnlockPage, WalletFlow
from parley.web.errors import SignatureError
from parley.web.explanation import Explanation
from parley.web.language import gettext as _
from parley.web.passphrases import MAX_PASSPHRASE
from parley.web.ports import Keeper
from parley.web.problems import attempt, problem_of
from parley.web.rendering import Renderer

router = APIRouter()

UNLOCK = "unlocking/unlock.html"


@router.get("/unlock")
async def unlock_page(request: Request, keeper: KeeperDependency, renderer: RendererDependency) -> Response:
    """GET: the page that unlocks the profile; 303 to `/` if it is open, to `/welcome` if there is none."""
    if keeper.messenger is not None:
        return RedirectResponse("/", 303)
    if not await keeper.has_profile():
        return RedirectResponse("/welcome", 303)
    return renderer.respond(request, UNLOCK, await _page(keeper))


@router.post("/unlock")
async def unlock(
    request: Request, form: FormDependency, keeper: KeeperDependency, renderer: RendererDependency
) -> Response:
    """POST: field `passphrase`. 303 to `/`, or the page again: 422 if it is wrong, 429 before its time, 503."""
    passphrase = form.text("passphrase")
    if not passphrase or len(passphrase) > MAX_PASSPHRASE:
        problem = Explanation(422, _("Type the passphrase of this profile."))
        return await _again(request, keeper, renderer, "passphrase", problem)
    refused = await attempt(request.app, lambda: keeper.unlock(passphrase), WrongPassphraseError)
    if refused is not None:
        return await _again(request, keeper, renderer, "passphrase", *refused)
    return RedirectResponse("/", 303)


@router.post("/unlock/wallet/request")
async def wallet_request(request: Request, form: FormDependency, keeper: KeeperDependency) -> Response:
    """POST: fields `address`, `chain`: JSON, what the wallet is to sign."""
    try:
        address, _chain_id = wallets.account_and_chain(form)
        return wallets.ask(wallets.typed_data_request(address, await keeper.unlock_request()))
    except MessengerError as error:
        return wallets.refuse(request.app, error)


@router.post("/unlock/wallet")
async def unlock_by_wallet(
    request: Request, form: FormDependency, keeper: KeeperDependency, renderer: RendererDependency
) -> Response:
    """POST: field `signature_1`. As for a passphrase, with which it shares the wait after a wrong one."""
    try:
        signature = wallets.signature(form)
    except SignatureError as error:
        return await _again(request, keeper, renderer, "wallet", problem_of(request.app, error))
    refused = await attempt(request.app, lambda: keeper.unlock_by_signature(signature), WrongSignatureError)
    if refused is not None:
        return await _again(request, keeper, renderer, "wallet", *refused)
    return RedirectResponse("/", 303)


@router.post("/unlock/keyring")
async def unlock_by_keyring(
    request: Request, keeper: KeeperDependency, renderer: RendererDependency
) -> Response:
    """POST: open the profile by the system's keyring. 303 to `/`, or the page again: 409, 503."""
    try:
        await keeper.unlock_by_keyring()
    except Exception as error:
        return await _again(request, keeper, renderer, "keyring", problem_of(request.app, error))
    return RedirectResponse("/", 303)


@router.post("/lock")
async def lock(request: Request) -> Response:
    """POST: close the profile and end every stream. 303 to `/unlock`."""
    await lock_profile(request.app)
    return RedirectResponse("/unlock", 303)


async def lock_profile(app: FastAPI) -> None:
    """Close the profile of an application; its streams end, and pages lead to `/unlock`."""
    app.state.streams.end_all()
    await app.state.keeper.lock()


async def locked_again(
    request: Request, keeper: Keeper, renderer: Renderer, problem: Explanation
) -> Response:
    """The page that unlocks, with the reason why a profile is not open."""
    return await _again(request, keeper, renderer, "passphrase", problem)


async def _again(
    request: Request, keeper: Keeper, renderer: Renderer, by: str, problem: Explanation, wait: int = 0
) -> Response:
    page = await _page(keeper, problem.text, by)
    response = renderer.respond(request, UNLOCK, page, status=problem.status)
    if wait and problem.status == 429:
        response.headers["Retry-After"] = str(wait)
    return response


async def _page(keeper: Keeper, problem: str | None = None, by: str = "passphrase") -> UnlockPage:
    ways = await keeper.ways()
    flow = WalletFlow(
        "/unlock",
        "/unlock/wallet/request",
        "/unlock/wallet",
        _("Your wallet will ask you to sign a text that is kept on this computer. It costs nothing."),
        _("Unlock with this account"),
    )
    # A way that is gone meanwhile has no place on the page where its problem could stand.
    if (by == "wallet" and not ways.wallet) or (by == "keyring" and not ways.keyring):
        by = "passphrase"
    return UnlockPage(_("Locked: not receiving"), flow if ways.wallet else None, ways.keyring, problem, by)
