"""The first run: a passphrase, then an account, and with it the profile. `words.py` and `imports.py` go on from here.

Nothing is stored before the end. What was begun is the keeper's, so that every page can be left and come back to.
"""

from __future__ import annotations

import platform
from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from parley.messenger.errors import (
    FolderNotEmptyError,
    InvalidEndpointError,
    MessengerError,
    NodesUnreachableError,
    NoNodeError,
    ProfileExistsError,
    WrongNodeChainError,
)
from parley.web import wallets
from parley.web.dependencies import FormDependency, KeeperDependency, RendererDependency, SetUpDependency
from parley.web.door_contexts import AccountPage, KeptSignature, WalletFlow, WelcomePage
from parley.web.errors import ProfileFolderError, SignatureError
from parley.web.explanation import Explanation
from parley.web.language import gettext as _
from parley.web.passphrases import problem_with
from parley.web.ports import Keeper
from parley.web.problems import problem_of
from parley.web.rendering import Renderer
from parley.web.unlocking import locked_again

router = APIRouter()

MAX_DEVICE_NAME = 64
MAX_ENDPOINT = 2048
MAX_NONCE = 64
WELCOME = "welcome/welcome.html"
ACCOUNT = "welcome/account.html"


@router.get("/welcome")
async def welcome(
    request: Request, keeper: KeeperDependency, renderer: RendererDependency, anew: str = ""
) -> Response:
    """GET: the page that begins to make a profile; 303 to `/` or `/unlock` if there is one."""
    if keeper.messenger is not None:
        return RedirectResponse("/", 303)
    if await keeper.has_profile():
        return RedirectResponse("/unlock", 303)
    return renderer.respond(request, WELCOME, _welcome_page(keeper, anew=bool(anew)))


@router.post("/welcome")
async def begin(
    request: Request, form: FormDependency, keeper: KeeperDependency, renderer: RendererDependency
) -> Response:
    """POST: fields `passphrase`, `again`, `device_name`. 303 to the accounts, or the page again: 422, 503."""
    if keeper.messenger is not None:
        return RedirectResponse("/", 303)
    passphrase, device_name = form.text("passphrase"), " ".join(form.text("device_name").split())
    problem = problem_with(passphrase, form.text("again")) or _problem_with_name(device_name)
    status = 422
    if problem is None:
        try:
            await keeper.begin(passphrase, device_name)
        except (ProfileExistsError, FolderNotEmptyError) as error:
            raise ProfileFolderError from error
        except Exception as error:
            explanation = problem_of(request.app, error)
            problem, status = ("passphrase", explanation.text), explanation.status
        else:
            return RedirectResponse("/welcome/wallet", 303)
    wrong, sentence = problem
    page = _welcome_page(keeper, device_name, problem=sentence, wrong=wrong)
    return renderer.respond(request, WELCOME, page, status=status)


@router.post("/welcome/abandon")
async def abandon(keeper: KeeperDependency) -> Response:
    """POST: forget what was begun. 303 to the first page of the first run."""
    keeper.abandon()
    return RedirectResponse("/welcome", 303)


@router.get("/welcome/wallet")
async def account(request: Request, _set_up: SetUpDependency, renderer: RendererDependency) -> Response:
    """GET: the choice of the account, and the wallets of this browser."""
    return renderer.respond(request, ACCOUNT, _account_page())


@router.post("/welcome/wallet/request")
async def propose(request: Request, form: FormDependency, set_up: SetUpDependency) -> Response:
    """POST: fields `address`, `chain`: JSON, what the wallet is to sign."""
    try:
        address, chain_id = wallets.account_and_chain(form)
        proposal = set_up.propose(address, chain_id)
    except MessengerError as error:
        return wallets.refuse(request.app, error)
    return wallets.ask(wallets.typed_data_request(address, proposal.typed_data), nonce=proposal.nonce)


@router.post("/welcome/wallet")
async def accept(
    request: Request,
    form: FormDependency,
    set_up: SetUpDependency,
    keeper: KeeperDependency,
    renderer: RendererDependency,
) -> Response:
    """POST: fields `id`, `signature_1`, `endpoint`: makes the profile. 303 to `/`, or the page again."""
    nonce, endpoint = form.text("id"), form.text("endpoint").strip()

    def again(explanation: Explanation, error: Exception) -> Response:
        kept = None
        if isinstance(error, (InvalidEndpointError, NodesUnreachableError, NoNodeError, WrongNodeChainError)):
            # What was signed waits for a node, so that naming one does not cost the person another signature.
            # Guarded by tests/web/welcome/test_outside.py::test_a_node_is_named_without_signing_again.
            kept = KeptSignature(nonce[:MAX_NONCE], form.text("signature_1"))
        page = _account_page(endpoint[:MAX_ENDPOINT], explanation.text, kept)
        return renderer.respond(request, ACCOUNT, page, status=explanation.status)

    async def making() -> None:
        signature = wallets.signature(form)
        if len(endpoint) > MAX_ENDPOINT:
            raise InvalidEndpointError
        await set_up.accept(nonce, signature, endpoint)

    return await finish(request, keeper, renderer, making, again)


async def finish(
    request: Request,
    keeper: Keeper,
    renderer: Renderer,
    making: Callable[[], Awaitable[None]],
    again: Callable[[Explanation, Exception], Response],
) -> Response:
    """Make the profile and open it. 303 to `/`, or what `again` gives for what went wrong.

    Raises:
        ProfileFolderError: there is a profile by now, or something else in its place.
    """
    try:
        await making()
    except (ProfileExistsError, FolderNotEmptyError) as error:
        raise ProfileFolderError from error
    except (MessengerError, SignatureError) as error:
        return again(problem_of(request.app, error), error)
    except Exception as error:
        explanation = problem_of(request.app, error)
        if await keeper.has_profile():
            # It was made and could not be opened: from now on it is to be unlocked.
            return await locked_again(request, keeper, renderer, explanation)
        return again(explanation, error)
    return RedirectResponse("/", 303)


def _problem_with_name(device_name: str) -> tuple[str, str] | None:
    if not 1 <= len(device_name) <= MAX_DEVICE_NAME or not device_name.isprintable():
        return "device_name", _("Give this device a name of at most %(n)d characters.") % {
            "n": MAX_DEVICE_NAME
        }
    return None


def _welcome_page(
    keeper: Keeper,
    device_name: str | None = None,
    *,
    anew: bool = False,
    problem: str | None = None,
    wrong: str = "",
) -> WelcomePage:
    begun = keeper.set_up
    if device_name is None:
        device_name = begun.device_name if begun else platform.node()[:MAX_DEVICE_NAME] or _("this device")
    return WelcomePage(_("Welcome"), device_name, begun is not None, anew and begun is None, problem, wrong)


def _account_page(
    endpoint: str = "", problem: str | None = None, kept: KeptSignature | None = None
) -> AccountPage:
    flow = WalletFlow(
        "/welcome/wallet",
        "/welcome/wallet/request",
        "/welcome/wallet",
        _(
            "Your wallet will ask you to sign that this device may read and write messages as this account. "
            "It costs nothing and moves nothing."
        ),
        _("Sign in with this account"),
    )
    return AccountPage(_("Choose your account"), flow, endpoint, problem, kept is not None, kept)
