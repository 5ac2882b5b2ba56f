"""The settings of unlocking: other ways beside the passphrase, and a new passphrase."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from parley.messenger.errors import (
    ContractAccountError,
    InsideAccountError,
    MessengerError,
    WrongPassphraseError,
    WrongSignerError,
)
from parley.web import wallets
from parley.web.dependencies import FormDependency, MessengerDependency, RendererDependency
from parley.web.door_contexts import UnlockingPage, WalletFlow
from parley.web.errors import MalformedFormError, explain
from parley.web.explanation import Explanation
from parley.web.language import gettext as _
from parley.web.passphrases import MAX_PASSPHRASE, problem_with
from parley.web.ports import Messenger
from parley.web.problems import attempt, problem_of
from parley.web.rendering import Renderer
from parley.web.snapshot import take_snapshot

router = APIRouter()

PAGE = "settings/unlocking.html"
ADDRESS = "/settings/unlocking"
WAYS = ("wallet", "keyring")


def _done(what: str) -> str | None:
    sentences = {
        "passphrase": _("Your passphrase was changed. The old one no longer opens this profile."),
        "wallet": _("Your wallet can unlock Parley from now on."),
        "keyring": _("This system's keyring can unlock Parley from now on."),
        "removed": _("This way of unlocking was removed."),
    }
    return sentences.get(what)


@router.get("/settings/unlocking")
async def unlocking(
    request: Request, messenger: MessengerDependency, renderer: RendererDependency, done: str = ""
) -> Response:
    """GET: which ways of unlocking there are, and the forms that change them."""
    return renderer.respond(request, PAGE, await _page(messenger, done=_done(done)))


@router.post("/settings/unlocking/passphrase")
async def change_passphrase(
    request: Request, form: FormDependency, messenger: MessengerDependency, renderer: RendererDependency
) -> Response:
    """POST: fields `old`, `passphrase`, `again`. 303, or the page again; a wrong old one makes the next try wait."""
    old, new = form.text("old"), form.text("passphrase")

    async def again(wrong: str, problem: Explanation) -> Response:
        return await _again(request, messenger, renderer, problem, "passphrase", wrong)

    if not old or len(old) > MAX_PASSPHRASE:
        return await again("old", Explanation(422, _("Type the passphrase that opens this profile now.")))
    if (found := problem_with(new, form.text("again"))) is not None:
        return await again(found[0], Explanation(422, found[1]))
    # Whoever finds an open page must not get to guess any faster than at the locked one.
    # Guarded by tests/web/test_unlocking_settings.py::test_a_wrong_old_passphrase_shares_the_wait.
    refused = await attempt(request.app, lambda: messenger.change_passphrase(old, new), WrongPassphraseError)
    if refused is not None:
        return await again("old", refused[0])
    return _changed("passphrase")


@router.post("/settings/unlocking/wallet/request")
async def wallet_request(request: Request, form: FormDependency, messenger: MessengerDependency) -> Response:
    """POST: fields `address`, `chain`: JSON, what the wallet is to sign twice."""
    try:
        address, _chain_id = wallets.account_and_chain(form)
        typed_data = await messenger.wallet_way_request()
        if address.lower() != messenger.account.lower():
            raise WrongSignerError
    except MessengerError as error:
        return wallets.refuse(request.app, error)
    once = wallets.typed_data_request(address, typed_data)
    return wallets.ask(once, once)


@router.post("/settings/unlocking/wallet")
async def add_wallet(
    request: Request, form: FormDependency, messenger: MessengerDependency, renderer: RendererDependency
) -> Response:
    """POST: fields `signature_1`, `signature_2`: the wallet unlocks from now on. 303, or the page again."""
    try:
        await messenger.add_wallet_way(wallets.signature(form), wallets.signature(form, 2))
    except Exception as error:
        return await _again(request, messenger, renderer, problem_of(request.app, error), "wallet")
    return _changed("wallet")


@router.post("/settings/unlocking/keyring")
async def add_keyring(
    request: Request, messenger: MessengerDependency, renderer: RendererDependency
) -> Response:
    """POST: the system's keyring unlocks from now on. 303, or the page again."""
    try:
        await messenger.add_keyring_way()
    except Exception as error:
        return await _again(request, messenger, renderer, problem_of(request.app, error), "keyring")
    return _changed("keyring")


@router.post("/settings/unlocking/remove")
async def remove(
    request: Request, form: FormDependency, messenger: MessengerDependency, renderer: RendererDependency
) -> Response:
    """POST: field `way`, wallet or keyring: it unlocks no longer. 303, or the page again."""
    way = form.text("way")
    if way not in WAYS:
        raise MalformedFormError
    try:
        await messenger.remove_way(way)
    except Exception as error:
        return await _again(request, messenger, renderer, problem_of(request.app, error), way)
    return _changed("removed")


def _changed(what: str) -> Response:
    return RedirectResponse(f"{ADDRESS}?done={what}", 303)


async def _again(
    request: Request,
    messenger: Messenger,
    renderer: Renderer,
    problem: Explanation,
    about: str,
    wrong: str = "",
) -> Response:
    page = await _page(messenger, problem=problem.text, about=about, wrong=wrong)
    return renderer.respond(request, PAGE, page, status=problem.status)


async def _page(
    messenger: Messenger,
    *,
    done: str | None = None,
    problem: str | None = None,
    about: str = "",
    wrong: str = "",
) -> UnlockingPage:
    snapshot = await take_snapshot(messenger)
    ways = await messenger.ways()
    flow = WalletFlow(
        ADDRESS,
        f"{ADDRESS}/wallet/request",
        f"{ADDRESS}/wallet",
        _(
            "Your wallet will ask you twice to sign the same text: Parley has to see that both signatures are equal."
        ),
        _("Set up with this account"),
    )
    no_wallet = _no_wallet(messenger)
    return UnlockingPage(
        title=_("Unlocking"),
        sidebar=snapshot.sidebar,
        live_url=f"/live?shown={snapshot.version}",
        wallet=ways.wallet,
        keyring=ways.keyring,
        flow=flow if no_wallet is None else None,
        no_wallet=no_wallet,
        done=done,
        problem=problem,
        about=about,
        wrong=wrong,
    )


def _no_wallet(messenger: Messenger) -> str | None:
    """Why the wallet of this account cannot unlock the profile, told before anybody asks the wallet."""
    if messenger.wallet is not None:
        return explain(InsideAccountError()).text
    if ":" in messenger.account:
        return explain(ContractAccountError()).text
    return None
